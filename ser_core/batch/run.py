"""Judging many files: in parallel, here or on a cluster, and a stopped run goes on where it was."""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ser_core.batch.table import as_table
from ser_core.batch.tasks import Task, judge, kept_version
from ser_core.errors import WorkerError
from ser_core.progress import CancelCallback, Meter, ProgressCallback
from ser_core.workers import CONTEXT, begin

if TYPE_CHECKING:
    import pandas as pd

    from ser_core.serving import Predictor

# Below this many clips, starting processes costs more than it saves.
_MIN_PARALLEL = 64


def predict_all(
    tasks: Sequence[Task],
    model: Path,
    out: Path,
    *,
    workers: int | None = None,
    dask: str | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> "pd.DataFrame":
    """Judge files and write the table of results.

    Answers are kept beside `out`, in a file of the same name ending in ``.part``, as they come; a run that is stopped
    or killed is gone on with by asking for the same again, and only what was in work at that moment is done twice.

    Parameters
    ----------
    tasks : sequence of Task
        What to judge.
    model : Path
        Folder of the model.
    out : Path
        ``.parquet``, ``.csv`` or ``.jsonl``; replaced when all is done.
    workers : int, optional
        Processes; one per core unless given, and this one alone for a handful of clips.
    dask : str, optional
        Address of a Dask scheduler whose workers do the work instead, see `ser_core.batch.cluster`.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Returns
    -------
    pd.DataFrame
        `ser_core.batch.COLUMNS` and the probabilities, one row per task, in their order.

    Raises
    ------
    ConfigError
        If `out` has another ending.
    WorkerError
        If a process died, or the cluster cannot do the work; what was judged is kept.
    CancelledError
        If `cancel` answered true; what was judged is kept.
    """
    from ser_core.corpora.tables import require_ending, write_table

    require_ending(out)
    version = kept_version(model)
    part = part_of(out)
    states = {task.name: task.state for task in tasks}
    answers = {name: row for name, state, row in _read_part(part, version=version) if states.get(name) == state}
    todo = [task for task in tasks if task.name not in answers]
    meter = Meter(progress, total=len(tasks), unit="clips", message="Judging clips", cancel=cancel, done=len(answers))
    out.parent.mkdir(parents=True, exist_ok=True)
    with part.open("a", encoding="ascii") as kept:
        # A kill may have cut the last line off: what follows begins a new one.
        kept.write("\n")
        for rows in _judged(todo, model, workers=workers, dask=dask, cancel=cancel):
            for name, row in rows:
                answers[name] = row
                kept.write(json.dumps([version, name, states[name], row]) + "\n")
            kept.flush()
            os.fsync(kept.fileno())
            meter.add(len(rows))
    table = as_table([answers[task.name] for task in tasks])
    write_table(table, out)
    part.unlink(missing_ok=True)
    return table


def part_of(out: Path) -> Path:
    """Where answers are kept until the table is whole."""
    return out.with_name(out.name + ".part")


def _read_part(part: Path, *, version: str) -> Iterator[tuple[str, list[int], dict[str, Any]]]:
    """(name, state, row) that an earlier run kept with the same model; lines that were cut off are passed over."""
    if not part.is_file():
        return
    with part.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            try:
                kept_version, name, state, row = json.loads(line)
            except ValueError:
                continue
            if kept_version == version:
                yield name, state, row


def _judged(
    tasks: list[Task], model: Path, *, workers: int | None, dask: str | None, cancel: CancelCallback | None
) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Answers by the chunk, in the order they are ready."""
    from ser_core.features.jobs import stream

    if not tasks:
        return
    if dask is not None:
        from ser_core.batch.cluster import judge_on_cluster

        yield from judge_on_cluster(tasks, model, address=dask, cancel=cancel)
        return
    workers = min(workers or os.cpu_count() or 1, len(tasks))
    if workers <= 1 or len(tasks) < _MIN_PARALLEL:
        from ser_core.serving import Predictor

        predictor = Predictor(model)
        yield from ([(task.name, judge(predictor, task))] for task in tasks)
        return
    pool = ProcessPoolExecutor(workers, mp_context=CONTEXT, initializer=_start_worker, initargs=(model,))
    try:
        yield from stream(pool, _judge_chunk, tasks, workers=workers, cancel=cancel)
    except BrokenProcessPool:
        raise WorkerError(
            "A process that judged clips ended without a word; most often the memory was full. What was judged is "
            f"kept: start again, with fewer than {workers} workers if it happens again."
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_predictor: "Predictor | None" = None


def _start_worker(model: Path) -> None:
    """Load the model once per process."""
    from ser_core.serving import Predictor

    begin()
    global _predictor
    _predictor = Predictor(model)


def _judge_chunk(tasks: Sequence[Task]) -> list[tuple[str, dict[str, Any]]]:
    return [(task.name, judge(_predictor, task)) for task in tasks]
