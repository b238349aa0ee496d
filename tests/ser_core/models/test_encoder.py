"""The family of speech encoders: trained, evaluated, kept, shipped and served like any other."""

import json

import numpy as np
import pytest

from ser_core import models
from ser_core.cli import main
from ser_core.errors import ConfigError, ModelError
from ser_core.evaluation import summarise
from ser_core.experiments import ExperimentConfig, list_runs
from ser_core.experiments.entries import Entry, command
from ser_core.features import encoder_store
from ser_core.labels import EMOTIONS
from ser_core.models import Data
from ser_core.models.onnx_tools import run
from ser_core.reports.names import label
from ser_core.serving import Predictor
from ser_core.testing import make_ravdess
from tests.encoders import make_encoder

FAMILY = models.get("encoder")
QUICK = ["C=0.1", "n_folds=2", "normalise=false"]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(encoder_store, "_brought", {})
    encoder_store._opened.clear()
    for variable, name in (("SER_ENCODERS_DIR", "encoders"), ("SER_DATA_ROOT", "data"), ("SER_OWN_DIR", "own")):
        monkeypatch.setenv(variable, str(tmp_path / name))
    return tmp_path


@pytest.fixture
def trained(place):
    """A run of the command on a miniature corpus with the models of its folds."""
    make_ravdess(place / "data", actors=4, clips=8, duration_s=0.4)
    file = make_encoder(place / "tiny.onnx")
    command = ["train", "encoder", "--encoder", str(file), "--out", str(place), "--keep-models", "--set", *QUICK]
    assert main(command) == 0
    (run,) = list_runs(place / "runs")
    return run


def test_it_is_trained_tested_and_served_as_a_model_folder(trained, place, capsys, monkeypatch):
    assert trained.id == "ravdess-speaker-independent-encoder-tiny"
    assert label(Entry(trained)) == "encoder · tiny"
    # Level and pitch tell the miniature's emotions apart, and random bands hear them.
    assert summarise(trained).uar.value > 0.25
    assert str(place) not in (trained.folder / "config.json").read_text()
    again = command(trained.config).split()[3:]
    assert "--set" in again and f'encoder="{trained.config.features["sha256"]}"' in command(trained.config)
    assert main(["model", trained.id, "--runs", str(place / "runs"), "--out", str(place / "models")]) == 0
    assert "Speech encoder, tiny (RAVDESS" in capsys.readouterr().out
    folder = place / "models" / "ravdess-encoder-tiny"
    assert main(["model", trained.id, "--runs", str(place / "runs"), "--out", str(place / "models")]) == 2
    # On another machine: nothing but the folder.
    monkeypatch.setenv("SER_ENCODERS_DIR", str(place / "elsewhere"))
    encoder_store._opened.clear()
    predictor = Predictor(folder)
    clip = next((place / "data").rglob("*.wav"))
    told = predictor.predict(clip)
    assert told.label in EMOTIONS and sum(told.probabilities.values()) == pytest.approx(1)
    assert predictor.card.metric()["uar"] == pytest.approx(summarise(trained).uar.value, abs=1e-4)


def test_a_model_folder_with_another_encoder_or_none_is_refused(trained, place):
    main(["model", trained.id, "--runs", str(place / "runs"), "--out", str(place / "models"), "--id", "mine"])
    file = place / "models" / "mine" / "encoder.onnx"
    make_encoder(file, seed=5)
    with pytest.raises(ModelError, match="is not the encoder"):
        Predictor(file.parent)
    file.unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        Predictor(file.parent)


def test_another_encoder_makes_another_run(place):
    taken = [encoder_store.add(make_encoder(place / f"{name}.onnx", seed=i)) for i, name in enumerate("ab")]
    made = [
        ExperimentConfig.of("ravdess", "random", "encoder", hyperparameters={"encoder": each.name}) for each in taken
    ]
    assert [config.id for config in made] == ["ravdess-random-encoder-a", "ravdess-random-encoder-b"]
    assert [config.features["sha256"] for config in made] == [each.sha256 for each in taken]
    assert made[0].hash != made[1].hash and ExperimentConfig.from_dict(made[0].to_dict()) == made[0]


