"""Stored predictions made up for tests, with known answers."""

import numpy as np
import pandas as pd

from ser_core.evaluation import PROBABILITY_COLUMNS
from ser_core.labels import EMOTIONS


def predictions(true, predicted, *, speaker="a", clip=None, seed=0, fold=0, confidence=0.9):
    """Stored predictions that choose `predicted` with the given confidence (one, or one for each clip)."""
    k = len(EMOTIONS)
    true, predicted = np.asarray(true), np.asarray(predicted)
    confidence = np.broadcast_to(np.asarray(confidence, dtype=float), len(true))
    p = np.repeat(((1 - confidence) / (k - 1))[:, None], k, axis=1)
    p[np.arange(len(true)), predicted] = confidence
    table = pd.DataFrame(p, columns=list(PROBABILITY_COLUMNS))
    table["seed"], table["fold"], table["fraction"] = seed, fold, 1.0
    table["speaker"] = speaker
    table["clip_id"] = clip if clip is not None else [f"c/{i}" for i in range(len(true))]
    table["emotion"] = [EMOTIONS.names[i] for i in true]
    return table
