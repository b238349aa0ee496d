"""Scores of what a model tells besides emotions: recall and accuracy of classes, agreement and error of ratings.

As for emotions, speakers are drawn again for the intervals, and a score over several seeds is the mean over the seeds.
"""

import numpy as np
import pandas as pd

from ser_core.evaluation.metrics import N_RESAMPLES, accuracy, interval, uar
from ser_core.side_tasks import SIDE_TASKS

SCORES = {
    "uar": "Average recall (UAR)",
    "accuracy": "Accuracy",
    "ccc": "Concordance correlation (CCC)",
    "rmse": "Root mean square error",
}
"""Name -> title. The first two are of classes, the others of ratings."""
HEADLINES = ("uar", "ccc")
"""The score that stands for a task."""
COLUMNS = ("task", "score", "value", "low", "high", "chance", "clips", "speakers")


def summarise(table: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Scores of each side task over the clips whose answer is known.

    Parameters
    ----------
    table : pd.DataFrame
        ``seed, clip_id, speaker, task, truth, value``, see `ser_core.experiments.store.Run.side`.
    seed : int
        Of the bootstrap.

    Returns
    -------
    pd.DataFrame
        `COLUMNS`, in the order of `SIDE_TASKS`: UAR and accuracy of classes, CCC and RMSE of ratings; the ends of the
        95% interval, NaN with one speaker; `chance`, what guessing gives (one over the number of classes that occur,
        a CCC of 0, and the RMSE of answering the mean); distinct clips and speakers with a known answer.
    """
    known = table[np.isfinite(table["truth"].to_numpy())]
    rows = []
    for name, task in SIDE_TASKS.items():
        of_task = known[known["task"].astype(str) == name]
        if not len(of_task):
            continue
        counted = _sums(of_task) if task.is_rating else _counts(of_task)
        n = counted.shape[1]
        weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=N_RESAMPLES)
        pooled, drawn = counted.sum(axis=1), np.tensordot(weights, counted, axes=(1, 1))
        about = {"clips": of_task["clip_id"].nunique(), "speakers": n}
        for score, function, chance in _of(task.is_rating, pooled):
            found = interval(function(pooled).mean(), function(drawn).mean(axis=1))
            low, high = (found.low, found.high) if n > 1 else (np.nan, np.nan)
            rows.append(
                {
                    "task": name,
                    "score": score,
                    "value": found.value,
                    "low": low,
                    "high": high,
                    "chance": chance,
                    **about,
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _of(is_rating: bool, pooled: np.ndarray) -> list[tuple]:
    """Scores of a task: name, function of what was counted, what guessing gives."""
    if is_rating:
        moments = _moments(pooled)
        return [("ccc", ccc, 0.0), ("rmse", rmse, float(np.sqrt(moments["truth_variance"]).mean()))]
    occur = pooled.sum(axis=(0, 2)) > 0
    most = float((pooled.sum(axis=2).max(axis=1) / pooled.sum(axis=(1, 2))).mean())
    return [("uar", uar, 1 / int(occur.sum())), ("accuracy", accuracy, most)]


def _counts(table: pd.DataFrame) -> np.ndarray:
    """Clips by seed, speaker, true and answered class [shape=(n_seeds, n_speakers, 2, 2)]."""
    seed, speaker, shape = _places(table)
    counts = np.zeros((*shape, 2, 2))
    truth, answer = table["truth"].to_numpy() > 0.5, table["value"].to_numpy() > 0.5
    np.add.at(counts, (seed, speaker, truth.astype(int), answer.astype(int)), 1)
    return counts


def _sums(table: pd.DataFrame) -> np.ndarray:
    """Number and sums by seed and speaker [shape=(n_seeds, n_speakers, 6)]: 1, t, v, t², v², tv."""
    seed, speaker, shape = _places(table)
    t, v = (table[name].to_numpy(dtype=np.float64) for name in ("truth", "value"))
    sums = np.zeros((*shape, 6))
    np.add.at(sums, (seed, speaker), np.stack([np.ones_like(t), t, v, t * t, v * v, t * v], axis=1))
    return sums


def _places(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    seed, seeds = pd.factorize(table["seed"], sort=True)
    speaker, speakers = pd.factorize(table["speaker"].astype(str), sort=True)
    return seed, speaker, (len(seeds), len(speakers))


def _moments(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Means, variances and covariance (over n) of sums as in `_sums` [shape=(..., 6)]."""
    n, t, v, tt, vv, tv = np.moveaxis(sums, -1, 0)
    n = np.maximum(n, 1.0)
    t, v = t / n, v / n
    return {
        "truth": t,
        "value": v,
        "truth_variance": np.maximum(tt / n - t * t, 0.0),
        "value_variance": np.maximum(vv / n - v * v, 0.0),
        "covariance": tv / n - t * v,
    }


def ccc(sums: np.ndarray) -> np.ndarray:
    """Concordance correlation coefficient [shape=(...)]: 1 where answers are the truth, 0 where they follow nothing.

    Lin, "A concordance correlation coefficient to evaluate reproducibility", Biometrics 45, 1989. NaN where neither
    truth nor answers vary and both are the same.

    Parameters
    ----------
    sums : np.ndarray [shape=(..., 6)]
        Number of clips, then sums of t, v, t², v² and tv over them, t the truth and v the answer.
    """
    moments = _moments(sums)
    apart = moments["truth_variance"] + moments["value_variance"] + (moments["truth"] - moments["value"]) ** 2
    return np.divide(2 * moments["covariance"], apart, out=np.full(apart.shape, np.nan), where=apart > 0)


def rmse(sums: np.ndarray) -> np.ndarray:
    """Root mean square error [shape=(...)], in the unit of the ratings; sums as for `ccc`."""
    n, _, _, tt, vv, tv = np.moveaxis(sums, -1, 0)
    return np.sqrt(np.maximum((tt + vv - 2 * tv) / np.maximum(n, 1.0), 0.0))
