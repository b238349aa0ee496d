"""The cross-corpus matrix: trained on one corpus, tested on another, on the emotions that both have."""

import numpy as np
import pandas as pd

from ser_core.evaluation.metrics import PROBABILITY_COLUMNS, emotion_index, summarise
from ser_core.evaluation.parts import corpus_of
from ser_core.labels import EMOTIONS

PROTOCOL = "cross-corpus"

BETWEEN = "+"
"""Joins the names of corpora that were trained on together."""


def among_shared(predictions: pd.DataFrame) -> pd.DataFrame:
    """Predictions whose answers are chosen among the emotions that the training and the tested corpus both have.

    A corpus without "calm" cannot say whether "calm" would have been wrong, so such answers are not given: the
    probabilities of the other emotions are scaled to sum to 1. The protocol tests no emotion that the training lacks,
    so that the emotions that occur for a fold and a corpus are those that both have.
    """
    columns = list(PROBABILITY_COLUMNS)
    probabilities = predictions[columns].to_numpy(dtype=float, copy=True)
    emotion = emotion_index(predictions)
    pair = predictions.groupby(["fold", corpus_of(predictions)], sort=False, observed=True).ngroup().to_numpy()
    for number in np.unique(pair):
        rows = pair == number
        shared = np.isin(np.arange(len(EMOTIONS)), emotion[rows])
        kept = np.where(shared, np.maximum(probabilities[rows], np.finfo(float).tiny), 0.0)
        probabilities[rows] = kept / kept.sum(axis=1, keepdims=True)
    return predictions.assign(**dict(zip(columns, probabilities.T, strict=True)))


def trained_on(splits: pd.DataFrame) -> pd.Series:
    """Corpora of the training clips of each (seed, fold), sorted and joined by `BETWEEN`.

    Parameters
    ----------
    splits : pd.DataFrame
        ``seed, fold, clip_id, role`` of a run.

    Returns
    -------
    pd.Series
        Index ``seed, fold``.
    """
    train = splits[splits["role"] == "train"]
    table = train[["seed", "fold"]].assign(corpus=corpus_of(train)).drop_duplicates()
    return table.groupby(["seed", "fold"])["corpus"].agg(lambda names: BETWEEN.join(sorted(names))).rename("train")


def crossing(predictions: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """UAR for each pair of what was trained on and what was tested on.

    Parameters
    ----------
    predictions, splits : pd.DataFrame
        Of a run; predictions of one training size.

    Returns
    -------
    pd.DataFrame
        ``train`` (corpora, see `trained_on`), ``test`` (one corpus), ``uar`` with ``low, high`` (95% by bootstrap over
        speakers), ``chance, emotions`` (number that both have), ``clips, speakers``, one row per pair, sorted.
    """
    keys = trained_on(splits)
    train = pd.MultiIndex.from_frame(predictions[["seed", "fold"]])
    table = predictions.assign(train=keys.reindex(train).to_numpy())
    rows = []
    for (trained, tested), part in table.groupby(["train", corpus_of(table)], sort=True):
        found = summarise(part)
        rows.append(
            {
                "train": trained,
                "test": tested,
                "uar": found.uar.value,
                "low": found.uar.low,
                "high": found.uar.high,
                "chance": found.chance,
                "emotions": round(1 / found.chance),
                "clips": found.n_test,
                "speakers": found.n_speakers,
            }
        )
    return pd.DataFrame(rows)
