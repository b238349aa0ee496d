"""A visitor's batch: the files in a folder of their own, the work on them, and the table. Nobody else can reach it."""

import hashlib
import shutil
import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pandas as pd

from ser_core import batch, settings
from ser_core.batch.process import predict_apart
from ser_core.corpora.own.upload import unpack_recordings
from ser_core.corpora.scan import AUDIO_ENDINGS, audio_files
from ser_core.errors import ConfigError
from ser_core.progress import CancelCallback, Meter, ProgressCallback
from ser_core.serving import Card
from ui.jobs import Job
from ui.predict.turns import drop, private_folder, turn

# One at a time, whoever brought it: a batch takes all cores.
_TURN = threading.BoundedSemaphore(1)
# From so many files on, the start of other processes is worth it.
_APART = 48
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_LONGEST_NAME = 200


class Uploaded(Protocol):
    """A file that came from a browser."""

    name: str

    def getvalue(self) -> bytes:
        """Its content."""


@dataclass
class Done:
    """What was found; filled by the work's thread, read by the page.

    Attributes
    ----------
    table : pd.DataFrame or None
        As `ser_core.batch.predict_all` gives it; None until all is judged.
    digests : dict of str to str
        Path in the table -> SHA-256 of the file.
    seconds : float
        Time of the judging alone.
    """

    table: pd.DataFrame | None = None
    digests: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


class Work:
    """Some files of one visitor; lives in the session and goes with it, files and all.

    Parameters
    ----------
    files : sequence of Uploaded
        Recordings, and zip files of recordings.
    limits : OwnLimits
        How many, and how much they may unpack to.
    """

    def __init__(self, files: Sequence[Uploaded], *, limits: settings.OwnLimits = settings.BATCH_LIMITS):
        self.uploads = len(files)
        self.name = files[0].name if len(files) == 1 else f"{len(files)} uploads"
        self.limits = limits
        self._folder = private_folder("ser-batch-")
        self._jobs: list[Job] = []
        weakref.finalize(self, drop, self._jobs, self._folder).atexit = False
        self.folder = Path(self._folder.name) / "audio"
        self._waiting, self.left_out = _write(files, Path(self._folder.name))
        self.job: Job | None = None
        self.card: Card | None = None
        self.done = Done()
        self.is_recorded = False

    def judge(self, card: Card) -> None:
        """Begin, or begin anew with another model; returns at once."""
        self.stop()
        self.card, self.done, self.is_recorded = card, Done(), False
        self._jobs[:] = [job for job in self._jobs if job.state == "running"]
        self.job = Job(_Task(self._waiting, self.left_out, self.folder, card, self.done, self.limits))
        self._jobs.append(self.job)
        self.job.start()

    @property
    def is_running(self) -> bool:
        """Whether it is being judged."""
        return self.job is not None and self.job.state == "running"

    def stop(self) -> None:
        """Ask the work to stop."""
        for job in self._jobs:
            job.cancel()

    def remove(self) -> None:
        """Stop all work on it and delete the files; the page may hold on to this object for a while."""
        drop(self._jobs, self._folder)

    @property
    def bytes(self) -> int:
        """All files together."""
        return sum(file.stat().st_size for file in audio_files(self.folder))

    def file(self, path: str) -> Path:
        """The file of a row of the table."""
        return self.folder / path


@dataclass
class _Task:
    """Unpack what came packed, then judge all."""

    waiting: list[Path]
    left_out: list[str]
    folder: Path
    card: Card
    done: Done
    limits: settings.OwnLimits

    def __call__(self, *, progress: ProgressCallback, cancel: CancelCallback) -> None:
        words = "Waiting for the batch of another visitor"
        with turn(_TURN, words=words, unit="clips", progress=progress, cancel=cancel):
            while self.waiting:
                self._unpack(self.waiting[0], progress, cancel)
                self.waiting.pop(0)
            if next(audio_files(self.folder), None) is None:
                raise ConfigError(f"None of this is a recording ({', '.join(AUDIO_ENDINGS[:8])} ...).")
            tasks = batch.find([self.folder])
            if len(tasks) > self.limits.max_clips:
                raise ConfigError(
                    f"These are {len(tasks):,} recordings; the page judges at most {self.limits.max_clips:,} at once. "
                    "Divide them, or use `python -m ser_core predict FOLDER --out results.parquet`."
                )
            start = time.monotonic()
            out = self.folder.parent / f"{self.card.id}.parquet"
            how = {"progress": progress, "cancel": cancel}
            if len(tasks) < _APART:
                model = settings.models_dir() / self.card.id
                table = batch.predict_all(tasks, model, out, workers=1, **how)
            else:
                table = predict_apart(self.folder, self.card.id, out, **how)
            self.done.seconds = time.monotonic() - start
            meter = Meter(progress, total=len(tasks), unit="clips", message="Reading checksums", cancel=cancel)
            for task in tasks:
                with task.file.open("rb") as content:
                    self.done.digests[task.name] = hashlib.file_digest(content, "sha256").hexdigest()
                meter.add()
            self.done.table = table

    def _unpack(self, archive: Path, progress: ProgressCallback, cancel: CancelCallback) -> None:
        """One archive into a folder of its name, all or nothing."""
        target = _free(self.folder / archive.stem)
        try:
            with archive.open("rb") as content:
                left_out = unpack_recordings(content, target, limits=self.limits, progress=progress, cancel=cancel)
        except BaseException:
            shutil.rmtree(target, ignore_errors=True)
            raise
        archive.unlink()
        self.left_out += [finding.message for finding in left_out]


def _write(files: Sequence[Uploaded], place: Path) -> tuple[list[Path], list[str]]:
    """Write what was uploaded; the archives, which are put aside, and what is left out, in words."""
    (place / "audio").mkdir()
    (place / "packed").mkdir()
    archives, left_out = [], []
    for file in files:
        content, name = file.getvalue(), _safe(file.name)
        if content.startswith(_ZIP):
            archives.append(_free(place / "packed" / name))
            archives[-1].write_bytes(content)
        elif name.lower().endswith(AUDIO_ENDINGS):
            _free(place / "audio" / name).write_bytes(content)
        else:
            left_out.append(f"'{name}' does not end like a recording; it is left out.")
    return archives, left_out


def _safe(name: str) -> str:
    """The last part of a name, in characters that every system holds."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in last).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    while len(plain.encode()) > _LONGEST_NAME and stem:
        stem = stem[:-1]
        plain = f"{stem}{dot}{ending}"
    return plain.encode()[:_LONGEST_NAME].decode("utf-8", "ignore") or "recording"


def _free(path: Path) -> Path:
    """The path, or one beside it that is not taken."""
    candidates = (path, *(path.with_name(f"{path.stem} ({i}){path.suffix}") for i in range(2, 10_000)))
    return next(each for each in candidates if not each.exists())
