"""Who may be speaking: segments that sound like one voice, told apart by how voices sound on average.

A light kind of diarisation: each segment's acoustic statistics are projected to where voices differ most and one
voice's emotions least (linear discriminant analysis), then clustered. It knows neither two voices at a time nor a
change of voices within a segment, and mistakes a voice in another mood for another voice more often than a network
trained on thousands of voices would: benchmarks/recordings.py measures how often. Hence *likely* speakers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from ser_core.errors import ConfigError
from ser_core.features import FunctionalsSpec, extract, feature_names
from ser_core.progress import CancelCallback, Meter, ProgressCallback
from ser_core.recordings.segment import Segment
from ser_core.speech import SAMPLING_RATE

SPEC = FunctionalsSpec()
SHORT_S = 0.8
"""Segments shorter than this are given no speaker, seconds: a syllable or two says little about a voice."""

MOST = 8
"""Most speakers that are told apart."""

_FILE = Path(__file__).with_name("voices.npz")
_TRACKS = ("f0", "hnr", "alpha_ratio", "hammarberg", "centroid")
_GROUPS = ("mfcc", "harmonic", "formant", "band", "slope", "contrast")
_STATISTICS = ("mean", "voiced_mean")
_LIMIT = 5.0
# Clustering takes the square of this in memory; of longer recordings the rest follows the nearest cluster.
_CLUSTERED = 2000


@dataclass(frozen=True)
class Projection:
    """From acoustic statistics to where voices differ.

    Attributes
    ----------
    mean, scale : np.ndarray [shape=(n,)]
        Of the training clips.
    directions : np.ndarray [shape=(n, d)]
        Discriminants.
    single : float
        Mean silhouette below which a recording is taken for one voice, [-1, 1].
    """

    mean: np.ndarray
    scale: np.ndarray
    directions: np.ndarray
    single: float

    def __call__(self, statistics: np.ndarray) -> np.ndarray:
        """Voices [shape=(k, d)] of rows of statistics [shape=(k, n)]."""
        standard = np.clip((statistics - self.mean) / self.scale, -_LIMIT, _LIMIT)
        return standard @ self.directions


@lru_cache(maxsize=1)
def columns() -> np.ndarray:
    """Functionals that tell of a voice: means of pitch, voice quality, formants and spectral shape, but no level."""
    kept = []
    for i, name in enumerate(feature_names(SPEC)):
        track, _, statistic = name.partition(":")
        group = track.rstrip("0123456789")
        wanted = track in _TRACKS or (group in _GROUPS and track != "mfcc0")
        if wanted and statistic in _STATISTICS:
            kept.append(i)
    return np.array(kept)


def statistics(signal: np.ndarray) -> np.ndarray:
    """What is measured of a voice in a signal at 16 kHz [shape=(n,)]."""
    return extract(signal, sr=SAMPLING_RATE, spec=SPEC)[columns()]


@lru_cache(maxsize=1)
def projection() -> Projection:
    """The projection that ships; scripts/make_voices.py makes it."""
    with np.load(_FILE, allow_pickle=False) as file:
        return Projection(file["mean"], file["scale"], file["directions"], float(file["single"]))


def voices(
    segments: Sequence[Segment],
    sound: Callable[[float, float], np.ndarray],
    *,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> np.ndarray:
    """How the voice of each segment sounds.

    Parameters
    ----------
    segments : sequence of Segment
        Of one recording.
    sound : callable
        (start, end), seconds -> signal at 16 kHz, such as `WorkingCopy.excerpt`.
    progress : callable, optional
        Gets a `Progress` in segments.
    cancel : callable, optional
        Answers true to stop.

    Returns
    -------
    np.ndarray [shape=(len(segments), d)]
        NaN where a segment is too short to tell.
    """
    project = projection()
    found = np.full((len(segments), project.directions.shape[1]), np.nan)
    meter = Meter(progress, total=len(segments), unit="segments", message="Comparing voices", cancel=cancel)
    for i, segment in enumerate(segments):
        if segment.duration_s >= SHORT_S:
            found[i] = project(statistics(sound(segment.start, segment.end))[None])[0]
        meter.add()
    return found


def likely_speakers(segments: Sequence[Segment], heard: np.ndarray, *, n_speakers: int | None = None) -> list[Segment]:
    """Name the likely speaker of each segment.

    Segments of one uninterrupted stretch of speech are taken for one voice.

    Parameters
    ----------
    segments : sequence of Segment
        Of one recording.
    heard : np.ndarray [shape=(len(segments), d)]
        From `voices`.
    n_speakers : int, optional
        How many there are, 1 to `MOST`; found out unless given, which is less reliable.

    Returns
    -------
    list of Segment
        With `speaker` set, "A" being the first that is heard.

    Raises
    ------
    ConfigError
        If `n_speakers` is out of range or the shapes do not fit.
    """
    if n_speakers is not None and not 1 <= n_speakers <= MOST:
        raise ConfigError(f"1 to {MOST} speakers can be told apart, got {n_speakers}.")
    if len(segments) != len(heard):
        raise ConfigError(f"One voice for each segment is asked for, got {len(heard)} for {len(segments)}.")
    turns: dict[int, list[int]] = {}
    for i, segment in enumerate(segments):
        if np.isfinite(heard[i]).all():
            turns.setdefault(segment.turn, []).append(i)
    if not turns:
        return [replace(segment, speaker=None) for segment in segments]
    members = list(turns.values())
    weights = np.array([sum(segments[i].duration_s for i in own) for own in members])
    mean = np.stack([np.average(heard[own], axis=0, weights=[segments[i].duration_s for i in own]) for own in members])
    labels = cluster(mean, weights, n_clusters=n_speakers)
    names: dict[int, str] = {}
    speaker: dict[int, str] = {}
    for own, label in zip(members, labels, strict=True):
        name = names.setdefault(int(label), chr(ord("A") + len(names)))
        speaker.update(dict.fromkeys(own, name))
    return [replace(segment, speaker=speaker.get(i)) for i, segment in enumerate(segments)]


def cluster(
    points: np.ndarray, weights: np.ndarray, *, n_clusters: int | None, single: float | None = None
) -> np.ndarray:
    """Cluster voices by their direction from the recording's mean voice (Ward's criterion).

    Parameters
    ----------
    points : np.ndarray [shape=(k, d)]
        Voices.
    weights : np.ndarray [shape=(k,)]
        Seconds that each was heard for.
    n_clusters : int or None
        How many; None takes the number with the best mean silhouette (Rousseeuw, J. Comput. Appl. Math. 20, 1987).
    single : float, optional
        Silhouette below which there is but one; the shipped projection's unless given.

    Returns
    -------
    np.ndarray [shape=(k,)]
        Number of the cluster of each.
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    if n_clusters == 1 or len(points) < (3 if n_clusters is None else 2):
        return np.zeros(len(points), int)
    kept = np.sort(np.argsort(-weights, kind="stable")[:_CLUSTERED])
    away = points - np.average(points[kept], axis=0, weights=weights[kept])
    away = away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
    tree = linkage(away[kept], "ward")
    if n_clusters is None:
        n_clusters = _count(away[kept], tree, single=projection().single if single is None else single)
    found = fcluster(tree, n_clusters, "maxclust") - 1
    centres = np.stack([away[kept][found == label].mean(axis=0) for label in range(found.max() + 1)])
    labels = np.argmin(((away[:, None] - centres[None]) ** 2).sum(axis=2), axis=1)
    labels[kept] = found
    return labels


def _count(away: np.ndarray, tree: np.ndarray, *, single: float) -> int:
    """How many voices there are."""
    from scipy.cluster.hierarchy import fcluster
    from sklearn.metrics import silhouette_score

    best, number = single, 1
    for n in range(2, min(MOST, len(away) - 1) + 1):
        labels = fcluster(tree, n, "maxclust")
        if len(np.unique(labels)) == n:
            score = float(silhouette_score(away, labels))
            if score > best:
                best, number = score, n
    return number
