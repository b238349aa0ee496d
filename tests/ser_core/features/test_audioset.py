"""The log-mel image of AudioSet networks, against the published formulas written out."""

import numpy as np
import pytest

from ser_core.errors import ConfigError
from ser_core.features import AudioSetSpec, extract, feature_names, spec_from_dict
from ser_core.features.audioset import SCALE, SILENCE, filterbank, log_mel, long_term_spectrum, n_bands

AT_32K = AudioSetSpec(sr=32_000)


def direct(signal: np.ndarray, *, sr: int = 32_000) -> np.ndarray:
    """The front end of EfficientAT step by step: emphasis in time, padded window, filters bin by bin."""
    emphasised = signal[1:] - 0.97 * signal[:-1]
    padded = np.pad(emphasised, 512, mode="reflect")
    window = np.zeros(1024)
    window[112:912] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(800) / 799)
    edges = np.linspace(0, 1127 * np.log(1 + 15_000 / 700), 130)
    columns = []
    for start in range(0, len(padded) - 1023, 320):
        power = np.abs(np.fft.rfft(padded[start : start + 1024] * window)) ** 2
        bands = np.zeros(128)
        for k, energy in enumerate(power):
            mel = 1127 * np.log(1 + k * sr / 1024 / 700)
            for band in range(128):
                low, centre, high = edges[band : band + 3]
                if low < mel < high:
                    bands[band] += energy * min((mel - low) / (centre - low), (high - mel) / (high - centre))
        columns.append((np.log(bands + 1e-5) + 4.5) / 5)
    return np.array(columns).T


def noise_and_tones(sr: int, *, seconds: float = 0.4) -> np.ndarray:
    """Tones and low-passed noise: nothing near 8 kHz, where the two rates must differ."""
    t = np.arange(round(seconds * sr)) / sr
    tones = sum(np.sin(2 * np.pi * hz * t + hz) / hz**0.5 for hz in range(90, 7400, 45))
    return (0.02 * tones * (1 + 0.5 * np.sin(2 * np.pi * 4 * t))).astype(np.float32)


def test_equals_the_published_front_end():
    signal = noise_and_tones(32_000)
    expected = direct(signal.astype(np.float64))
    image = log_mel(signal, spec=AT_32K)[:, : expected.shape[1]]
    # Emphasis of the windowed frame is not quite the window on the emphasised signal, and so is its mirror at the ends.
    difference = np.abs(image - expected)[:, 3:-3]
    assert difference.max() < 0.2 and np.quantile(difference, 0.98) < 0.05 and difference.mean() < 0.01


def test_at_16_khz_the_bands_below_8_khz_are_the_same():
    low = log_mel(noise_and_tones(16_000), spec=AudioSetSpec())
    high = log_mel(noise_and_tones(32_000), spec=AT_32K)
    assert len(low) == n_bands(AudioSetSpec()) == 104 and len(high) == 128
    difference = np.abs(low - high[:104, : low.shape[1]])[:100, 3:-3]
    assert difference.max() < 0.02


def test_filters_peak_at_their_centres_and_overlap_by_half():
    bank = filterbank(AT_32K)
    assert bank.shape == (128, 513) and bank.max() <= 1
    assert (np.diff(bank[60:].argmax(axis=1)) > 0).all()
    inner = (bank > 0).any(axis=0) & (np.arange(513) > 30) & (np.arange(513) < 460)
    np.testing.assert_allclose(bank.sum(axis=0)[inner], 1, atol=1e-5)


@pytest.mark.parametrize("hz", [300, 1000, 4000])
def test_a_tone_is_loudest_in_its_band(hz):
    spec = AudioSetSpec()
    tone = np.sin(2 * np.pi * hz * np.arange(16_000) / 16_000).astype(np.float32)
    loudest = int(extract(tone, sr=16_000, spec=spec).mean(axis=1).argmax())
    assert float(feature_names(spec)[loudest].split()[1]) == pytest.approx(hz, rel=0.07)


