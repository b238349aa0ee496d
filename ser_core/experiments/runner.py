"""Running an experiment: every fold, seed and training size into a run folder, going on after a stop."""

import json
import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from ser_core import models, settings
from ser_core.corpora.tables import write_table
from ser_core.errors import ConfigError, RunError
from ser_core.evaluation import protocols
from ser_core.evaluation.protocols import Split
from ser_core.experiments import store
from ser_core.experiments.config import ExperimentConfig
from ser_core.experiments.examples import load, prepare, training_copies
from ser_core.experiments.leftovers import are_joined, keys, require_free, sweep
from ser_core.experiments.splits import splits_of
from ser_core.experiments.training import Job, train
from ser_core.features import spec_from_dict
from ser_core.files import read_parquet, remove_folder
from ser_core.models import Data
from ser_core.progress import CancelCallback, Meter, ProgressCallback, check_cancel

_PARTS = "parts"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+~._-]*")
#: How often to look whether trainings of other processes have ended, seconds.
_WAIT_S = 1.0


def run_experiment(
    config: ExperimentConfig,
    *,
    folder: Path | str | None = None,
    name: str | None = None,
    root: Path | str | None = None,
    overwrite: bool = False,
    keep_models: bool = False,
    progress: ProgressCallback | None = None,
    within: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> store.Run:
    """Run `config` and store it; what is finished is not run again.

    Each training is written as it ends, so that a run that was stopped at any moment goes on with the next one and
    ends with the same results. A run of fewer seeds or training sizes is extended by what it lacks. Several processes
    that run the same experiment share its trainings, and all return when the run is finished.

    Parameters
    ----------
    config : ExperimentConfig
        What to run.
    folder : Path or str, optional
        Folder of the run folders; that of the settings unless given.
    name : str, optional
        Of the run folder; `ExperimentConfig.id` unless given.
    root : Path or str, optional
        Data root; that of the settings unless given.
    overwrite : bool
        Start over when the folder holds a run of another configuration.
    keep_models : bool
        Keep the model of each training on all clips under ``models`` in the run folder, as ONNX.
    progress, cancel : callable, optional
        See `ser_core.progress`; counts trainings.
    within : callable, optional
        As `progress`, of the training at hand: counts epochs, candidates or what else the family tells.

    Returns
    -------
    Run
        The finished run.

    Raises
    ------
    RunError
        If the folder holds a run of another configuration, or another process is at work in it on that.
    CorpusNotFoundError
        If the corpus is not on this machine.
    CancelledError
        If `cancel` answered true; what was trained is kept.
    """
    name = config.id if name is None else name
    require_name(name)
    place = (Path(folder) if folder is not None else settings.runs_dir()) / name
    place.parent.mkdir(parents=True, exist_ok=True)
    # Held for moments only, each training has a lock of its own.
    lock = FileLock(place.with_name(f"{name}.lock"))
    with lock:
        if _claim(place, config, overwrite=overwrite):
            return store.Run(place)
    protocol = protocols.get(config.protocol)
    family = models.get(config.model)
    pool, data = prepare(
        load(config, root=root),
        protocol,
        spec_from_dict(config.features),
        speaker_calibration=config.speaker_calibration and not family.adapts,
        precision=family.precision,
        side=bool(family.side_tasks),
        root=root,
        progress=progress,
        cancel=cancel,
    )
    splits = splits_of(config, pool, root=root)
    copies = training_copies(
        pool,
        data,
        spec_from_dict(config.features),
        augmentation=config.augmentation,
        speaker_calibration=config.speaker_calibration and not family.adapts,
        root=root,
        progress=progress,
        cancel=cancel,
    )
    jobs = [Job(seed, split, fraction) for seed, fraction in config.trainings for split in splits[seed]]
    first = config.seeds[0]
    jobs += [_of_speakers(first, split, count, data) for count in config.speaker_counts for split in splits[first]]
    meter = Meter(
        progress, total=len(jobs), unit="trainings", message=name, cancel=cancel, done=len(_done(place, jobs))
    )
    options = {"family": family, "config": config, "pool": pool, "data": data, "copies": copies, "cancel": cancel}
    options["progress"] = within
    options["models"] = place / "models" if keep_models else None
    while waiting := [job for job in jobs if job not in _done(place, jobs)]:
        if not any(_try(job, place, meter, options) for job in waiting):
            # All that is left is in the hands of other processes.
            check_cancel(cancel)
            time.sleep(_WAIT_S)
    with lock:
        if not _is_of(place, config):
            _finish(place, config, jobs, pool, splits)
    return store.Run(place)


def require_name(name: str) -> None:
    """That a run or model folder may be called so: the name leads nowhere else.

    Raises
    ------
    ConfigError
        If not.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"The name of a run or model holds letters, digits and + - _ . ~ after a letter or digit, got {name!r}."
        )


def _claim(place: Path, config: ExperimentConfig, *, overwrite: bool) -> bool:
    """Whether the run is finished already; else its folder is made ready for it."""
    sweep(place)
    stored = store.read_config(place)
    if place.exists() and (stored is None or not config.extends(stored)):
        if not overwrite:
            raise RunError(
                f"{place.name} holds a run of another configuration; choose another folder or name, or pass "
                "--overwrite to replace it."
            )
        require_free(place / _PARTS)
        remove_folder(place)
    if _is_of(place, config):
        # A join that was stopped at its very end.
        if are_joined(place / _PARTS):
            remove_folder(place / _PARTS)
        return True
    # The configuration of a finished run stays until its tables hold more.
    if not store.is_finished(place):
        store.write_config(place, config)
    return False


def _is_of(place: Path, config: ExperimentConfig) -> bool:
    """Whether `place` holds a finished run of `config`."""
    stored = store.read_config(place)
    return store.is_finished(place) and stored is not None and stored.hash == config.hash


def _done(place: Path, jobs: list[Job]) -> list[Job]:
    """The jobs whose results stand, in parts or in the tables."""
    finished = set(keys(store.Run(place).trainings)) if store.is_finished(place) else set()
    return [job for job in jobs if _key(job) in finished or _note(place, job).is_file()]


def _of_speakers(seed: int, split: Split, n_speakers: int, data: Data) -> Job:
    """A training on some speakers; its share of all of them tells it from those on all."""
    n_all = len(np.unique(data.voice[np.concatenate([split.train, split.validation])]))
    return Job(seed, split, round(n_speakers / n_all, 4), n_speakers)


def _key(job: Job) -> tuple[int, int, float, int]:
    return job.seed, job.split.fold, job.fraction, job.n_speakers


def _note(place: Path, job: Job) -> Path:
    return place / _PARTS / f"{job.name}.json"


def _try(job: Job, place: Path, meter: Meter, options: dict) -> bool:
    """Whether this process was the one to do `job`."""
    parts = place / _PARTS
    parts.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(parts / f"{job.name}.lock", timeout=0):
            if _done(place, [job]):
                return False
            train(job, parts=parts, **options)
    except Timeout:
        return False
    meter.add()
    return True


def _finish(
    place: Path, config: ExperimentConfig, jobs: list[Job], pool: pd.DataFrame, splits: dict[int, list[Split]]
) -> None:
    """Join the parts into the tables of a finished run; the parts go once all tables stand.

    Tables that are there already keep what no part replaces: a run may be extended, and a stop in here repeats it.
    """
    new = [job for job in jobs if _note(place, job).is_file()]
    notes = [json.loads(_note(place, job).read_text(encoding="utf-8")) for job in new]
    parts = place / _PARTS
    tables = {
        "predictions": [read_parquet(parts / f"{job.name}.parquet") for job in new],
        "validation": [read_parquet(parts / f"{job.name}-validation.parquet") for job in new if job.fraction == 1.0],
        "history": [pd.DataFrame([row for note in notes for row in note["history"]])],
        "trainings": [pd.DataFrame([note["training"] for note in notes])],
    }
    # Families without side tasks, and corpora that could teach none, leave no such parts.
    if side := [file for job in new if (file := parts / f"{job.name}-side.parquet").is_file()]:
        tables["side"] = [read_parquet(file) for file in side]
    order = {_key(job): i for i, job in enumerate(jobs)}
    write_table(_roles(pool, splits), place / "splits.parquet")
    for name, found in tables.items():
        write_table(_joined(place / f"{name}.parquet", found, order), place / f"{name}.parquet")
    store.write_environment(place)
    store.write_config(place, config)
    remove_folder(parts)


def _joined(file: Path, found: list[pd.DataFrame], order: dict[tuple, int]) -> pd.DataFrame:
    """The rows of `file` whose trainings were not done again, and those of `found`, in the order of the trainings."""
    found = [part for part in found if len(part)]
    if file.is_file():
        old = read_parquet(file)
        again = {key for part in found for key in keys(part)}
        # Rows that nobody asks for are of an extension that was stopped while it joined.
        found.append(old[np.array([key in order and key not in again for key in keys(old)], dtype=bool)])
    if not found:
        return pd.DataFrame(columns=list(store.HISTORY_COLUMNS))
    for part in found:
        for name in part.columns.intersection(store.CATEGORIES):
            part[name] = part[name].astype(str)
    table = pd.concat(found, ignore_index=True)
    if "n_speakers" in table:
        table["n_speakers"] = table["n_speakers"].fillna(0).astype(int)
    place = [order[key] for key in keys(table)]
    table = table.iloc[pd.Series(place).argsort(kind="stable")].reset_index(drop=True)
    return table.astype(dict.fromkeys(table.columns.intersection(store.CATEGORIES), "category"))


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
