"""Hyperparameters that no network could be trained with are refused before any clip is read, in words of ours."""

import json

import numpy as np
import pytest

from ser_core import models
from ser_core.cli import main
from ser_core.errors import ConfigError
from ser_core.models._networks import NetworkFamily
from ser_core.models.base import Data

NETWORKS = [name for name in models.names() if isinstance(models.get(name), NetworkFamily)]
#: Of how training goes, which every network has; each once ended in a stack of calls, in epochs that left everything as
#: it was, or in figures of a network that had learnt nothing.
OF_ALL = [
    ("epochs", -1, "a whole number of at least "),
    ("epochs", 2.5, "a whole number of at least "),
    ("epochs", [8], "a whole number of at least "),
    ("epochs", "8", "a whole number of at least "),
    ("batch_size", 0, "a whole number of at least "),
    ("min_steps", -1, "a whole number of at least 0"),
    ("patience", 0, "a number above 0 up to 1"),
    ("learning_rate", 0, "a number above 0"),
    ("learning_rate", 10**400, "a number above 0"),
    ("weight_decay", -0.1, "a number of at least 0"),
    ("label_smoothing", 1, "a number from 0 to below 1"),
    ("average_decay", 1.0, "a number from 0 to below 1"),
    ("dropout", 1.5, "a number from 0 to below 1"),
    ("dropout", None, "a number from 0 to below 1"),
    ("deterministic", "yes", "true or false"),
]


@pytest.mark.parametrize(
    ("model", "name", "value", "allowed"),
    [(model, *wrong) for model in ("cnn", "cnnlstm", "squeezenet", "audioset", "multitask") for wrong in OF_ALL]
    + [
        ("cnn", "batch_size", 1, "a whole number of at least 2"),
        ("cnn", "channels", 96, "a list of one value or more, each a whole number from 1 to 4096"),
        ("cnn", "channels", [], "a list of one value or more"),
        ("cnn", "kernels", [5, 0], "a list of one value or more"),
        ("cnn", "pools", [2, 1.5], "a list of one value or more, each a whole number of at least 1"),
        ("cnn", "noise", -0.1, "a number from 0 to 1"),
        ("audioset", "offset_db", 61, "a number from 0 to 60"),
        ("mfccnet", "pooling", "max", '"mean", "statistics" or "attention"'),
        ("mfccnet", "deltas", 1, "true or false"),
        ("mfccnet", "shift", 0.5, "a whole number of at least 0"),
        ("mfccnet", "mixup", -0.2, "a number of at least 0"),
        ("melcnn", "recurrent", None, "true or false"),
        ("cnnlstm", "units", 0, "a whole number from 1 to 4096"),
        ("cnnlstm", "recurrent_dropout", 1, "a number from 0 to below 1"),
        ("reslstm", "depth", 0, "a whole number from 1 to 32"),
        ("reslstm", "kernel", [3], "a whole number from 1 to 4096"),
        ("reslstm", "time_masks", -1, "a whole number from 0 to 100"),
        ("squeezenet", "width", 31, "a whole number from 32 to 1024"),
        ("inceptionv3", "height", 74, "a whole number from 75 to 1024"),
        ("vgg16", "channels", 0.5, '"repeat" or "deltas"'),
        ("vgg19", "pool", ["time"], '"all" or "time"'),
        ("mobilenetv2", "head_rate", 0, "a number above 0"),
        ("squeezenet", "head_epochs", 0, "a whole number of at least 1"),
        ("squeezenet", "unfreeze", -2, "a whole number of at least -1"),
        ("squeezenet", "zoom", 1.1, "a number from 0 to 1"),
        ("audioset", "frozen_blocks", 16, "a whole number from -1 to 15"),
        ("audioset", "voices_per_batch", 1000, "a whole number from 0 to 32"),
        ("audioset", "channels", [0.5], "a number from 0 to 1"),
        ("audioset", "crop", 0, "a whole number of at least 1"),
        ("audioset", "speed", 1, "a number from 0 to below 1"),
        ("audioset", "corpus_weights", ["tess"], "an object of names, each with a number above 0"),
        ("audioset", "corpus_weights", {"tess": 0}, "an object of names, each with a number above 0"),
        ("multitask", "attention", 0, "a whole number from 1 to 4096"),
        ("multitask", "level", "loud", "true or false"),
        ("multitask", "balance", 2, "a number from 0 to 1"),
    ],
)
def test_says_what_is_allowed_and_what_was_received(model, name, value, allowed):
    with pytest.raises(ConfigError) as refused:
        models.get(model).complete({name: value})
    said = str(refused.value)
    assert said.startswith(f"{name} of {model} is {allowed}")
    assert json.loads(said.partition("; got ")[2].rstrip(".")) == value


@pytest.mark.parametrize(
    ("model", "values"),
    [
        ("cnn", {"channels": [8], "kernels": (3,), "pools": [1], "dropout": 0, "patience": 1, "min_steps": 0}),
        ("cnn", {"pools": [20, 4]}),
        ("cnnlstm", {"pooling": "mean", "recurrent": False, "mixup": 3, "average_decay": 0}),
        ("squeezenet", {"epochs": 0, "copies": 0, "unfreeze": -1, "height": 32, "batch_size": 1}),
        ("audioset", {"frozen_blocks": 15, "corpus_weights": {}, "balance": 0, "channels": 1}),
    ],
)
def test_the_ends_are_allowed(model, values):
    complete = models.get(model).complete(values)
    assert {name: complete[name] for name in values} == values


@pytest.mark.parametrize("model", ["cnn", "mfccnet", "melcnn", "cnnlstm"])
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"kernels": [5]}, r"one number per convolution, got \[.*\], \[5\] and"),
        ({"pools": [1000, 1]}, "frames pooling by 1000 times 1 leaves none"),
    ],
)
def test_convolutions_fit_each_other_and_the_clip(model, values, message):
    with pytest.raises(ConfigError, match=message):
        models.get(model).complete(values)


def test_a_residual_network_does_not_pool_all_frames_away():
    with pytest.raises(ConfigError, match="frames pooling by 1000 leaves none"):
        models.get("reslstm").complete({"pool": 1000})


@pytest.mark.parametrize("model", NETWORKS)
def test_a_training_looks_at_them_before_its_clips(model):
    nothing = Data(np.zeros((0, 1, 1)), np.zeros(0, int), np.zeros(0, str))
    with pytest.raises(ConfigError, match=f"learning_rate of {model} is a number above 0"):
        models.get(model).fit(nothing, nothing, config={"learning_rate": -1}, seed=0)


def test_the_command_says_so_and_computes_nothing(tmp_path, capsys):
    given = ["--set", "epochs=-1", "--out", str(tmp_path)]
    assert main(["train", "cnn", "--corpus", "demo", *given]) == 2
    assert "epochs of cnn is a whole number of at least 1; got -1." in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
