"""The training at hand: one at a time on a server, watched by all visitors."""

import shlex
from dataclasses import dataclass

from ser_core.errors import SERError
from ser_core.experiments.process import train_apart
from ser_core.progress import CancelCallback, ProgressCallback
from ui.jobs import Job, jobs
from ui.train.records import Record

_KEY = "train"


@dataclass
class Training:
    """What the job does."""

    record: Record

    def __call__(self, *, progress: ProgressCallback, cancel: CancelCallback) -> None:
        arguments = shlex.split(self.record.command.removeprefix("python -m ser_core train "))
        try:
            train_apart(arguments, log=self.record.log, progress=progress, cancel=cancel)
        except SERError as error:
            if not cancel():
                self.record.write(error=str(error))
            raise


def latest() -> tuple[Record, Job] | None:
    """The run that was started last on this server since it began, and its job."""
    job = jobs().get(_KEY)
    return None if job is None else (job.work.record, job)


def running() -> tuple[Record, Job] | None:
    """The run at work and its job."""
    found = latest()
    return found if found is not None and found[1].state == "running" else None


def start(record: Record) -> bool:
    """Start a run; whether it is at work, for another may have been started meanwhile."""
    at_work = running()
    if at_work is not None:
        return at_work[0].config == record.config  # Else a second click would be told of another visitor.
    record.write()
    return jobs().start(_KEY, Training(record)).work.record is record


def forget() -> None:
    """Drop what is known of a training that ended."""
    jobs().forget(_KEY)
