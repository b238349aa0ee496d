import os
import tempfile
import threading
import time
from pathlib import Path

import pytest

from ser_core.errors import CancelledError
from ui.jobs import Job
from ui.predict import turns


def test_what_a_killed_server_left_behind_goes_after_a_day(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old, fresh, other = (tmp_path / name for name in ("ser-x-old", "ser-x-fresh", "ser-y-old"))
    for folder in (old, fresh, other):
        folder.mkdir()
        (folder / "a.wav").write_bytes(b"x")
    for folder in (old, other):
        os.utime(folder, (time.time() - 25 * 3600,) * 2)
    with turns.private_folder("ser-x-") as made:
        assert Path(made).parent == tmp_path
        assert not old.exists() and fresh.exists() and other.exists()


def test_who_waits_is_told_and_may_give_up():
    busy, said = threading.BoundedSemaphore(1), []
    with (
        busy,
        pytest.raises(CancelledError),
        turns.turn(busy, words="Waiting", unit="clips", progress=said.append, cancel=lambda: len(said) > 1),
    ):
        pytest.fail("nobody's turn")
    assert said[0].message == "Waiting"
    with turns.turn(busy, words="Waiting", unit="clips", progress=said.append, cancel=lambda: False):
        assert not busy.acquire(blocking=False)


def test_files_go_when_the_work_has_stopped(tmp_path):
    folder = tempfile.TemporaryDirectory(dir=tmp_path)
    seen = []

    def work(*, progress, cancel):
        while not cancel():
            time.sleep(0.01)
        seen.append(Path(folder.name).exists())

    job = Job(work)
    job.start()
    turns.drop([job], folder)
    end = time.monotonic() + 10
    while Path(folder.name).exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert seen == [True] and not Path(folder.name).exists()
