"""Scores of stored per-clip predictions, with intervals from a bootstrap over speakers.

Everything starts from `Tally`: counts of (true, predicted) per seed and speaker. Clips of one speaker are not
independent, so speakers, not clips, are drawn again; a score over several seeds is the mean over the seeds of the
pooled folds.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ser_core.labels import EMOTIONS

N_RESAMPLES = 2000
INTERVAL = 0.95
TOP_K = 3
PROBABILITY_COLUMNS = tuple(f"p_{name}" for name in EMOTIONS)


@dataclass(frozen=True)
class Interval:
    """A figure with its 95% interval."""

    value: float
    low: float
    high: float

    def __iter__(self):
        return iter((self.value, self.low, self.high))


@dataclass(frozen=True)
class Summary:
    """Headline scores, each in [0, 1].

    Attributes
    ----------
    uar, accuracy, macro_f1, top3 : Interval
        Unweighted average recall, accuracy, macro-averaged F1, share of clips whose emotion is among the three most
        probable. Means over seeds of the scores pooled over folds; 95% intervals by bootstrap over speakers.
    uar_by_seed : dict of int to float
        UAR of each seed.
    n_test : int
        Distinct test examples.
    n_speakers : int
        Speakers among them.
    chance : float
        UAR of guessing: one over the number of emotions that occur.
    """

    uar: Interval
    accuracy: Interval
    macro_f1: Interval
    top3: Interval
    uar_by_seed: dict[int, float]
    n_test: int
    n_speakers: int
    chance: float

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds that were run."""
        return tuple(self.uar_by_seed)

    @property
    def uar_spread(self) -> float | None:
        """Standard deviation of UAR over seeds; None with a single seed."""
        values = list(self.uar_by_seed.values())
        return float(np.std(values, ddof=1)) if len(values) > 1 else None


@dataclass(frozen=True)
class ConfusionMatrix:
    """Who was taken for whom.

    Attributes
    ----------
    counts : np.ndarray [shape=(k, k)]
        Clips by true (rows) and predicted (columns) emotion, mean over seeds.
    labels : tuple of str
        Emotions that occur, in the fixed order.
    """

    counts: np.ndarray
    labels: tuple[str, ...]

    @property
    def recall(self) -> np.ndarray:
        """Share of each true emotion (rows sum to 1)."""
        return _ratio(self.counts, self.counts.sum(axis=1, keepdims=True))

    @property
    def precision(self) -> np.ndarray:
        """Share of each predicted emotion (columns sum to 1)."""
        return _ratio(self.counts, self.counts.sum(axis=0, keepdims=True))


