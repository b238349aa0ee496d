"""What is said to matter does matter: models of which is known what they listen to."""

import numpy as np
import pytest

from ser_core.audio import SAMPLING_RATE, Audio
from ser_core.errors import CancelledError, ConfigError
from ser_core.features import FunctionalsSpec, LogMelSpec, extract, feature_names
from ser_core.labels import EMOTIONS
from ser_core.serving import Predictor, write_model
from ser_core.serving.attribution import pushes
from ser_core.serving.explanation import N_BANDS, Occluder, explain
from ser_core.serving.reference import Reference, summary
from ser_core.serving.testing import linear_softmax, make_model
from ser_core.testing import noise, silence, sine

LABELS = ("neutral", "angry")


def listening_to(folder, weights, spec) -> Predictor:
    """A model whose odds of angry are the weighted sum of the features."""
    card = make_model(folder, spec=spec, labels=LABELS).to_dict()
    both = np.stack([np.zeros(weights.size), weights.ravel()], axis=1)
    onnx = linear_softmax(both, np.zeros(2), shape=weights.shape)
    write_model(folder, onnx=onnx, card={k: v for k, v in card.items() if k != "id"})
    return Predictor(folder)


@pytest.fixture
def clip() -> Audio:
    """Faint noise with a tone of 3 kHz from 1.0 to 1.5 s, and one of 300 Hz from 2.0 to 2.5 s."""
    signal = noise(3.0, amplitude=0.003, seed=0)
    for start, frequency in ((1.0, 3000.0), (2.0, 300.0)):
        at = round(start * SAMPLING_RATE)
        signal[at : at + SAMPLING_RATE // 2] += sine(0.5, frequency=frequency, amplitude=0.3)
    return Audio(signal, SAMPLING_RATE)


def test_the_part_that_a_model_listens_to_is_named(tmp_path, clip):
    spec = LogMelSpec()
    centres = np.array([float(name.split()[1]) for name in feature_names(spec)])
    high = ((centres > 2700) & (centres < 3300)).astype(float)
    weights = np.repeat(high[:, None], spec.n_frames, axis=1) / (10 * high.sum() * spec.n_frames)
    predictor = listening_to(tmp_path / "high", weights, spec)
    found = explain(predictor, clip, label="angry")
    band, stretch = np.unravel_index(found.support.argmax(), found.support.shape)
    assert found.edges_hz[band] < 3000 < found.edges_hz[band + 1]
    assert 0.8 < found.edges_s[stretch] < 1.5
    # The other tone is as loud, and nothing to this model.
    low = np.searchsorted(found.edges_hz, 300) - 1
    assert abs(found.support[low]).max() < 0.2 * found.support.max()
    assert found.without[band, stretch] < found.probability
    assert found.without_band.argmin() == band
    assert found.edges_s[found.support_of_stretch.argmax()] < 1.5
    strongest = found.strongest(0.05)
    assert strongest[band, stretch] and strongest.sum() == round(0.05 * strongest.size)


def test_without_any_part_taken_out_a_clip_is_what_it_was(clip):
    occluder = Occluder(clip.signal, sr=SAMPLING_RATE)
    np.testing.assert_allclose(occluder.without(np.zeros(occluder.shape, bool)), clip.signal, atol=1e-6)


def test_taking_a_part_out_leaves_the_background_and_all_else(clip):
    occluder = Occluder(clip.signal, sr=SAMPLING_RATE)
    parts = np.zeros(occluder.shape, bool)
    parts[np.searchsorted(occluder.edges_hz, 3000) - 1] = True
    left = occluder.without(parts)
    tone, other = slice(17_600, 22_400), slice(33_600, 38_400)
    assert np.sqrt(np.mean(left[tone] ** 2)) < 0.01 < 0.2 < np.sqrt(np.mean(clip.signal[tone] ** 2))
    assert np.sqrt(np.mean((left - clip.signal)[other] ** 2)) < 0.01


def test_all_of_the_sound_belongs_to_a_part(clip):
    occluder = Occluder(clip.signal, sr=SAMPLING_RATE)
    assert occluder.shape[0] == N_BANDS
    assert occluder.edges_s[0] >= 0 and occluder.edges_s[-1] <= clip.duration + 0.04
    left = occluder.without(np.ones(occluder.shape, bool))
    assert np.sqrt(np.mean(left**2)) < 0.01


def test_a_short_clip_is_one_stretch_and_silence_is_none():
    assert Occluder(sine(0.1), sr=SAMPLING_RATE).shape == (N_BANDS, 1)
    with pytest.raises(ConfigError, match="without any sound"):
        Occluder(silence(1.0), sr=SAMPLING_RATE)


def test_an_unknown_label_is_refused_and_an_explanation_can_be_stopped(tmp_path, clip):
    make_model(tmp_path / "m", labels=LABELS)
    predictor = Predictor(tmp_path / "m")
    with pytest.raises(ConfigError, match="happy"):
        explain(predictor, clip, label="happy")
    with pytest.raises(CancelledError):
        explain(predictor, clip, cancel=lambda: True)


def test_progress_counts_every_part(tmp_path, clip):
    make_model(tmp_path / "m", labels=LABELS)
    steps = []
    explain(Predictor(tmp_path / "m"), clip, progress=steps.append)
    assert steps[-1].done == steps[-1].total


@pytest.fixture
def classical(tmp_path, clip):
    """A model that listens to the mean level alone, and knows clips of half the level."""
    spec = FunctionalsSpec()
    weights = np.zeros(len(feature_names(spec)))
    weights[feature_names(spec).index("level_db:mean")] = 0.2
    predictor = listening_to(tmp_path / "level", weights, spec)
    rng = np.random.default_rng(0)
    rows = [extract(clip.signal * 0.5 * 10 ** (g / 20), sr=SAMPLING_RATE, spec=spec) for g in rng.normal(0, 1, 6)]
    predictor.reference = Reference.of(np.stack([summary(row, spec=spec) for row in rows]), np.stack(rows))
    return predictor


def test_the_group_that_a_model_listens_to_is_named_first(classical, clip):
    features = extract(clip.signal, sr=SAMPLING_RATE, spec=classical.spec)
    first, *others = pushes(classical, features, label="angry")
    assert first.group == "loudness"
    # 6 dB more than usual, at 0.2 per dB.
    assert first.support == pytest.approx(1.2, abs=0.3)
    assert all(abs(push.support) < 1e-6 for push in others)
    assert any("louder" in words for words in first.words)
    assert sum(push.count for push in (first, *others)) == len(features)


def test_a_model_that_reads_images_has_no_pushes(tmp_path):
    make_model(tmp_path / "m")
    with pytest.raises(ConfigError, match="no functionals"):
        pushes(Predictor(tmp_path / "m"), np.zeros(3), label=EMOTIONS.names[0])
