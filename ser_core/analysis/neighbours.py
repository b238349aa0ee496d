"""What nearest neighbours share: whether clips lie together by speaker or by emotion, as a number."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from ser_core.errors import ConfigError

K = 10
"""Neighbours of each clip that count."""
_CHUNK = 512
_RESAMPLES = 1000

SHARES = {
    "speaker": "by the same speaker",
    "emotion": "of the same emotion",
    "emotion-others": "of the same emotion, neighbours by other speakers only",
}
"""What neighbours may share -> how it reads after "neighbours that are"."""


@dataclass(frozen=True)
class Purity:
    """How often a clip's nearest neighbours share something with it.

    Attributes
    ----------
    shared : str
        From `SHARES`.
    normalisation : str
        Of the measures in which distances were taken.
    purity, low, high : float
        Mean share of the nearest neighbours, [0, 1], with its 95% interval (bootstrap over speakers).
    chance : float
        The same share among all other clips, [0, 1].
    n : int
        Clips that count.
    """

    shared: str
    normalisation: str
    purity: float
    low: float
    high: float
    chance: float
    n: int

    def to_dict(self) -> dict:
        """All fields, JSON-ready."""
        return dataclasses.asdict(self)


def nearest(x: np.ndarray, *, k: int = K, apart: np.ndarray | None = None) -> np.ndarray:
    """Positions of the nearest other clips by Euclidean distance.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_measures)]
        Measures, standardised.
    k : int
        How many; fewer where there are fewer other clips.
    apart : np.ndarray [shape=(n_clips,)], optional
        Clips with the same value here are no neighbours of each other.

    Returns
    -------
    np.ndarray [shape=(n_clips, k)]
        int, in no order; -1 where there are not as many.

    Raises
    ------
    ConfigError
        If `k` is below 1.

    Examples
    --------
    >>> nearest(np.array([[0.0], [1.0], [5.0], [5.5]]), k=1).ravel().tolist()
    [1, 0, 3, 2]
    """
    if k < 1:
        raise ConfigError(f"k must be at least 1, got {k}.")
    found = np.full((len(x), k), -1)
    k = min(k, len(x) - 1)
    if k < 1:
        return found
    x = np.asarray(x, dtype=np.float32)
    x = x - x.mean(axis=0)
    squares = np.einsum("ij,ij->i", x, x)
    for start in range(0, len(x), _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, len(x)))
        # The clip's own square is the same for all its neighbours.
        distances = squares - 2 * (x[rows] @ x.T)
        distances[rows - start, rows] = np.inf
        if apart is not None:
            distances[apart[rows, None] == apart] = np.inf
        best = np.argpartition(distances, k - 1, axis=1)[:, :k]
        found[rows, :k] = np.where(np.isfinite(np.take_along_axis(distances, best, axis=1)), best, -1)
    return found


def purities(
    x: np.ndarray, *, speakers: np.ndarray, emotions: np.ndarray, normalisation: str, k: int = K, seed: int = 0
) -> list[Purity]:
    """What the nearest neighbours share with each clip.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_measures)]
        From `ser_core.analysis.embedding.prepare`.
    speakers, emotions : np.ndarray of str [shape=(n_clips,)]
        Of each clip; empty where unknown: such a clip is a neighbour, but asks for none.
    normalisation : str
        As it is noted.
    k : int
        Neighbours that count.
    seed : int
        Of the bootstrap.

    Returns
    -------
    list of Purity
        In the order of `SHARES`; those that no clip can have are left out.
    """
    _, speaker = np.unique(speakers, return_inverse=True)
    _, emotion = np.unique(emotions, return_inverse=True)
    knows = {"speaker": np.asarray(speakers) != "", "emotion": np.asarray(emotions) != ""}
    everyone = nearest(x, k=k)
    found = []
    for shared in SHARES:
        others = shared == "emotion-others"
        label, asks = (speaker, knows["speaker"]) if shared == "speaker" else (emotion, knows["emotion"])
        near = nearest(x, k=k, apart=speaker) if others else everyone
        chance = _chance(label, speaker if others else None)
        if others:
            asks = asks & knows["speaker"]
        asks = asks & (near >= 0).any(axis=1) & np.isfinite(chance)
        if not asks.any():
            continue
        same = (label[near] == label[:, None]) & (near >= 0)
        share = same.sum(axis=1) / np.maximum((near >= 0).sum(axis=1), 1)
        low, high = _interval(share[asks], speaker[asks], seed=seed)
        value = float(share[asks].mean())
        found.append(Purity(shared, normalisation, value, low, high, float(chance[asks].mean()), int(asks.sum())))
    return found


def _chance(label: np.ndarray, apart: np.ndarray | None) -> np.ndarray:
    """Share of all other clips (those not `apart` from it alike) that have each clip's label; NaN without any."""
    of_label = np.bincount(label)[label].astype(float)
    if apart is None:
        return (of_label - 1) / (len(label) - 1) if len(label) > 1 else np.full(len(label), np.nan)
    table = np.zeros((apart.max() + 1, label.max() + 1))
    np.add.at(table, (apart, label), 1)
    others = len(label) - table.sum(axis=1)[apart]
    with np.errstate(invalid="ignore", divide="ignore"):
        return (of_label - table[apart, label]) / np.where(others > 0, others, np.nan)


def _interval(values: np.ndarray, groups: np.ndarray, *, seed: int) -> tuple[float, float]:
    """95% interval of the mean when whole groups are drawn anew."""
    _, group = np.unique(groups, return_inverse=True)
    sums, sizes = np.bincount(group, values), np.bincount(group)
    drawn = np.random.default_rng(seed).integers(len(sums), size=(_RESAMPLES, len(sums)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)
