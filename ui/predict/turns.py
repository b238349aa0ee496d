"""What the work of one visitor owes the others: it waits for its turn, and leaves nothing behind."""

import contextlib
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from ser_core.progress import CancelCallback, Progress, ProgressCallback, check_cancel
from ui.jobs import Job

_POLL_S = 0.1
_STALE_S = 24 * 3600


@contextlib.contextmanager
def turn(
    turns: threading.Semaphore, *, words: str, unit: str, progress: ProgressCallback, cancel: CancelCallback
) -> Iterator[None]:
    """Wait for one's turn, saying so and asking whether to go on waiting.

    Parameters
    ----------
    turns : Semaphore
        As many as may work at a time.
    words, unit : str
        What is waited for, and what the work counts.
    progress, cancel : callable
        See `ser_core.progress`.

    Raises
    ------
    CancelledError
        If `cancel` answered true.
    """
    while not turns.acquire(timeout=_POLL_S):
        progress(Progress(0, None, unit, words))
        check_cancel(cancel)
    try:
        yield
    finally:
        turns.release()


def private_folder(prefix: str) -> tempfile.TemporaryDirectory:
    """A temporary folder for one visitor's files, which `drop` removes.

    Those that a server left behind when it was killed go after a day, when the next is made.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            if left.is_dir() and not left.is_symlink() and time.time() - left.stat().st_mtime > _STALE_S:
                shutil.rmtree(left)
    return tempfile.TemporaryDirectory(prefix=prefix)


def drop(jobs: list[Job], folder: tempfile.TemporaryDirectory) -> None:
    """Stop what still runs, then remove the files; the session that owned them is gone and must not wait for it."""

    def clean() -> None:
        for job in jobs:
            job.cancel()
        while any(job.state == "running" for job in jobs):
            time.sleep(_POLL_S)
        shutil.rmtree(folder.name, ignore_errors=True)
        folder.cleanup()

    threading.Thread(target=clean, daemon=True, name="drop").start()
