"""Networks along time: what they read, their changes to training clips, training, going on, and their ONNX form."""

import json
from functools import cache

import numpy as np
import onnxruntime
import pytest

from ser_core import models
from ser_core.errors import ConfigError
from ser_core.features import FramesSpec, extract
from ser_core.features.frames import feature_names
from ser_core.labels import EMOTIONS
from ser_core.models import reslstm
from ser_core.models._sequence_batches import CHANGES, Batches, changed, mixed, shifted
from ser_core.models._sequence_blocks import Conv, Design, Lstm, Standard
from ser_core.models.base import Data

TRACKS = feature_names(FramesSpec())[:-1]
N_FRAMES = 16
TINY = {
    "epochs": 5,
    "min_steps": 1,
    "batch_size": 16,
    "learning_rate": 0.03,
    "average_decay": 0.5,
    "patience": 1.0,
    "shift": 1,
    "time_width": 2,
    "track_masks": 1,
    "track_width": 1,
    "mixup": 0.1,
    "dropout": 0.1,
}
SMALL = {
    "mfccnet": {"channels": [8, 12], "kernels": [3, 4]},
    "cnnlstm": {"channels": [12, 16], "kernels": [3, 4], "units": 6},
    "reslstm": {"units": 6, "depth": 1},
}


def clips(n_per_class: int, *, seed: int) -> Data:
    """Each emotion is high in tracks of its own, of every kind; clips are of different lengths."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(EMOTIONS)), n_per_class)
    x = rng.normal(-60, 4, (len(y), len(TRACKS) + 1, N_FRAMES)).astype(np.float32)
    x[:, -1] = 1
    for i, label in enumerate(y):
        for first in ("mel0", "mfcc0", "chroma0"):
            place = TRACKS.index(first) + 2 * label
            x[i, place : place + 2] += 25
        x[i, :, N_FRAMES - i % 6 :] = 0
    return Data(x, y, np.array([f"{i % 4:02d}" for i in range(len(y))]))


def run(model: bytes, x: np.ndarray) -> np.ndarray:
    return onnxruntime.InferenceSession(model).run(["probabilities"], {"features": x})[0]


@pytest.fixture(scope="module")
def data():
    return clips(10, seed=0), clips(3, seed=1)


@pytest.fixture(scope="module")
def fits(data, fit_and_keep):
    """Name of a family to a network of it and its state after an epoch, trained when first asked for."""
    return cache(lambda name: fit_and_keep(models.get(name), data, config={**TINY, **SMALL[name]}, seed=3))


@pytest.fixture(params=list(SMALL))
def fitted(request, fits):
    return fits(request.param)[0]


def test_learns_what_can_be_learnt(fitted):
    test = clips(4, seed=2)
    probabilities = fitted.predict_proba(test.x)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-9)
    assert (probabilities.argmax(axis=1) == test.y).mean() > 0.8
    columns = ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "val_uar", "learning_rate"]
    assert [list(row) for row in fitted.history] == [columns] * TINY["epochs"]
    json.dumps([fitted.history, fitted.info])


def test_onnx_gives_the_same_probabilities(fitted):
    rng = np.random.default_rng(5)
    strange = rng.uniform(-100, 100, (40, len(TRACKS) + 1, N_FRAMES)).astype(np.float32)
    strange[20:, -1] = rng.random((20, N_FRAMES)) < 0.5
    strange[0] = 0  # a silent clip: all padding
    x = np.concatenate([clips(2, seed=4).x, strange])
    onnx = fitted.to_onnx()
    assert np.abs(run(onnx, x) - fitted.predict_proba(x)).max() < 1e-4
    one_by_one = np.concatenate([run(onnx, clip[None]) for clip in x[:5]])
    np.testing.assert_allclose(one_by_one, run(onnx, x)[:5], atol=1e-6)


def test_padding_does_not_count(fitted):
    """What stands in the padding, and how the clips beside it are padded, changes nothing."""
    clip = clips(1, seed=6).x[:1]
    clip[:, :, 9:] = 0
    other = clip.copy()
    other[:, :-1, 9:] = 99
    expected = fitted.predict_proba(clip)
    np.testing.assert_allclose(fitted.predict_proba(other), expected, atol=1e-6)
    beside = np.concatenate([clip, clips(1, seed=7).x])
    np.testing.assert_allclose(fitted.predict_proba(beside)[:1], expected, atol=1e-6)


def test_a_stopped_training_goes_on_to_the_same_result(data, fits):
    """With LSTM, dropout and all changes to the clips: each epoch draws as it would have without the stop."""
    whole, checkpoint = fits("reslstm")
    reports, config = [], {**TINY, **SMALL["reslstm"]}
    again = models.get("reslstm").fit(*data, config=config, seed=3, checkpoint=checkpoint, progress=reports.append)
    assert reports[0].done == 1 and reports[-1].done == TINY["epochs"]
    assert again.history == whole.history and again.to_onnx() == whole.to_onnx()
    assert not checkpoint.exists()


@pytest.mark.parametrize("name", ["mfccnet", "cnnlstm", "melcnn", "reslstm"])
def test_the_network_reads_its_own_tracks(name):
    family = models.get(name)
    read = [track for track in TRACKS if family.reads(track)]
    expected = {
        "mfccnet": [f"mfcc{i}" for i in range(20)],
        "cnnlstm": [f"mel{i}" for i in range(40)],
        "melcnn": [f"mel{i}" for i in range(40)],
        "reslstm": list(TRACKS),
    }
    assert read == expected[name] and feature_names(family.spec)[:-1] == TRACKS


def test_the_baseline_is_the_same_network_without_its_memory():
    lstm, baseline = (models.get(name) for name in ("cnnlstm", "melcnn"))
    of_lstm, of_baseline = lstm.design(lstm.config), baseline.design(baseline.config)
    assert of_lstm.blocks[-1] == Lstm(lstm.config["units"])
    assert of_baseline == Design(of_lstm.blocks[:-1], of_lstm.pooling)
    assert lstm.design({**lstm.config, "recurrent": False}) == of_baseline
    assert {key for key in lstm.config if lstm.config[key] != baseline.config[key]} == {"recurrent"}


def test_the_residual_lstm_stays_below_its_size():
    from ser_core.models._sequence_network import build

    family = models.get("reslstm")
    model = build(family.design(family.config), family.config, n_rows=len(TRACKS), n_frames=family.spec.n_frames)
    assert 0 < model.count_params() < reslstm.MOST_PARAMETERS == 50_000
    assert f"{reslstm.MOST_PARAMETERS:,}" in family.description


def test_defaults_fit_the_default_features():
    """A clip of silence through a network as it is by default, untrained."""
    from ser_core.models._sequence_network import build
    from ser_core.models._sequence_training import TrainedSequence

    family = models.get("melcnn")
    x = extract(np.zeros(16_000, np.float32), sr=16_000, spec=family.spec)[None]
    assert family.accepts(x.shape, x.shape)
    design, rows = family.design(family.config), np.flatnonzero([family.reads(track) for track in TRACKS])
    model = build(design, family.config, n_rows=len(rows), n_frames=x.shape[2])
    standard = Standard(rows, np.zeros(len(rows), np.float32), np.ones(len(rows), np.float32))
    onnx = TrainedSequence(model, standard, design, len(TRACKS)).to_onnx(temperature=1.0)
    assert len(onnx) < 2_000_000 and np.isfinite(run(onnx, x)).all()


def test_wrong_configurations_are_refused(data):
    family = models.get("mfccnet")
    with pytest.raises(ConfigError, match="114, n_frames"):
        family.fit(Data(data[0].x[:, :20], data[0].y, data[0].group), data[1], config={}, seed=0)
    with pytest.raises(ConfigError, match="one number per convolution"):
        family.fit(*data, config={"pools": [2]}, seed=0)
    with pytest.raises(ConfigError, match='pooling of mfccnet is "mean", "statistics" or "attention"; got "max"'):
        family.fit(*data, config={"pooling": "max"}, seed=0)
    with pytest.raises(ConfigError, match="adds to 16 channels, got 12"):
        Design((Conv(12, 3), Lstm(8, residual=True)), "mean")
    with pytest.raises(ConfigError, match="2 training clips"):
        family.fit(data[0].take(np.array([0])), data[1], config={}, seed=0)


# what is done to training clips


def standardised(n: int = 12) -> np.ndarray:
    x = np.random.default_rng(1).normal(size=(n, 6, N_FRAMES)).astype(np.float32)
    x[:, -1] = np.arange(N_FRAMES) < np.arange(4, 4 + n)[:, None]
    return x * x[:, -1:]


def test_standardising_chooses_cuts_and_masks():
    x = np.array([[[1.0, 2, 3], [10, 99, 7], [0, 1, 0]]], np.float32)
    standard = Standard(np.array([1]), np.array([10], np.float32), np.array([2], np.float32))
    # The first frame counts as sound in any case, 44 deviations become 4, and padding is 0.
    assert standard(x)[0].tolist() == [[0, 4, 0], [1, 1, 0]]


def test_no_changes_leave_the_clips_as_they_are():
    none = dict.fromkeys(CHANGES, 0)
    x, targets = standardised(), np.eye(8, dtype=np.float32)[np.arange(12) % 8]
    drawn, aims = zip(*Batches(x, targets, config={**none, "batch_size": 6}, seed=0).epoch(1), strict=True)
    order = [int(np.flatnonzero((x == clip).all(axis=(1, 2)))[0]) for clip in np.concatenate(drawn)]
    assert sorted(order) == list(range(12)) and order != sorted(order)
    np.testing.assert_array_equal(np.concatenate(aims), targets[order])


def test_changes_keep_padding_silent_and_differ_between_epochs_alone():
    config = {**CHANGES, "batch_size": 4, "shift": 2, "track_masks": 1, "track_width": 2, "time_width": 3, "mixup": 0.2}
    batches = Batches(standardised(), np.full((12, 8), 1 / 8, np.float32), config=config, seed=4)
    first = np.concatenate([x for x, _ in batches.epoch(1)])
    second = np.concatenate([x for x, _ in batches.epoch(2)])
    np.testing.assert_array_equal(np.concatenate([x for x, _ in batches.epoch(1)]), first)
    assert not np.array_equal(first, second)
    assert set(np.unique(first[:, -1])) == {0, 1} and not np.any(first[:, :-1] * (1 - first[:, -1:]))
    assert (np.diff(first[:, -1], axis=1) <= 0).all()  # sound first, then padding


def test_each_change_does_what_it_is_called():
    rng, x = np.random.default_rng(0), standardised()
    none = dict.fromkeys(CHANGES, 0)
    noisy = changed(x, config={**none, "noise": 0.5}, rng=rng)
    heard = x[:, -1:].repeat(5, axis=1) > 0
    assert 0.4 < (noisy[:, :-1] - x[:, :-1])[heard].std() < 0.6
    masked = changed(x, config={**none, "track_masks": 1, "track_width": 5}, rng=rng)
    assert not np.array_equal(masked, x) and np.array_equal(masked[:, -1], x[:, -1])


def test_a_clip_keeps_half_of_its_frames():
    x = standardised()
    length = x[:, -1].sum(axis=1)
    kept = shifted(x, np.full((2, len(x)), 100))[:, -1].sum(axis=1)
    assert (kept >= length / 2).all() and (kept < length).all()


def test_mixing_mixes_targets_alike():
    x, targets = standardised(), np.eye(12, dtype=np.float32)
    both, aims = mixed(x, targets, share=1.0, rng=np.random.default_rng(2))
    np.testing.assert_allclose(aims.sum(axis=1), 1, atol=1e-6)
    assert (aims.argmax(axis=1) == np.arange(12)).all()  # most is of the clip itself
    np.testing.assert_allclose(both[:, :-1], np.einsum("ij,jkt->ikt", aims, x[:, :-1]), atol=1e-5)
    assert set(np.unique(both[:, -1])) == {0, 1} and (both[:, -1] >= x[:, -1]).all()
