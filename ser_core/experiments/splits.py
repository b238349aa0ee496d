"""Who trains, validates and tests in an experiment: its protocol's folds, perhaps drawn together with other corpora."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ser_core.errors import ConfigError
from ser_core.evaluation import protocols
from ser_core.evaluation.protocols import Split
from ser_core.experiments.config import ExperimentConfig
from ser_core.experiments.examples import load
from ser_core.labels import EMOTIONS


def splits_of(
    config: ExperimentConfig, pool: pd.DataFrame, *, root: Path | str | None = None
) -> dict[int, list[Split]]:
    """The folds of an experiment by its seeds, as positions in its pool.

    Where it is split with further corpora, the folds are those of all corpora together, less the clips of the others;
    folds that then test nothing are left out and the rest keep their numbers.

    Parameters
    ----------
    config : ExperimentConfig
        The experiment.
    pool : pd.DataFrame
        Its examples, see `ser_core.experiments.examples.prepare`.
    root : Path or str, optional
        Data root; that of the settings unless given.

    Raises
    ------
    ConfigError
        If nobody of the corpus validates in a fold: small corpora give no speakers where there are others.
    CorpusNotFoundError
        If a corpus that it is split with is not known on this machine.
    """
    protocol = protocols.get(config.protocol)
    if not config.split_with:
        return {seed: list(protocol.splits(pool, seed=seed)) for seed in config.seeds}
    # The same clips in the same order as a run on all corpora has them: what is drawn by lot depends on both.
    together = load(replace(config, corpus=(*config.corpora, *config.split_with), split_with=()), root=root)
    together = protocol.pool(together[together["emotion"].isin(list(EMOTIONS))].reset_index(drop=True))
    place = pd.Index(pool["clip_id"].astype(str)).get_indexer(together["clip_id"].astype(str))
    return {seed: _among(protocol.splits(together, seed=seed), place, config) for seed in config.seeds}


def _among(splits: Iterable[Split], place: np.ndarray, config: ExperimentConfig) -> list[Split]:
    """Folds of several corpora as those of the experiment's own clips, whose positions `place` holds (-1: no such)."""
    folds = []
    for split in splits:
        found = [place[index] for index in (split.train, split.validation, split.test)]
        folds.append(Split(split.fold, *(np.sort(index[index >= 0]) for index in found)))
    folds = [split for split in folds if len(split.test)]
    if lacking := [str(split.fold) for split in folds if not len(split.validation)]:
        raise ConfigError(
            f"Split with {', '.join(config.split_with)}, no speaker of {', '.join(config.corpora)} validates in fold "
            f"{', '.join(lacking)}: corpora of ten speakers or fewer give none where there are others. Leave it out."
        )
    return folds
