"""Statistics of tracks over a clip: how much, how varied, how fast it changes, and which course it takes."""

from functools import lru_cache

import numpy as np
import scipy.fft

# Spread below which a track counts as constant: of its unit, and of its size, which float32 rounds at.
_EPS = 1e-6
# Changes are given per 10 ms, whatever the frame rate: the usual hop of this field.
_STEP_RATE = 100.0
# Modulation bands, Hz: words, syllables (about 4 Hz in speech), phones, tremor.
_MODULATION_BANDS = ((1.5, 3.0), (3.0, 5.0), (5.0, 8.0), (8.0, 13.0), (13.0, 25.0))
# Least length of the transform behind them, so that the bands of a short clip do not depend on where few bins happen
# to fall: 1024 frames of 10 ms.
_MODULATION_S = 10.24
_MODULATION_SCALE = 1024.0
_N_COURSE = 4
_LAG_S = 0.05

NAMES = (
    "mean",
    "std",
    "skew",
    "kurtosis",
    "p10",
    "p90",
    "delta_abs",
    "delta_std",
    f"delta{1000 * _LAG_S:g}ms_std",
    "voiced_mean",
    "voiced_std",
    *(f"mod{low:g}-{high:g}Hz" for low, high in _MODULATION_BANDS),
    *(f"course{k}" for k in range(1, _N_COURSE + 1)),
)
"""Statistics of each track, in the order of the rows of `of_tracks`."""


def _quantile(ordered: np.ndarray, share: float) -> np.ndarray:
    """Linear interpolation in sorted tracks [shape=(n_tracks, t)], as ``numpy.percentile`` does."""
    position = share * (ordered.shape[1] - 1)
    below = int(position)
    above = min(below + 1, ordered.shape[1] - 1)
    return ordered[:, below] + (position - below) * (ordered[:, above] - ordered[:, below])


def _modulation(centred: np.ndarray, *, frame_rate: float) -> np.ndarray:
    """Level of the variation at each rate, dB [shape=(len(_MODULATION_BANDS), n_tracks)]."""
    t = centred.shape[1]
    n = scipy.fft.next_fast_len(max(round(_MODULATION_S * frame_rate), t), real=True)
    spectrum = scipy.fft.rfft(centred * np.hanning(t).astype(centred.dtype), n, axis=1)
    bounds = np.searchsorted(np.fft.rfftfreq(n, 1 / frame_rate), _MODULATION_BANDS)
    # The sum over a band grows with the number of its bins: 1 / n makes it independent of the padding.
    sums = np.stack([_energy(spectrum[:, a:b]) for a, b in bounds]) * (_MODULATION_SCALE / n)
    return 10 * np.log10(sums / t + 1e-4)


def _energy(spectrum: np.ndarray) -> np.ndarray:
    """Summed squares of each row of complex numbers."""
    return np.einsum("kf,kf->k", spectrum.real, spectrum.real) + np.einsum("kf,kf->k", spectrum.imag, spectrum.imag)


@lru_cache(maxsize=64)
def _cosines(t: int) -> np.ndarray:
    """Rows of the orthonormal cosine transform that `of_tracks` calls courses [shape=(_N_COURSE, t)]; 0 beyond t."""
    orders = np.arange(1, _N_COURSE + 1)[:, None]
    rows = np.sqrt(2 / t) * np.cos(np.pi * orders * (np.arange(t) + 0.5) / t) * (orders < t)
    rows.flags.writeable = False
    return rows


def of_tracks(values: np.ndarray, *, voiced: np.ndarray, frame_rate: float) -> np.ndarray:
    """All statistics of all tracks.

    Parameters
    ----------
    values : np.ndarray [shape=(t, n_tracks)]
        Tracks, t at least 1, float32 or float64; fastest where each track lies in one piece in memory.
    voiced : np.ndarray [shape=(t,)], bool
        Frames with a pitch; without any, the voiced statistics are 0.
    frame_rate : float
        Frames per second.

    Returns
    -------
    np.ndarray [shape=(len(NAMES), n_tracks)]
        Of the type of `values`, finite; what a single frame cannot tell is 0. Changes are per 10 ms.
    """
    tracks = np.ascontiguousarray(values.T)
    n_tracks, t = tracks.shape
    mean = tracks.mean(axis=1)
    centred = tracks - mean[:, None]
    squared = centred * centred
    std = np.sqrt(squared.mean(axis=1))
    spread = np.maximum(std, _EPS * np.maximum(np.abs(mean), 1))
    per_step = frame_rate / _STEP_RATE
    delta = np.diff(tracks, axis=1) * tracks.dtype.type(per_step)
    lag = max(1, round(_LAG_S * frame_rate))
    ordered = np.sort(tracks, axis=1)
    course = np.einsum("kt,ct->ck", centred, _cosines(t).astype(tracks.dtype)) / np.sqrt(t)
    return np.stack(
        [
            mean,
            std,
            np.einsum("kt,kt->k", squared, centred) / t / spread**3,
            np.einsum("kt,kt->k", squared, squared) / t / spread**4,
            _quantile(ordered, 0.1),
            _quantile(ordered, 0.9),
            np.abs(delta).mean(axis=1) if t > 1 else np.zeros(n_tracks),
            _std(delta),
            _std(tracks[:, lag:] - tracks[:, :-lag]),
            *_mean_std(tracks[:, voiced]),
            *_modulation(centred, frame_rate=frame_rate),
            *course,
        ]
    ).astype(tracks.dtype, copy=False)


