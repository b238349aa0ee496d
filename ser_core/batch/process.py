"""A batch judged by a process of its own, as a server wants it: neither a decoder that crashes nor the memory of many
workers is the server's, and no worker runs the server's main script again, as it would to start."""

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ser_core import apart, settings
from ser_core.batch import as_read, find, part_of
from ser_core.errors import WorkerError
from ser_core.progress import CancelCallback, Meter, ProgressCallback

if TYPE_CHECKING:
    import pandas as pd

_POLL_S = 0.1
# Status of the command where some file could not be judged: the table says which.
_SOME_FAILED = 1
_LONGEST_WORDS = 500


def predict_apart(
    folder: Path,
    model: str,
    out: Path,
    *,
    workers: int | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> "pd.DataFrame":
    """Judge a folder by ``python -m ser_core predict``, and read its table.

    Parameters
    ----------
    folder : Path
        Of audio files.
    model : str
        Name of a model in the folder of models.
    out : Path
        A ``.parquet`` table; where a run was stopped it goes on.
    workers : int, optional
        Processes; one per core unless given.
    progress, cancel : callable, optional
        See `ser_core.progress`; counts clips.

    Returns
    -------
    pd.DataFrame
        As `ser_core.batch.predict_all` gives it.

    Raises
    ------
    WorkerError
        If the process failed; what was judged is kept.
    CancelledError
        If `cancel` answered true; likewise.
    """
    total = len(find([folder]))
    part = part_of(out)
    command = ["predict", str(folder), "--model", model, "--out", str(out)]
    if workers is not None:
        command += ["--workers", str(workers)]
    folders = {"SER_MODELS_DIR": str(settings.models_dir())}
    meter = Meter(progress, total=total, unit="clips", message="Judging clips", cancel=cancel, done=_lines(part))
    log = out.with_name(out.name + ".log")
    with log.open("wb") as said:
        process = apart.start(command, environment=folders, stdout=subprocess.DEVNULL, stderr=said)
        try:
            while process.poll() is None:
                time.sleep(_POLL_S)
                meter.set(max(meter.done, min(total, _lines(part))))
        finally:
            apart.end(process)
    if process.returncode not in (0, _SOME_FAILED) or not out.is_file():
        words = log.read_text("utf-8", "replace").strip()[-_LONGEST_WORDS:]
        raise WorkerError(
            f"The process that judged the clips ended with status {process.returncode}: {words or 'it said nothing'}. "
            "What was judged is kept: start again."
        )
    meter.set(total)
    log.unlink(missing_ok=True)
    return as_read(out)


def _lines(part: Path) -> int:
    """Answers that were kept by now."""
    try:
        with part.open("rb") as kept:
            return sum(1 for line in kept if line.strip())
    except OSError:
        return 0
