"""The AudioSet network: architecture, weights, fine-tuning, stopping and going on, and its ONNX form."""

import json
import subprocess
import sys

import numpy as np
import onnxruntime
import pytest

from ser_core import models, settings
from ser_core.errors import CancelledError, ConfigError, ModelError
from ser_core.features import AudioSetSpec
from ser_core.labels import EMOTIONS
from ser_core.models.base import Data

N_BANDS, N_FRAMES = 32, 40
#: Random weights, all but the last blocks frozen: a training of a second.
TINY = {
    "pretrained": False,
    "frozen_blocks": 13,
    "crop": 32,
    "epochs": 3,
    "min_steps": 1,
    "batch_size": 16,
    "average_decay": 0.5,
    "roll": 1,
    "freq_width": 2,
    "time_width": 4,
    "patience": 1.0,
}


def clips(n_per_class: int, *, seed: int) -> Data:
    """Each emotion is loud in bands of its own."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(EMOTIONS)), n_per_class)
    x = rng.normal(-0.5, 0.3, (len(y), N_BANDS, N_FRAMES)).astype(np.float32)
    for i, label in enumerate(y):
        x[i, 4 * label : 4 * label + 4] += 2
    return Data(x, y, np.array([f"{i % 4:02d}" for i in range(len(y))]))


def run(model: bytes, x: np.ndarray) -> np.ndarray:
    return onnxruntime.InferenceSession(model).run(["probabilities"], {"features": x})[0]


@pytest.fixture(scope="module")
def family():
    return models.get("audioset")


@pytest.fixture(scope="module")
def data():
    return clips(6, seed=0), clips(2, seed=1)


@pytest.fixture(scope="module")
def fitted(family, data):
    return family.fit(*data, config=TINY, seed=3)


def test_history_and_findings_are_complete(fitted):
    columns = ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "val_uar", "learning_rate"]
    assert [list(row) for row in fitted.history] == [columns] * TINY["epochs"]
    best = min(fitted.history, key=lambda row: row["val_loss"])
    assert fitted.info["best_epoch"] == best["epoch"]
    json.dumps([fitted.history, fitted.info])


def test_onnx_gives_the_same_probabilities_for_clips_of_any_length(fitted):
    onnx = fitted.to_onnx()
    rng = np.random.default_rng(5)
    for n_frames in (N_FRAMES, 7, 133):
        x = rng.uniform(-1.4, 2.5, (3, N_BANDS, n_frames)).astype(np.float32)
        probabilities = fitted.predict_proba(x)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-9)
        assert np.abs(run(onnx, x) - probabilities).max() < 1e-4


def test_a_stopped_training_goes_on_to_the_same_result(family, data, fitted, tmp_path):
    checkpoint = tmp_path / "state.npz"
    asked = []

    def cancel() -> bool:
        asked.append(None)
        return len(asked) > 5

    with pytest.raises(CancelledError):
        family.fit(*data, config=TINY, seed=3, checkpoint=checkpoint, cancel=cancel)
    assert checkpoint.is_file()
    reports = []
    again = family.fit(*data, config=TINY, seed=3, checkpoint=checkpoint, progress=reports.append)
    assert reports[0].done == 1 and reports[-1].done == TINY["epochs"]
    assert again.history == fitted.history
    assert again.to_onnx() == fitted.to_onnx()
    assert not checkpoint.exists()


def by_voice(data: Data, *, seed: int) -> Data:
    """Four voices, each with an even tint of its own that is stronger than the emotions."""
    voice = np.arange(len(data)) % 4
    tint = np.random.default_rng(seed).normal(0, 2, (4, N_BANDS, 1))
    return Data(data.x + tint[voice].astype(np.float32), data.y, data.group, voice.astype(str))


def test_a_network_trained_by_voice_is_adapted_to_a_voice(family):
    train, validation = by_voice(clips(8, seed=0), seed=0), by_voice(clips(4, seed=1), seed=1)
    fitted = family.fit(train, validation, config={**TINY, "voices_per_batch": 2}, seed=0)
    one = validation.x[validation.voice == "0"]
    before = fitted.predict_proba(one)
    adapted = fitted.adapted(one)
    probabilities = adapted.predict_proba(one)
    assert np.abs(probabilities - before).max() > 1e-6
    np.testing.assert_allclose(fitted.predict_proba(one), before, atol=1e-6)
    assert np.abs(run(adapted.to_onnx(), one) - probabilities).max() < 1e-4
    assert fitted.history[-1]["val_loss"] > 0 and fitted.info["best_epoch"] >= 1


def test_a_voice_sets_the_statistics_of_each_normalisation():
    from ser_core.models._audioset_network import build
    from ser_core.models._audioset_voice import set_voice
    from ser_core.models._tensorflow import keras

    model = build(n_bands=N_BANDS, n_outputs=8)
    x = by_voice(clips(1, seed=0), seed=0).x
    before = keras.Model(model.input, model.get_layer("features.0.0").output)(x).numpy()
    set_voice(model, x)
    normalisation = model.get_layer("features.0.1")
    np.testing.assert_allclose(normalisation.moving_mean, before.mean(axis=(0, 1, 2)), atol=1e-5)
    np.testing.assert_allclose(normalisation.moving_variance, before.var(axis=(0, 1, 2)), rtol=1e-3)


def test_batches_by_voice_hold_groups_of_one_voice():
    from ser_core.models._audioset_batches import Batches

    data = clips(8, seed=0)
    marked = Data(np.zeros_like(data.x) + (np.arange(len(data)) % 4)[:, None, None], data.y, data.group)
    marked = Data(marked.x, data.y, data.group, (np.arange(len(data)) % 4).astype(str))
    plain = {"mixup": 0.0, "gain": 0.0, "freq_width": 0, "time_width": 0, "voices_per_batch": 2, "batch_size": 8}
    batches = Batches(marked, config={**models.get("audioset").config, **TINY, **plain}, seed=1)
    for x, _ in batches.epoch(1):
        assert x.shape[0] == 8
        assert len(np.unique(x[:4])) == len(np.unique(x[4:])) == 1


def test_the_state_of_another_training_is_not_taken_up(tmp_path):
    from ser_core.models._audioset_checkpoint import Checkpoint
    from ser_core.models._tensorflow import keras

    variable = keras.Variable(np.ones(2))
    path = tmp_path / "state.npz"
    Checkpoint(path, key="a").write([variable], [np.zeros(1)], {"history": []})
    assert Checkpoint(path, key="a").read([variable])[1] == {"history": []}
    assert Checkpoint(path, key="b").read([variable]) is None
    path.write_bytes(path.read_bytes()[:100])
    assert Checkpoint(path, key="a").read([variable]) is None


def test_batches_change_clips_and_show_every_emotion_equally():
    from ser_core.models._audioset_batches import Batches

    data = clips(8, seed=0)
    few = data.take(np.flatnonzero((data.y > 0) | (np.arange(len(data)) < 2)))
    batches = Batches(few, config={**models.get("audioset").config, **TINY, "mixup": 0.0}, seed=1)
    drawn = np.concatenate([y for epoch in range(1, 30) for _, y in batches.epoch(epoch)]).argmax(axis=1)
    shares = np.bincount(drawn) / len(drawn)
    assert np.abs(shares - 1 / 8).max() < 0.03
    (x, y), (again, _) = (next(iter(batches.epoch(epoch))) for epoch in (1, 1))
    np.testing.assert_array_equal(x, again)
    assert x.shape == (16, N_BANDS, 32) and y.shape == (16, 8)
    np.testing.assert_allclose(y.sum(axis=1), 1, atol=1e-6)


def test_too_few_clips_wrong_images_and_names_are_refused(family, data):
    train, validation = data
    with pytest.raises(ConfigError, match="no hyperparameter frozen;"):
        family.fit(*data, config={"frozen": 3}, seed=0)
    with pytest.raises(ConfigError, match="log-mel images"):
        family.fit(Data(train.x[:, 0], train.y, train.group), validation, config=TINY, seed=0)
    with pytest.raises(ConfigError, match="2 training clips"):
        family.fit(train.take(np.array([0])), validation, config=TINY, seed=0)


def test_missing_weights_are_told_with_what_to_do(family, data, tmp_path, monkeypatch):
    monkeypatch.setenv("SER_PRETRAINED_DIR", str(tmp_path))
    with pytest.raises(ModelError, match="SER_PRETRAINED_DIR"):
        family.fit(*data, config={**TINY, "pretrained": True}, seed=0)


def test_finding_the_family_imports_no_tensorflow():
    code = "import sys; from ser_core import models; models.get('audioset'); sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture(scope="module")
def network():
    """The module of the rebuilt network, where the published weights are at hand."""
    from ser_core.models import _audioset_network

    if not (settings.pretrained_dir() / _audioset_network.WEIGHTS_FILE).is_file():
        pytest.skip("the AudioSet weights are not in SER_PRETRAINED_DIR")
    return _audioset_network


@pytest.fixture(scope="module")
def tagger(network):
    model = network.build(n_bands=128, n_outputs=network.N_AUDIOSET)
    with np.load(network.weights_path()) as weights:
        network.load_pretrained(model, weights)
    return model


def test_the_rebuilt_network_has_the_published_number_of_parameters_and_shape(network, tagger):
    assert tagger.count_params() == network.N_PARAMETERS
    assert tagger(np.zeros((2, 128, 304), np.float32)).shape == (2, 527)
    assert tagger.get_layer("embedding").output.shape == (None, 384)


#: Positions in AudioSet's list of classes.
@pytest.mark.parametrize(
    ("sound", "expected"),
    [
        ("tone", {501}),  # Sine wave
        ("white noise", {513, 515, 520}),  # Noise, Static, White noise
        ("pink noise", {513, 515, 520, 521}),  # and Pink noise
        ("silence", {500}),  # Silence
        ("chirp", {501, 503}),  # Sine wave, Chirp tone
    ],
)
def test_synthetic_sounds_are_heard_as_what_they_are(tagger, sound, expected):
    from ser_core.features.audioset import log_mel

    logits = tagger(log_mel(_sound(sound), spec=AudioSetSpec(sr=32_000))[None]).numpy()[0]
    assert int(logits.argmax()) in expected


def test_speech_is_heard_as_speech_without_the_bands_above_8_khz(network):
    from ser_core.audio import decode
    from ser_core.features.audioset import log_mel

    model = network.build(n_bands=104, n_outputs=network.N_AUDIOSET, frozen=network.N_BLOCKS)
    with np.load(network.weights_path()) as weights:
        network.load_pretrained(model, weights)
    for clip in sorted((settings.demo_dir() / "audio").glob("*.ogg"))[::40]:
        image = log_mel(decode(clip, sr=16_000).signal, spec=AudioSetSpec())
        assert int(model(image[None]).numpy().argmax()) == 0  # Speech


def test_frozen_blocks_give_the_same_as_trainable_ones(network, tagger):
    with np.load(network.weights_path()) as weights:
        folded = network.build(n_bands=128, n_outputs=network.N_AUDIOSET, frozen=9)
        network.load_pretrained(folded, weights)
        with pytest.raises(ModelError, match="mn04_as"):
            network.load_pretrained(folded, {"features.0.0.weight": np.zeros(3)})
    x = np.random.default_rng(0).normal(0, 0.5, (1, 128, 100)).astype(np.float32)
    assert np.abs(folded(x) - tagger(x)).max() < 1e-3


def _sound(kind: str, *, sr: int = 32_000) -> np.ndarray:
    t = np.arange(4 * sr) / sr
    noise = np.random.default_rng(0).normal(size=len(t))
    if kind == "tone":
        return 0.5 * np.sin(2 * np.pi * 440 * t)
    if kind == "chirp":
        return 0.5 * np.sin(2 * np.pi * (200 * t + 300 * t * t))
    if kind == "silence":
        return np.zeros(len(t))
    if kind == "pink noise":
        spectrum = np.fft.rfft(noise)
        spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
        noise = np.fft.irfft(spectrum)
    return 0.2 * noise / np.abs(noise).max() * 4
