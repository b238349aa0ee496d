"""Titles of the figures on Compare: each states what is seen, computed from what is drawn."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ser_core.evaluation import ConfusionMatrix, Reliability
from ser_core.figures.marks import marks
from ser_core.figures.style import titles
from ui.compare import Entry, ranked
from ui.format import score_text


def scores_title(chosen: Mapping[str, Entry], protocol_title: str) -> str:
    """ "Unseen speakers: CNN .62, SVM .57 average recall"."""
    found = ", ".join(f"{entry.title} {score_text(entry.summary.uar.value)}" for entry in ranked(chosen))
    return f"{protocol_title}: {found} average recall"


def learning_title(summaries: Mapping[str, pd.DataFrame]) -> str:
    """What the last step in training size brought each model."""
    gains = []
    for name, mark in marks(summaries).items():
        curve = summaries[name].sort_values("n_train")
        if len(curve) > 1:
            before, after = curve["uar_mean"].iloc[-2:]
            gains.append(f"{mark.title} {'+' if after >= before else '−'}{score_text(abs(after - before))}")
            last = curve["fraction"].iloc[-2]
    if not gains:
        return "Average recall at one training size"
    return f"From {last:.0%} of the training clips to all of them: {', '.join(gains)}"


def loss_title(title: str, history: pd.DataFrame) -> str:
    """At which epoch the validation loss was lowest, as a median over trainings."""
    best = history.loc[history.groupby(["seed", "fold"])["val_loss"].idxmin(), "epoch"]
    return f"{title}: validation loss is lowest around epoch {best.median():.0f}"


def accuracy_title(title: str, history: pd.DataFrame) -> str:
    """Where training and validation accuracy ended, as medians over trainings."""
    last = history.sort_values("epoch").groupby(["seed", "fold"]).last()
    training, validation = last["accuracy"].median(), last["val_accuracy"].median()
    return f"{title}: ends at {score_text(training)} on training, {score_text(validation)} on validation clips"


def confusion_title(title: str, matrix: ConfusionMatrix) -> str:
    """The most frequent mistake."""
    off = matrix.recall * (1 - np.eye(len(matrix.labels)))
    true, answered = np.unravel_index(off.argmax(), off.shape)
    if not off[true, answered]:
        return f"{title}: no clip was taken for another emotion"
    name, other = titles([matrix.labels[true], matrix.labels[answered]])
    return f"{title}: {name.lower()} is taken for {other.lower()} most often ({score_text(off[true, answered])})"


def emotion_title(tables: Mapping[str, pd.DataFrame], metric: str) -> str:
    """The emotions with the highest and the lowest mean of a score over the models."""
    mean = pd.concat(tables.values()).groupby("emotion")[metric].mean()
    best, worst = titles([mean.idxmax(), mean.idxmin()])
    return f"{best} is found best, {worst.lower()} least well"


def reliability_title(found: Mapping[str, Reliability]) -> str:
    """How far stated probabilities are from what happens."""
    gaps = ", ".join(f"{mark.title} by {score_text(found[name].ece)}" for name, mark in marks(found).items())
    return f"Stated probabilities are off on average: {gaps}"
