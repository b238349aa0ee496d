"""Malformed inputs put to everything that takes one: a few hundred here, ten thousand by ``python -m benchmarks``."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import hostile
from benchmarks.hostile_writes import Fence
from ser_core.settings import PROJECT_ROOT
from ser_core.testing.hostile import FAMILIES, make_case

SEED = 2
COUNT = 200


def test_no_crash_no_hang_no_traceback_no_file_elsewhere(tmp_path):
    report = hostile.attack(tmp_path, count=COUNT, seed=SEED)
    assert report.failures == []
    assert report.tried == COUNT
    assert {"predict", "timeline", "stage", "Predictor", "exported"} <= {target for target, _ in report.outcomes}


def test_a_case_is_made_from_its_number_alone():
    assert [make_case(i, seed=5) for i in (3, 4)] == [make_case(i, seed=5) for i in (3, 4)]
    assert make_case(3, seed=5) != make_case(3, seed=6)
    assert {make_case(i).family for i in range(20)} == set(FAMILIES)


@pytest.fixture
def job(tmp_path, monkeypatch):
    """Puts code in the place of the process that tries the cases."""

    def put(code: str) -> None:
        file = tmp_path / "job.py"
        file.write_text(f"import json, os, sys, time\nfirst, stop = map(int, sys.argv[2:4])\n{code}")
        run = subprocess.Popen

        def popen(command, **options):
            return run([sys.executable, str(file), *command[3:]], **options)

        monkeypatch.setattr(hostile.subprocess, "Popen", popen)

    return put


EVENTS = """
def say(event, number, **more):
    print(json.dumps({"event": event, "number": number, "family": "audio", "way": "w", **more}), flush=True)

def end(number, seconds=0.0, failures=()):
    say("end", number, outcomes={"t": "answered"}, seconds=seconds, grown_mib=1, rss_mib=1, failures=list(failures))
"""


def test_a_crash_is_put_down_to_its_case_and_the_others_go_on(job, tmp_path):
    job(f"{EVENTS}\nfor i in range(first, stop):\n    say('start', i)\n    i != 2 or os.abort()\n    end(i)")
    report = hostile.attack(tmp_path, count=4, seed=0)
    assert report.tried == 3
    (failure,) = report.failures
    assert failure.startswith("case 2 of seed 0: ended the process with -6")


def test_a_hang_is_stopped_and_put_down_to_its_case(job, tmp_path, monkeypatch):
    monkeypatch.setattr(hostile, "_PATIENCE_S", 0.5)
    job(f"{EVENTS}\nfor i in range(first, stop):\n    say('start', i)\n    i != 1 or time.sleep(60)\n    end(i)")
    report = hostile.attack(tmp_path, count=3, seed=0)
    assert report.tried == 2
    (failure,) = report.failures
    assert failure.startswith("case 1 of seed 0: hung")


def test_what_is_slow_once_is_tried_again(job, tmp_path):
    job(f"{EVENTS}\nfor i in range(first, stop):\n    say('start', i)\n    end(i, seconds=1.0 if stop == 1 else 6.0)")
    report = hostile.attack(tmp_path, count=2, seed=0)
    (failure,) = report.failures
    assert failure.startswith("case 1 of seed 0: took 6.0 s, then 6.0 s")


def test_a_write_outside_is_seen(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    (inside / "door").symlink_to(tmp_path)
    fence, seen = Fence(inside), []
    with fence.watching(seen):
        (inside / "a").write_text("a")
        outside.write_text("b")
        (inside / "door" / "c").write_text("c")
        Path(inside / "a").rename(tmp_path / "d")
        (PROJECT_ROOT / "README.md").read_text()
    assert len(seen) == 3 and all("open" in each or "rename" in each for each in seen)
