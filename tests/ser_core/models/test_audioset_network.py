"""The rebuilt AudioSet network, all of its blocks: its size, its published weights, its ONNX form."""

import numpy as np
import onnxruntime
import pytest

from ser_core import settings
from ser_core.errors import ModelError
from ser_core.features import AudioSetSpec
from ser_core.models._audioset_weights import WEIGHTS_FILE, weights_path


def test_onnx_gives_the_same_probabilities_as_all_blocks():
    from ser_core.models._audioset_network import build
    from ser_core.models._audioset_training import TrainedAudioSet
    from ser_core.models._audioset_voice import set_voice
    from ser_core.models._tensorflow import keras

    keras.utils.set_random_seed(0)
    model = build(n_bands=32, n_outputs=8)
    x = np.random.default_rng(0).normal(-0.5, 1.0, (6, 33, 40)).astype(np.float32)
    set_voice(model, x[:, :-1])  # as after a training
    expected = np.asarray(keras.ops.softmax(model(x[:, :-1], training=False) / 0.01))
    onnx = TrainedAudioSet(model, equaliser=None, offset_db=0.0).to_onnx(temperature=0.01)
    found = onnxruntime.InferenceSession(onnx).run(None, {"features": x})[0]
    assert np.ptp(expected, axis=0).max() > 0.01 and np.abs(found - expected).max() < 1e-4


def test_as_many_blocks_can_be_frozen_as_there_are():
    from ser_core.models._allowed_networks import NETWORKS
    from ser_core.models._audioset_network import N_BLOCKS

    assert NETWORKS["frozen_blocks"].high == N_BLOCKS


@pytest.fixture(scope="module")
def network():
    """The module of the rebuilt network, where the published weights are at hand."""
    from ser_core.models import _audioset_network

    if not (settings.pretrained_dir() / WEIGHTS_FILE).is_file():
        pytest.skip("the AudioSet weights are not in SER_PRETRAINED_DIR")
    return _audioset_network


@pytest.fixture(scope="module")
def tagger(network):
    model = network.build(n_bands=128, n_outputs=network.N_AUDIOSET)
    with np.load(weights_path()) as weights:
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
    with np.load(weights_path()) as weights:
        network.load_pretrained(model, weights)
    for clip in sorted((settings.demo_dir() / "audio").glob("*.ogg"))[::40]:
        image = log_mel(decode(clip, sr=16_000).signal, spec=AudioSetSpec())
        assert int(model(image[None]).numpy().argmax()) == 0  # Speech


def test_frozen_blocks_give_the_same_as_trainable_ones(network, tagger):
    with np.load(weights_path()) as weights:
        folded, whole = (
            network.build(n_bands=128, n_outputs=network.N_AUDIOSET, **how) for how in ({"frozen": 9}, {"folded": True})
        )
        for model in (folded, whole):
            network.load_pretrained(model, weights)
        with pytest.raises(ModelError, match="mn04_as"):
            network.load_pretrained(folded, {"features.0.0.weight": np.zeros(3)})
    x = np.random.default_rng(0).normal(0, 0.5, (1, 128, 100)).astype(np.float32)
    for model in (folded, whole):
        assert np.abs(model(x) - tagger(x)).max() < 1e-3


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
