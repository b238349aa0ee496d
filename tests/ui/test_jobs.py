"""Background work: one at a time for a key, watched, stopped, and never silent about its end."""

import subprocess
import sys
import threading
import time

from ser_core.errors import DownloadError
from ser_core.progress import Progress, check_cancel
from ui.jobs import Jobs

WAIT_S = 10


def ended(job):
    """Wait until the job has ended."""
    for _ in range(WAIT_S * 100):
        if job.state != "running":
            return job
        threading.Event().wait(0.01)
    raise AssertionError("the job did not end")


class Slow:
    """Work that goes on until it may end."""

    def __init__(self):
        self.started, self.may_end = threading.Event(), threading.Event()
        self.starts = 0

    def __call__(self, *, progress, cancel):
        self.starts += 1
        progress(Progress(1, 4, "clips", "Working", 3.0))
        self.started.set()
        while not self.may_end.wait(0.005):
            check_cancel(cancel)


def test_progress_is_seen_while_it_runs():
    work = Slow()
    job = Jobs().start("a", work)
    assert work.started.wait(WAIT_S)
    assert job.state == "running" and job.progress.fraction == 0.25
    work.may_end.set()
    assert ended(job).state == "done"


def test_a_second_start_joins_the_running_job():
    jobs, work = Jobs(), Slow()
    first = jobs.start("a", work)
    assert jobs.start("a", work) is first
    work.may_end.set()
    ended(first)
    assert work.starts == 1


def test_after_its_end_a_new_job_may_start():
    jobs, work = Jobs(), Slow()
    work.may_end.set()
    first = ended(jobs.start("a", work))
    assert ended(jobs.start("a", work)) is not first


def test_cancel_stops_it_with_a_message():
    work = Slow()
    job = Jobs().start("a", work)
    assert work.started.wait(WAIT_S)
    job.cancel()
    assert ended(job).state == "cancelled"
    assert "kept" in job.message and not job.is_stopping


def test_what_went_wrong_is_told_in_its_own_words():
    def work(*, progress, cancel):
        raise DownloadError("The server hung up. Try again.")

    job = ended(Jobs().start("a", work))
    assert (job.state, job.message) == ("failed", "The server hung up. Try again.")


def test_even_an_unforeseen_error_ends_the_wait_and_is_logged(caplog):
    def work(*, progress, cancel):
        raise ZeroDivisionError

    job = ended(Jobs().start("a", work))
    assert job.state == "failed" and "ZeroDivisionError" in job.message
    assert caplog.records[0].exc_info[0] is ZeroDivisionError


def test_a_running_job_is_not_forgotten():
    jobs, work = Jobs(), Slow()
    job = jobs.start("a", work)
    jobs.forget("a")
    assert jobs.get("a") is job
    work.may_end.set()
    ended(job)
    jobs.forget("a")
    assert jobs.get("a") is None


def test_a_server_that_ends_stops_its_jobs_first(tmp_path):
    """A thread of a job inside Arrow made the exit hang, or abort."""
    code = f"""
import threading, time
from pathlib import Path
from ui.jobs import Jobs
started = threading.Event()
def work(*, progress, cancel):
    started.set()
    while not cancel():
        time.sleep(0.01)
    time.sleep(0.3)
    Path({str(tmp_path / "ended")!r}).touch()
def stuck(*, progress, cancel):
    threading.Event().wait()
Jobs().start("a", work)
assert started.wait({WAIT_S})
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert (tmp_path / "ended").exists()
    start = time.monotonic()
    subprocess.run([sys.executable, "-c", code + "Jobs().start('b', stuck)"], check=True, timeout=60)
    assert time.monotonic() - start < 40
