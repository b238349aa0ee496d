"""Shape of the spectrum: equal to librosa, and right on signals of known shape."""

import numpy as np
import pytest

from ser_core.features import mel, spectral, stft
from ser_core.testing import noise, silence, sine, speechlike, square

SR, N_FFT, WIN, HOP = 16_000, 1024, 640, 160


def spectra(signal):
    power = stft.power_spectrogram(signal, n_fft=N_FFT, hop_length=HOP, win_length=WIN)
    return power, np.sqrt(power), stft.frequencies(sr=SR, n_fft=N_FFT)


@pytest.fixture(params=["speechlike", "noise"])
def signal(request):
    if request.param == "noise":
        return noise(0.7, sr=SR)
    # A little noise: of exact silence librosa and we may pick either bin.
    return speechlike(0.7, sr=SR, f0=180, seed=2) + noise(0.7, sr=SR, amplitude=1e-3)


def test_equal_to_librosa(signal):
    librosa = pytest.importorskip("librosa")
    feature = librosa.feature
    power, magnitude, hz = spectra(signal)
    centroid, bandwidth = spectral.centroid_bandwidth(magnitude, frequencies=hz)
    np.testing.assert_allclose(centroid, feature.spectral_centroid(S=magnitude.T, sr=SR)[0], rtol=1e-4)
    np.testing.assert_allclose(bandwidth, feature.spectral_bandwidth(S=magnitude.T, sr=SR)[0], rtol=1e-3)
    rolloff = spectral.rolloff(magnitude, frequencies=hz, shares=(0.85, 0.25))
    # A sum in another order may fall on the other side of a bin's edge in single frames.
    for column, share in zip(rolloff.T, (0.85, 0.25), strict=True):
        theirs = feature.spectral_rolloff(S=magnitude.T, sr=SR, roll_percent=share)[0]
        assert np.abs(column - theirs).max() <= SR / N_FFT + 1e-3
        assert (column == theirs).mean() > 0.95
    flatness, _ = spectral.flatness_entropy(power, db=mel.power_to_db(power, top_db=None))
    np.testing.assert_allclose(10 ** (flatness / 10), feature.spectral_flatness(S=magnitude.T)[0], rtol=1e-3)
    contrast = feature.spectral_contrast(S=magnitude.T, sr=SR)
    np.testing.assert_allclose(spectral.contrast(magnitude, sr=SR), contrast.T, atol=1e-3)
    chroma = feature.chroma_stft(S=power.T, sr=SR, tuning=0)
    np.testing.assert_allclose(spectral.chroma(power, sr=SR, n_fft=N_FFT), chroma.T, atol=1e-4)
    zcr = feature.zero_crossing_rate(signal, frame_length=WIN, hop_length=HOP)[0]
    np.testing.assert_allclose(spectral.zero_crossing_rate(signal, frame_length=WIN, hop_length=HOP), zcr, atol=1e-6)


def test_rms_equals_librosa_on_a_steady_signal():
    librosa = pytest.importorskip("librosa")
    signal = noise(2.0, sr=SR)
    power, _, _ = spectra(signal)
    ours = spectral.rms(power, window=stft.hann(WIN, N_FFT), n_fft=N_FFT)
    theirs = librosa.feature.rms(y=signal, frame_length=WIN, hop_length=HOP)[0]
    assert ours[3:-3].mean() == pytest.approx(theirs[3:-3].mean(), rel=0.01)


def test_rms_of_a_sine_is_known():
    power, _, _ = spectra(sine(1.0, sr=SR, frequency=500, amplitude=0.4))
    ours = spectral.rms(power, window=stft.hann(WIN, N_FFT), n_fft=N_FFT)[5:-5]
    np.testing.assert_allclose(ours, 0.4 / np.sqrt(2), rtol=1e-3)


@pytest.mark.parametrize("frequency", [100, 250, 1000])
def test_zero_crossings_of_a_square_wave(frequency):
    # 40 ms hold a whole number of crossings, of which the first may fall on the edge.
    rate = spectral.zero_crossing_rate(square(1.0, sr=SR, frequency=frequency), frame_length=WIN, hop_length=HOP)
    assert rate[5:-5].mean() == pytest.approx(2 * frequency / SR, abs=1.01 / WIN)


@pytest.mark.parametrize("frequency", [500, 1500, 4000])
def test_tone_has_its_frequency_as_centroid_and_rolloff(frequency):
    power, magnitude, hz = spectra(sine(1.0, sr=SR, frequency=frequency))
    centroid, bandwidth = spectral.centroid_bandwidth(magnitude, frequencies=hz)
    assert np.median(centroid) == pytest.approx(frequency, abs=10)
    assert np.median(bandwidth) < 150
    assert np.median(spectral.rolloff(magnitude, frequencies=hz, shares=(0.5,))) == pytest.approx(frequency, abs=16)
    flatness, entropy = spectral.flatness_entropy(power, db=mel.power_to_db(power, top_db=None))
    assert np.median(flatness) < -40
    assert np.median(entropy) < 0.3


def test_noise_is_flat():
    power, _, _ = spectra(noise(1.0, sr=SR))
    flatness, entropy = spectral.flatness_entropy(power, db=mel.power_to_db(power, top_db=None))
    # The periodogram of white noise is exponential: its flatness is exp(-0.5772), -2.5 dB.
    assert flatness[5:-5].mean() == pytest.approx(-2.5, abs=0.4)
    assert entropy[5:-5].mean() > 0.9


def test_chroma_of_concert_a():
    power, _, _ = spectra(sine(1.0, sr=SR, frequency=440))
    assert (spectral.chroma(power, sr=SR, n_fft=N_FFT)[5:-5].argmax(axis=1) == 9).all()


def test_band_levels_find_the_band_of_a_tone():
    power, _, hz = spectra(sine(1.0, sr=SR, frequency=700))
    levels = spectral.band_levels(power, frequencies=hz, edges=((0, 500), (500, 1500), (1500, 3000)))
    assert (levels[5:-5].argmax(axis=1) == 1).all()


def test_flux_sees_change_only():
    steady = np.ones((4, 3), dtype=np.float32)
    assert spectral.flux(steady).tolist() == [0, 0, 0, 0]
    steady[2] = 0
    np.testing.assert_allclose(spectral.flux(steady), [0, 0, np.sqrt(3), np.sqrt(3)])


def test_silence_is_finite():
    power, magnitude, hz = spectra(silence(0.2, sr=SR))
    values = [
        *spectral.centroid_bandwidth(magnitude, frequencies=hz),
        *spectral.flatness_entropy(power, db=mel.power_to_db(power, top_db=None)),
        spectral.rolloff(magnitude, frequencies=hz, shares=(0.85,)),
        spectral.contrast(magnitude, sr=SR),
        spectral.chroma(power, sr=SR, n_fft=N_FFT),
    ]
    assert all(np.isfinite(value).all() for value in values)
