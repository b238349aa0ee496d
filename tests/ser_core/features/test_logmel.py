"""The log-mel spectrogram: against librosa, and its fixed shape for any clip."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ser_core.features import LogMelSpec, extract, feature_names
from ser_core.features.logmel import fit_length

SR = 16_000


def tone(hz: float, *, seconds: float, amplitude: float = 0.5) -> np.ndarray:
    t = np.arange(round(seconds * SR)) / SR
    return (amplitude * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def test_equals_librosa():
    librosa = pytest.importorskip("librosa")
    spec = LogMelSpec(n_fft=1024, win_length=1024, hop_length=512, n_mels=80, n_frames=32)
    # Sound from the first to the last sample, so that nothing is trimmed, and just as many frames as asked for.
    signal = np.random.default_rng(0).normal(0, 0.1, 31 * 512).astype(np.float32)
    power = librosa.feature.melspectrogram(
        y=signal, sr=SR, n_fft=1024, hop_length=512, n_mels=80, fmin=50, fmax=8000, pad_mode="constant"
    )
    expected = librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=80)
    np.testing.assert_allclose(extract(signal, sr=SR, spec=spec), expected, atol=1e-3)


def test_tone_is_loudest_in_its_band():
    spec = LogMelSpec(n_mels=64)
    loudest = extract(tone(1000, seconds=1), sr=SR, spec=spec).max(axis=1).argmax()
    assert abs(float(feature_names(spec)[loudest].split()[1]) - 1000) < 40


def test_level_is_absolute():
    spec = LogMelSpec(n_frames=40)
    loud, soft = (extract(tone(440, seconds=1, amplitude=a), sr=SR, spec=spec) for a in (0.5, 0.05))
    assert loud.max() - soft.max() == pytest.approx(20, abs=0.01)


def test_silence_around_the_sound_changes_nothing():
    spec = LogMelSpec()
    sound = tone(440, seconds=1)
    padded = np.concatenate([np.zeros(SR // 2, np.float32), sound, np.zeros(SR, np.float32)])
    bare, framed = extract(sound, sr=SR, spec=spec), extract(padded, sr=SR, spec=spec)
    # The bounds of the sound are found to within a frame, which moves the picture by a hop or two.
    assert abs(int((bare.max(axis=0) > -20).sum()) - int((framed.max(axis=0) > -20).sum())) <= 4
    assert framed.max() == pytest.approx(bare.max(), abs=0.1)


def test_long_clip_keeps_its_middle_and_short_one_is_centred():
    spec = LogMelSpec(n_frames=50, hop_length=256)
    parts = [tone(hz, seconds=1.5) for hz in (300, 1000, 3000)]
    middle = extract(np.concatenate(parts), sr=SR, spec=spec)
    np.testing.assert_allclose(middle, extract(parts[1], sr=SR, spec=spec), atol=3)
    short = extract(tone(440, seconds=0.2), sr=SR, spec=spec)
    heard = np.flatnonzero(short.max(axis=0) > short.min())
    assert short.shape == (64, 50)
    assert abs(heard[0] - (49 - heard[-1])) <= 1


def test_range_is_floored_below_the_loudest():
    spec = LogMelSpec(top_db=60)
    db = extract(tone(440, seconds=0.5), sr=SR, spec=spec)
    assert db.max() - db.min() == pytest.approx(60, abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 50_000), st.floats(0, 1), st.integers(0, 2**31))
def test_any_signal_gives_finite_numbers_of_the_shape(length, amplitude, seed):
    signal = (amplitude * np.random.default_rng(seed).uniform(-1, 1, length)).astype(np.float32)
    db = extract(signal, sr=SR, spec=LogMelSpec(n_frames=40))
    assert db.shape == (64, 40) and db.dtype == np.float32 and db.flags.c_contiguous
    assert np.isfinite(db).all() and db.min() >= -100.001


def test_fit_length_keeps_what_fits():
    logmel = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(fit_length(logmel, n_frames=3), logmel)
    np.testing.assert_array_equal(fit_length(logmel, n_frames=1), [[1.0], [4.0]])
    assert fit_length(logmel, n_frames=6).tolist() == [[0, 0, 1, 2, 0, 0], [0, 3, 4, 5, 0, 0]]


def test_names_are_ascending_frequencies():
    names = feature_names(LogMelSpec(n_mels=32))
    hz = [float(name.split()[1]) for name in names]
    assert len(set(names)) == 32 and hz == sorted(hz)
