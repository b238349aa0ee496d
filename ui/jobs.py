"""Work in the background that outlives a page's run: one at a time for each key, watched by any visitor."""

import atexit
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from weakref import WeakSet

import streamlit as st

from ser_core.errors import CancelledError, SERError
from ser_core.progress import Progress

_LOG = logging.getLogger(__name__)
State = Literal["running", "done", "cancelled", "failed"]
#: Longest wait for jobs when the server ends, seconds.
LAST_S = 5.0


@dataclass(eq=False)
class Job:
    """A piece of work on a thread of its own.

    Attributes
    ----------
    work : callable
        Takes ``progress`` and ``cancel`` as all long work in `ser_core` does.
    progress : Progress or None
        Its latest report.
    state : str
        ``"running"``, ``"done"``, ``"cancelled"`` or ``"failed"``.
    message : str
        What went wrong and what to do, for a reader.
    """

    work: Callable
    progress: Progress | None = None
    state: State = "running"
    message: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self):
        self._thread = threading.Thread(target=self._run, daemon=True, name="job")

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()
        _STARTED.add(self)

    def wait(self, seconds: float) -> None:
        """Return when it has ended, or after so many seconds."""
        self._thread.join(seconds)

    def cancel(self) -> None:
        """Ask it to stop; it does so at its next report, keeping what is done."""
        self._stop.set()

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop and still runs."""
        return self.state == "running" and self._stop.is_set()

    def _report(self, progress: Progress) -> None:
        self.progress = progress

    def _run(self) -> None:
        try:
            self.work(progress=self._report, cancel=self._stop.is_set)
        except CancelledError as error:
            self.state, self.message = "cancelled", str(error)
        except SERError as error:
            self.state, self.message = "failed", str(error)
        except Exception as error:  # The thread must end with a message whatever happens, or the page waits for ever.
            _LOG.exception("A job ended unforeseen")
            self.state, self.message = "failed", f"Unforeseen {type(error).__name__}; the server's log says more."
        else:
            self.state = "done"


_STARTED: WeakSet[Job] = WeakSet()


@atexit.register
def _end() -> None:
    """Ask all jobs to stop, and wait: a process that exits with a thread inside Arrow may hang for ever, or abort."""
    latest, started = time.monotonic() + LAST_S, list(_STARTED)
    for job in started:
        job.cancel()
    for job in started:
        job.wait(max(0.0, latest - time.monotonic()))


class Jobs:
    """The jobs of this server by key."""

    def __init__(self):
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> Job | None:
        """The job of that key, running or ended."""
        return self._jobs.get(key)

    def start(self, key: str, work: Callable) -> Job:
        """Start `work` unless a job of that key is running; the running or new job."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.state != "running":
                job = self._jobs[key] = Job(work)
                job.start()
            return job

    def forget(self, key: str) -> None:
        """Drop an ended job, so that a new one may be offered."""
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and job.state != "running":
                del self._jobs[key]


@st.cache_resource(max_entries=1, show_spinner=False)
def jobs() -> Jobs:
    """The jobs of this server, shared by all visitors."""
    return Jobs()
