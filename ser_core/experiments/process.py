"""An experiment run by a process of its own, as a server wants it, with its progress as if it ran here."""

import json
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ser_core import apart, settings
from ser_core.errors import WorkerError
from ser_core.progress import CancelCallback, Progress, ProgressCallback, check_cancel

_POLL_S = 0.1
_LONGEST_WORDS = 500


def train_apart(
    arguments: Sequence[str],
    *,
    log: Path,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> None:
    """Run ``python -m ser_core train`` at low priority and pass its progress on.

    Parameters
    ----------
    arguments : sequence of str
        What stands after ``train``.
    log : Path
        File for what the process says besides; removed if all went well.
    progress, cancel : callable, optional
        See `ser_core.progress`; counts trainings, and says in words how far the one at hand is.

    Raises
    ------
    WorkerError
        If the process failed; what was trained is kept.
    CancelledError
        If `cancel` answered true; likewise.
    """
    folders = {"SER_RUNS_DIR": str(settings.runs_dir()), "SER_DATA_ROOT": str(settings.data_root())}
    with log.open("wb") as said:
        process = apart.start(
            ["train", *arguments, "--progress", "json"],
            environment=folders,
            stdout=subprocess.PIPE,
            stderr=said,
            low_priority=True,
        )
        # The pipe ties the process to this one: if the server is gone, the next report ends the training.
        reader = threading.Thread(target=_pass_on, args=(process, progress), daemon=True, name="train-progress")
        reader.start()
        try:
            while process.poll() is None:
                time.sleep(_POLL_S)
                check_cancel(cancel)
        finally:
            apart.end(process)
            reader.join(1.0)
    if process.returncode != 0:
        raise WorkerError(f"The training failed: {_reason(log, process.returncode)} What was trained is kept.")
    log.unlink(missing_ok=True)


def _pass_on(process: subprocess.Popen, progress: ProgressCallback | None) -> None:
    """Read reports to their end; those of the training at hand become words of those of the run."""
    run = Progress(0, None, "trainings", "Starting")
    for line in process.stdout:
        try:
            fields = json.loads(line)
            level = fields.pop("level")
            report = Progress(**fields)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # The table of results at the end.
        if level == "run":
            run = shown = report
        else:
            of = f" of {report.total}" if report.total else ""
            shown = replace(run, message=f"{report.message} ({report.done}{of} {report.unit})")
        if progress is not None:
            progress(shown)
    process.stdout.close()


def _reason(log: Path, status: int) -> str:
    """The last line that the process said, as a sentence."""
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    words = lines[-1].removeprefix("python -m ser_core train: ")[-_LONGEST_WORDS:] if lines else ""
    if status < 0:
        words = f"the system ended it (signal {-status}), often for want of memory. {words}"
    elif not words:
        words = f"it ended with status {status} and said nothing"
    return words if words.endswith((".", "!", "?")) else f"{words}."
