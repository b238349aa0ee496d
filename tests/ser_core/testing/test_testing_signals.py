"""The known answers of the synthetic signals are what they say."""

import librosa
import numpy as np
import pytest

from ser_core import audio, testing
from ser_core.errors import ConfigError

SR = 16_000


@pytest.mark.parametrize(
    "make", [testing.sine, testing.square, testing.noise, testing.chirp, testing.speechlike, testing.silence]
)
@pytest.mark.parametrize(("duration_s", "sr"), [(0.5, 16_000), (0.25, 44_100), (0.0, 8_000)])
def test_signals_have_the_right_form(make, duration_s, sr):
    signal = make(duration_s, sr=sr)
    assert signal.dtype == np.float32
    assert signal.shape == (round(duration_s * sr),)
    assert np.abs(signal).max(initial=0.0) <= 1.0
    np.testing.assert_array_equal(signal, make(duration_s, sr=sr))


def zero_crossings_per_second(signal, sr):
    return np.count_nonzero(np.diff(np.signbit(signal))) / (len(signal) / sr)


@pytest.mark.parametrize("make", [testing.sine, testing.square])
@pytest.mark.parametrize("frequency", [50, 440, 1000])
def test_zero_crossing_rates(make, frequency):
    assert zero_crossings_per_second(make(1.0, frequency=frequency), SR) == pytest.approx(2 * frequency, abs=2)


def test_a_square_is_high_for_its_first_half():
    signal = testing.square(1.0, sr=8, frequency=1, amplitude=0.5)
    assert signal.tolist() == [0.5] * 4 + [-0.5] * 4


def test_noise_has_its_level_and_a_flat_spectrum():
    signal = testing.noise(10.0, amplitude=0.1)
    assert audio.level_db(signal) == pytest.approx(-20, abs=0.1)
    power = np.abs(np.fft.rfft(signal)) ** 2
    low, high = power[1000:20_000].mean(), power[60_000:79_000].mean()
    assert 10 * np.log10(low / high) == pytest.approx(0, abs=0.3)
    assert not np.array_equal(signal, testing.noise(10.0, amplitude=0.1, seed=1))


def test_a_chirp_goes_from_start_to_stop():
    signal = testing.chirp(2.0, start=200, stop=2000)
    for at_s, frequency in ((0.1, 290), (1.0, 1100), (1.9, 1910)):
        around = signal[int((at_s - 0.05) * SR) : int((at_s + 0.05) * SR)]
        assert zero_crossings_per_second(around, SR) / 2 == pytest.approx(frequency, rel=0.05)


@pytest.mark.parametrize("f0", [90, 120, 205, 300])
def test_a_speechlike_signal_has_its_fundamental_frequency(f0):
    signal = testing.speechlike(1.0, f0=f0)
    measured = librosa.yin(signal, fmin=60, fmax=500, sr=SR, frame_length=1024)
    assert np.median(measured) == pytest.approx(f0, rel=0.01)


def test_a_speechlike_signal_has_its_level_and_moves():
    signal = testing.speechlike(2.0, level_db=-25)
    assert audio.level_db(signal) == pytest.approx(-25, abs=0.01)
    frames = np.sqrt(np.mean(signal.reshape(-1, 320) ** 2, axis=1))
    assert frames.std() > 0.2 * frames.mean()
    assert not np.array_equal(signal, testing.speechlike(2.0, level_db=-25, seed=1))


def test_breath_and_tilt_change_the_timbre():
    def treble(signal):
        power = np.abs(np.fft.rfft(signal)) ** 2
        return power[3000:].sum() / power.sum()

    plain = treble(testing.speechlike(1.0))
    assert treble(testing.speechlike(1.0, tilt=0.5)) > 2 * plain
    assert treble(testing.speechlike(1.0, breath=0.5)) > 2 * plain


def test_write_wav_makes_folders(tmp_path):
    path = testing.write_wav(tmp_path / "a" / "b" / "clip.wav", testing.sine(0.5, sr=8000), sr=8000)
    clip = audio.decode(path, sr=None)
    assert (clip.sr, clip.duration) == (8000, 0.5)


def test_an_unknown_kind_lists_the_known_ones():
    with pytest.raises(ConfigError, match=r"'wma'.*wav, flac.*webm"):
        testing.encode(testing.sine(0.1), kind="wma")
