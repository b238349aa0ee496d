"""How far groups of clips lie apart: effect sizes, each with its source, and values seen relative to their speaker."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from ser_core.errors import ConfigError

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["g", "delta"]
KINDS: dict[Kind, str] = {"g": "Hedges' g", "delta": "Cliff's delta"}
"""Effect sizes of two groups -> their names."""


def standardised(values: "pd.DataFrame", speaker: "pd.Series") -> "pd.DataFrame":
    """Values relative to their speaker: in standard deviations from the mean of all the speaker's clips.

    Parameters
    ----------
    values : pd.DataFrame
        One row per clip, one column per measure; NaN where unknown.
    speaker : pd.Series
        Speaker of each clip; where unknown the result is NaN.

    Returns
    -------
    pd.DataFrame
        Of the same form; 0 where a speaker's values do not vary.
    """
    groups = values.groupby(speaker.to_numpy())
    spread = groups.transform("std", ddof=0)
    # Rounding leaves a trace of variation in what is constant.
    scale = spread.where(spread > 1e-9 * values.abs().mean())
    centred = values - groups.transform("mean")
    return (centred / scale).where(scale.notna(), centred * 0)


def hedges_g(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Difference of two means in pooled standard deviations, freed of the bias of small samples.

    ``g = J (mean(a) - mean(b)) / s`` with ``s² = ((n_a - 1) s_a² + (n_b - 1) s_b²) / (n_a + n_b - 2)`` and
    ``J = 1 - 3 / (4 (n_a + n_b - 2) - 1)``: Hedges, "Distribution theory for Glass's estimator of effect size and
    related estimators", J. Educational Statistics 6, 107-128 (1981). 0.2 counts as small, 0.5 as medium, 0.8 as large
    (Cohen 1988).

    Parameters
    ----------
    a, b : np.ndarray [shape=(n, ...)]
        Values of two groups along the first axis; NaN is left out.

    Returns
    -------
    np.ndarray [shape=(...)]
        Above 0 where `a` is larger; NaN where a group has fewer than two values or nothing varies.

    Examples
    --------
    >>> round(float(hedges_g(np.array([2.0, 4, 6]), np.array([1.0, 3, 5]))), 3)
    0.4
    """
    (n_a, mean_a, sum_a), (n_b, mean_b, sum_b) = _moments(a), _moments(b)
    freedom = n_a + n_b - 2
    known = (n_a > 1) & (n_b > 1) & (sum_a + sum_b > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        g = (mean_a - mean_b) / np.sqrt((sum_a + sum_b) / freedom) * (1 - 3 / (4 * freedom - 1))
    return np.where(known, g, np.nan)


def _moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number, mean and sum of squared deviations of the known values along the first axis."""
    x = np.asarray(x, dtype=np.float64)
    known = ~np.isnan(x)
    n = known.sum(axis=0)
    mean = np.where(known, x, 0).sum(axis=0) / np.maximum(n, 1)
    return n, np.where(n > 0, mean, np.nan), np.square(np.where(known, x - mean, 0)).sum(axis=0)


def cliffs_delta(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How often a value of `a` is larger than one of `b`, minus how often it is smaller.

    ``delta = P(a > b) - P(a < b)``: Cliff, "Dominance statistics: ordinal analyses to answer ordinal questions",
    Psychological Bulletin 114, 494-509 (1993); computed from ranks, as ``2 U / (n_a n_b) - 1`` with the U of Mann and
    Whitney. 0.15 counts as small, 0.33 as medium, 0.47 as large (Romano et al. 2006).

    Parameters
    ----------
    a, b : np.ndarray [shape=(n, ...)]
        Values of two groups along the first axis; NaN is left out.

    Returns
    -------
    np.ndarray [shape=(...)]
        In [-1, 1]; NaN where a group is empty.

    Examples
    --------
    >>> float(cliffs_delta(np.array([2.0, 3]), np.array([1.0, 2])))
    0.75
    """
    from scipy.stats import rankdata

    both = np.concatenate([a, b]).astype(np.float64)
    ranks = rankdata(both, axis=0, nan_policy="omit") if np.isnan(both).any() else rankdata(both, axis=0)
    n_a, n_b = ((~np.isnan(part)).sum(axis=0) for part in (both[: len(a)], both[len(a) :]))
    u = np.nansum(ranks[: len(a)], axis=0) - n_a * (n_a + 1) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((n_a > 0) & (n_b > 0), 2 * u / (n_a * n_b) - 1, np.nan)


def effect(a: np.ndarray, b: np.ndarray, *, kind: Kind = "g") -> np.ndarray:
    """`hedges_g` or `cliffs_delta` of two groups.

    Raises
    ------
    ConfigError
        If `kind` is neither of `KINDS`.
    """
    if kind not in KINDS:
        raise ConfigError(f"Unknown effect size {kind!r}; there are {', '.join(KINDS)}.")
    return hedges_g(a, b) if kind == "g" else cliffs_delta(a, b)


def explained(groups: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Share of the variance between clips that lies between groups: eta squared, and omega squared.

    ``eta² = SS_b / SS_t`` is the share in this sample; ``omega² = (SS_b - df_b MS_w) / (SS_t + MS_w)`` estimates that
    of the population, and may fall a little below 0 where there is none: Hays, "Statistics for psychologists" (1963);
    Olejnik and Algina, Psychological Methods 8, 434-447 (2003).

    Parameters
    ----------
    groups : sequence of np.ndarray [shape=(n, ...)]
        Values of each group along the first axis; NaN is left out, and so are groups without any value.

    Returns
    -------
    tuple of np.ndarray [shape=(...)]
        eta² and omega²; NaN with fewer than two groups, or where nothing varies.

    Examples
    --------
    >>> eta, omega = explained([np.array([1.0, 2, 3]), np.array([3.0, 4, 5])])
    >>> round(float(eta), 3), round(float(omega), 3)
    (0.6, 0.455)
    """
    n, mean, within = (np.stack(part) for part in zip(*map(_moments, groups), strict=True))
    total = n.sum(axis=0)
    grand = np.where(n > 0, n * np.nan_to_num(mean), 0).sum(axis=0) / np.maximum(total, 1)
    between = np.where(n > 0, n * (np.nan_to_num(mean) - grand) ** 2, 0).sum(axis=0)
    within = within.sum(axis=0)
    df_between = (n > 0).sum(axis=0) - 1
    df_within = total - df_between - 1
    known = (df_between > 0) & (df_within > 0) & (between + within > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ms_within = within / df_within
        eta = between / (between + within)
        omega = (between - df_between * ms_within) / (between + within + ms_within)
    return np.where(known, eta, np.nan), np.where(known, omega, np.nan)
