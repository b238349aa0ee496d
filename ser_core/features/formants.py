"""Formants by linear prediction, and the levels of harmonics that tell how the voice is produced."""

from functools import lru_cache

import numpy as np
import scipy.fft

from ser_core.features.stft import project

N_FORMANTS = 3
_BAND_HZ = 5000.0
# Two poles per formant below 5 kHz and one for the slope: Markel and Gray, "Linear Prediction of Speech" (1976).
_ORDER = 11
_POINTS = 512
_PRE_EMPHASIS = 0.97
_LOWEST_HZ = 180.0
# Where a neutral vocal tract of 17.5 cm resonates: stands in where a frame shows fewer peaks.
_NEUTRAL_HZ = (500.0, 1500.0, 2500.0)
NEUTRAL = (*_NEUTRAL_HZ, *[0.0] * N_FORMANTS)
"""What `formants` gives where it finds none."""
# Half width, Hz, of the band in which the strongest bin is taken as the formant's level.
_LEVEL_HALF_WIDTH_HZ = 94.0


def levinson(correlation: np.ndarray, *, order: int) -> np.ndarray:
    """Linear-prediction polynomial of each row of an autocorrelation, by the Levinson-Durbin recursion.

    Parameters
    ----------
    correlation : np.ndarray [shape=(t, >= order + 1)]
        Autocorrelation from lag 0 on; lag 0 above 0.
    order : int
        Number of poles.

    Returns
    -------
    np.ndarray [shape=(t, order + 1)]
        Coefficients, the first of them 1.
    """
    # One row per lag: each step then works on whole rows.
    lags = np.ascontiguousarray(correlation.T, dtype=np.float64)
    a = np.zeros((order + 1, len(correlation)))
    a[0] = 1
    error = lags[0].copy()
    for i in range(1, order + 1):
        reflection = -(a[:i] * lags[i:0:-1]).sum(axis=0) / error
        a[1 : i + 1] += reflection * a[i - 1 :: -1][:i]
        error *= np.maximum(1 - reflection**2, 1e-6)
    return a.T


@lru_cache(maxsize=4)
def _emphasis(n_bins: int) -> np.ndarray:
    emphasis = np.abs(1 - _PRE_EMPHASIS * np.exp(-1j * np.pi * np.arange(n_bins) / (n_bins - 1))) ** 2
    emphasis = emphasis.astype(np.float32)
    emphasis.flags.writeable = False
    return emphasis


@lru_cache(maxsize=4)
def _cosines(n_bins: int) -> np.ndarray:
    """Inverse transform of a power spectrum to the lags 0 to `_ORDER` [shape=(_ORDER + 1, n_bins)]."""
    cosines = np.cos(np.pi * np.outer(np.arange(_ORDER + 1), np.arange(n_bins)) / (n_bins - 1)) / (n_bins - 1)
    cosines[:, [0, -1]] /= 2
    cosines = cosines.astype(np.float32)
    cosines.flags.writeable = False
    return cosines


def formants(power: np.ndarray, *, sr: int, n_fft: int) -> np.ndarray:
    """First three formants of each frame: peaks of the linear-prediction spectrum below 5 kHz.

    The autocorrelation comes from the lower part of the power spectrum (selective linear prediction, Makhoul 1975), as
    if the signal had been resampled to 10 kHz.

    Parameters
    ----------
    power : np.ndarray [shape=(t, 1 + n_fft // 2)]
        Power spectrogram.
    sr, n_fft : int
        Its sampling rate, Hz, at least 10 kHz, and transform, samples.

    Returns
    -------
    np.ndarray [shape=(t, 6)]
        F1 to F3, Hz, then their prominence over the mean of the prediction spectrum, dB.
    """
    n_bins = 1 + int(_BAND_HZ * n_fft / sr)
    band = power[:, :n_bins] * _emphasis(n_bins)
    # A floor keeps the recursion stable: -70 dB of the strongest bin, and more than nothing in silence.
    band += np.float32(1e-9) + band.max(axis=1, keepdims=True) * np.float32(1e-7)
    # Twelve lags of an inverse transform: a small sum is cheaper than the transform.
    a = levinson(project(band, _cosines(n_bins)), order=_ORDER)
    response = scipy.fft.rfft(a.astype(np.float32), _POINTS, axis=1)
    # The natural logarithm of float32 is vectorised, the decadic one is not.
    spectrum = np.log(response.real**2 + response.imag**2 + np.float32(1e-12)) * np.float32(-10 / np.log(10))
    hz = np.arange(1, _POINTS // 2) * (_BAND_HZ / (_POINTS // 2))
    inner = spectrum[:, 1:-1]
    peak = (inner > spectrum[:, :-2]) & (inner >= spectrum[:, 2:]) & (hz > _LOWEST_HZ)
    mean = spectrum.mean(axis=1)
    rows = np.arange(len(spectrum))
    out = np.zeros((len(power), 2 * N_FORMANTS), dtype=np.float32)
    for j, neutral in enumerate(_NEUTRAL_HZ):
        at = peak.argmax(axis=1)
        found = peak[rows, at]
        out[:, j] = np.where(found, hz[at], neutral)
        out[:, N_FORMANTS + j] = np.where(found, inner[rows, at] - mean, 0)
        peak[rows, at] = False
    return out


def _strongest(db: np.ndarray, rows: np.ndarray, bins: np.ndarray, *, half_width: int) -> np.ndarray:
    """Largest level within `half_width` bins of the given bin of each of these frames."""
    at = np.clip(bins + np.arange(-half_width, half_width + 1)[:, None], 0, db.shape[1] - 1)
    return db[rows, at].max(axis=0)


def harmonic_levels(
    db: np.ndarray, *, f0: np.ndarray, formant_hz: np.ndarray, voiced: np.ndarray, hz_per_bin: float
) -> np.ndarray:
    """Level of the first harmonic over the second, and over each formant: breathy voices high, pressed voices low.

    H1-H2, H1-A1, H1-A2 and H1-A3 after Hanson, "Glottal characteristics of female speakers", JASA 101 (1997), without
    its correction for the vocal tract.

    Parameters
    ----------
    db : np.ndarray [shape=(t, f)]
        Power spectrogram, dB.
    f0 : np.ndarray [shape=(t,)]
        Pitch, Hz.
    formant_hz : np.ndarray [shape=(t, 3)]
        Formants, Hz.
    voiced : np.ndarray [shape=(t,)], bool
        Frames that have a pitch; the others give 0.
    hz_per_bin : float
        Distance of the bins.

    Returns
    -------
    np.ndarray [shape=(t, 4)]
        dB.
    """
    rows = np.flatnonzero(voiced)
    harmonic = f0[rows] / hz_per_bin
    first, second = (_strongest(db, rows, np.rint(k * harmonic).astype(int), half_width=1) for k in (1, 2))
    half_width = round(_LEVEL_HALF_WIDTH_HZ / hz_per_bin)
    bins = np.rint(formant_hz[rows] / hz_per_bin).astype(int)
    others = [second] + [_strongest(db, rows, column, half_width=half_width) for column in bins.T]
    out = np.zeros((len(db), len(others)), dtype=db.dtype)
    out[rows] = first[:, None] - np.stack(others, axis=1)
    return out
