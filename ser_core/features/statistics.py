"""Statistics of tracks over a clip: how much, how varied, how fast it changes, and which course it takes."""

import numpy as np
import scipy.fft

_EPS = 1e-6
# Modulation bands, Hz: words, syllables (about 4 Hz in speech), phones, tremor.
_MODULATION_BANDS = ((1.5, 3.0), (3.0, 5.0), (5.0, 8.0), (8.0, 13.0), (13.0, 25.0))
_N_COURSE = 4
_LAG = 5

NAMES = (
    "mean",
    "std",
    "skew",
    "kurtosis",
    "p10",
    "p90",
    "delta_abs",
    "delta_std",
    f"delta{_LAG}_std",
    "voiced_mean",
    "voiced_std",
    *(f"mod{low:g}-{high:g}Hz" for low, high in _MODULATION_BANDS),
    *(f"course{k}" for k in range(1, _N_COURSE + 1)),
)
"""Statistics of each track, in the order of the rows of `of_tracks`."""


def _quantiles(ordered: np.ndarray, shares: tuple[float, ...]) -> list[np.ndarray]:
    """Linear interpolation between sorted rows, as ``numpy.percentile`` does."""
    out = []
    for share in shares:
        position = share * (len(ordered) - 1)
        below = int(position)
        above = min(below + 1, len(ordered) - 1)
        out.append(ordered[below] + (position - below) * (ordered[above] - ordered[below]))
    return out


def _modulation(centred: np.ndarray, *, frame_rate: float) -> np.ndarray:
    """Level of the variation at each rate, dB [shape=(len(_MODULATION_BANDS), n_tracks)]."""
    t = len(centred)
    # At least 1024 points, so that the bands of a short clip do not depend on where few bins happen to fall.
    n = max(1024, scipy.fft.next_fast_len(t, real=True))
    spectrum = scipy.fft.rfft((centred * np.hanning(t)[:, None]).T, n, axis=1)
    energy = spectrum.real**2 + spectrum.imag**2
    rates = np.fft.rfftfreq(n, 1 / frame_rate)
    bounds = [np.searchsorted(rates, band) for band in _MODULATION_BANDS]
    # The sum over a band grows with the number of its bins: 1024 / n makes it independent of the padding.
    sums = np.stack([energy[:, a:b].sum(axis=1) for a, b in bounds]) * (1024 / n)
    return 10 * np.log10(sums / t + 1e-4)


def of_tracks(values: np.ndarray, *, voiced: np.ndarray, frame_rate: float) -> np.ndarray:
    """All statistics of all tracks.

    Parameters
    ----------
    values : np.ndarray [shape=(t, n_tracks)]
        Tracks, t at least 1.
    voiced : np.ndarray [shape=(t,)], bool
        Frames with a pitch; without any, the voiced statistics are 0.
    frame_rate : float
        Frames per second.

    Returns
    -------
    np.ndarray [shape=(len(NAMES), n_tracks)]
        float64, finite; what a single frame cannot tell is 0.
    """
    t, n_tracks = values.shape
    nothing = np.zeros(n_tracks)
    mean, std = values.mean(axis=0), values.std(axis=0)
    centred = values - mean
    z = centred / np.maximum(std, _EPS)
    squared = z * z
    delta, lagged = np.diff(values, axis=0), values[_LAG:] - values[:-_LAG]
    sounding = values[voiced]
    # Cosine transform over time: each coefficient is one simple course (fall, valley, ...) over the whole clip.
    course = scipy.fft.dct(values, axis=0, norm="ortho")[1 : _N_COURSE + 1] / np.sqrt(t)
    course = np.concatenate([course, np.zeros((_N_COURSE - len(course), n_tracks))])
    return np.stack(
        [
            mean,
            std,
            (squared * z).mean(axis=0),
            (squared * squared).mean(axis=0),
            *_quantiles(np.sort(values, axis=0), (0.1, 0.9)),
            np.abs(delta).mean(axis=0) if len(delta) else nothing,
            delta.std(axis=0) if len(delta) else nothing,
            lagged.std(axis=0) if len(lagged) else nothing,
            sounding.mean(axis=0) if len(sounding) else nothing,
            sounding.std(axis=0) if len(sounding) else nothing,
            *_modulation(centred, frame_rate=frame_rate),
            *course,
        ]
    )


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
"""Rhythm and intonation, in the order of `timing`. Intonation is in semitones, positions in [0, 1]."""

# A step of 3 semitones within 10 ms is an error of the pitch tracker, not a voice.
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
        float64, finite; intonation is 0 with fewer than five voiced frames.
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
    return np.array([*rhythm, *_intonation(f0[voiced])], dtype=np.float64)


def _intonation(f0: np.ndarray) -> tuple[float, ...]:
    n = len(f0)
    if n < _MIN_VOICED_FRAMES:
        return (0.0,) * 8
    step = np.diff(f0)
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
