"""A visitor's recording: its file, the work on it, and what is known so far. Nobody else can reach it."""

import secrets
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from ser_core.progress import CancelCallback, ProgressCallback
from ser_core.recordings import Segment, Timeline, make_timeline
from ser_core.recordings.speakers import voices
from ser_core.recordings.stitching import Spoken
from ser_core.recordings.working_copy import WorkingCopy
from ser_core.serving import Predictor
from ui.jobs import Job
from ui.predict.turns import drop, private_folder, turn

AT_ONCE = 2
"""Recordings that are judged at a time, whoever brought them; the others wait, so that no visitor gets all of the
machine."""

_TURNS = threading.BoundedSemaphore(AT_ONCE)
_WAITING = "Waiting for the recordings of other visitors"
# How long a page may wait for the first segments before it is drawn without, seconds.
_FIRST_S = 0.8
_FIRST_SEGMENTS = 3


@dataclass
class Heard:
    """What one pass over a recording has found; filled by the work's thread, read by the page.

    Attributes
    ----------
    copy : WorkingCopy
        The sound so far.
    model, title : str
        Identifier and name of the model.
    labels : tuple of str
        Emotions that it knows.
    segments : list of Segment
        In order.
    timeline : Timeline or None
        The whole, once it is known.
    started : float
        Monotonic time of the start, seconds.
    first_s : float or None
        How long after the start the first segment was known, seconds.
    noted : int
        Segments that stand in the visitor's history.
    """

    copy: WorkingCopy
    model: str
    title: str
    labels: tuple[str, ...]
    segments: list[Segment] = field(default_factory=list)
    timeline: Timeline | None = None
    started: float = field(default_factory=time.monotonic)
    first_s: float | None = None
    noted: int = 0

    def add(self, segment: Segment) -> None:
        """Take a segment down."""
        if self.first_s is None:
            self.first_s = time.monotonic() - self.started
        self.segments.append(segment)

    def known(self) -> Timeline:
        """The whole, or what is known of it by now."""
        return self.timeline or Timeline(tuple(self.segments), self.copy.duration_s, self.model)


@dataclass
class Voices:
    """How the segments of a pass sound as voices; filled by the work's thread.

    Attributes
    ----------
    job : Job or None
        The work.
    heard : np.ndarray or None [shape=(n_segments, d)]
        From `ser_core.recordings.speakers.voices`, once it is known.
    """

    job: Job | None = None
    heard: np.ndarray | None = None


class Work:
    """One recording of one visitor; lives in the session and goes with it, file and all.

    Parameters
    ----------
    name : str
        What the visitor calls it.
    content : bytes or Path
        The encoded recording, which is written to a temporary folder; or a file of this machine, which stays where it
        is; or a callable that writes it to the path it is given.
    about : str
        One line on where it is from.
    """

    def __init__(self, name: str, content: bytes | Path | Callable[[Path], Sequence[Spoken]], *, about: str = ""):
        self.id = secrets.token_hex(8)
        self.name, self.about = name, about
        self.script: tuple[Spoken, ...] = ()
        self._folder = private_folder("ser-recording-")
        self._jobs: list[Job] = []
        self._passes = 0
        weakref.finalize(self, drop, self._jobs, self._folder).atexit = False
        self.file = Path(self._folder.name) / "recording"
        if isinstance(content, Path):
            self.file = content
        elif isinstance(content, bytes):
            self.file.write_bytes(content)
        else:
            self.file = self.file.with_suffix(".flac")
            self.script = tuple(content(self.file))
        self.job: Job | None = None
        self.heard: Heard | None = None
        self.voices: Voices | None = None

    def judge(self, predictor: Predictor) -> None:
        """Begin, or begin anew with another model; returns once the first segments are known or soon after."""
        self.stop()
        card = predictor.card
        self.heard = Heard(self.new_copy(), card.id, card.title, tuple(card.labels))
        self.voices = None
        self.job = self._start(partial(_judge, self.heard, self.file, predictor))
        until = time.monotonic() + _FIRST_S
        while self.is_running and len(self.heard.segments) < _FIRST_SEGMENTS and time.monotonic() < until:
            time.sleep(0.01)

    def new_copy(self) -> WorkingCopy:
        """An empty working copy among the recording's files."""
        self._passes += 1
        return WorkingCopy(Path(self._folder.name) / f"heard-{self._passes}")

    @property
    def is_running(self) -> bool:
        """Whether it is being judged."""
        return self.job is not None and self.job.state == "running"

    def stop(self) -> None:
        """Ask all work on it to stop."""
        for job in self._jobs:
            job.cancel()

    def remove(self) -> None:
        """Stop all work on it and delete the recording; the page may hold on to this object for a while."""
        drop(self._jobs, self._folder)

    def compare_voices(self) -> None:
        """Begin to work out how each segment sounds as a voice."""
        self.voices = Voices()
        segments = self.heard.known().segments
        self.voices.job = self._start(partial(_compare, self.voices, segments, self.heard.copy))

    def _start(self, work: Callable[..., None]) -> Job:
        self._jobs[:] = [job for job in self._jobs if job.state == "running"]
        job = Job(work)
        self._jobs.append(job)
        job.start()
        return job


def _judge(heard: Heard, file: Path, predictor: Predictor, *, progress: ProgressCallback, cancel: CancelCallback):
    with turn(_TURNS, words=_WAITING, unit="seconds", progress=progress, cancel=cancel):
        heard.started = time.monotonic()
        heard.timeline = make_timeline(
            file, predictor, heard=heard.add, tap=heard.copy.add, progress=progress, cancel=cancel
        )


def _compare(
    into: Voices,
    segments: Sequence[Segment],
    copy: WorkingCopy,
    *,
    progress: ProgressCallback,
    cancel: CancelCallback,
) -> None:
    into.heard = voices(segments, copy.excerpt, progress=progress, cancel=cancel)
