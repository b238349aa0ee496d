"""People as one more recogniser: scores of what raters heard, and how far a model agrees with them.

A rater's vote may be tied between emotions; such a clip counts in parts, half and half for two.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ser_core.errors import ConfigError
from ser_core.evaluation.metrics import (
    PROBABILITY_COLUMNS,
    ConfusionMatrix,
    Interval,
    Summary,
    Tally,
    confusion_of,
    emotion_index,
    interval,
    summary,
)
from ser_core.labels import EMOTIONS

N_RESAMPLES = 2000


@dataclass(frozen=True)
class Raters:
    """What people heard in the clips of a corpus.

    Attributes
    ----------
    clips : pd.DataFrame
        ``clip_id, speaker, emotion`` (the one that was meant), one row per clip.
    shares : np.ndarray [shape=(n_clips, len(EMOTIONS))]
        Share of each emotion in the vote of each clip; rows sum to 1.
    """

    clips: pd.DataFrame
    shares: np.ndarray

    def __post_init__(self):
        if self.shares.shape != (len(self.clips), len(EMOTIONS)):
            raise ConfigError(
                f"Votes are {len(self.clips)} clips by {len(EMOTIONS)} emotions, got {self.shares.shape}."
            )


@dataclass(frozen=True)
class Agreement:
    """How often a model answers what raters heard.

    Attributes
    ----------
    share : Interval
        Mean share of the vote that went to the model's answer, in [0, 1], with its 95% interval by a bootstrap over
        speakers; all seeds.
    kappa : float
        Cohen's kappa, at most 1: `share` beyond that of two who answer as often so, but without regard to the clip
        (Educational and Psychological Measurement 20, 37-46, 1960).
    meant : float
        The same share for the emotion that was meant in place of the model's answer: how far the raters agree with the
        actors.
    n_clips : int
        Clips that both judged.
    """

    share: Interval
    kappa: float
    meant: float
    n_clips: int


def tally(raters: Raters) -> Tally:
    """The votes as counted answers; who gives one answer has no three most probable, so ``top3`` is NaN."""
    k = len(EMOTIONS)
    speaker, speakers = pd.factorize(raters.clips["speaker"], sort=True)
    true = emotion_index(raters.clips)
    counts = np.zeros((1, len(speakers), k, k))
    np.add.at(counts, (0, speaker, true), raters.shares)
    return Tally(counts, np.full((1, len(speakers)), np.nan), (0,), tuple(str(name) for name in speakers))


def summarise(raters: Raters) -> Summary:
    """Headline scores of the raters; top 3 is NaN."""
    return summary(tally(raters), n_test=raters.clips["clip_id"].nunique())


def confusion(raters: Raters) -> ConfusionMatrix:
    """Emotions meant (rows) against emotions heard (columns)."""
    return confusion_of(tally(raters))


def agreement(raters: Raters, predictions: pd.DataFrame, *, seed: int = 0) -> Agreement:
    """How often a model's answer is what raters heard.

    Parameters
    ----------
    raters : Raters
        The votes.
    predictions : pd.DataFrame
        Stored predictions of one training size; clips without a vote are left out.
    seed : int
        Of the bootstrap.

    Raises
    ------
    ConfigError
        If no clip was judged by both.
    """
    place = pd.Index(raters.clips["clip_id"]).get_indexer(predictions["clip_id"].astype(str))
    judged = predictions[place >= 0]
    if judged.empty:
        raise ConfigError("Raters and model judged no clip in common.")
    shares = raters.shares[place[place >= 0]]
    answer = judged[list(PROBABILITY_COLUMNS)].to_numpy().argmax(axis=1)
    true = emotion_index(judged)
    rows = np.arange(len(judged))
    agreed = shares[rows, answer]
    speaker, names = pd.factorize(judged["speaker"])
    hits = np.bincount(speaker, weights=agreed, minlength=len(names))
    clips = np.bincount(speaker, minlength=len(names))
    weights = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), N_RESAMPLES)
    value = float(agreed.mean())
    by_chance = float(np.bincount(answer, minlength=len(EMOTIONS)) / len(answer) @ shares.mean(axis=0))
    return Agreement(
        share=interval(value, (weights @ hits) / (weights @ clips)),
        kappa=(value - by_chance) / (1 - by_chance) if by_chance < 1 else float("nan"),
        meant=float(shares[rows, true].mean()),
        n_clips=judged["clip_id"].nunique(),
    )
