"""Pitch, voicing, formants and harmonics of signals whose answer is known."""

import numpy as np
import pytest

from ser_core.features import formants, pitch, stft
from ser_core.testing import noise, silence, sine

SR, N_FFT, WIN, HOP = 16_000, 1024, 640, 160
WINDOW = stft.hann(WIN, N_FFT)


def spectrogram(signal):
    return stft.power_spectrogram(signal, n_fft=N_FFT, hop_length=HOP, win_length=WIN)


def track(signal):
    return pitch.track(spectrogram(signal), window=WINDOW, sr=SR, hop_length=HOP)


def harmonics(f0, *, amplitudes, seconds=1.0):
    t = np.arange(round(seconds * SR)) / SR
    return sum(a * np.sin(2 * np.pi * f0 * k * t) for k, a in enumerate(amplitudes, 1)).astype(np.float32) * 0.1


@pytest.mark.parametrize("f0", [80, 120, 200, 310, 450, 600])
def test_pitch_of_harmonics(f0):
    found = track(harmonics(f0, amplitudes=[1, 0.7, 0.5, 0.4, 0.3]))
    assert found.voiced[3:-3].all()
    np.testing.assert_allclose(found.f0[3:-3], f0, rtol=0.005)
    assert found.hnr_db[3:-3].mean() > 10


@pytest.mark.parametrize("frequency", [100, 220, 440])
def test_pitch_of_a_sine(frequency):
    found = track(sine(1.0, sr=SR, frequency=frequency))
    np.testing.assert_allclose(found.f0[5:-5], frequency, rtol=0.005)


def test_missing_fundamental_is_heard():
    found = track(harmonics(150, amplitudes=[0, 0, 1, 1, 1]))
    assert np.median(found.f0) == pytest.approx(150, rel=0.01)


def test_a_glide_is_followed():
    f0 = np.linspace(120, 240, 2 * SR)
    phase = 2 * np.pi * np.cumsum(f0) / SR
    found = track((sum(np.sin(k * phase) / k for k in range(1, 6)) * 0.1).astype(np.float32))
    wanted = np.interp(np.arange(len(found.f0)) * HOP, np.arange(len(f0)), f0)
    np.testing.assert_allclose(found.f0[5:-5], wanted[5:-5], rtol=0.03)


def test_noise_is_not_voiced():
    found = track(noise(2.0, sr=SR))
    assert found.voiced.mean() < 0.05
    assert found.f0[~found.voiced].max() == 0


def test_voicing_falls_with_noise():
    tone = harmonics(150, amplitudes=[1, 0.5, 0.3])
    clear, hoarse = (track(tone + noise(1.0, sr=SR, amplitude=a)).strength.mean() for a in (0.001, 0.1))
    assert clear > hoarse + 0.2


def test_silence_has_no_pitch():
    found = track(silence(0.5, sr=SR))
    assert not found.voiced.any()
    assert np.isfinite(found.hnr_db).all()


def test_pauses_are_unvoiced():
    tone = harmonics(200, amplitudes=[1, 0.5])
    found = track(np.concatenate([tone, silence(0.5, sr=SR), tone]))
    assert not found.voiced[105:145].any()


def test_autocorrelation_is_exact():
    frame = np.random.default_rng(0).normal(size=WIN).astype(np.float32)
    window = stft.hann(WIN)
    power = np.abs(np.fft.rfft(frame * window, N_FFT))[None] ** 2
    found = pitch.autocorrelation(power, window=WINDOW, lags=300)[0]

    def direct(x):
        return np.array([x[: WIN - lag] @ x[lag:] for lag in range(300)]) / (x @ x)

    np.testing.assert_allclose(found, direct(frame * window) / direct(window), atol=1e-4)


def test_levinson_finds_the_filter_behind_a_process():
    poles = np.array([0.9 * np.exp(0.6j), 0.9 * np.exp(-0.6j), 0.5])
    wanted = np.poly(poles).real
    spectrum = 1 / np.abs(np.fft.rfft(wanted, 4096)) ** 2
    np.testing.assert_allclose(formants.levinson(np.fft.irfft(spectrum)[None, :4], order=3)[0], wanted, atol=1e-8)


def test_formants_of_a_known_vocal_tract():
    resonances = (600, 1400, 2600)
    impulses = np.zeros(SR)
    impulses[:: SR // 100] = 1
    spectrum = np.fft.rfft(impulses, 2 * SR)
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(2 * SR))
    for hz in resonances:
        pole = np.exp(-np.pi * 80 / SR + 2j * np.pi * hz / SR)
        spectrum = spectrum / ((1 - pole * z) * (1 - np.conj(pole) * z))
    signal = np.fft.irfft(spectrum)[:SR]
    found = formants.formants(spectrogram(0.5 * signal / np.abs(signal).max()), sr=SR, n_fft=N_FFT)
    np.testing.assert_allclose(np.median(found[5:-5, :3], axis=0), resonances, atol=100)
    assert (np.median(found[5:-5, 3:], axis=0) > 0).all()


def test_formants_of_silence_are_neutral_and_finite():
    found = formants.formants(spectrogram(silence(0.2, sr=SR)), sr=SR, n_fft=N_FFT)
    assert np.isfinite(found).all()


def test_harmonic_levels():
    power = spectrogram(harmonics(250, amplitudes=[1, 0.1, 0.1, 0.1]))
    n = len(power)
    found = formants.harmonic_levels(
        10 * np.log10(power + 1e-10),
        f0=np.full(n, 250.0),
        formant_hz=np.full((n, 3), 500.0),
        voiced=np.arange(n) > 3,
        hz_per_bin=SR / N_FFT,
    )
    np.testing.assert_allclose(found[5:-5], 20, atol=1)
    assert (found[:3] == 0).all()
