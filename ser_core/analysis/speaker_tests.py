"""Tests and intervals that take speakers, not clips, for the independent draws."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

MIN_SPEAKERS = 6
"""Of five speakers, even if all differ alike, two-sided p is at least 2 / 2^5 = .06."""
ALPHA = 0.05
N_RESAMPLES = 2000
CORRECTIONS = {"bh": "Benjamini-Hochberg", "holm": "Holm"}
"""Corrections for many tests: of the share of false findings (Benjamini and Hochberg 1995), or of the chance of a
single one (Holm 1979)."""


def adjust(p: np.ndarray, *, how: str) -> np.ndarray:
    """p values corrected for the number of tests; NaN is no test.

    Parameters
    ----------
    p : np.ndarray
        In [0, 1], of any shape: one family.
    how : str
        ``"bh"``: Benjamini and Hochberg, J. Royal Statistical Society B 57, 289-300 (1995); ``"holm"``: Holm,
        Scandinavian J. Statistics 6, 65-70 (1979).

    Examples
    --------
    >>> adjust(np.array([0.01, 0.04, np.nan, 0.03]), how="holm").round(3).tolist()
    [0.03, 0.06, nan, 0.06]
    >>> adjust(np.array([0.01, 0.04, np.nan, 0.03]), how="bh").round(3).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    p = np.asarray(p, dtype=np.float64)
    out = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    found = p[known]
    if not len(found):
        return out
    if how == "bh":
        from scipy.stats import false_discovery_control  # Takes half a second, for which Holm's need not wait.

        out[known] = false_discovery_control(found)
        return out
    order = np.argsort(found, kind="stable")
    steps = np.maximum.accumulate(found[order] * np.arange(len(found), 0, -1))
    adjusted = np.empty(len(found))
    adjusted[order] = np.minimum(steps, 1)
    out[known] = adjusted
    return out


def speaker_means(values: "pd.DataFrame", *, emotion: np.ndarray, speaker: "pd.Series") -> "pd.DataFrame":
    """Mean of each speaker's clips of each emotion, by (emotion, speaker)."""
    return values.groupby([emotion, speaker.to_numpy()]).mean()


def pairs(means: "pd.DataFrame", name: str, reference: str) -> np.ndarray:
    """Each speaker's own difference between two emotions [shape=(n_speakers, n_measures)]."""
    present = means.index.get_level_values(0)
    if name not in present or reference not in present:
        return np.empty((0, means.shape[1]))
    a, b = means.loc[name], means.loc[reference]
    shared = a.index.intersection(b.index)
    return a.loc[shared].to_numpy() - b.loc[shared].to_numpy()


def mean_interval(differences: np.ndarray, *, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean over speakers and its 95% interval from speakers drawn with replacement."""
    n, m = differences.shape
    unknown = np.full(m, np.nan)
    if not n:
        return unknown, unknown, unknown
    known = ~np.isnan(differences)
    filled = np.where(known, differences, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = filled.sum(axis=0) / known.sum(axis=0)
        if n < 2:
            return mean, unknown, unknown
        weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES).astype(np.float64)
        drawn = (weights @ filled) / (weights @ known)
    low, high = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    return mean, low, high


def signed_rank(differences: np.ndarray) -> np.ndarray:
    """Two-sided p of Wilcoxon's signed-rank test (Biometrics Bulletin 1, 80-83, 1945) for each measure."""
    from scipy.stats import wilcoxon

    p = np.full(differences.shape[1], np.nan)
    known = ~np.isnan(differences)
    enough = (known.sum(axis=0) >= MIN_SPEAKERS) & ((differences != 0) & known).any(axis=0)
    whole = enough & known.all(axis=0)
    if whole.any():
        p[whole] = wilcoxon(differences[:, whole], axis=0).pvalue
    for i in np.flatnonzero(enough & ~whole):
        p[i] = wilcoxon(differences[known[:, i], i]).pvalue
    return p


def complete_blocks(means: "pd.DataFrame") -> np.ndarray:
    """Speaker means of those who have all the emotions that most have [shape=(n_speakers, n_emotions, n_measures)].

    The emotion that the fewest speakers have is dropped until more than half of the speakers have all that are left:
    with several corpora an emotion that only one of them has would leave the others out.
    """
    has = means.notna().any(axis=1).unstack(level=0, fill_value=False)
    while has.shape[1] > 1 and has.all(axis=1).mean() <= 0.5:
        has = has.drop(columns=has.sum().idxmin())
    speakers, names = has.index[has.all(axis=1)], list(has.columns)
    return np.stack([means.loc[name].reindex(speakers).to_numpy() for name in names], axis=1)


def friedman(blocks: np.ndarray) -> np.ndarray:
    from scipy.stats import friedmanchisquare

    n, k, m = blocks.shape
    if n < MIN_SPEAKERS or k < 3:
        return np.full(m, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return friedmanchisquare(*np.moveaxis(blocks, 1, 0), axis=0, nan_policy="omit").pvalue
