"""Clips as points of a map: two coordinates such that clips with like measures lie close together.

A clip is its ninety acoustic measures (`ser_core.analysis.acoustics`), each standardised over all clips of the map or
within each speaker. PCA is computed here at once; t-SNE and UMAP take minutes for a large corpus and a hundred
megabytes of libraries, so a process of its own computes them, which can be stopped at any time.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ser_core.errors import ConfigError, SERError
from ser_core.features.normalise import standardise_by
from ser_core.progress import CancelCallback, Meter, ProgressCallback, check_cancel
from ser_core.settings import PROJECT_ROOT

MIN_CLIPS = 8
"""Fewer make no map."""
LIMIT = 5.0
"""Standardised measures are cut off here, so that one odd clip does not stretch the map."""
SEED = 0


@dataclass(frozen=True)
class Method:
    """A way to draw a map.

    Attributes
    ----------
    name, title : str
        Identifier, and name as shown to a reader.
    description : str
        What its distances mean, in a sentence.
    instant : bool
        Whether it takes less than a second on any corpus.
    """

    name: str
    title: str
    description: str
    instant: bool = False


METHODS = {
    each.name: each
    for each in (
        Method(
            "tsne",
            "t-SNE",
            "Keeps neighbours together: near points are alike, distances between groups and their sizes mean little "
            "(t-distributed stochastic neighbour embedding, van der Maaten and Hinton 2008).",
        ),
        Method(
            "umap",
            "UMAP",
            "Keeps neighbours together and more of the large picture than t-SNE; distances between groups are still "
            "no measurement (uniform manifold approximation and projection, McInnes et al. 2018).",
        ),
        Method(
            "pca",
            "PCA",
            "The two directions in which the clips differ most: distances are true, but only a part of them is seen "
            "(principal component analysis).",
            instant=True,
        ),
    )
}
"""Name -> method."""

NORMALISATIONS = ("raw", "speaker")
"""Measures standardised over all clips, or within each speaker."""


@dataclass(frozen=True)
class Projection:
    """A map.

    Attributes
    ----------
    xy : np.ndarray [shape=(n_clips, 2)]
        float32. Of PCA in standard deviations of a measure; of the others centred and scaled to a mean square
        distance from the centre of 1, so that two maps share their axes.
    explained : tuple of float
        Share of the variance that each axis of PCA shows, [0, 1]; empty for the others, whose axes mean nothing.
    """

    xy: np.ndarray
    explained: tuple[float, ...] = ()


def prepare(x: np.ndarray, *, speakers: np.ndarray, normalisation: str) -> np.ndarray:
    """Measures as the maps and the neighbours take them.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_measures)]
        Measures, each in its own unit; NaN where a clip has none.
    speakers : np.ndarray of str [shape=(n_clips,)]
        Speaker of each clip, told apart over corpora.
    normalisation : str
        From `NORMALISATIONS`.

    Returns
    -------
    np.ndarray [shape=(n_clips, n_measures)]
        float32, each measure of mean 0 and standard deviation 1 (over all clips, or within each speaker) within
        -5 to 5; 0, the mean, where a clip has no measure.

    Raises
    ------
    ConfigError
        If the normalisation is unknown or there is not one speaker per clip.
    """
    if normalisation not in NORMALISATIONS:
        raise ConfigError(f"normalisation must be one of {', '.join(NORMALISATIONS)}, got {normalisation!r}.")
    x = np.array(x, dtype=np.float64)
    groups = np.asarray(speakers) if normalisation == "speaker" else np.zeros(len(x))
    if len(groups) != len(x):
        raise ConfigError(f"One speaker per clip is needed, got {len(groups)} for {len(x)} clips.")
    unknown = ~np.isfinite(x)
    for group in np.unique(groups[unknown.any(axis=1)]):
        rows = groups == group
        known = np.where(unknown[rows], 0.0, x[rows])
        means = known.sum(axis=0) / np.maximum((~unknown[rows]).sum(axis=0), 1)
        x[rows] = np.where(unknown[rows], means, x[rows])
    return np.clip(standardise_by(x, groups), -LIMIT, LIMIT)


def project(
    x: np.ndarray,
    *,
    method: str,
    like: np.ndarray | None = None,
    seed: int = SEED,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Projection:
    """Draw a map; the same measures and seed give the same map.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_measures)]
        From `prepare`.
    method : str
        From `METHODS`.
    like : np.ndarray [shape=(n_clips, 2)], optional
        Another map of the same clips: this one is turned and mirrored to resemble it, which changes no distance.
    seed : int
        Of t-SNE and UMAP.
    progress, cancel : callable, optional
        See `ser_core.progress`; reports whole percents.

    Raises
    ------
    ConfigError
        If the method is unknown or there are fewer than `MIN_CLIPS` clips.
    CancelledError
        If `cancel` answered true.
    SERError
        If the process that computes it failed.
    """
    if method not in METHODS:
        raise ConfigError(f"Unknown map {method!r}; there are {', '.join(METHODS)}.")
    if len(x) < MIN_CLIPS:
        raise ConfigError(f"A map needs at least {MIN_CLIPS} clips with known measures, got {len(x)}.")
    check_cancel(cancel)
    x = np.asarray(x, dtype=np.float32)
    if METHODS[method].instant:
        xy, explained = _pca(x)
    else:
        xy, explained = _scaled(_in_a_process(x, method=method, seed=seed, progress=progress, cancel=cancel)), ()
    return Projection((_turned(xy, like) if like is not None else xy).astype(np.float32), explained)


def _pca(x: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    centred = x - x.mean(axis=0, dtype=np.float64)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, ::-1][:, :2]
    # An axis has no direction of its own: the measure that weighs most counts upwards.
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    # In units of one measure's standard deviation, however many measures there are.
    xy = centred @ axes / np.sqrt(x.shape[1])
    total = max(float(values.sum()), 1e-12)
    return xy, tuple(float(value) / total for value in values[::-1][:2])


def _scaled(xy: np.ndarray) -> np.ndarray:
    centred = xy - xy.mean(axis=0, dtype=np.float64)
    return centred / max(np.sqrt(np.mean(np.sum(np.square(centred), axis=1))), 1e-12)


def _turned(xy: np.ndarray, like: np.ndarray) -> np.ndarray:
    """`xy` turned or mirrored about its centre to lie as close to `like` as it can (orthogonal Procrustes)."""
    left, _, right = np.linalg.svd(xy.T.astype(np.float64) @ (like - like.mean(axis=0)))
    return xy @ (left @ right)


# The process: numpy files in and out, whole percents in a third file.

_WAIT_S = 0.2
# Sums by several threads differ in their last bits from run to run, and the maps with them.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def _in_a_process(x: np.ndarray, *, method: str, seed: int, progress, cancel) -> np.ndarray:
    title = METHODS[method].title
    meter = Meter(progress, total=100, unit="percent", message=f"Computing the {title} map", cancel=cancel)
    with tempfile.TemporaryDirectory() as folder:
        source, target, done, log = (Path(folder) / name for name in ("x.npy", "xy.npy", "percent", "log"))
        np.save(source, x)
        command = [sys.executable, "-m", "ser_core.analysis.projector", method, str(seed), source, target, done]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=PROJECT_ROOT, env={**os.environ, **_ONE_THREAD}, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            while process.poll() is None:
                meter.set(max(meter.done, _percent(done)))
                time.sleep(_WAIT_S)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if process.returncode or not target.is_file():
            said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise SERError(f"The {title} map could not be computed: {said[-1] if said else process.returncode}.")
        xy = np.load(target, allow_pickle=False)
    meter.set(100)
    return xy


def _percent(file: Path) -> int:
    """What the process wrote last; 0 before it does, at most 99 before it ends."""
    try:
        return min(99, int(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return 0
