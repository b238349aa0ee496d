"""Coverage and accuracy: how often the answers are right if only the surer ones are given."""

import numpy as np
import pandas as pd

from ser_core.evaluation.metrics import PROBABILITY_COLUMNS, emotion_index, interval
from ser_core.labels import EMOTIONS

COVERAGES = tuple(round(0.05 * step, 2) for step in range(1, 21))
"""Shares of the answers that are kept, the surest first."""
N_RESAMPLES = 500


def coverage(predictions: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Accuracy of the surest answers, for each share of them that is given; all seeds pooled.

    Parameters
    ----------
    predictions : pd.DataFrame
        Stored predictions of one training size.
    seed : int
        Of the bootstrap.

    Returns
    -------
    pd.DataFrame
        ``coverage`` in (0, 1], ``accuracy`` with ``low, high`` (95% by bootstrap over speakers), ``threshold`` (the
        least probability among the answers given), ``n`` (their number).
    """
    probabilities = predictions[list(PROBABILITY_COLUMNS)].to_numpy(dtype=float)
    true = emotion_index(predictions)
    confidence = probabilities.max(axis=1)
    right = (probabilities.argmax(axis=1) == true).astype(float)
    order = np.argsort(-confidence, kind="stable")
    confidence, right = confidence[order], right[order]
    speaker, names = pd.factorize(predictions["speaker"])
    speaker = speaker[order]
    n = len(names)
    kept = [max(1, round(share * len(right))) for share in COVERAGES]
    drawn = np.empty((N_RESAMPLES, len(COVERAGES)))
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES)
    for row, weight in zip(drawn, weights, strict=True):
        each = weight[speaker]
        given, hits = np.cumsum(each), np.cumsum(each * right)
        last = np.searchsorted(given, [max(1, round(share * given[-1])) for share in COVERAGES])
        row[:] = hits[last] / given[last]
    accuracy = np.cumsum(right)
    rows = []
    for i, (share, count) in enumerate(zip(COVERAGES, kept, strict=True)):
        found = interval(accuracy[count - 1] / count, drawn[:, i])
        ends = {"accuracy": found.value, "low": found.low, "high": found.high}
        rows.append({"coverage": share, **ends, "threshold": float(confidence[count - 1]), "n": count})
    return pd.DataFrame(rows)


def accuracy_of_surest(predictions: pd.DataFrame, share: float) -> float:
    """Accuracy of the surest `share` of the answers, all seeds pooled; `coverage` gives it with its interval."""
    probabilities = predictions[list(PROBABILITY_COLUMNS)].to_numpy(dtype=float)
    answer = np.array(EMOTIONS.names)[probabilities.argmax(axis=1)]
    right = answer == predictions["emotion"].astype(str).to_numpy()
    surest = np.argsort(-probabilities.max(axis=1), kind="stable")[: max(1, round(share * len(right)))]
    return float(right[surest].mean())


def accuracy_at(curve: pd.DataFrame, share: float) -> float:
    """Accuracy of a `coverage` curve where `share` of the answers is given.

    Examples
    --------
    >>> accuracy_at(pd.DataFrame({"coverage": [0.5, 1.0], "accuracy": [0.9, 0.7]}), 0.5)
    0.9
    """
    return float(np.interp(share, curve["coverage"], curve["accuracy"]))
