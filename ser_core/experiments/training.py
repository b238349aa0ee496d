"""One training of an experiment: fit, predict the clips held out, write what it found."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ser_core.corpora.tables import write_table
from ser_core.evaluation import PROBABILITY_COLUMNS
from ser_core.evaluation.protocols import Split
from ser_core.evaluation.speakers import voices
from ser_core.experiments.config import ExperimentConfig
from ser_core.experiments.examples import of_speakers, subset
from ser_core.files import write_bytes, write_json
from ser_core.labels import EMOTIONS
from ser_core.models import Data, Family, Fitted
from ser_core.progress import CancelCallback, ProgressCallback
from ser_core.side_tasks import SIDE_TASKS


@dataclass(frozen=True, eq=False)
class Job:
    """A training that is to be done.

    Attributes
    ----------
    seed : int
        Of the training and of the split.
    split : Split
        Who is in training, validation and test.
    fraction : float
        Share of the training and validation clips, or speakers, that it gets.
    n_speakers : int
        Speakers whose clips it gets, of training and validation together; 0 for all.
    """

    seed: int
    split: Split
    fraction: float
    n_speakers: int = 0

    @property
    def key(self) -> dict[str, Any]:
        """What tells it from the others of a run."""
        key = {"seed": self.seed, "fold": self.split.fold, "fraction": self.fraction}
        return {**key, "n_speakers": self.n_speakers} if self.n_speakers else key

    @property
    def name(self) -> str:
        """The same as a file name."""
        few = f"-speakers{self.n_speakers}" if self.n_speakers else ""
        return f"seed{self.seed}-fold{self.split.fold}-of{self.fraction:g}{few}"


def train(
    job: Job,
    *,
    family: Family,
    config: ExperimentConfig,
    pool: pd.DataFrame,
    data: Data,
    copies: Sequence[Data] = (),
    parts: Path,
    models: Path | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> None:
    """Do one training and write its results into `parts`; one that was stopped goes on where its family can.

    Parameters
    ----------
    job : Job
        Which.
    family, config, pool, data
        What to train and on which examples.
    copies : sequence of Data
        Changed copies of all examples, see `ser_core.experiments.examples.training_copies`; those of training clips
        train as well.
    parts : Path
        Folder for ``<job>.parquet`` (test clips), ``<job>-validation.parquet``, of families with side tasks
        ``<job>-side.parquet`` and, last, ``<job>.json``.
    models : Path, optional
        Folder that the model is kept in as ONNX.
    progress, cancel : callable, optional
        See `ser_core.progress`; what is counted is up to the family.
    """
    learnt, held = _chosen(job, data)
    train_data, validation = data.take(learnt), data.take(held)
    options = {"checkpoint": parts / f"{job.name}.npz"} if family.resumes else {}
    start = time.perf_counter()
    fitted = family.fit(
        reduce(Data.join, [copy.take(learnt) for copy in copies], train_data),
        validation,
        config=config.hyperparameters,
        seed=job.seed * 1000 + job.split.fold,
        progress=progress,
        cancel=cancel,
        **options,
    )
    seconds = time.perf_counter() - start
    adapt = config.speaker_calibration and family.adapts
    found = fitted.held_out if fitted.held_out is not None else probabilities(fitted, validation, adapt=adapt)
    training = {
        **job.key,
        "n_train": len(train_data),
        "n_validation": len(validation),
        "n_test": len(job.split.test),
        "seconds": round(seconds, 2),
        "train_uar": mean_recall(probabilities(fitted, train_data, adapt=adapt), train_data.y),
        "validation_uar": mean_recall(found, validation.y),
        "info": json.dumps(fitted.info),
    }
    if job.fraction == 1.0:
        write_table(_rows(job, pool, held, found), parts / f"{job.name}-validation.parquet")
        if models is not None:
            write_bytes(models / f"seed{job.seed}-fold{job.split.fold}.onnx", fitted.to_onnx())
    of_test = probabilities(fitted, data.take(job.split.test), adapt=adapt)
    write_table(_rows(job, pool, job.split.test, of_test), parts / f"{job.name}.parquet")
    if job.fraction == 1.0 and (side := fitted.predict_side(data.x[job.split.test])):
        write_table(_side_rows(job, pool, data, side), parts / f"{job.name}-side.parquet")
    # Written last: its presence says that the training is whole.
    history = [{**job.key, **row} for row in fitted.history]
    write_json(parts / f"{job.name}.json", {"training": training, "history": history})


def _chosen(job: Job, data: Data) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the clips that train and validate: all of the split, or as many as the job gets."""
    if job.n_speakers:
        return of_speakers(data, job.split, job.n_speakers, seed=job.seed)
    train, validation = (
        subset(data, index, job.fraction, seed=job.seed) for index in (job.split.train, job.split.validation)
    )
    return train, validation


def probabilities(fitted: Fitted, data: Data, *, adapt: bool) -> np.ndarray:
    """Probabilities of `data` [shape=(n_clips, 8)], adapted to each voice by its own unlabelled clips if asked."""
    if not adapt:
        return fitted.predict_proba(data.x)
    found = np.empty((len(data), len(EMOTIONS)))
    for voice in np.unique(data.voice):
        clips = data.voice == voice
        found[clips] = fitted.adapted(data.x[clips]).predict_proba(data.x[clips])
    return found


def _rows(job: Job, pool: pd.DataFrame, index: np.ndarray, found: np.ndarray) -> pd.DataFrame:
    """Predictions of the examples at `index` as they are stored; with the corpus where there are several."""
    clips = pool.assign(speaker=voices(pool)).iloc[index]
    names = ["clip_id", "speaker", "emotion"] + ["corpus"] * (pool["corpus"].nunique() > 1)
    told = {name: clips[name].astype(str).to_numpy() for name in names}
    columns = dict(zip(PROBABILITY_COLUMNS, found.astype(np.float32).T, strict=True))
    return pd.DataFrame({**{name: np.full(len(clips), value) for name, value in job.key.items()}, **told, **columns})


def _side_rows(job: Job, pool: pd.DataFrame, data: Data, found: dict[str, np.ndarray]) -> pd.DataFrame:
    """What was told of the test clips besides their emotions, one row for each clip and side task."""
    index = job.split.test
    clips = pool.assign(speaker=voices(pool)).iloc[index]
    told = pd.DataFrame({name: clips[name].astype(str).to_numpy() for name in ("clip_id", "speaker")}).assign(**job.key)
    truths = dict(zip(SIDE_TASKS, data.side[index].T, strict=True))
    rows = [
        told.assign(task=task, truth=truths[task], value=values.astype(np.float32)) for task, values in found.items()
    ]
    return pd.concat(rows, ignore_index=True)[[*job.key, "clip_id", "speaker", "task", "truth", "value"]]


def mean_recall(found: np.ndarray, y: np.ndarray) -> float:
    """Unweighted average recall of probabilities [shape=(n_clips, 8)] over the emotions that occur in `y`."""
    right = found.argmax(axis=1) == y
    return float(np.mean([right[y == label].mean() for label in np.unique(y)]))