@dataclass(frozen=True)
class Tally:
    """Counts behind every score.

    Attributes
    ----------
    counts : np.ndarray [shape=(n_seeds, n_speakers, k, k)]
        Clips by seed, speaker, true and predicted emotion.
    top3 : np.ndarray [shape=(n_seeds, n_speakers)]
        Clips whose emotion is among the three most probable.
    seeds, speakers : tuple
        What the first two axes stand for.
    """

    counts: np.ndarray
    top3: np.ndarray
    seeds: tuple[int, ...]
    speakers: tuple[str, ...]

    @classmethod
    def of(cls, predictions: pd.DataFrame) -> "Tally":
        """Count stored predictions (columns ``seed, speaker, emotion, p_<name>...``)."""
        k = len(EMOTIONS)
        probabilities = predictions[list(PROBABILITY_COLUMNS)].to_numpy()
        true = emotion_index(predictions)
        predicted = probabilities.argmax(axis=1)
        # Rank of the true emotion: how many others are more probable.
        rank = (probabilities > probabilities[np.arange(len(true)), true][:, None]).sum(axis=1)
        seed, seeds = pd.factorize(predictions["seed"], sort=True)
        speaker, speakers = pd.factorize(predictions["speaker"], sort=True)
        counts = np.zeros((len(seeds), len(speakers), k, k))
        np.add.at(counts, (seed, speaker, true, predicted), 1)
        top3 = np.zeros((len(seeds), len(speakers)))
        np.add.at(top3, (seed, speaker), rank < TOP_K)
        return cls(counts, top3, tuple(int(s) for s in seeds), tuple(str(s) for s in speakers))

    def resampled(self, *, n_resamples: int = N_RESAMPLES, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Counts [shape=(n_resamples, n_seeds, k, k)] and top-3 hits of speakers drawn with replacement."""
        n = len(self.speakers)
        weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=n_resamples)
        return np.einsum("rs,nsij->rnij", weights, self.counts, optimize=True), weights @ self.top3.T


def emotion_index(predictions: pd.DataFrame) -> np.ndarray:
    """Place in `EMOTIONS` of each row's emotion [shape=(n,)].

    Raises
    ------
    ConfigError
        If there is none of that name.
    """
    emotion = predictions["emotion"]
    codes = pd.Categorical(emotion, categories=list(EMOTIONS)).codes.astype(int)
    if (codes < 0).any():
        EMOTIONS.index(str(emotion.iloc[int((codes < 0).argmax())]))  # Says which there are.
    return codes


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """`part` / `whole`, 0 where `whole` is 0."""
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)


def _diagonal(counts: np.ndarray) -> np.ndarray:
    return np.diagonal(counts, axis1=-2, axis2=-1)


def recalls(counts: np.ndarray) -> np.ndarray:
    """Recall of each emotion [shape=(..., k)] from counts [shape=(..., k, k)]; NaN where it does not occur."""
    support = counts.sum(axis=-1)
    return np.where(support > 0, _ratio(_diagonal(counts), support), np.nan)


def uar(counts: np.ndarray) -> np.ndarray:
    """Unweighted average recall [shape=(...)] over the emotions that occur."""
    return np.nanmean(recalls(counts), axis=-1)


def accuracy(counts: np.ndarray) -> np.ndarray:
    """Share of clips that are right [shape=(...)]."""
    return _ratio(_diagonal(counts).sum(axis=-1), counts.sum(axis=(-2, -1)))


def f1(counts: np.ndarray) -> np.ndarray:
    """F1 of each emotion [shape=(..., k)]; NaN where it neither occurs nor is predicted."""
    both = counts.sum(axis=-1) + counts.sum(axis=-2)
    return np.where(both > 0, _ratio(2 * _diagonal(counts), both), np.nan)


def macro_f1(counts: np.ndarray) -> np.ndarray:
    """Mean F1 [shape=(...)] over the emotions that occur (scikit-learn's macro average over true labels)."""
    return np.nanmean(np.where(counts.sum(axis=-1) > 0, f1(counts), np.nan), axis=-1)


def interval(value: float, samples: np.ndarray) -> Interval:
    """A figure with the middle 95% of what a bootstrap drew; NaN where all of that is NaN."""
    tail = (1 - INTERVAL) / 2
    known = samples[~np.isnan(samples)]
    low, high = np.quantile(known, [tail, 1 - tail]) if len(known) else (np.nan, np.nan)
    return Interval(float(value), float(low), float(high))


def summarise(predictions: pd.DataFrame) -> Summary:
    """Headline scores of stored predictions; `predictions` holds one training size only."""
    return summary(Tally.of(predictions), n_test=predictions["clip_id"].nunique())


def summary(tally: Tally, *, n_test: int) -> Summary:
    """Headline scores of counted answers.

    Parameters
    ----------
    tally : Tally
        Counts; answers that are shared between emotions may count in parts. NaN in ``top3`` stays NaN: who gives one
        answer only has no three most probable.
    n_test : int
        Distinct test examples.
    """
    pooled = tally.counts.sum(axis=1)
    drawn, drawn_top3 = tally.resampled()
    scores = {
        name: interval(score(pooled).mean(), score(drawn).mean(axis=-1))
        for name, score in (("uar", uar), ("accuracy", accuracy), ("macro_f1", macro_f1))
    }
    top3 = _ratio(tally.top3.sum(axis=1), pooled.sum(axis=(-2, -1))).mean()
    return Summary(
        **scores,
        top3=interval(top3, _ratio(drawn_top3, drawn.sum(axis=(-2, -1))).mean(axis=-1)),
        uar_by_seed=dict(zip(tally.seeds, (float(value) for value in uar(pooled)), strict=True)),
        n_test=n_test,
        n_speakers=len(tally.speakers),
        chance=1 / int((pooled.sum(axis=(0, 2)) > 0).sum()),
    )


def confusion(predictions: pd.DataFrame) -> ConfusionMatrix:
    """Confusion matrix, mean over seeds, of the emotions that occur."""
    return confusion_of(Tally.of(predictions))


def confusion_of(tally: Tally) -> ConfusionMatrix:
    """Confusion matrix of counted answers, mean over seeds, of the emotions that occur."""
    counts = tally.counts.sum(axis=1).mean(axis=0)
    there = (counts.sum(axis=0) + counts.sum(axis=1)) > 0
    labels = tuple(name for name, is_there in zip(EMOTIONS, there, strict=True) if is_there)
    return ConfusionMatrix(counts[np.ix_(there, there)], labels)


def precisions(counts: np.ndarray) -> np.ndarray:
    """Precision of each emotion [shape=(..., k)] from counts [shape=(..., k, k)]; 0 where it is never predicted."""
    return _ratio(_diagonal(counts), counts.sum(axis=-2))


def per_emotion(predictions: pd.DataFrame) -> pd.DataFrame:
    """Scores of each emotion that occurs.

    Returns
    -------
    pd.DataFrame
        ``emotion``, then ``precision``, ``recall`` and ``f1``, each with the ends of its 95% interval by bootstrap
        over speakers (``<score>_low, <score>_high``), and ``support`` (clips, mean over seeds).
    """
    tally = Tally.of(predictions)
    pooled = tally.counts.sum(axis=1)
    drawn, _ = tally.resampled()
    scores = {"precision": precisions, "recall": recalls, "f1": f1}
    values = {name: score(pooled).mean(axis=0) for name, score in scores.items()}
    samples = {name: score(drawn).mean(axis=1) for name, score in scores.items()}
    support = pooled.sum(axis=-1).mean(axis=0)
    rows = []
    for i in np.flatnonzero(support):
        row = {"emotion": EMOTIONS.names[i]}
        for name in scores:
            found = interval(values[name][i], samples[name][:, i])
            row |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
        rows.append({**row, "support": round(float(support[i]))})
    return pd.DataFrame(rows)
