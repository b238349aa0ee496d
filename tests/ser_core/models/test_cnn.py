"""The convolutional network: training, repeatability, stopping, and its ONNX form."""

import json
import subprocess
import sys

import numpy as np
import onnxruntime
import pytest

from ser_core import models
from ser_core.errors import CancelledError, ConfigError
from ser_core.features import FramesSpec, extract
from ser_core.labels import EMOTIONS
from ser_core.models.base import Data

N_TRACKS, N_FRAMES = 16, 24
TINY = {
    "channels": [12, 16],
    "kernels": [3, 4],
    "pools": [2, 1],
    "epochs": 8,
    "min_steps": 1,
    "batch_size": 16,
    "learning_rate": 0.01,
    "average_decay": 0.8,
}
SHORT = {**TINY, "channels": [8], "kernels": [3], "pools": [1], "epochs": 2}


def clips(n_per_class: int, *, seed: int) -> Data:
    """Each emotion is high in two tracks of its own, with noise over all; clips are of different lengths."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(EMOTIONS)), n_per_class)
    x = rng.normal(-60, 4, (len(y), N_TRACKS + 1, N_FRAMES)).astype(np.float32)
    x[:, -1] = 1
    for i, label in enumerate(y):
        x[i, 2 * label : 2 * label + 2] += 25
        x[i, :, N_FRAMES - i % 10 :] = 0
    return Data(x, y, np.array([f"{i % 4:02d}" for i in range(len(y))]))


def run(model: bytes, x: np.ndarray) -> np.ndarray:
    return onnxruntime.InferenceSession(model).run(["probabilities"], {"features": x})[0]


@pytest.fixture(scope="module")
def family():
    return models.get("cnn")


@pytest.fixture(scope="module")
def data():
    return clips(10, seed=0), clips(3, seed=1)


@pytest.fixture(scope="module")
def fitted(family, data):
    return family.fit(*data, config=TINY, seed=3)


def test_learns_what_can_be_learnt(fitted):
    test = clips(4, seed=2)
    probabilities = fitted.predict_proba(test.x)
    assert probabilities.shape == (len(test), len(EMOTIONS))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-9)
    assert (probabilities.argmax(axis=1) == test.y).mean() > 0.8


def test_history_has_one_row_per_epoch(fitted):
    columns = ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "val_uar", "learning_rate"]
    assert [list(row) for row in fitted.history] == [columns] * len(fitted.history)
    assert [row["epoch"] for row in fitted.history] == list(range(1, len(fitted.history) + 1))
    assert fitted.history[-1]["loss"] < fitted.history[0]["loss"]
    best = min(fitted.history, key=lambda row: row["val_loss"])
    assert fitted.info["best_epoch"] == best["epoch"]
    json.dumps([fitted.history, fitted.info])


def test_onnx_gives_the_same_probabilities(fitted):
    rng = np.random.default_rng(5)
    strange = rng.uniform(-100, 100, (40, N_TRACKS + 1, N_FRAMES)).astype(np.float32)
    strange[:, -1] = rng.random((40, N_FRAMES)) < 0.5
    strange[0] = 0  # a silent clip: all padding
    x = np.concatenate([clips(2, seed=4).x, strange])
    onnx = fitted.to_onnx()
    assert np.abs(run(onnx, x) - fitted.predict_proba(x)).max() < 1e-5
    one_by_one = np.concatenate([run(onnx, clip[None]) for clip in x[:5]])
    np.testing.assert_allclose(one_by_one, run(onnx, x)[:5], atol=1e-6)


def test_onnx_names_and_shapes(fitted):
    session = onnxruntime.InferenceSession(fitted.to_onnx())
    assert [(i.name, i.type, i.shape[1:]) for i in session.get_inputs()] == [
        ("features", "tensor(float)", [N_TRACKS + 1, N_FRAMES])
    ]
    assert [(o.name, o.type, o.shape[1:]) for o in session.get_outputs()] == [
        ("probabilities", "tensor(float)", [len(EMOTIONS)])
    ]


def test_same_seed_same_network_other_seed_another(family, data, fitted):
    again = family.fit(*data, config=TINY, seed=3)
    assert again.history == fitted.history
    assert again.to_onnx() == fitted.to_onnx()
    first, other = (family.fit(*data, config=SHORT, seed=seed) for seed in (3, 4))
    assert first.history != other.history


def test_cancel_stops(family, data):
    asked = []

    def cancel() -> bool:
        asked.append(None)
        return len(asked) > 7

    with pytest.raises(CancelledError):
        family.fit(*data, config=SHORT, seed=0, cancel=cancel)


def test_a_stopped_training_goes_on_to_the_same_result(family, data, fitted, tmp_path):
    checkpoint = tmp_path / "state.npz"
    asked = []

    def cancel() -> bool:
        asked.append(None)
        return len(asked) > 12

    with pytest.raises(CancelledError):
        family.fit(*data, config=TINY, seed=3, checkpoint=checkpoint, cancel=cancel)
    assert checkpoint.is_file()
    reports = []
    again = family.fit(*data, config=TINY, seed=3, checkpoint=checkpoint, progress=reports.append)
    assert reports[0].done == 2 and reports[-1].done == TINY["epochs"]
    assert again.history == fitted.history
    assert again.to_onnx() == fitted.to_onnx()
    assert not checkpoint.exists()


def test_progress_counts_epochs(family, data):
    reports = []
    family.fit(*data, config=SHORT, seed=0, progress=reports.append)
    assert {report.unit for report in reports} == {"epochs"}
    assert reports[-1].done == reports[-1].total == 2


def test_a_handful_of_clips_is_enough(family, data):
    few = data[0].take(np.array([0, 1, 30]))
    fitted = family.fit(few, data[1].take(np.array([0])), config=SHORT, seed=0)
    assert np.isfinite(fitted.predict_proba(few.x)).all()


def test_defaults_fit_the_default_features(family):
    spec = family.spec
    json.dumps(family.config)
    x = np.stack([extract(np.zeros(16_000, np.float32), sr=16_000, spec=spec)] * 8)
    silent = Data(x, np.arange(8), np.arange(8).astype(str))
    fitted = family.fit(silent, silent, config={"epochs": 1, "min_steps": 1}, seed=0)
    model = fitted.to_onnx()
    assert isinstance(spec, FramesSpec) and len(model) < 2_000_000
    assert np.isfinite(run(model, x)).all()


def test_wrong_configuration_is_refused(family, data):
    with pytest.raises(ConfigError, match="no hyperparameter dropuot"):
        family.fit(*data, config={"dropuot": 0.1}, seed=0)
    with pytest.raises(ConfigError, match="frame features"):
        family.fit(Data(data[0].x[:, 0], data[0].y, data[0].group), data[1], config=TINY, seed=0)


def test_finding_the_family_imports_no_tensorflow():
    code = "import sys; from ser_core import models; models.get('cnn'); sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_padding_does_not_count(fitted):
    """The same clip with longer padding, whatever stands there, gives the same answer."""
    clip = clips(1, seed=6).x[:1]
    clip[:, :, 16:] = 0
    other = clip.copy()
    other[:, :-1, 16:] = 99
    assert np.allclose(fitted.predict_proba(clip), fitted.predict_proba(other), atol=1e-6)
