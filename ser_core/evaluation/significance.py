"""Whether two recognisers differ by more than chance: paired tests on the clips that both judged.

Two tests, for they answer two questions. McNemar's counts clips, of which those of one speaker are not independent: it
says whether the two differ on these speakers. The paired bootstrap draws speakers again: it says whether they would
differ on other speakers of the same kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from ser_core.analysis.speaker_tests import ALPHA, MIN_SPEAKERS, adjust
from ser_core.errors import ConfigError
from ser_core.evaluation.metrics import PROBABILITY_COLUMNS, Interval, Tally, interval, uar
from ser_core.labels import EMOTIONS

__all__ = ["ALPHA", "MIN_SPEAKERS", "Difference", "answers", "compare", "compare_all", "mcnemar"]

N_RESAMPLES = 10_000
"""p is at least 2 / (N_RESAMPLES + 1): small enough to survive a correction for a hundred comparisons."""


@dataclass(frozen=True)
class Difference:
    """How far a first recogniser is ahead of a second.

    Attributes
    ----------
    uar : Interval
        Difference in UAR, first minus second, with its 95% interval by a paired bootstrap over speakers.
    p : float
        Two-sided p of that bootstrap; NaN with fewer than `MIN_SPEAKERS` speakers, whose spread it cannot know.
    only_first, only_second : int
        Clips that one names right and the other wrong, in the first seed of each.
    mcnemar_p : float
        Two-sided p of McNemar's exact test on these.
    n_clips, n_speakers : int
        What both judged.
    """

    uar: Interval
    p: float
    only_first: int
    only_second: int
    mcnemar_p: float
    n_clips: int
    n_speakers: int


def mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided p of McNemar's exact test: were both equally good, each clip that they differ on is a fair coin.

    McNemar, Psychometrika 12, 153-157 (1947), in its exact form by the binomial distribution.

    Examples
    --------
    >>> round(mcnemar(0, 5), 4), mcnemar(3, 3), mcnemar(0, 0)
    (0.0625, 1.0, 1.0)
    """
    n, few = only_first + only_second, min(only_first, only_second)
    # In whole numbers, so exact: scipy.stats would take half a second to import for this one sum.
    ways = tail = 1
    for heads in range(1, few + 1):
        ways = ways * (n - heads + 1) // heads
        tail += ways
    return min(1.0, 2 * tail / 2**n)


def answers(predictions: pd.DataFrame) -> pd.DataFrame:
    """One answer for each clip: that of the first seed; its mean probabilities where it was judged more than once.

    Returns
    -------
    pd.DataFrame
        Index ``clip_id``; ``speaker, emotion, answer, probability`` (of the answer), ``right``.
    """
    first = predictions[predictions["seed"] == predictions["seed"].min()]
    columns = list(PROBABILITY_COLUMNS)
    about = first[["clip_id", "speaker", "emotion"]].astype(str)
    table = pd.concat([about, first[columns]], axis=1)
    if about["clip_id"].duplicated().any():
        grouped = table.groupby("clip_id", sort=False)
        table = pd.concat([grouped[["speaker", "emotion"]].first(), grouped[columns].mean()], axis=1)
    else:
        table = table.set_index("clip_id")
    probabilities = table[columns].to_numpy()
    names = np.array(EMOTIONS.names)
    answer = names[probabilities.argmax(axis=1)]
    return table[["speaker", "emotion"]].assign(
        answer=answer, probability=probabilities.max(axis=1), right=answer == table["emotion"].to_numpy()
    )


def compare(first: pd.DataFrame, second: pd.DataFrame, *, seed: int = 0) -> Difference:
    """Two recognisers on the clips that both judged.

    Parameters
    ----------
    first, second : pd.DataFrame
        Stored predictions of one training size each; all their seeds count for UAR, the first one for McNemar.
    seed : int
        Of the bootstrap.

    Raises
    ------
    ConfigError
        If they judged no clip in common.
    """
    shared = set(first["clip_id"].unique()) & set(second["clip_id"].unique())
    if not shared:
        raise ConfigError("These runs judged no clip in common, so they cannot be compared clip by clip.")
    first, second = (table[table["clip_id"].isin(shared)] for table in (first, second))
    a, b = Tally.of(first), Tally.of(second)
    if a.speakers != b.speakers:
        raise ConfigError("These runs name the speakers of the same clips differently; make them again.")
    n = len(a.speakers)
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES)
    drawn = _mean_uar(a, weights) - _mean_uar(b, weights)
    value = float((_mean_uar(a, np.ones((1, n))) - _mean_uar(b, np.ones((1, n))))[0])
    one, two = answers(first)["right"], answers(second)["right"]
    two = two.reindex(one.index).dropna().astype(bool)
    one = one.reindex(two.index)
    only_first, only_second = int((one & ~two).sum()), int((~one & two).sum())
    return Difference(
        uar=interval(value, drawn),
        p=_two_sided(drawn) if n >= MIN_SPEAKERS else float("nan"),
        only_first=only_first,
        only_second=only_second,
        mcnemar_p=mcnemar(only_first, only_second),
        n_clips=len(shared),
        n_speakers=n,
    )


def compare_all(predictions: Mapping[str, pd.DataFrame], *, seed: int = 0) -> pd.DataFrame:
    """Every pair of some recognisers, with p corrected for the number of pairs (Holm).

    Parameters
    ----------
    predictions : mapping
        Name -> stored predictions, see `compare`.
    seed : int
        Of the bootstrap.

    Returns
    -------
    pd.DataFrame
        ``first, second, difference, low, high, p, p_holm, only_first, only_second, mcnemar_p, mcnemar_holm, clips,
        speakers``, one row per pair.
    """
    rows = []
    for first, second in combinations(predictions, 2):
        found = compare(predictions[first], predictions[second], seed=seed)
        rows.append(
            {
                "first": first,
                "second": second,
                "difference": found.uar.value,
                "low": found.uar.low,
                "high": found.uar.high,
                "p": found.p,
                "only_first": found.only_first,
                "only_second": found.only_second,
                "mcnemar_p": found.mcnemar_p,
                "clips": found.n_clips,
                "speakers": found.n_speakers,
            }
        )
    table = pd.DataFrame(rows)
    if table.empty:
        return table
    table.insert(6, "p_holm", adjust(table["p"].to_numpy(), how="holm"))
    table.insert(10, "mcnemar_holm", adjust(table["mcnemar_p"].to_numpy(), how="holm"))
    return table


def _mean_uar(tally: Tally, weights: np.ndarray) -> np.ndarray:
    """UAR, mean over seeds, of speakers drawn as often as `weights` says [shape=(n_draws,)]."""
    counts = np.einsum("rs,nsij->rnij", weights, tally.counts, optimize=True)
    return uar(counts).mean(axis=1)


def _two_sided(drawn: np.ndarray) -> float:
    """Two-sided p of "no difference" from differences that a bootstrap drew.

    The draw that was observed counts as one more, so that p is never 0 (Davison and Hinkley, Bootstrap Methods, 1997,
    section 4.2).
    """
    below, above = (drawn <= 0).sum(), (drawn >= 0).sum()
    return float(min(1.0, 2 * (min(below, above) + 1) / (len(drawn) + 1)))
