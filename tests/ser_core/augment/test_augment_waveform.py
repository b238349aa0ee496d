"""Augmentation of the waveform: signals with known answers."""

import librosa
import numpy as np
import pytest

from ser_core import audio, augment, testing
from ser_core.errors import ConfigError

SR = 16_000
WAVEFORM = [name for name, kind in augment.KINDS.items() if kind.domain == "waveform"]


def f0(signal):
    return np.median(librosa.yin(signal, fmin=60, fmax=500, sr=SR, frame_length=1024))


def power_db(signal):
    return 10 * np.log10(np.mean(np.square(signal, dtype=np.float64)))


# --- shift


def test_shift_moves_and_fills_with_zeros():
    signal = np.arange(1, 9, dtype=np.float32) / 10
    later = augment.shift(signal, sr=10, seconds=0.3)
    earlier = augment.shift(signal, sr=10, seconds=-0.3)
    np.testing.assert_array_equal(later, np.r_[np.zeros(3), signal[:5]].astype(np.float32))
    np.testing.assert_array_equal(earlier, np.r_[signal[3:], np.zeros(3)].astype(np.float32))


@pytest.mark.parametrize("seconds", [1.0, -1.0, 5.0])
def test_shift_by_the_whole_length_leaves_nothing(seconds):
    shifted = augment.shift(testing.sine(1.0), sr=SR, seconds=seconds)
    assert len(shifted) == SR
    assert not shifted.any()


# --- pitch and stretch


@pytest.mark.parametrize("semitones", [-4, -1, 0.5, 2, 4])
@pytest.mark.parametrize("voice", [100, 220])
def test_pitch_changes_f0_and_nothing_else(semitones, voice):
    signal = testing.speechlike(1.0, f0=voice)
    shifted = augment.pitch(signal, sr=SR, semitones=semitones)
    assert len(shifted) == len(signal)
    assert f0(shifted) == pytest.approx(voice * 2 ** (semitones / 12), rel=0.01)
    assert power_db(shifted) == pytest.approx(power_db(signal), abs=1.5)


def test_pitch_moves_a_pure_tone():
    shifted = augment.pitch(testing.sine(1.0, frequency=440), sr=SR, semitones=12)
    spectrum = np.abs(np.fft.rfft(shifted * np.hanning(SR)))
    assert np.argmax(spectrum) == pytest.approx(880, abs=2)
    assert np.sum(spectrum[870:891] ** 2) > 0.99 * np.sum(spectrum**2)


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_stretch_changes_the_length_and_keeps_the_pitch(rate):
    signal = testing.speechlike(1.5, f0=120)
    stretched = augment.stretch(signal, sr=SR, rate=rate)
    assert len(stretched) == round(len(signal) / rate)
    assert f0(stretched) == pytest.approx(120, rel=0.01)
    assert power_db(stretched) == pytest.approx(power_db(signal), abs=1.0)


def test_stretch_keeps_events_in_their_place():
    # Two bursts at a quarter and three quarters of the clip.
    signal = testing.silence(2.0)
    signal[8000:8800] = testing.sine(0.05, frequency=300)
    signal[24000:24800] = testing.sine(0.05, frequency=300)
    stretched = augment.stretch(signal, sr=SR, rate=0.8)
    halves = np.split(stretched, 2)
    for half in halves:
        centre = np.sum(np.arange(len(half)) * half**2) / np.sum(half**2)
        assert centre / len(half) == pytest.approx(0.52, abs=0.03)


def test_pitch_and_stretch_of_nothing_and_by_nothing():
    signal = testing.speechlike(0.3)
    np.testing.assert_array_equal(augment.pitch(signal, sr=SR, semitones=0), signal)
    np.testing.assert_array_equal(augment.stretch(signal, sr=SR, rate=1), signal)
    for change in (augment.Augmentation("pitch"), augment.Augmentation("stretch")):
        assert change.apply(np.zeros(0, np.float32), sr=SR).size == 0
        assert change.apply(np.zeros(1, np.float32), sr=SR).size == 1
        assert not change.apply(testing.silence(0.5), sr=SR).any()


# --- gain


@pytest.mark.parametrize("gain_db", [-20.0, 6.0])
def test_gain_changes_the_level(gain_db):
    signal = testing.sine(0.5, amplitude=0.1)
    assert power_db(augment.gain(signal, sr=SR, gain_db=gain_db)) == pytest.approx(power_db(signal) + gain_db, abs=1e-3)


def test_gain_clips():
    loud = augment.gain(testing.sine(0.5, amplitude=0.5), sr=SR, gain_db=20)
    assert np.abs(loud).max() == 1.0
    assert audio.clipped_fraction(loud) > 0.5


# --- speed and clipping


@pytest.mark.parametrize("speed", [0.5, 0.9, 1.1, 2.0])
def test_speed_changes_length_and_pitch_together(speed):
    signal = testing.speechlike(1.5, f0=130)
    played = augment.speed(signal, sr=SR, speed=speed)
    assert len(played) == round(len(signal) / speed)
    assert f0(played) == pytest.approx(130 * speed, rel=0.01)