def test_level_and_silence_around_do_not_matter():
    spec = AudioSetSpec(n_frames=0)
    sound = noise_and_tones(16_000, seconds=1.0)
    image, quiet, padded = (extract(x, sr=16_000, spec=spec) for x in (sound, 0.1 * sound, np.pad(sound, 8000)))
    np.testing.assert_allclose(quiet, image, atol=1e-4)
    assert abs(padded.shape[1] - image.shape[1]) <= 4
    np.testing.assert_allclose(padded.mean(axis=1), image.mean(axis=1), atol=0.1)


def test_the_level_row_says_what_scaling_took_away():
    spec = AudioSetSpec(n_frames=30, level_row=1)
    sound = 0.2 * noise_and_tones(16_000) / np.abs(noise_and_tones(16_000)).max()
    loud, quiet = (extract(x, sr=16_000, spec=spec) for x in (sound, 0.1 * sound))
    assert loud.shape == (105, 30) and feature_names(spec)[-1] == "level"
    np.testing.assert_array_equal(loud[:-1], extract(sound, sr=16_000, spec=AudioSetSpec(n_frames=30)))
    np.testing.assert_allclose(loud[-1], 2 * np.log(0.2) / 5, rtol=1e-5)
    # 20 dB less.
    np.testing.assert_allclose(loud[-1] - quiet[-1], 4 * np.log(10) / 10, rtol=1e-4)
    assert np.isfinite(extract(np.zeros(100), sr=16_000, spec=spec)).all()


def test_short_clips_repeat_and_long_ones_keep_their_middle():
    spec = AudioSetSpec(n_frames=50)
    rng = np.random.default_rng(0)
    short, long = (rng.normal(0, 0.1, n).astype(np.float32) for n in (3200, 16_000))
    image = extract(short, sr=16_000, spec=spec)
    assert image.shape == (104, 50)
    np.testing.assert_array_equal(image[:, 21:42], image[:, :21])
    whole = extract(long, sr=16_000, spec=AudioSetSpec(n_frames=0))
    np.testing.assert_array_equal(extract(long, sr=16_000, spec=spec), whole[:, 25:75])


@pytest.mark.parametrize("length", [0, 1, 5, 300])
def test_anything_gives_finite_images(length):
    spec = AudioSetSpec(n_frames=20)
    for signal in (np.zeros(length), np.ones(length)):
        image = extract(signal, sr=16_000, spec=spec)
        assert image.shape == (104, 20) and image.dtype == np.float32 and np.isfinite(image).all()
    np.testing.assert_allclose(extract(np.zeros(length), sr=16_000, spec=spec), SILENCE, atol=1e-4)


def test_specs_round_trip_and_wrong_ones_are_refused():
    spec = AudioSetSpec(n_frames=300)
    assert spec_from_dict(spec.to_dict()) == spec and spec.hash != AudioSetSpec().hash
    for wrong in ({"sr": 4000}, {"f_max": 20_000}, {"n_mels": 0}, {"n_frames": -1}, {"trim_db": -1}, {"level_row": 2}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            AudioSetSpec(**wrong)


def test_a_long_term_spectrum_is_mean_power_and_moves_with_a_line():
    quiet, loud = -1.0, 1.0
    image = np.full((1, 2, 4), quiet, np.float32)
    image[0, 0, 0] = loud
    found = long_term_spectrum(image)
    expected = np.log((np.exp(SCALE * loud) + 3 * np.exp(SCALE * quiet)) / 4) / SCALE
    np.testing.assert_allclose(found, [expected, quiet], rtol=1e-5)
    line = np.float32([0.5, -0.25])
    np.testing.assert_allclose(long_term_spectrum(image + line[:, None]), found + line, rtol=1e-5)
    # Every clip counts alike, however loud the others are.
    np.testing.assert_allclose(long_term_spectrum(np.concatenate([image, image + 2])), found + 1, rtol=1e-5)
