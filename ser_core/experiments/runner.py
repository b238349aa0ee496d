"""Running an experiment: every fold, seed and training size into a run folder, going on after a stop."""

import json
import shutil
import time
from pathlib import Path

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from ser_core import models, settings
from ser_core.corpora.tables import write_table
from ser_core.errors import RunError
from ser_core.evaluation import PROBABILITY_COLUMNS, protocols
from ser_core.evaluation.protocols import Split
from ser_core.evaluation.speakers import voices
from ser_core.experiments import store
from ser_core.experiments.config import ExperimentConfig
from ser_core.experiments.examples import load, prepare, subset
from ser_core.features import spec_from_dict
from ser_core.files import write_json
from ser_core.labels import EMOTIONS
from ser_core.models import Data, Family, Fitted
from ser_core.progress import CancelCallback, Meter, ProgressCallback

_PARTS = "parts"


def run_experiment(
    config: ExperimentConfig,
    *,
    folder: Path | str | None = None,
    root: Path | str | None = None,
    overwrite: bool = False,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> store.Run:
    """Run `config` and store it; what is finished is not run again.

    Each training is written as it ends, so that a run that was stopped at any moment goes on with the next one and
    ends with the same results.

    Parameters
    ----------
    config : ExperimentConfig
        What to run.
    folder : Path or str, optional
        Folder of the run folders; that of the settings unless given.
    root : Path or str, optional
        Data root; that of the settings unless given.
    overwrite : bool
        Start over when the folder holds a run of another configuration.
    progress, cancel : callable, optional
        See `ser_core.progress`; counts trainings.

    Returns
    -------
    Run
        The finished run.

    Raises
    ------
    RunError
        If the folder holds a run of another configuration, or another process is at work in it.
    CorpusNotFoundError
        If the corpus is not on this machine.
    CancelledError
        If `cancel` answered true; what was trained is kept.
    """
    place = (Path(folder) if folder is not None else settings.runs_dir()) / config.id
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(place.with_suffix(".lock"), timeout=0):
            return _run(config, place, root=root, overwrite=overwrite, progress=progress, cancel=cancel)
    except Timeout:
        raise RunError(f"Another process is at work on {config.id}; wait for it or stop it.") from None


def _run(config, place, *, root, overwrite, progress, cancel) -> store.Run:
    stored = store.read_config(place)
    if place.exists() and (stored is None or stored.hash != config.hash):
        if not overwrite:
            raise RunError(
                f"{config.id} holds a run of another configuration; choose another folder or pass --overwrite to "
                "replace it."
            )
        shutil.rmtree(place)
    if store.is_finished(place):
        return store.Run(place)
    store.write_config(place, config)

    manifest = load(config, root=root)
    protocol = protocols.get(config.protocol)
    family = models.get(config.model)
    pool, data = prepare(
        manifest,
        protocol,
        spec_from_dict(config.features),
        speaker_calibration=config.speaker_calibration and not family.adapts,
        root=root,
        progress=progress,
        cancel=cancel,
    )
    splits = {seed: list(protocol.splits(pool, seed=seed)) for seed in config.seeds}
    jobs = [(seed, split, fraction) for seed, fraction in config.trainings for split in splits[seed]]
    parts = place / _PARTS
    done = sum(_part(parts, job).with_suffix(".json").is_file() for job in jobs)
    meter = Meter(progress, total=len(jobs), unit="trainings", message=config.id, cancel=cancel, done=done)
    for job in jobs:
        if _part(parts, job).with_suffix(".json").is_file():
            continue
        _train(family, config, pool, data, job, parts, cancel=cancel)
        meter.add()
    _finish(place, jobs, pool, splits)
    return store.Run(place)


def _part(parts: Path, job: tuple[int, Split, float]) -> Path:
    seed, split, fraction = job
    return parts / f"seed{seed}-fold{split.fold}-of{fraction:g}.x"


def _train(family: Family, config: ExperimentConfig, pool: pd.DataFrame, data: Data, job, parts: Path, *, cancel):
    """One training: fit, predict the test clips, write both."""
    seed, split, fraction = job
    train = data.take(subset(data, split.train, fraction, seed=seed))
    validation = data.take(subset(data, split.validation, fraction, seed=seed))
    start = time.perf_counter()
    fitted = family.fit(train, validation, config=config.hyperparameters, seed=seed * 1000 + split.fold, cancel=cancel)
    seconds = time.perf_counter() - start
    adapt = config.speaker_calibration and family.adapts
    keys = {"seed": seed, "fold": split.fold, "fraction": fraction}
    training = {
        **keys,
        "n_train": len(train),
        "n_validation": len(validation),
        "n_test": len(split.test),
        "seconds": round(seconds, 2),
        "train_uar": _uar(_probabilities(fitted, train, adapt=adapt), train.y),
        "validation_uar": _uar(_probabilities(fitted, validation, adapt=adapt), validation.y),
        "info": json.dumps(fitted.info),
    }
    clips = pool.assign(speaker=voices(pool)).iloc[split.test]
    probabilities = _probabilities(fitted, data.take(split.test), adapt=adapt)
    predictions = pd.DataFrame(probabilities.astype(np.float32), columns=list(PROBABILITY_COLUMNS))
    for i, name in enumerate(("clip_id", "speaker", "emotion")):
        predictions.insert(i, name, clips[name].astype(str).to_numpy())
    for i, (name, value) in enumerate(keys.items()):
        predictions.insert(i, name, value)
    part = _part(parts, job)
    write_table(predictions, part.with_suffix(".parquet"))
    # Written last: its presence says that the training is whole.
    write_json(
        part.with_suffix(".json"), {"training": training, "history": [{**keys, **row} for row in fitted.history]}
    )


def _probabilities(fitted: Fitted, data: Data, *, adapt: bool) -> np.ndarray:
    """Probabilities of `data` [shape=(n_clips, 8)], adapted to each voice by its own unlabelled clips if asked."""
    if not adapt:
        return fitted.predict_proba(data.x)
    probabilities = np.empty((len(data), len(EMOTIONS)))
    for voice in np.unique(data.voice):
        clips = data.voice == voice
        probabilities[clips] = fitted.adapted(data.x[clips]).predict_proba(data.x[clips])
    return probabilities


def _uar(probabilities: np.ndarray, y: np.ndarray) -> float:
    """Unweighted average recall over the emotions that occur in `y`."""
    right = probabilities.argmax(axis=1) == y
    return float(np.mean([right[y == label].mean() for label in np.unique(y)]))


def _finish(place: Path, jobs: list, pool: pd.DataFrame, splits: dict[int, list[Split]]) -> None:
    """Join the parts into the tables of a finished run; the parts go once all tables stand."""
    parts = [_part(place / _PARTS, job) for job in jobs]
    notes = [json.loads(part.with_suffix(".json").read_text(encoding="utf-8")) for part in parts]
    predictions = pd.concat([pd.read_parquet(part.with_suffix(".parquet")) for part in parts], ignore_index=True)
    for name in ("clip_id", "speaker", "emotion"):
        predictions[name] = predictions[name].astype("category")
    history = [row for note in notes for row in note["history"]]
    tables = {
        "predictions": predictions,
        "trainings": pd.DataFrame([note["training"] for note in notes]),
        "history": pd.DataFrame(history) if history else pd.DataFrame(columns=list(store.HISTORY_COLUMNS)),
        "splits": _roles(pool, splits),
    }
    for name, table in tables.items():
        write_table(table, place / f"{name}.parquet")
    store.write_environment(place)
    shutil.rmtree(place / _PARTS)


def _roles(pool: pd.DataFrame, splits: dict[int, list[Split]]) -> pd.DataFrame:
    """``seed, fold, clip_id, role`` of every example in every split."""
    clip_id = pool["clip_id"].astype(str).to_numpy()
    rows = [
        pd.DataFrame({"seed": seed, "fold": split.fold, "clip_id": clip_id[index], "role": role})
        for seed, folds in splits.items()
        for split in folds
        for role, index in (("train", split.train), ("validation", split.validation), ("test", split.test))
    ]
    table = pd.concat(rows, ignore_index=True)
    return table.astype({"clip_id": "category", "role": "category"})