def test_speed_doubles_a_tone_and_keeps_its_level():
    tone = testing.sine(1.0, frequency=440, amplitude=0.3)
    fast = augment.speed(tone, sr=SR, speed=2.0)
    assert np.argmax(np.abs(np.fft.rfft(fast * np.hanning(len(fast))))) * SR / len(fast) == pytest.approx(880, abs=2)
    assert power_db(fast) == pytest.approx(power_db(tone), abs=0.1)


@pytest.mark.parametrize("percent", [1.0, 5.0, 30.0])
def test_clipping_cuts_off_the_share_asked_for(percent):
    signal = testing.speechlike(1.0, level_db=-40)
    loud = augment.clipping(signal, sr=SR, percent=percent)
    assert 100 * np.mean(np.abs(loud) >= 1.0) == pytest.approx(percent, abs=0.05)
    # Between the cut-off peaks it is the signal, only louder.
    inside = np.abs(loud) < 1.0
    scale = loud[inside] @ signal[inside] / (signal[inside] @ signal[inside])
    np.testing.assert_allclose(loud[inside], scale * signal[inside], atol=1e-6)


def test_clipping_of_nothing():
    signal = testing.sine(0.5, amplitude=0.1)
    assert np.abs(augment.clipping(signal, sr=SR, percent=0)).max() == 1.0
    np.testing.assert_allclose(augment.clipping(signal, sr=SR, percent=0), signal * 10, atol=1e-4)
    click = testing.silence(0.1)
    click[5] = 0.5
    np.testing.assert_array_equal(augment.clipping(click, sr=SR, percent=50), click)
    assert not augment.clipping(testing.silence(0.1), sr=SR, percent=5).any()


# --- all


@pytest.mark.parametrize(
    ("function", "parameter"),
    [
        (augment.shift, "seconds"),
        (augment.pitch, "semitones"),
        (augment.stretch, "rate"),
        (augment.gain, "gain_db"),
        (augment.speed, "speed"),
        (augment.clipping, "percent"),
    ],
)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e9, "1", None, True])
def test_a_parameter_out_of_range(function, parameter, value):
    with pytest.raises(ConfigError, match=f"{parameter} must be a number from"):
        function(testing.sine(0.1), sr=SR, **{parameter: value})


@pytest.mark.parametrize("kind", WAVEFORM)
def test_all_kinds_leave_their_input_alone_and_stay_in_range(kind):
    signal = testing.speechlike(0.5, level_db=-12)
    before = signal.copy()
    changed = augment.Augmentation(kind).apply(signal, sr=SR, seed=3)
    np.testing.assert_array_equal(signal, before)
    assert changed.dtype == np.float32
    assert changed.ndim == 1
    assert np.isfinite(changed).all()
    assert np.abs(changed).max() <= 1.0
    assert not np.array_equal(changed, signal)


@pytest.mark.parametrize("kind", WAVEFORM)
@pytest.mark.parametrize("sr", [8000, 22_050, 48_000])
def test_all_kinds_take_any_rate_and_any_length(kind, sr):
    augmentation = augment.Augmentation(kind)
    for signal in (np.zeros(0, np.float32), np.zeros(1, np.float32), np.full(1, 0.5, np.float32), testing.silence(0.1)):
        changed = augmentation.apply(signal, sr=sr)
        assert changed.dtype == np.float32 and np.isfinite(changed).all()
        assert len(changed) <= 1 or not changed.any()
    voice = testing.speechlike(0.3, sr=sr)
    if kind not in ("speed", "stretch", "crop"):
        assert len(augmentation.apply(voice, sr=sr)) == len(voice)


# --- sampling rate and cut ends


def test_a_lower_rate_keeps_what_lies_below_half_of_it():
    low, high = testing.sine(1.0, frequency=1000), testing.sine(1.0, frequency=6000)
    kept, lost = (augment.rate(signal, sr=SR, rate_hz=8000) for signal in (low, high))
    assert len(kept) == len(low)
    assert power_db(kept[800:-800]) == pytest.approx(power_db(low[800:-800]), abs=0.1)
    assert power_db(lost[800:-800]) < power_db(high) - 60


def test_a_rate_that_is_high_enough_changes_nothing():
    signal = testing.speechlike(0.2)
    np.testing.assert_array_equal(augment.rate(signal, sr=8000, rate_hz=8000), signal)


def test_crop_cuts_both_ends_and_leaves_the_middle():
    signal = np.arange(10, dtype=np.float32) / 10
    np.testing.assert_array_equal(augment.crop(signal, sr=10, cut_s=0.2), signal[2:-2])
    np.testing.assert_array_equal(augment.crop(signal, sr=10, cut_s=10), signal[3:-3])
    assert len(augment.crop(signal[:0], sr=10, cut_s=1)) == 0
