"""What every protocol offers: a pool of examples, and the folds over it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from ser_core.errors import ConfigError

#: Share of the clips that `random` keeps for validation: as many as two of RAVDESS's 24 speakers have.
RANDOM_VALIDATION = 1 / 12


@dataclass(frozen=True)
class Split:
    """One fold as positions in the pool; the three never overlap.

    Attributes
    ----------
    fold : int
        Number of the fold, from 0.
    train, validation, test : np.ndarray of int
        Positions in the pool.
    """

    fold: int
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


class Protocol(ABC):
    """How a recogniser is put to the test."""

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    #: What of the test set is known to the training: nothing, "speakers", "clips".
    leaks: ClassVar[tuple[str, ...]] = ()
    #: Whether feature scaling looks at the whole pool, test clips included.
    scales_on_all: ClassVar[bool] = False
    #: Augmented copies that join the pool before the split.
    copies: ClassVar[tuple[str, ...]] = ()

    def pool(self, manifest: pd.DataFrame) -> pd.DataFrame:
        """The examples to split: `manifest` with columns ``augmentation`` (NA: the clip itself) and ``group``."""
        return manifest.assign(augmentation=pd.NA, group=self.groups(manifest)).reset_index(drop=True)

    def groups(self, clips: pd.DataFrame) -> pd.Series:
        """What an inner split keeps together: here, each clip by itself."""
        return clips["clip_id"]

    @abstractmethod
    def splits(self, pool: pd.DataFrame, *, seed: int) -> Iterator[Split]:
        """The folds over `pool`."""


def stratified_two(
    index: np.ndarray, emotion: np.ndarray, *, n_second: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """`index` in two parts, the second of `n_second`, each with the emotions in proportion.

    Raises
    ------
    ConfigError
        If there are too few clips for each emotion to stand in both parts.
    """
    from sklearn.model_selection import train_test_split

    counts = pd.Series(emotion[index]).value_counts()
    smaller = min(n_second, len(index) - n_second)
    if smaller < len(counts) or counts.min() < 2:
        raise ConfigError(
            f"{len(index)} clips of {len(counts)} emotions are too few for a random split: the smaller part would have "
            f"{smaller} clips and needs one of each emotion, and of the rarest emotion, {counts.idxmin()}, there are "
            f"{counts.min()} of at least 2. Add clips of every emotion."
        )
    first, second = train_test_split(index, test_size=n_second, stratify=emotion[index], random_state=seed)
    return np.sort(first), np.sort(second)
