"""Calibration: whether a probability means what it says."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ser_core.evaluation.metrics import PROBABILITY_COLUMNS, emotion_index
from ser_core.labels import EMOTIONS

N_BINS = 15


@dataclass(frozen=True)
class Reliability:
    """Calibration of the top probability.

    Attributes
    ----------
    ece : float
        Expected calibration error in [0, 1]: |confidence - accuracy| averaged over 15 equal bins of the top
        probability, weighted by their clips (Guo et al., ICML 2017).
    brier : float
        Brier score in [0, 2]: squared distance of the probabilities from the truth, summed over emotions.
    bins : pd.DataFrame
        ``low, high, confidence, accuracy, n`` of each bin with clips.
    """

    ece: float
    brier: float
    bins: pd.DataFrame


def calibration(predictions: pd.DataFrame, *, n_bins: int = N_BINS) -> Reliability:
    """Calibration of stored predictions, all seeds pooled."""
    probabilities = predictions[list(PROBABILITY_COLUMNS)].to_numpy(dtype=float)
    true = emotion_index(predictions)
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == true
    number = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    rows = []
    for i in np.unique(number):
        inside = number == i
        rows.append(
            {
                "low": i / n_bins,
                "high": (i + 1) / n_bins,
                "confidence": float(confidence[inside].mean()),
                "accuracy": float(right[inside].mean()),
                "n": int(inside.sum()),
            }
        )
    bins = pd.DataFrame(rows)
    ece = float((bins["n"] * (bins["confidence"] - bins["accuracy"]).abs()).sum() / len(predictions))
    brier = float(((probabilities - np.eye(len(EMOTIONS))[true]) ** 2).sum(axis=1).mean())
    return Reliability(ece, brier, bins)
