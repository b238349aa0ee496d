"""Levels, bounds of the sound, resampling and what is judged usable: signals with known answers."""

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ser_core import audio, testing
from ser_core.errors import AudioError, ConfigError, EmptyAudioError, ShortAudioError, SilentAudioError
from ser_core.settings import Limits

SR = 16_000


def between_silence(signal, *, before_s=0.5, after_s=0.7, sr=SR):
    return np.concatenate([testing.silence(before_s, sr=sr), signal, testing.silence(after_s, sr=sr)])


# --- levels


@pytest.mark.parametrize("amplitude", [1.0, 0.1, 0.001])
def test_levels_of_a_sine_and_a_square(amplitude):
    db = 20 * np.log10(amplitude)
    square = testing.square(1.0, frequency=100, amplitude=amplitude)
    sine = testing.sine(1.0, frequency=100, amplitude=amplitude)
    assert audio.level_db(square) == pytest.approx(db, abs=0.001)
    assert audio.level_db(sine) == pytest.approx(db - 3.0103, abs=0.001)
    assert audio.peak_db(sine) == pytest.approx(db, abs=0.001)


def test_levels_of_nothing_are_the_floor():
    for signal in (np.zeros(0, np.float32), testing.silence(0.1)):
        assert audio.level_db(signal) == audio.peak_db(signal) == audio.LEVEL_FLOOR_DB


def test_a_negative_peak_counts():
    assert audio.peak_db(np.array([0.1, -0.5], np.float32)) == pytest.approx(-6.0206, abs=0.001)


# --- resampling


def test_resampling_keeps_a_sine():
    resampled = audio.resample(testing.sine(1.0, sr=48_000, frequency=1000), sr=48_000, to=SR)
    assert len(resampled) == SR
    assert resampled.dtype == np.float32
    np.testing.assert_allclose(resampled[800:-800], testing.sine(1.0, frequency=1000)[800:-800], atol=1e-4)


def test_resampling_lets_no_alias_through():
    resampled = audio.resample(testing.sine(1.0, sr=48_000, frequency=10_000), sr=48_000, to=SR)
    assert audio.level_db(resampled[800:-800]) < -80


def test_resampling_stays_in_range():
    resampled = audio.resample(testing.square(0.5, sr=44_100, frequency=300, amplitude=1.0), sr=44_100, to=SR)
    assert np.abs(resampled).max() <= 1.0


def test_resampling_to_the_same_rate_changes_nothing():
    signal = testing.noise(0.1)
    np.testing.assert_array_equal(audio.resample(signal, sr=SR, to=SR), signal)
    assert audio.resample(np.zeros(0, np.float32), sr=8000, to=SR).size == 0


@pytest.mark.parametrize("rates", [(0, SR), (SR, 0), (-1, SR)])
def test_resampling_wants_positive_rates(rates):
    with pytest.raises(ConfigError, match="positive"):
        audio.resample(testing.sine(0.1), sr=rates[0], to=rates[1])


# --- bounds of the sound


def test_bounds_of_a_sine_between_silence():
    start, stop = audio.sound_bounds(between_silence(testing.sine(1.0)), sr=SR)
    # Frames of 32 ms that reach into the sine count as sound.
    assert start / SR == pytest.approx(0.5, abs=0.02)
    assert stop / SR == pytest.approx(1.5, abs=0.03)


@pytest.mark.parametrize("top_db", [20.0, 40.0, 60.0])
@pytest.mark.parametrize(("frame", "hop"), [(2048, 512), (512, 128), (1000, 333)])
def test_bounds_equal_librosas(top_db, frame, hop):
    rng = np.random.default_rng(1)
    for seed in range(5):
        signal = between_silence(testing.speechlike(0.8, seed=seed), before_s=rng.uniform(0, 1))
        signal = signal + testing.noise(len(signal) / SR, amplitude=0.0005, seed=seed)[: len(signal)]
        _, expected = librosa.effects.trim(signal, top_db=top_db, frame_length=frame, hop_length=hop)
        found = audio.sound_bounds(signal, sr=SR, top_db=top_db, frame_s=frame / SR, hop_s=hop / SR)
        assert found == tuple(expected)


def test_silence_has_no_sound():
    for signal in (testing.silence(1.0), np.zeros(0, np.float32)):
        assert audio.sound_bounds(signal, sr=SR) == (0, 0)
        assert audio.trim(signal, sr=SR).size == 0


