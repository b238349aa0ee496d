"""Mel scales, the mel filterbank, decibels and the cosine transform; equal to librosa's, on numpy and scipy.fft."""

from functools import lru_cache

import numpy as np
import scipy.fft

from ser_core.errors import ConfigError
from ser_core.features.stft import project

# Slaney's Auditory Toolbox (Technical Report 1998-010, Interval Research): linear below 1 kHz, logarithmic above.
_LINEAR_HZ_PER_MEL = 200.0 / 3
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _LINEAR_HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0
# Mel filters that are summed in one product: few enough to leave out most of the zeros beside them.
_FILTERS = 16


def hz_to_mel(hz, *, htk: bool = False) -> np.ndarray:
    """Hz to mel, by Slaney's scale or HTK's (``2595 log10(1 + f / 700)``).

    Examples
    --------
    >>> hz_to_mel([60, 1000]).round(6).tolist()
    [0.9, 15.0]
    """
    hz = np.asarray(hz, dtype=np.float64)
    if htk:
        return 2595.0 * np.log10(1.0 + hz / 700.0)
    above = _BREAK_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(hz >= _BREAK_HZ, above, hz / _LINEAR_HZ_PER_MEL)


def mel_to_hz(mel, *, htk: bool = False) -> np.ndarray:
    """Inverse of `hz_to_mel`."""
    mel = np.asarray(mel, dtype=np.float64)
    if htk:
        return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    above = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, _BREAK_MEL) - _BREAK_MEL))
    return np.where(mel >= _BREAK_MEL, above, _LINEAR_HZ_PER_MEL * mel)


def mel_frequencies(n_mels: int, *, f_min: float, f_max: float, htk: bool = False) -> np.ndarray:
    """`n_mels` frequencies, Hz, evenly spaced in mel from `f_min` to `f_max`."""
    return mel_to_hz(np.linspace(hz_to_mel(f_min, htk=htk), hz_to_mel(f_max, htk=htk), n_mels), htk=htk)


@lru_cache(maxsize=16)
def mel_filterbank(
    *, sr: int, n_fft: int, n_mels: int, f_min: float = 0.0, f_max: float | None = None, htk: bool = False
) -> np.ndarray:
    """Triangular mel filters, each of unit area (Slaney's normalisation), as ``librosa.filters.mel``.

    Returns
    -------
    np.ndarray [shape=(n_mels, 1 + n_fft // 2)]
        float32, read-only.

    Raises
    ------
    ConfigError
        If the band lies outside 0 to ``sr / 2`` or a filter would be empty.
    """
    f_max = sr / 2 if f_max is None else f_max
    if not 0 <= f_min < f_max <= sr / 2:
        raise ConfigError(f"Mel bands need 0 <= f_min < f_max <= {sr / 2:g} Hz, got {f_min:g} to {f_max:g} Hz.")
    bins = np.fft.rfftfreq(n_fft, 1 / sr)
    edges = mel_frequencies(n_mels + 2, f_min=f_min, f_max=f_max, htk=htk)
    widths = np.diff(edges)
    ramps = edges[:, None] - bins
    rising = -ramps[:-2] / widths[:-1, None]
    falling = ramps[2:] / widths[1:, None]
    weights = np.maximum(0, np.minimum(rising, falling)) * (2.0 / (edges[2:] - edges[:-2]))[:, None]
    if not weights.any(axis=1).all():
        raise ConfigError(f"{n_mels} mel bands are too many for {n_fft} points at {sr} Hz: some hold no bin.")
    weights = weights.astype(np.float32)
    weights.flags.writeable = False
    return weights


def mel_power(power: np.ndarray, bank: np.ndarray) -> np.ndarray:
    """Power in each mel band; ``power @ bank.T``, by groups of neighbouring filters over the bins that they hold.

    See `ser_core.features.stft.project`: a worker process and a server get the same bits.

    Parameters
    ----------
    power : np.ndarray [shape=(t, f)]
        Power spectrogram.
    bank : np.ndarray [shape=(n_mels, f)]
        From `mel_filterbank`.

    Returns
    -------
    np.ndarray [shape=(t, n_mels)]
        Of the type of `power`.
    """
    bank = bank.astype(power.dtype, copy=False)
    out = np.empty((len(power), len(bank)), dtype=power.dtype)
    for k in range(0, len(bank), _FILTERS):
        group = bank[k : k + _FILTERS]
        held = np.flatnonzero(group.any(axis=0))
        bins = slice(held[0], held[-1] + 1)
        project(power[:, bins], group[:, bins], out=out[:, k : k + _FILTERS])
    return out


def power_to_db(power: np.ndarray, *, ref: float = 1.0, amin: float = 1e-10, top_db: float | None = 80.0) -> np.ndarray:
    """Power to decibels, ``10 log10(max(amin, power) / ref)``, floored `top_db` below the largest value."""
    db = 10.0 * np.log10(np.maximum(amin, power))
    db -= 10.0 * np.log10(max(amin, ref))
    return db if top_db is None else np.maximum(db, db.max() - top_db)


def dct(x: np.ndarray, *, n: int) -> np.ndarray:
    """First `n` coefficients of the orthonormal type-II cosine transform along the last axis."""
    return scipy.fft.dct(x, type=2, norm="ortho", axis=-1)[..., :n]
