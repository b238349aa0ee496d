"""Grid search in folds that share no speaker: candidates, folds and the table of what each candidate reached."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from ser_core.errors import ConfigError
from ser_core.models.base import Data

Fold = tuple[np.ndarray, np.ndarray]
"""Positions to fit on and positions held out."""


def candidates(config: Mapping[str, Any], *, names: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Every combination of the hyperparameters that are given as lists, the last name changing fastest.

    Parameters
    ----------
    config : mapping
        Hyperparameters; a list holds the values to try, anything else is fixed.
    names : sequence of str, optional
        Search these only, of which one that is no list has one value to try; all that are lists unless given.

    Examples
    --------
    >>> candidates({"C": [1.0, 10.0], "bound": 5.0})
    [{'C': 1.0}, {'C': 10.0}]
    """
    if names is None:
        names = [name for name, value in config.items() if isinstance(value, (list, tuple))]
    values = [config[name] if isinstance(config[name], (list, tuple)) else [config[name]] for name in names]
    if empty := [name for name, tried in zip(names, values, strict=True) if not tried]:
        raise ConfigError(f"The grid search needs at least one value of {', '.join(empty)}, got none.")
    return [dict(zip(names, point, strict=True)) for point in product(*values)]


def grouped_folds(data: Data, *, n_folds: int, seed: int) -> list[Fold]:
    """Folds that keep each group together and the emotions in proportion.

    Parameters
    ----------
    data : Data
        Clips with their groups.
    n_folds : int
        Folds; fewer where there are fewer groups.
    seed : int
        Deals out the groups.

    Raises
    ------
    ConfigError
        With fewer than two groups or two emotions, no emotion with a clip for each fold, or an emotion that only one
        group shows.
    """
    n_groups, n_emotions = len(np.unique(data.group)), len(np.unique(data.y))
    if n_emotions < 2:
        raise ConfigError(f"The training clips show {n_emotions} emotion(s); a recogniser needs at least two.")
    if n_groups < 2:
        raise ConfigError(
            f"The training clips have {n_groups} speaker(s) or group(s); the grid search needs at least two to keep "
            f"them apart. Add speakers."
        )
    n_folds, most = min(n_folds, n_groups), int(np.bincount(data.y).max())
    if most < n_folds:
        fewer = f", or take fewer folds (--set n_folds={most})" if most > 1 else ""
        raise ConfigError(
            f"The grid search deals the training clips of each emotion out to {n_folds} folds; here no emotion has "
            f"more than {most}. Add clips of every emotion{fewer}."
        )
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    folds = [(a, b) for a, b in splitter.split(data.x, data.y, data.group) if len(b)]
    if any(len(np.unique(data.y[inner])) < n_emotions for inner, _ in folds):
        raise ConfigError(
            "Some emotion is shown by one speaker or group only; the grid search cannot hold it out. Add clips of every"
            " emotion by others."
        )
    return folds


def search_table(
    points: Sequence[dict[str, Any]], scores: np.ndarray, y: np.ndarray, folds: Sequence[Fold]
) -> list[dict[str, Any]]:
    """What each candidate reached on held-out clips, as a grid search of scikit-learn tells it.

    Parameters
    ----------
    points : sequence of dict
        The candidates.
    scores : np.ndarray [shape=(n_candidates, n_clips, n_labels)]
        Scores of every clip by models that were not fitted on its fold.
    y : np.ndarray [shape=(n_clips,)], int
        Labels.
    folds : sequence of Fold
        The folds.

    Returns
    -------
    list of dict
        The candidate's hyperparameters and ``uar`` (over all held-out clips), ``uar_fold_mean``, ``uar_fold_std`` (by
        fold) and ``rank`` (1 is best; equals share the lower number).
    """
    predicted = scores.argmax(axis=2)
    rows = []
    for point, answers in zip(points, predicted, strict=True):
        by_fold = [uar(y[held], answers[held]) for _, held in folds]
        rows.append(
            {
                **point,
                "uar": uar(y, answers),
                "uar_fold_mean": float(np.mean(by_fold)),
                "uar_fold_std": float(np.std(by_fold)),
            }
        )
    return [{**row, "rank": 1 + sum(other["uar"] > row["uar"] for other in rows)} for row in rows]


def first_best(table: Sequence[dict[str, Any]]) -> int:
    """Position of the first candidate of rank 1: grids go from the smoother model to the more flexible one."""
    return next(i for i, row in enumerate(table) if row["rank"] == 1)


def uar(y: np.ndarray, predicted: np.ndarray) -> float:
    """Mean recall over the emotions that occur in `y`."""
    return float(np.mean([(predicted[y == label] == label).mean() for label in np.unique(y)]))
