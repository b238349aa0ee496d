"""Predictions for a folder of clips: in parallel, here or on a cluster, and a stopped run goes on where it was."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ser_core.errors import AudioError, ConfigError, WorkerError
from ser_core.hashing import canonical_hash
from ser_core.labels import EMOTIONS
from ser_core.progress import CancelCallback, Meter, ProgressCallback

if TYPE_CHECKING:
    import pandas as pd

    from ser_core.serving import Predictor

# Below this many clips, starting processes costs more than it saves.
_MIN_PARALLEL = 64
# Part of what an earlier run has to agree in: changes when rows do.
_FORMAT = 2

COLUMNS = ("path", "label", "confidence", "uncertain", "abstained", "reason", "duration_s", "error", "model")
"""Columns of a table of results, before one ``p_<emotion>`` per emotion. ``error`` says why a file could not be judged;
all else is then unknown. Of a file on which the model abstained, label and probabilities are unknown too."""

_TYPES = {
    **dict.fromkeys(("path", "label", "reason", "error", "model"), "str"),
    **dict.fromkeys(("uncertain", "abstained"), "boolean"),
}


@dataclass(frozen=True)
class Task:
    """A file to judge.

    Attributes
    ----------
    name : str
        As it stands in the table: relative to the folder that was asked for, and printable.
    file : Path
        Where it lies.
    """

    name: str
    file: Path

    @property
    def state(self) -> list[int]:
        """Size in bytes and time of the last change, ns: a file that changed is judged again."""
        try:
            status = self.file.stat()
        except OSError:
            return [-1, -1]
        return [status.st_size, status.st_mtime_ns]


def find(folders: Iterable[Path]) -> list[Task]:
    """All audio files of some folders, at any depth, and the files that are named themselves; each once, by name.

    Raises
    ------
    ConfigError
        If there is nothing to judge.
    """
    from ser_core.corpora.scan import audio_files

    folders = list(folders)
    found: dict[Path, Task] = {}
    for folder in folders:
        if folder.is_dir():
            top = folder if len(folders) == 1 else folder.parent
            found |= {file: Task(_printable(file.relative_to(top).as_posix()), file) for file in audio_files(folder)}
        else:
            found[folder] = Task(_printable(str(folder)), folder)
    if not found:
        raise ConfigError(f"There is no audio file in {', '.join(map(str, folders))}.")
    twice = {name for name, number in Counter(task.name for task in found.values()).items() if number > 1}
    # Folders of the same name in different places: only whole paths tell their files apart.
    tasks = [Task(_printable(str(t.file.absolute())), t.file) if t.name in twice else t for t in found.values()]
    return sorted(tasks, key=lambda task: task.name)


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
        Address of a Dask scheduler whose workers do the work instead, see `ser_core.batch_cluster`.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Returns
    -------
    pd.DataFrame
        `COLUMNS` and the probabilities, one row per task, in their order.

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


def as_read(out: Path) -> "pd.DataFrame":
    """A ``.parquet`` table that `predict_all` wrote, as it returned it."""
    import pandas as pd

    return pd.read_parquet(out).astype(_TYPES)


def kept_version(model: Path) -> str:
    """What a kept answer has to agree in to be taken over: the model with its thresholds, and the form of the rows."""
    from ser_core.serving import read_card

    return canonical_hash({"format": _FORMAT, "card": read_card(model).to_dict()})


def as_table(rows: Sequence[dict[str, Any]]) -> "pd.DataFrame":
    """Answers of `judge` as a table with `COLUMNS` and one ``p_<emotion>`` per emotion."""
    import pandas as pd

    flat = [{**row, **{f"p_{name}": p for name, p in (row.get("probabilities") or {}).items()}} for row in rows]
    table = pd.DataFrame(flat, columns=[*COLUMNS, *(f"p_{name}" for name in EMOTIONS)])
    return table.astype(_TYPES)


def judge(predictor: "Predictor", task: Task) -> dict[str, Any]:
    """The answer for one file, or why there is none: a row of `as_table`."""
    try:
        prediction = predictor.predict(task.file)
    except AudioError as error:
        return {"path": task.name, "error": str(error)}
    answer = {
        "label": prediction.label,
        "confidence": prediction.confidence,
        "probabilities": prediction.probabilities,
    }
    return {
        "path": task.name,
        **({} if prediction.abstained else answer),
        "uncertain": prediction.uncertain,
        "abstained": prediction.abstained,
        "reason": prediction.reason,
        "duration_s": prediction.duration_s,
        "model": prediction.model,
    }


def _printable(name: str) -> str:
    """A name whose bytes are no valid text, as text; tables hold nothing else."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


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
        from ser_core.batch_cluster import judge_on_cluster

        yield from judge_on_cluster(tasks, model, address=dask, cancel=cancel)
        return
    workers = min(workers or os.cpu_count() or 1, len(tasks))
    if workers <= 1 or len(tasks) < _MIN_PARALLEL:
        from ser_core.serving import Predictor

        predictor = Predictor(model)
        yield from ([(task.name, judge(predictor, task))] for task in tasks)
        return
    # Spawned, not forked: a fork of a process with threads (a server) may hang.
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(model,))
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
    from ser_core import workers
    from ser_core.serving import Predictor

    workers.begin()
    global _predictor
    _predictor = Predictor(model)


def _judge_chunk(tasks: Sequence[Task]) -> list[tuple[str, dict[str, Any]]]:
    return [(task.name, judge(_predictor, task)) for task in tasks]
