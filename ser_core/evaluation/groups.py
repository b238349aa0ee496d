"""Who is served how well: scores of each speaker, and of groups of speakers by sex, age or corpus."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ser_core.evaluation.metrics import Interval, Tally, accuracy, interval, uar
from ser_core.evaluation.parts import corpus_of, recording_of

GROUPS = ("sex", "age", "corpus")
"""What fairness is looked at by."""
N_RESAMPLES = 2000


@dataclass(frozen=True)
class Gap:
    """Difference in UAR between the best and the worst served group.

    Attributes
    ----------
    best, worst : str
        The groups.
    difference : Interval
        UAR of `best` minus UAR of `worst`, with its 95% interval by a bootstrap over the speakers of each.
    """

    best: str
    worst: str
    difference: Interval


def per_speaker(predictions: pd.DataFrame) -> pd.DataFrame:
    """Scores of each speaker, mean over seeds, the worst first.

    Returns
    -------
    pd.DataFrame
        ``speaker, uar, accuracy, clips`` (per seed).
    """
    tally = Tally.of(predictions)
    seeds = np.maximum((tally.counts.sum(axis=(2, 3)) > 0).sum(axis=0), 1)
    rows = {
        "speaker": tally.speakers,
        "uar": np.nanmean(_where_any(uar, tally.counts), axis=0),
        "accuracy": np.nanmean(_where_any(accuracy, tally.counts), axis=0),
        "clips": (tally.counts.sum(axis=(0, 2, 3)) / seeds).round().astype(int),
    }
    return pd.DataFrame(rows).sort_values(["uar", "speaker"], ignore_index=True)


def with_groups(predictions: pd.DataFrame, manifest: pd.DataFrame) -> pd.DataFrame:
    """Predictions with what is known of their speakers.

    Parameters
    ----------
    predictions : pd.DataFrame
        Stored predictions.
    manifest : pd.DataFrame
        Clips with ``clip_id, sex, age``; of all corpora that were tested.

    Returns
    -------
    pd.DataFrame
        With columns `GROUPS`: ``sex``, ``age`` by decade ("20 to 29"), ``corpus``; None where unknown.
    """
    known = manifest.drop_duplicates("clip_id").set_index("clip_id")
    recording = recording_of(predictions["clip_id"])
    tens = pd.to_numeric(known["age"]) // 10 * 10
    decade = tens.astype("Int64").astype("string") + " to " + (tens + 9).astype("Int64").astype("string")
    columns = {
        "sex": recording.map(known["sex"]),
        "age": recording.map(decade),
        "corpus": corpus_of(predictions),
    }
    return predictions.assign(**{name: _or_none(values) for name, values in columns.items()})


def by_group(predictions: pd.DataFrame, by: str, *, seed: int = 0) -> pd.DataFrame:
    """UAR of each group, with its 95% interval by a bootstrap over its speakers.

    Parameters
    ----------
    predictions : pd.DataFrame
        From `with_groups`.
    by : str
        One of its columns; rows that are None there are left out.
    seed : int
        Of the bootstrap.

    Returns
    -------
    pd.DataFrame
        ``group, uar, low, high, speakers, clips``, sorted by group. With one speaker the interval is NaN.
    """
    rows = []
    for group, table in predictions.groupby(by, observed=True, sort=True):
        tally, drawn = _drawn(table, seed=seed)
        value = float(uar(tally.counts.sum(axis=1)).mean())
        found = interval(value, drawn) if len(tally.speakers) > 1 else Interval(value, np.nan, np.nan)
        ends = {"uar": found.value, "low": found.low, "high": found.high}
        rows.append({"group": str(group), **ends, "speakers": len(tally.speakers), "clips": table["clip_id"].nunique()})
    return pd.DataFrame(rows, columns=["group", "uar", "low", "high", "speakers", "clips"])


def gap(predictions: pd.DataFrame, by: str, *, seed: int = 0) -> Gap | None:
    """The best served group against the worst; None where fewer than two groups have two speakers or more.

    Parameters
    ----------
    predictions, by, seed
        As for `by_group`.
    """
    samples, values = {}, {}
    for i, (group, table) in enumerate(predictions.groupby(by, observed=True, sort=True)):
        # The speakers of one group are drawn without regard to those of another.
        tally, drawn = _drawn(table, seed=seed + i)
        if len(tally.speakers) > 1:
            samples[str(group)], values[str(group)] = drawn, float(uar(tally.counts.sum(axis=1)).mean())
    if len(values) < 2:
        return None
    best, worst = max(values, key=values.get), min(values, key=values.get)
    return Gap(best, worst, interval(values[best] - values[worst], samples[best] - samples[worst]))


def _drawn(table: pd.DataFrame, *, seed: int) -> tuple[Tally, np.ndarray]:
    tally = Tally.of(table)
    counts, _ = tally.resampled(n_resamples=N_RESAMPLES, seed=seed)
    return tally, uar(counts).mean(axis=1)


def _where_any(score, counts: np.ndarray) -> np.ndarray:
    """A score of counts [shape=(..., k, k)], NaN where nothing was counted."""
    there = counts.sum(axis=(-2, -1)) > 0
    out = np.full(there.shape, np.nan)
    out[there] = score(counts[there])
    return out


def _or_none(values: pd.Series) -> pd.Series:
    values = values.astype(object)
    return values.where(values.notna(), None)
