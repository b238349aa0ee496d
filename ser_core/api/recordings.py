"""Long recordings as jobs: sent once, judged in the background, asked for until the answer is there."""

import contextlib
import logging
import secrets
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ser_core.api.answers import State
from ser_core.api.options import Options
from ser_core.api.problems import Busy, NotFound, problem
from ser_core.errors import CancelledError, ConfigError, SERError
from ser_core.progress import Progress
from ser_core.recordings import Segment, Timeline, make_timeline
from ser_core.serving import Predictor

_LOG = logging.getLogger(__name__)
# A full shelf empties when a recording is fetched and deleted, or judged: a minute is a guess.
_RETRY_S = 60


@dataclass
class Job:
    """One recording.

    Attributes
    ----------
    id : str
        Cannot be guessed: who knows it may ask for the answer.
    name : str
        Of the file, as the caller gave it.
    smoothing_s : float
        As for `ser_core.recordings.make_timeline`.
    """

    id: str
    name: str
    file: Path
    predictor: Predictor
    smoothing_s: float
    state: State = "waiting"
    progress: Progress | None = None
    segments: list[Segment] = field(default_factory=list)
    timeline: Timeline | None = None
    error: SERError | None = None
    ended: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)

    def to_dict(self) -> dict[str, Any]:
        """How far it is, with the segments that are known by now."""
        step = self.progress
        found = self.timeline.segments if self.timeline else tuple(self.segments)
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "model": self.predictor.card.id,
            "heard_s": step.done if step else 0,
            "duration_s": self.timeline.duration_s if self.timeline else step.total if step else None,
            "seconds_left": step.seconds_left if step and self.state == "running" else None,
            "segments": [segment.to_dict() for segment in found],
            "summary": self.timeline.summary() if self.timeline else None,
            "problem": problem(self.error).model_dump() if self.error else None,
        }


class Recordings:
    """The recordings of a server: one is judged at a time, the others wait."""

    def __init__(self, options: Options, *, heard=lambda seconds: None):
        self._options = options
        self._heard = heard
        self._folder: Path | None = None
        self._queue: ThreadPoolExecutor | None = None
        self._jobs: dict[str, Job] = {}
        self._coming: dict[str, Path] = {}
        self._lock = threading.Lock()

    def reserve(self) -> tuple[str, Path]:
        """An id, and where its recording is to be written; `start` or `release` has to follow.

        Raises
        ------
        Busy
            If as many recordings are here as are allowed.
        """
        with self._lock:
            self._expire()
            # Those on their way count: each may bring as many bytes as are allowed.
            here = len(self._jobs) + len(self._coming)
            if here >= self._options.recordings:
                raise Busy(f"{here} recordings are here; delete those you have fetched.", retry_s=_RETRY_S)
            if self._folder is None:  # Made when needed: an application may be started again after it was stopped.
                # Goes with this object, too, should nobody close it.
                self._place = tempfile.TemporaryDirectory(prefix="ser-recordings-", ignore_cleanup_errors=True)
                self._folder = Path(self._place.name)
                self._queue = ThreadPoolExecutor(1, thread_name_prefix="recording")
            id_ = secrets.token_urlsafe(16)
            file = self._coming[id_] = self._folder / id_
        return id_, file

    def release(self, id_: str) -> None:
        """Forget a recording that did not come to its end."""
        with self._lock:
            file = self._coming.pop(id_, None)
        if file is not None:
            file.unlink(missing_ok=True)

    def start(self, id_: str, *, name: str, predictor: Predictor, smoothing_s: float) -> Job:
        """Judge the recording that was written to the place of that id.

        Raises
        ------
        NotFound
            If the server was stopped meanwhile.
        """
        with self._lock:
            if id_ not in self._coming:
                raise NotFound("The server is being stopped.")
            job = Job(id_, name, self._coming.pop(id_), predictor, smoothing_s)
            self._jobs[id_] = job
            self._queue.submit(self._run, job)
        return job

    def get(self, id_: str) -> Job:
        """The recording of that id.

        Raises
        ------
        NotFound
            If there is none, or it was too long ago.
        """
        with self._lock:
            self._expire()
            if id_ not in self._jobs:
                raise NotFound("There is no such recording; answers are kept for a while only.")
            return self._jobs[id_]

    def delete(self, id_: str) -> None:
        """Stop it if it runs, and forget it.

        Raises
        ------
        NotFound
            As `get` does.
        """
        job = self.get(id_)
        job.stop.set()
        with self._lock:
            self._jobs.pop(id_, None)
        # Now and not when its turn comes: who sends and deletes again and again would fill the disk.
        with contextlib.suppress(OSError):
            job.file.unlink()

    def close(self) -> None:
        """Stop all and remove what was written."""
        with self._lock:
            jobs, folder, queue = list(self._jobs.values()), self._folder, self._queue
            self._jobs, self._coming, self._folder, self._queue = {}, {}, None, None
        for job in jobs:
            job.stop.set()
        if folder is not None:
            queue.shutdown(wait=False, cancel_futures=True)
            self._place.cleanup()

    def _expire(self) -> None:
        now = time.monotonic()
        for job in list(self._jobs.values()):
            if job.ended and now - job.ended > self._options.keep_s:
                del self._jobs[job.id]

    def _run(self, job: Job) -> None:
        try:
            if job.stop.is_set():
                raise CancelledError("The recording was deleted.")
            job.state = "running"
            self._judge(job)
            job.state = "done"
        except CancelledError:
            job.state = "cancelled"
        except SERError as error:
            job.error, job.state = error, "failed"
        except Exception:  # The job must end with a state whatever happens, or its caller asks for ever.
            job.error, job.state = ConfigError("The recording could not be judged for a reason unforeseen."), "failed"
            _LOG.exception("A recording could not be judged.")
        finally:
            job.ended = time.monotonic()
            with contextlib.suppress(OSError):
                job.file.unlink()

    def _judge(self, job: Job) -> None:
        def report(step: Progress) -> None:
            job.progress = step

        job.timeline = make_timeline(
            job.file,
            job.predictor,
            smoothing_s=job.smoothing_s,
            heard=job.segments.append,
            progress=report,
            cancel=job.stop.is_set,
        )
        self._heard(job.timeline.duration_s)