def test_trim_cuts_at_the_bounds():
    signal = between_silence(testing.sine(1.0))
    start, stop = audio.sound_bounds(signal, sr=SR, top_db=30)
    np.testing.assert_array_equal(audio.trim(signal, sr=SR, top_db=30), signal[start:stop])


@given(length=st.integers(0, 3000), sr=st.sampled_from([4_000, 16_000, 48_000]), seed=st.integers(0, 99))
@settings(max_examples=50)
def test_bounds_lie_inside_the_signal(length, sr, seed):
    signal = np.random.default_rng(seed).uniform(-1, 1, length).astype(np.float32)
    start, stop = audio.sound_bounds(signal, sr=sr)
    assert 0 <= start <= stop <= length
    assert (stop > start) == (length > 0)


# --- clipping


@pytest.mark.parametrize("amplitude", [0.5, 0.99])
def test_a_sine_below_full_scale_is_not_clipped(amplitude):
    assert audio.clipped_fraction(testing.sine(1.0, amplitude=amplitude)) == 0.0


def test_a_sine_of_twice_full_scale_is_clipped_for_two_thirds():
    signal = np.clip(testing.sine(1.0, frequency=50, amplitude=2.0), -1, 1)
    assert audio.clipped_fraction(signal) == pytest.approx(2 / 3, abs=0.01)


def test_single_peaks_at_full_scale_are_no_clipping():
    signal = testing.silence(0.1)
    signal[[5, 6, 50, 90]] = 1.0, 1.0, -1.0, 1.0
    assert audio.clipped_fraction(signal) == 0.0
    assert audio.clipped_fraction(np.array([], np.float32)) == 0.0


def test_a_swing_from_top_to_bottom_is_no_run():
    assert audio.clipped_fraction(np.array([1.0, 1.0, -1.0, -1.0] * 10, np.float32)) == 0.0


# --- quality


def test_quality_of_a_known_signal():
    measured = audio.quality(between_silence(testing.square(1.0, frequency=100, amplitude=0.5)), sr=SR)
    assert measured.duration_s == pytest.approx(2.2)
    assert measured.sound_s == pytest.approx(1.0, abs=0.05)
    assert measured.level_db == pytest.approx(-6.02 + 10 * np.log10(1 / 2.2), abs=0.01)
    assert measured.peak_db == pytest.approx(-6.02, abs=0.01)
    assert measured.clipped_fraction == 0.0


def test_quality_takes_the_clipping_that_decoding_measured():
    assert audio.quality(testing.sine(1.0), sr=SR, clipped=0.25).clipped_fraction == 0.25


@pytest.mark.parametrize(("level_db", "heard"), [(-60.0, True), (-70.0, False)])
def test_the_threshold_of_silence(level_db, heard):
    noise = testing.noise(1.0, amplitude=10 ** (level_db / 20))
    assert (audio.quality(noise, sr=SR).sound_s > 0) == heard


# --- what can be judged


def test_a_sentence_is_usable():
    assert audio.require_usable(testing.speechlike(1.0), sr=SR) == audio.quality(testing.speechlike(1.0), sr=SR)


@pytest.mark.parametrize(
    ("signal", "error", "said"),
    [
        (np.zeros(0, np.float32), EmptyAudioError, "No sound was recorded"),
        (testing.sine(0.01), ShortAudioError, r"only 0.01 s"),
        (testing.silence(2.0), SilentAudioError, "silent.*microphone"),
        (testing.noise(2.0, amplitude=0.0002), SilentAudioError, "silent"),
        (np.full(2 * SR, 0.3, np.float32), SilentAudioError, "silent"),  # A constant is an offset, no sound.
        (between_silence(testing.sine(0.05)), ShortAudioError, "of the clip's 1.2 s carry sound"),
    ],
)
def test_what_cannot_be_judged_says_why_and_what_to_do(signal, error, said):
    with pytest.raises(error, match=said) as caught:
        audio.require_usable(signal, sr=SR)
    assert isinstance(caught.value, AudioError)
    assert caught.value.advice


def test_the_least_duration_can_be_set():
    audio.require_usable(testing.sine(0.1), sr=SR, limits=Limits(min_duration_s=0.05))
    with pytest.raises(ShortAudioError, match="at least 2 s"):
        audio.require_usable(testing.sine(1.0), sr=SR, limits=Limits(min_duration_s=2.0))
