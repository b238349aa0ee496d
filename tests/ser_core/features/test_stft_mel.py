"""Framing, STFT, mel filterbank, decibels and cosine transform against librosa."""

import numpy as np
import pytest

from ser_core.errors import ConfigError
from ser_core.features import mel, stft
from ser_core.testing import noise, sine, speechlike

librosa = pytest.importorskip("librosa")
SR = 16_000


@pytest.mark.parametrize("n_fft,win,hop", [(1024, 640, 160), (512, 512, 128), (1024, 400, 256), (2048, 2048, 512)])
@pytest.mark.parametrize("center", [True, False])
def test_power_spectrogram_equals_librosa(n_fft, win, hop, center):
    signal = speechlike(1.0, sr=SR, f0=150, seed=1)
    expected = np.abs(librosa.stft(signal, n_fft=n_fft, hop_length=hop, win_length=win, center=center)) ** 2
    power = stft.power_spectrogram(signal, n_fft=n_fft, hop_length=hop, win_length=win, center=center)
    assert power.dtype == np.float32
    np.testing.assert_allclose(power, expected.T, rtol=1e-4, atol=1e-5 * expected.max())


@pytest.mark.parametrize("length", [0, 1, 5, 1000])
@pytest.mark.parametrize("center", [True, False])
def test_short_signals_have_a_frame(length, center):
    power = stft.power_spectrogram(np.ones(length), n_fft=1024, hop_length=160, center=center)
    assert len(power) >= 1
    assert np.isfinite(power).all()


def test_windows_are_shared_but_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        stft.hann(640)[0] = 1


def test_tone_peaks_at_its_bin():
    power = stft.power_spectrogram(sine(1.0, sr=SR, frequency=1000), n_fft=1024, hop_length=160)
    hz = stft.frequencies(sr=SR, n_fft=1024)
    assert (np.abs(hz[power[5:-5].argmax(axis=1)] - 1000) < 8).all()


@pytest.mark.parametrize("htk", [False, True])
@pytest.mark.parametrize("n_mels,f_min,f_max", [(40, 50, 8000), (64, 0, 8000), (26, 20, 7600)])
def test_filterbank_equals_librosa(htk, n_mels, f_min, f_max):
    ours = mel.mel_filterbank(sr=SR, n_fft=1024, n_mels=n_mels, f_min=f_min, f_max=f_max, htk=htk)
    theirs = librosa.filters.mel(sr=SR, n_fft=1024, n_mels=n_mels, fmin=f_min, fmax=f_max, htk=htk)
    np.testing.assert_allclose(ours, theirs, atol=1e-8)


def test_mel_power_is_the_product():
    power = stft.power_spectrogram(noise(1.0, sr=SR), n_fft=1024, hop_length=160)
    bank = mel.mel_filterbank(sr=SR, n_fft=1024, n_mels=40)
    np.testing.assert_allclose(mel.mel_power(power, bank), power @ bank.T, rtol=1e-5)


@pytest.mark.parametrize("htk", [False, True])
def test_mel_scale_equals_librosa_and_inverts(htk):
    hz = np.array([0.0, 60, 440, 999, 1000, 1001, 7999])
    np.testing.assert_allclose(mel.hz_to_mel(hz, htk=htk), librosa.hz_to_mel(hz, htk=htk))
    np.testing.assert_allclose(mel.mel_to_hz(mel.hz_to_mel(hz, htk=htk), htk=htk), hz, atol=1e-9)


def test_decibels_and_mfcc_equal_librosa():
    power = stft.power_spectrogram(noise(1.0, sr=SR), n_fft=1024, hop_length=160)
    bands = power @ mel.mel_filterbank(sr=SR, n_fft=1024, n_mels=40).T
    db = mel.power_to_db(bands)
    np.testing.assert_allclose(db, librosa.power_to_db(bands), atol=1e-4)
    np.testing.assert_allclose(mel.dct(db, n=20), librosa.feature.mfcc(S=db.T, n_mfcc=20).T, atol=1e-3)


@pytest.mark.parametrize("f_min,f_max,n_mels", [(0, 9000, 40), (500, 100, 40), (-1, 8000, 40), (0, 8000, 2000)])
def test_refuses_bands_that_cannot_be(f_min, f_max, n_mels):
    with pytest.raises(ConfigError, match=r"[Mm]el bands"):
        mel.mel_filterbank(sr=SR, n_fft=1024, n_mels=n_mels, f_min=f_min, f_max=f_max)
