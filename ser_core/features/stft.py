"""Framing and the short-time Fourier transform.

Frames come first in every array of this package (``[shape=(t, f)]``, librosa has them last): each frame then lies in
one piece in memory, which is what the transform and the per-frame reductions want.
"""

from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

# OpenBLAS leaves products of up to so many multiplications to one thread (`GEMM_MULTITHREAD_THRESHOLD` * 2**16).
_ONE_THREAD = 4 * 2**16


def frame(signal: np.ndarray, *, frame_length: int, hop_length: int, center: bool = True) -> np.ndarray:
    """Cut a signal into overlapping frames.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,)]
        Samples.
    frame_length, hop_length : int
        Samples per frame and between frames.
    center : bool
        Pad with zeros so that frame ``i`` is centred on sample ``i * hop_length``, as librosa does. Without it the
        signal is padded at its end, and only up to one whole frame.

    Returns
    -------
    np.ndarray [shape=(t, frame_length)]
        Read-only view; ``t = 1 + n // hop_length`` when centred, never 0.
    """
    if center:
        signal = np.pad(signal, frame_length // 2)
    if len(signal) < frame_length:
        signal = np.pad(signal, (0, frame_length - len(signal)))
    return sliding_window_view(signal, frame_length)[::hop_length]


@lru_cache(maxsize=16)
def hann(length: int, padded: int | None = None) -> np.ndarray:
    """Periodic Hann window, float32 [shape=(padded,)], centred in zeros when `padded` exceeds `length`."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    if padded is not None:
        left = (padded - length) // 2
        window = np.pad(window, (left, padded - length - left))
    window = window.astype(np.float32)
    window.flags.writeable = False
    return window


def power_spectrogram(
    signal: np.ndarray, *, n_fft: int, hop_length: int, win_length: int | None = None, center: bool = True
) -> np.ndarray:
    """Squared magnitude of the STFT with a Hann window; the transpose of ``abs(librosa.stft(...)) ** 2``.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,)]
        Samples in [-1, 1].
    n_fft, hop_length, win_length : int
        Transform, hop and window, samples; the window is as long as the transform unless given.
    center : bool
        See `frame`.

    Returns
    -------
    np.ndarray [shape=(t, 1 + n_fft // 2)]
        float32.
    """
    frames = frame(np.asarray(signal, dtype=np.float32), frame_length=n_fft, hop_length=hop_length, center=center)
    # The zeros around a short window are left to the transform: where they stand changes the phase only.
    length = win_length or n_fft
    left = (n_fft - length) // 2
    spectrum = scipy.fft.rfft(frames[:, left : left + length] * hann(length), n=n_fft, axis=-1)
    # In-place squares of the float pairs behind the complex numbers: half the time of abs() ** 2.
    pairs = spectrum.view(np.float32).reshape(*spectrum.shape, 2)
    np.multiply(pairs, pairs, out=pairs)
    return pairs[..., 0] + pairs[..., 1]


def project(spectra: np.ndarray, weights: np.ndarray, *, out: np.ndarray | None = None) -> np.ndarray:
    """``spectra @ weights.T``, the same bits whatever the number of threads.

    A product of a whole spectrogram is spread over threads by the linear-algebra library, which changes its last bits;
    products this small are not, and a few of them are still several times faster than `numpy.einsum`.

    Parameters
    ----------
    spectra : np.ndarray [shape=(t, f)]
        One spectrum per frame.
    weights : np.ndarray [shape=(k, f)]
        Of the same type.
    out : np.ndarray [shape=(t, k)], optional
        Where the result goes.

    Returns
    -------
    np.ndarray [shape=(t, k)]
    """
    step = max(1, _ONE_THREAD // weights.size)
    out = np.empty((len(spectra), len(weights)), dtype=spectra.dtype) if out is None else out
    for i in range(0, len(spectra), step):
        np.matmul(spectra[i : i + step], weights.T, out=out[i : i + step])
    return out


def frequencies(*, sr: int, n_fft: int) -> np.ndarray:
    """Centre frequency of each bin, Hz, float32 [shape=(1 + n_fft // 2,)]."""
    return np.fft.rfftfreq(n_fft, 1 / sr).astype(np.float32)
