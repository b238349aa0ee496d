"""Batches of the family `multitask`: the changed images of the family `audioset`, with the targets of all tasks."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ser_core.models import _audioset_batches as audioset
from ser_core.models.base import Data
from ser_core.side_tasks import SIDE_TASKS

LEAST_LEVEL_SCALE = 0.01
"""Levels that are all alike must not become far apart in use."""


@dataclass(frozen=True)
class Units:
    """What levels and ratings are counted in: found on training clips, so that each lies about 0 by about 1.

    Attributes
    ----------
    places, scales : np.ndarray [shape=(n_side,)]
        Ratings minus `places`, divided by `scales`, are what the network answers; 0 and 1 for classes.
    level, level_scale : float
        Mean and standard deviation of the levels.
    """

    places: np.ndarray
    scales: np.ndarray
    level: float
    level_scale: float

    @classmethod
    def of(cls, data: Data, side_tasks: tuple[str, ...]) -> "Units":
        """The units of some training clips."""
        ratings = np.array([SIDE_TASKS[name].is_rating for name in side_tasks], dtype=bool)
        places, scales = np.zeros(len(side_tasks)), np.ones(len(side_tasks))
        if ratings.any():
            rated = columns(data, side_tasks)[:, ratings].astype(np.float64)
            places[ratings], scales[ratings] = np.nanmean(rated, axis=0), np.nanstd(rated, axis=0)
        level = data.x[:, -1, 0].astype(np.float64)
        return cls(places, scales, float(level.mean()), float(max(level.std(), LEAST_LEVEL_SCALE)))

    def levels(self, x: np.ndarray) -> np.ndarray:
        """Levels [shape=(n_clips, 1)], float32, of images with levels [shape=(n_clips, n_bands + 1, n_frames)]."""
        return ((x[:, -1, :1].astype(np.float64) - self.level) / self.level_scale).astype(np.float32)


class Batches(audioset.Batches):
    """Draws batches ``(images, levels, targets, known)``; the last two have a column for each emotion and side task.

    Parameters
    ----------
    data : Data
        Log-mel images with levels ``(n_clips, n_bands + 1, n_frames)``, and targets of side tasks.
    side_tasks : tuple of str
        Those that are learnt, in the order of `SIDE_TASKS`.
    units : Units
        What levels and ratings are counted in.
    config : dict
        Hyperparameters of the family.
    seed : int
        Decides order, crops and changes.
    """

    def __init__(
        self,
        data: Data,
        *,
        side_tasks: tuple[str, ...],
        units: Units,
        config: dict[str, Any],
        seed: int,
    ):
        # Mixed clips would have no one voice, whose sex could be told; voices come in any order.
        neither = {"mixup": 0.0, "voices_per_batch": 0, "lines": 0.0, "offset_db": 0.0}
        super().__init__(data, config={**config, **neither}, seed=seed)
        side = (columns(data, side_tasks) - units.places) / units.scales
        known = np.isfinite(side)
        self._targets = np.hstack([self._targets, np.where(known, side, 0.0)]).astype(np.float32)
        self._known = np.hstack([self._known, known])
        self._levels = units.levels(data.x)

    def _part(self, chosen: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        x, targets, known = super()._part(chosen, rng)
        return x, self._levels[chosen], targets, known


def columns(data: Data, side_tasks: tuple[str, ...]) -> np.ndarray:
    """The targets of some side tasks [shape=(n_clips, n_side)], NaN where unknown."""
    names = list(SIDE_TASKS)
    if data.side is None:
        return np.full((len(data), len(side_tasks)), np.nan, dtype=np.float32)
    return data.side[:, [names.index(name) for name in side_tasks]]


def learnable(data: Data) -> tuple[str, ...]:
    """The side tasks of which some clips show both classes, or more than one rating."""
    found = columns(data, tuple(SIDE_TASKS))
    return tuple(name for i, name in enumerate(SIDE_TASKS) if len(np.unique(found[np.isfinite(found[:, i]), i])) > 1)
