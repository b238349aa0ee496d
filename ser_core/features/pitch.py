"""Pitch and voicing from the autocorrelation, without a pass over the signal of their own.

After Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a
sampled sound", IFA Proceedings 17, 97-110 (1993): the autocorrelation of the windowed frame over that of the window.
His search for the best path is replaced by two passes that need no loop over frames: the second prefers candidates
close to the pitch that the clear frames have around them.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.fft

F0_MIN = 65.0
F0_MAX = 650.0
VOICING_THRESHOLD = 0.45
# Per octave, so that of equal peaks the one at the shortest lag (the highest F0) wins. Boersma's default is 0.01.
_OCTAVE_COST = 0.03
# Cost per octave away from the local pitch in the second pass; Boersma's octave-jump cost is 0.35.
_JUMP_COST = 0.35
_SILENCE_DB = 45.0
_N_CANDIDATES = 6
_EPS = np.float32(1e-12)


@dataclass(frozen=True)
class Pitch:
    """Pitch of each frame.

    Attributes
    ----------
    f0 : np.ndarray [shape=(t,)]
        Hz; 0 where unvoiced.
    strength : np.ndarray [shape=(t,)]
        Height of the autocorrelation at the best lag, in [0, 1], voiced or not.
    voiced : np.ndarray [shape=(t,)], bool
        Whether the frame is voiced.
    """

    f0: np.ndarray
    strength: np.ndarray
    voiced: np.ndarray

    @property
    def hnr_db(self) -> np.ndarray:
        """Harmonics-to-noise ratio, dB in [-20, 40] [shape=(t,)]."""
        share = np.clip(self.strength, 0.01, 0.9999)
        return 10 * np.log10(share / (1 - share))


@lru_cache(maxsize=8)
def _window_autocorrelation(window: bytes, n_fft: int, lags: int) -> np.ndarray:
    spectrum = np.abs(np.fft.rfft(np.frombuffer(window, dtype=np.float32), n_fft)) ** 2
    correlation = np.fft.irfft(spectrum)[:lags]
    return (correlation / correlation[0]).astype(np.float32)


def autocorrelation(power: np.ndarray, *, window: np.ndarray, lags: int) -> np.ndarray:
    """Autocorrelation of the frames behind a power spectrogram, 1 at lag 0, freed of the window's own.

    Exact (not circular) as long as ``lags + length of the window <= n_fft``. Frames of silence give 0.

    Parameters
    ----------
    power : np.ndarray [shape=(t, 1 + n_fft // 2)]
        Power spectrogram.
    window : np.ndarray [shape=(n_fft,)]
        Its window, zeros included.
    lags : int
        Lags to keep, from 0 on.

    Returns
    -------
    np.ndarray [shape=(t, lags)]
        float32.
    """
    correlation = scipy.fft.irfft(power, axis=1)[:, :lags]
    energy = correlation[:, :1]
    scale = np.where(energy > _EPS, 1 / np.maximum(energy, _EPS), 0)
    return correlation * scale / _window_autocorrelation(window.tobytes(), (power.shape[1] - 1) * 2, lags)


def _candidates(correlation: np.ndarray, *, sr: int) -> tuple[np.ndarray, np.ndarray]:
    """Lag (samples, with fraction) and height of the highest peaks of each frame, [shape=(t, _N_CANDIDATES)].

    Both are 0 where a frame has fewer peaks.
    """
    first, last = int(sr / F0_MAX), int(np.ceil(sr / F0_MIN))
    left, here, right = (correlation[:, first + i : last + i] for i in (-1, 0, 1))
    octaves = np.log2(np.arange(first, last, dtype=np.float32) / first)
    score = np.where((here > left) & (here >= right) & (here > 0.1), here - np.float32(_OCTAVE_COST) * octaves, -1)
    rows = np.arange(len(score))[:, None]
    index = np.empty((len(score), _N_CANDIDATES), dtype=np.intp)
    left_over = score.copy()
    # One maximum after the other: for so few, many times faster than a partition.
    for column in index.T:
        column[:] = left_over.argmax(axis=1)
        left_over[rows[:, 0], column] = -1
    found = score[rows, index] > -1
    a, b, c = left[rows, index], here[rows, index], right[rows, index]
    # Vertex of the parabola through the peak and its neighbours.
    offset = 0.5 * (a - c) / np.minimum(a - 2 * b + c, -_EPS)
    height = b - 0.25 * (a - c) * offset
    return np.where(found, first + index + offset, 0), np.where(found, np.minimum(height, 1), 0)


def _best(lag: np.ndarray, height: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows = np.arange(len(lag))
    best = score.argmax(axis=1)
    return lag[rows, best], height[rows, best]


def _local_mean(values: np.ndarray, weights: np.ndarray, *, half_width: int) -> np.ndarray:
    """Weighted mean over a sliding window, the global one where the window has no weight."""
    totals = np.cumsum(np.concatenate([[0.0], values * weights]))
    sums = np.cumsum(np.concatenate([[0.0], weights]))
    i = np.arange(len(values))
    low, high = np.maximum(i - half_width, 0), np.minimum(i + half_width + 1, len(values))
    weight = sums[high] - sums[low]
    overall = totals[-1] / sums[-1] if sums[-1] > 0 else 0.0
    return np.where(weight > 1e-6, (totals[high] - totals[low]) / np.maximum(weight, 1e-6), overall)


def track(power: np.ndarray, *, window: np.ndarray, sr: int, hop_length: int) -> Pitch:
    """Pitch of each frame of a power spectrogram, between `F0_MIN` and `F0_MAX`.

    Parameters
    ----------
    power : np.ndarray [shape=(t, 1 + n_fft // 2)]
        Power spectrogram.
    window : np.ndarray [shape=(n_fft,)]
        Its window, zeros included; best three periods of `F0_MIN` long.
    sr, hop_length : int
        Sampling rate, Hz, and hop, samples.
    """
    lags = int(np.ceil(sr / F0_MIN)) + 2
    correlation = autocorrelation(power, window=window, lags=lags)
    energy = power.sum(axis=1)
    loud = energy > energy.max() * 10 ** (-_SILENCE_DB / 10)
    lag, height = _candidates(correlation, sr=sr)
    octave = np.log2(np.maximum(lag, 1) * (F0_MAX / sr))
    score = np.where(lag > 0, height - _OCTAVE_COST * octave, -1)
    first_lag, first_height = _best(lag, height, score)
    # Clear frames tell where the pitch is; weights fall to zero at the threshold.
    weights = np.where(loud & (first_lag > 0), np.maximum(first_height - VOICING_THRESHOLD, 0) ** 2, 0).astype(float)
    near = _local_mean(np.log2(np.maximum(first_lag, 1)), weights, half_width=max(1, int(0.15 * sr / hop_length)))
    score -= _JUMP_COST * np.abs(np.log2(np.maximum(lag, 1)) - near[:, None])
    score[lag <= 0] = -9
    lag, height = _best(lag, height, score)
    strength = np.clip(height, 0, 1)
    voiced = (strength > VOICING_THRESHOLD) & loud & (lag > 0)
    f0 = np.where(voiced, sr / np.maximum(lag, 1), 0)
    return Pitch(f0.astype(np.float32), strength.astype(np.float32), voiced)
