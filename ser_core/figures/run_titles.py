"""Titles of the figures about runs: each states what is seen, computed from what is drawn."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ser_core.evaluation import ConfusionMatrix, Reliability, Summary, accuracy_at
from ser_core.evaluation.clips import OUTCOMES
from ser_core.evaluation.groups import Gap
from ser_core.evaluation.robustness import CLEAN, CONDITIONS
from ser_core.figures.marks import marks, score_text
from ser_core.figures.people import GROUP_TITLES
from ser_core.figures.style import titles


def scores_title(summaries: Mapping[str, Summary], protocol_title: str) -> str:
    """ "Unseen speakers: CNN .62, SVM .57 average recall"."""
    ranked = sorted(summaries.items(), key=lambda item: -item[1].uar.value)
    looks = marks(summaries)
    found = ", ".join(f"{looks[name].title} {score_text(summary.uar.value)}" for name, summary in ranked)
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


def coverage_title(curves: Mapping[str, pd.DataFrame]) -> str:
    """How often the surer half is right."""
    found = ", ".join(
        f"{mark.title} {score_text(accuracy_at(curves[name], 0.5))}" for name, mark in marks(curves).items()
    )
    return f"Answering only the surer half: {found} right"


def speakers_title(tables: Mapping[str, pd.DataFrame]) -> str:
    """Who is served worst, and how far speakers lie apart."""
    parts = []
    for name, mark in marks(tables).items():
        worst, best = tables[name].iloc[0], tables[name].iloc[-1]
        parts.append(f"{mark.title} from {score_text(worst['uar'])} ({worst['speaker']}) to {score_text(best['uar'])}")
    return f"Speakers differ: {', '.join(parts)}"


def groups_title(gaps: Mapping[str, Gap | None], by: str) -> str:
    """How far groups lie apart, and whether that may be chance."""
    parts = []
    for name, mark in marks(gaps).items():
        gap = gaps[name]
        if gap is None:
            continue
        best, worst = (GROUP_TITLES.get(group, group).lower() for group in (gap.best, gap.worst))
        if gap.difference.low > 0:
            parts.append(f"{mark.title} {score_text(gap.difference.value)} better on {best} than on {worst}")
        else:
            parts.append(f"{mark.title} without clear difference by {by}")
    return "; ".join(parts) or f"Average recall by {by}"


def robustness_title(tables: Mapping[str, pd.DataFrame]) -> str:
    """What costs most."""
    parts = []
    for name, mark in marks(tables).items():
        table = tables[name][tables[name]["condition"] != CLEAN]
        if len(table):
            worst = table.loc[table["loss"].idxmax()]
            title = CONDITIONS[worst["condition"]].title
            parts.append(f"{mark.title} loses {score_text(worst['loss'])} by {title[:1].lower()}{title[1:]}")
    return f"What costs most: {', '.join(parts)}" if parts else "Clips as recorded"


def outcomes_title(counts: pd.DataFrame, names: tuple[str, str]) -> str:
    """How often one is right where the other is wrong."""
    total = counts.sum()
    return f"{total[OUTCOMES[1]]:,} clips only {names[0]} gets right, {total[OUTCOMES[2]]:,} only {names[1]}"


def difference_title(first: ConfusionMatrix, second: ConfusionMatrix, names: tuple[str, str]) -> str:
    """The emotion of which recall differs most."""
    shared = [name for name in first.labels if name in second.labels]
    one, two = (
        np.array([matrix.recall[matrix.labels.index(name), matrix.labels.index(name)] for name in shared])
        for matrix in (first, second)
    )
    most = int(np.abs(one - two).argmax())
    ahead = names[0] if one[most] >= two[most] else names[1]
    gap = abs(one[most] - two[most])
    return f"{titles([shared[most]])[0]}: {ahead} finds {score_text(gap)} more of it, the largest difference"
