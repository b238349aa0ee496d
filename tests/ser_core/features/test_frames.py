import numpy as np
import pytest

from ser_core.features import FramesSpec, extract, feature_names, spec_from_dict
from ser_core.features.frames import SOUND, _averaged
from ser_core.testing import noise, silence, sine, speechlike

SPEC = FramesSpec()
SR = SPEC.sr


def row(frames, name):
    return frames[feature_names(SPEC).index(name)]


def test_fixed_shape_and_finite_for_any_length():
    for seconds in (0.001, 0.05, 0.5, 2.4, 6.0):
        frames = extract(speechlike(seconds, sr=SR, f0=150.0, seed=1), sr=SR, spec=SPEC)
        assert frames.shape == (len(feature_names(SPEC)), SPEC.n_frames) and frames.dtype == np.float32
        assert np.isfinite(frames).all()


def test_sound_marks_the_frames_of_the_clip_and_padding_is_zero():
    frames = extract(sine(1.0, sr=SR, frequency=200.0), sr=SR, spec=SPEC)
    sound = row(frames, SOUND)
    assert sound.sum() == pytest.approx(SR / SPEC.hop_length / SPEC.step, abs=2)
    assert not frames[:, sound == 0].any()


def test_silence_is_all_padding():
    assert not extract(silence(1.0, sr=SR), sr=SR, spec=SPEC).any()


def test_a_gain_changes_nothing():
    signal = noise(1.5, sr=SR, amplitude=0.3)  # every band far above the floor
    loud, soft = (extract(gain * signal, sr=SR, spec=SPEC) for gain in (1.0, 0.25))
    names = [i for i, name in enumerate(feature_names(SPEC)) if name.startswith(("mel", "mfcc", "level"))]
    assert np.allclose(loud[names], soft[names], atol=1e-2)


def test_pitch_of_a_sine_is_its_frequency():
    frames = extract(sine(1.0, sr=SR, frequency=220.0), sr=SR, spec=SPEC)
    sound = row(frames, SOUND) == 1
    assert np.median(row(frames, "f0")[sound]) == pytest.approx(36.0, abs=0.3)  # semitones above 27.5 Hz


def test_long_clips_keep_the_middle():
    signal = np.concatenate([sine(2.0, sr=SR, frequency=f) for f in (150.0, 300.0, 150.0)])
    frames = extract(signal, sr=SR, spec=SPEC)
    assert (np.abs(row(frames, "f0") - 12 * np.log2(300 / 27.5)) < 0.5).mean() > 0.7


def test_averages_of_a_last_group_that_is_smaller():
    assert _averaged(np.arange(5.0)[:, None], step=2).ravel().tolist() == [0.5, 2.5, 4.0]


def test_round_trip_of_the_spec():
    spec = FramesSpec(step=2, n_frames=50)
    assert spec_from_dict(spec.to_dict()) == spec and spec.hash != SPEC.hash
