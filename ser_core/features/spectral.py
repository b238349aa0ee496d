"""Shape of the spectrum, frame by frame.

Every function takes spectra with frames first, ``[shape=(t, f)]``, and gives one value per frame or ``[shape=(t, k)]``.
Where librosa has a function of the same name, the values are equal to its; a frame of silence gives 0, never NaN.
"""

from functools import lru_cache

import numpy as np

from ser_core.features.stft import project

_EPS = np.float32(1e-10)


def rms(power: np.ndarray, *, window: np.ndarray, n_fft: int) -> np.ndarray:
    """Root mean square of each windowed frame by Parseval's theorem, scaled so that a stationary signal shows its own.

    Parameters
    ----------
    power : np.ndarray [shape=(t, 1 + n_fft // 2)]
        Power spectrogram.
    window : np.ndarray
        The window it was made with.
    n_fft : int
        Points of the transform.
    """
    # Each bin but the first and last stands for itself and its mirror image.
    total = 2 * power.sum(axis=1) - power[:, 0] - power[:, -1]
    return np.sqrt(np.maximum(total, 0) / (n_fft * np.float32((window**2).sum())))


def zero_crossing_rate(signal: np.ndarray, *, frame_length: int, hop_length: int) -> np.ndarray:
    """Share of samples in each frame whose sign differs from the one before, in [0, 1] [shape=(t,)].

    Edges are padded with the outermost samples, as ``librosa.feature.zero_crossing_rate`` does; zero counts as
    positive.
    """
    negative = signal < -_EPS
    # The padding repeats the outermost samples: no sign changes there.
    crossings = frame_length // 2 + np.flatnonzero(negative[1:] != negative[:-1])
    starts = np.arange(0, len(signal) + 2 * (frame_length // 2) - frame_length + 1, hop_length)
    before, within = np.searchsorted(crossings, (starts, starts + frame_length - 1))
    return ((within - before) / frame_length).astype(np.float32)


def centroid_bandwidth(magnitude: np.ndarray, *, frequencies: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the magnitude spectrum seen as a distribution, Hz."""
    total = magnitude.sum(axis=1)
    total[total < _EPS] = 1
    # einsum, not @: sums whose last bit does not depend on the number of threads, see `mel.mel_power`.
    centroid = np.einsum("tf,f->t", magnitude, frequencies) / total
    # E[f^2] - E[f]^2: the frequencies in kHz keep the difference well within float32.
    khz = frequencies / 1000
    variance = np.einsum("tf,f->t", magnitude, khz * khz) / total - (centroid / 1000) ** 2
    return centroid, 1000 * np.sqrt(np.maximum(variance, 0))


def rolloff(magnitude: np.ndarray, *, frequencies: np.ndarray, shares: tuple[float, ...]) -> np.ndarray:
    """Frequency below which each share of the summed magnitude lies, Hz [shape=(t, len(shares))]."""
    cumulated = np.cumsum(magnitude, axis=1)
    columns = [frequencies[(cumulated >= share * cumulated[:, -1:]).argmax(axis=1)] for share in shares]
    return np.stack(columns, axis=1)


def flatness_entropy(power: np.ndarray, *, db: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Flatness and entropy of the power spectrum, both 1 for a flat one and close to 0 for a single line [shape=(t,)].

    Flatness is the geometric over the arithmetic mean, in dB (librosa's value is ``10 ** (flatness / 10)``); entropy is
    Shannon's over the largest possible. Both are built on logarithms that are there already.

    Parameters
    ----------
    power : np.ndarray [shape=(t, f)]
        Power spectrogram.
    db : np.ndarray [shape=(t, f)]
        The same in dB, floored at -100.
    """
    floored = np.maximum(power, _EPS)
    total = floored.sum(axis=1)
    n = power.shape[1]
    flatness = db.mean(axis=1) - 10 * np.log10(total / n)
    natural = np.float32(np.log(10) / 10)
    # -sum(p log p) with p = power / total.
    entropy = np.log(total) - np.einsum("tf,tf->t", floored, db) * natural / total
    return flatness, entropy / np.float32(np.log(n))


@lru_cache(maxsize=8)
def _octaves(sr: int, n_bins: int, n_bands: int, f_min: float, quantile: float) -> tuple[tuple[int, int, int], ...]:
    """(first bin, end, bins averaged at each side) of each octave band, with librosa's rules for the edges."""
    bins = np.linspace(0, sr / 2, n_bins)
    edges = np.concatenate([[0], f_min * 2.0 ** np.arange(n_bands + 1)])
    bands = []
    for k in range(n_bands + 1):
        inside = np.flatnonzero((bins >= edges[k]) & (bins <= edges[k + 1]))
        start = inside[0] - (k > 0)
        stop = n_bins if k == n_bands else inside[-1] + 1
        averaged = max(1, int(np.rint(quantile * (stop - start))))
        bands.append((int(start), int(stop if k == n_bands else stop - 1), averaged))
    return tuple(bands)


def contrast(
    magnitude: np.ndarray, *, sr: int, n_bands: int = 6, f_min: float = 200.0, quantile: float = 0.02
) -> np.ndarray:
    """Peak over valley in octave bands, dB [shape=(t, n_bands + 1)].

    Jiang et al., "Music type classification by spectral contrast feature", ICME 2002, as in librosa.
    """
    columns = []
    for start, stop, averaged in _octaves(sr, magnitude.shape[1], n_bands, f_min, quantile):
        # numpy sorts rows of float32 faster than it partitions them or looks for their least and greatest.
        ordered = np.sort(magnitude[:, start:stop], axis=1)
        if averaged == 1:
            columns.append((ordered[:, -1], ordered[:, 0]))
        else:
            columns.append((ordered[:, -averaged:].mean(axis=1), ordered[:, :averaged].mean(axis=1)))
    peaks, valleys = (10 * np.log10(np.maximum(np.stack(side, axis=1), _EPS)) for side in zip(*columns, strict=True))
    # librosa floors each side 80 dB below its own loudest value.
    return np.maximum(peaks, peaks.max() - 80) - np.maximum(valleys, valleys.max() - 80)


@lru_cache(maxsize=4)
def chroma_filterbank(*, sr: int, n_fft: int) -> np.ndarray:
    """Weights of 12 pitch classes from C on, tuned to A = 440 Hz; ``librosa.filters.chroma`` [shape=(12, f)].

    Gaussian bumps two semitones wide around each pitch class, weighted by a Gaussian over octaves that is centred on
    the fifth above 27.5 Hz and two octaves wide (Ellis, "Chroma feature analysis and synthesis", 2007).
    """
    n = 12
    bins = np.arange(1, n_fft) * sr / n_fft
    position = n * np.log2(bins / (440.0 / 16))
    # Bin 0 has no pitch: it stands one and a half octaves below bin 1.
    position = np.concatenate([[position[0] - 1.5 * n], position])
    width = np.concatenate([np.maximum(np.diff(position), 1.0), [1.0]])
    distance = np.remainder(position - np.arange(n)[:, None] + n / 2 + 10 * n, n) - n / 2
    weights = np.exp(-0.5 * (2 * distance / width) ** 2)
    weights /= np.sqrt((weights**2).sum(axis=0))
    weights *= np.exp(-0.5 * ((position / n - 5.0) / 2.0) ** 2)
    weights = np.roll(weights, -3, axis=0)[:, : 1 + n_fft // 2].astype(np.float32)
    weights.flags.writeable = False
    return weights


def chroma(power: np.ndarray, *, sr: int, n_fft: int) -> np.ndarray:
    """Energy in the 12 pitch classes over that of the strongest, in [0, 1] [shape=(t, 12)]."""
    raw = project(power, chroma_filterbank(sr=sr, n_fft=n_fft))
    largest = raw.max(axis=1, keepdims=True)
    largest[largest < np.finfo(np.float32).tiny] = 1
    return raw / largest


def band_levels(power: np.ndarray, *, frequencies: np.ndarray, edges: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Level of the mean power in each band [shape=(t, len(edges))], dB; bands hold their lower edge."""
    columns = []
    for low, high in edges:
        first, last = np.searchsorted(frequencies, (low, high))
        columns.append(power[:, first:last].mean(axis=1))
    return 10 * np.log10(np.maximum(np.stack(columns, axis=1), _EPS))


def flux(normalised: np.ndarray) -> np.ndarray:
    """Euclidean distance between the spectrum of each frame and the one before; 0 for the first."""
    distance = np.zeros(len(normalised), dtype=np.float32)
    if len(normalised) > 1:
        distance[1:] = np.sqrt(((normalised[1:] - normalised[:-1]) ** 2).sum(axis=1))
    return distance
