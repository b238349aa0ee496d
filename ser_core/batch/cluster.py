"""Predictions by the workers of a Dask scheduler.

Scheduler and workers are started as `ser_core.features.cluster` says. Neither audio nor models travel: every worker
sees the files under the same absolute paths as the process that asks, as on a shared disk, and has the model in its own
folder of models (``SER_MODELS_DIR``). A worker refuses another model, other versions of the code and a file of another
size, so that the answers are those of one process here.
"""

import platform
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ser_core.batch.tasks import Task, judge, kept_version
from ser_core.errors import ModelError, WorkerError
from ser_core.features import cluster
from ser_core.progress import CancelCallback
from ser_core.settings import models_dir

if TYPE_CHECKING:
    from ser_core.serving import Predictor

_PACKAGES = ("onnxruntime",)
_SOURCES = ("serving", "speech")


def versions() -> dict[str, str]:
    """What has to agree between this process and the workers."""
    return cluster.versions(packages=_PACKAGES, sources=_SOURCES)


def judge_on_cluster(
    tasks: Sequence[Task], model: Path, *, address: str, cancel: CancelCallback | None = None
) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Answers by the chunk, in the order they are ready: name of the task, and its row.

    Parameters
    ----------
    tasks : sequence of Task
        What to judge.
    model : Path
        Folder of the model; workers have one of the same name.
    address : str
        Of the scheduler, as ``tcp://host:8786``.
    cancel : callable, optional
        See `ser_core.progress`.

    Raises
    ------
    WorkerError
        If there is no such scheduler, no worker, or one that cannot do this work.
    CancelledError
        If `cancel` answered true.
    """
    sized = [(Task(task.name, task.file.absolute()), task.state[0]) for task in tasks]
    function = partial(chunk_on_worker, model=model.name, version=kept_version(model), expected=versions())
    yield from cluster.spread(sized, function, address=address, cancel=cancel)


def chunk_on_worker(
    tasks: Sequence[tuple[Task, int]], *, model: str, version: str, expected: dict[str, str]
) -> list[tuple[str, dict[str, Any]]]:
    """Judge several files that this worker sees.

    Raises
    ------
    WorkerError
        If the versions or the model here are not those of the process that asked, or a file is not here.
    """
    cluster.require_versions(versions(), expected)
    folder = models_dir() / model
    here = platform.node()
    try:
        if kept_version(folder) != version:
            raise WorkerError(
                f"The worker on {here} has another model {model!r}. Copy the model's folder there, then restart it."
            )
        predictor = _predictor(folder, version)
    except ModelError as error:
        raise WorkerError(
            f"The worker on {here} cannot use the model {model!r}: {error} SER_MODELS_DIR names its folder of models."
        ) from None
    answers = []
    for task, size in tasks:
        # A file that nobody could read where it was asked for is judged all the same: its row says why.
        if size >= 0 and task.state[0] != size:
            raise WorkerError(
                f"The worker on {here} does not see {task.file} as it is. Let all machines see the same files under "
                "the same paths."
            )
        answers.append((task.name, judge(predictor, task)))
    return answers


@lru_cache(maxsize=2)
def _predictor(folder: Path, version: str) -> "Predictor":
    """The model, loaded once per process and version."""
    from ser_core.serving import Predictor

    return Predictor(folder)