def _mean_std(tracks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each track [shape=(n_tracks,)], 0 where there are no frames."""
    if not tracks.shape[1]:
        return np.zeros((2, len(tracks)))
    mean = tracks.mean(axis=1)
    centred = tracks - mean[:, None]
    return mean, np.sqrt(np.einsum("kt,kt->k", centred, centred) / tracks.shape[1])


def _std(tracks: np.ndarray) -> np.ndarray:
    return _mean_std(tracks)[1]


TIMING_NAMES = (
    "duration_s",
    "voiced_share",
    "voiced_segments_per_s",
    "voiced_segment_mean_s",
    "voiced_segment_std_s",
    "voiced_segment_max_s",
    "share_20db_below",
    "share_30db_below",
    "level_max_db",
    "level_max_position",
    "level_peaks_per_s",
    "f0_step_mean",
    "f0_range",
    "f0_slope",
    "f0_max_position",
    "f0_steady_share",
    "f0_rise_mean",
    "f0_fall_mean",
    "f0_rise_share",
)
"""Rhythm and intonation, in the order of `timing`. Intonation is in semitones, steps per 10 ms, positions in [0, 1]."""

# Per 10 ms: a step of 3 semitones is an error of the pitch tracker, not a voice.
_MAX_STEP = 3.0
_STEADY_STEP = 0.1
_MIN_VOICED_FRAMES = 5


def timing(level_db: np.ndarray, f0: np.ndarray, *, voiced: np.ndarray, frame_rate: float) -> np.ndarray:
    """Rhythm and intonation of a clip.

    Parameters
    ----------
    level_db, f0 : np.ndarray [shape=(t,)]
        Level, dB, and pitch, semitones.
    voiced : np.ndarray [shape=(t,)], bool
        Frames with a pitch.
    frame_rate : float
        Frames per second.

    Returns
    -------
    np.ndarray [shape=(len(TIMING_NAMES),)]
        float64, finite; intonation is 0 with fewer than five voiced frames. Steps of the pitch are per 10 ms.
    """
    t = len(level_db)
    seconds = t / frame_rate
    edges = np.diff(voiced.astype(int), prepend=0, append=0)
    lengths = (np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)) / frame_rate
    segments = (lengths.mean(), lengths.std(), lengths.max()) if len(lengths) else (0, 0, 0)
    loudest = level_db.max()
    inner = level_db[1:-1]
    peaks = (inner > level_db[:-2]) & (inner >= level_db[2:]) & (inner > loudest - 25)
    rhythm = (
        seconds,
        voiced.mean(),
        len(lengths) / seconds,
        *segments,
        (level_db < loudest - 20).mean(),
        (level_db < loudest - 30).mean(),
        loudest,
        level_db.argmax() / t,
        peaks.sum() / seconds,
    )
    intonation = _intonation(f0[voiced], per_step=frame_rate / _STEP_RATE)
    return np.array([*rhythm, *intonation], dtype=np.float64)


def _intonation(f0: np.ndarray, *, per_step: float) -> tuple[float, ...]:
    n = len(f0)
    if n < _MIN_VOICED_FRAMES:
        return (0.0,) * 8
    step = np.diff(f0) * per_step
    small = np.abs(step)[np.abs(step) < _MAX_STEP]
    position = (np.arange(n) - (n - 1) / 2) / n
    rises, falls = step[step > 0], step[step < 0]
    return (
        small.mean() if len(small) else 0.0,
        f0.max() - f0.min(),
        (position * f0).sum() / (position**2).sum(),
        f0.argmax() / n,
        (small < _STEADY_STEP).mean() if len(small) else 0.0,
        rises.mean() if len(rises) else 0.0,
        falls.mean() if len(falls) else 0.0,
        (step > 0).mean(),
    )