def test_without_an_encoder_it_says_how_to_get_one(place, capsys):
    assert "docs/encoders.md" in FAMILY.obstacle()
    assert main(["train", "encoder"]) == 2
    assert "--encoder FILE" in capsys.readouterr().err
    assert main(["train", "encoder", "--encoder", "wavlm"]) == 2
    assert "no encoder on this machine; there are none yet" in capsys.readouterr().err
    assert main(["train", "svm", "--encoder", str(make_encoder(place / "a.onnx"))]) == 2
    assert "svm has no hyperparameter encoder" in capsys.readouterr().err
    assert FAMILY.obstacle() is None


def scores(rng, n, *, n_classes):
    """Clips whose true class has the highest score, and their emotions: classes 0 and 2 are angry, 1 is sad."""
    true = rng.integers(0, 3, n)
    x = rng.normal(0, 1, (n, n_classes)).astype(np.float32)
    x[np.arange(n), true] += 2
    y = np.array([EMOTIONS.index(name) for name in ("angry", "sad", "angry")])[true]
    return Data(x, y, np.array([f"s{i % 4}" for i in range(n)]))


def test_classes_of_an_encoder_answer_by_themselves_calibrated(place):
    taken = encoder_store.add(make_encoder(place / "classes.onnx", dim=5, frames=False))
    config = FAMILY.complete({"encoder": taken.sha256, "labels": {"0": "angry", "1": "sad", "2": "angry"}})
    data = scores(np.random.default_rng(0), 400, n_classes=5)
    fitted = FAMILY.fit(data.take(np.arange(200)), data.take(np.arange(200, 400)), config=config, seed=0)
    found = fitted.predict_proba(data.x)
    assert (found.argmax(axis=1) == data.y).mean() > 0.75
    assert found[:, EMOTIONS.index("happy")].max() == 0 and np.allclose(found.sum(axis=1), 1)
    np.testing.assert_allclose(run(fitted.to_onnx(), data.x), found, atol=1e-4)
    # Scores ten times as large say no more: the temperature takes it back.
    loud = [
        Data(10 * part.x, part.y, part.group) for part in (data.take(np.arange(200)), data.take(np.arange(200, 400)))
    ]
    again = FAMILY.fit(*loud, config=config, seed=0)
    assert again.temperature == pytest.approx(10 * fitted.temperature, rel=1e-3)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"0": "angry", "1": "furious"}, "furious"),
        ({"zero": "angry"}, "by position"),
        ({"0": ["angry"], "1": "sad"}, "Unknown emotion"),
        ({"0": "angry", "1": "angry"}, "two emotions or more"),
        (["angry", "sad"], "by position"),
    ],
)
def test_labels_that_say_nothing_are_refused(labels, message):
    with pytest.raises(ConfigError, match=message):
        FAMILY.complete({"encoder": "0" * 64, "labels": labels})


@pytest.mark.parametrize("name", ["../elsewhere", "a" * 41, 5])
def test_a_name_that_is_no_part_of_a_folder_is_refused(name):
    # It once led out of the folder of runs.
    with pytest.raises(ConfigError, match="encoder_name becomes part of the run's folder"):
        FAMILY.complete({"encoder": "0" * 64, "encoder_name": name})


def test_a_class_that_the_encoder_does_not_have_is_refused(place):
    taken = encoder_store.add(make_encoder(place / "classes.onnx", dim=5, frames=False))
    config = FAMILY.complete({"encoder": taken.sha256, "labels": {"0": "angry", "7": "sad"}})
    data = scores(np.random.default_rng(0), 40, n_classes=5)
    with pytest.raises(ConfigError, match="5 classes, 0 to 4; labels names 7"):
        FAMILY.fit(data, data, config=config, seed=0)


def test_classes_run_through_the_command(place):
    make_ravdess(place / "data", actors=4, clips=8, duration_s=0.4)
    file = make_encoder(place / "classes.onnx", dim=8, frames=False)
    labels = json.dumps({str(i): name for i, name in enumerate(EMOTIONS)})
    command = ["train", "encoder", "--encoder", str(file), "--out", str(place)]
    assert main([*command, "--set", f"labels={labels}"]) == 0
    (done,) = list_runs(place / "runs")
    assert len(done.predictions) and json.loads(done.trainings["info"].iloc[0])["n_classes"] == 8
