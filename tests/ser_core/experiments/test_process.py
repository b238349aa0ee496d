"""Trainings in a process of their own: their progress, their end, and why they failed."""

import os
import subprocess
import sys
import textwrap
import time

import pytest

from ser_core import apart
from ser_core.errors import CancelledError, ConfigError, WorkerError
from ser_core.experiments import ExperimentConfig
from ser_core.experiments.process import train_apart
from ser_core.experiments.runner import run_experiment


@pytest.fixture
def played(monkeypatch):
    """Sets what the process does, as the text of a program; the processes that were started."""
    started, programs = [], []
    real = subprocess.Popen

    def popen(command, **how):
        started.append(real([sys.executable, "-c", textwrap.dedent(programs[-1])], **how))
        return started[-1]

    monkeypatch.setattr(apart.subprocess, "Popen", popen)
    return programs.append, started


def test_progress_of_the_run_is_told_and_that_of_a_training_in_words(played, tmp_path):
    say, _ = played
    say("""
        print('{"level":"run","done":1,"total":4,"unit":"trainings","message":"m","seconds_left":9.0}')
        print('{"level":"training","done":3,"total":20,"unit":"epochs","message":"Fitting","seconds_left":1.0}')
        print("run  uar")
        print("1")
    """)
    seen = []
    train_apart(["svm"], log=tmp_path / "log", progress=seen.append)
    assert [(each.done, each.total, each.message, each.seconds_left) for each in seen] == [
        (1, 4, "m", 9.0),
        (1, 4, "Fitting (3 of 20 epochs)", 9.0),
    ]
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import sys; sys.exit('Traceback\\nValueError: too few clips')", "failed: ValueError: too few clips. What"),
        ("import sys; sys.exit(3)", "status 3 and said nothing"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", r"the system ended it \(signal 9\)"),
    ],
)
def test_a_failure_says_why(played, tmp_path, program, message):
    played[0](program)
    with pytest.raises(WorkerError, match=message):
        train_apart(["svm"], log=tmp_path / "log")


def test_the_command_itself_says_what_is_wrong(tmp_path):
    with pytest.raises(WorkerError, match="failed: Unknown model 'none'"):
        train_apart(["none"], log=tmp_path / "log")


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="this system has other priorities")
def test_it_leaves_the_processor_to_others_and_ends_when_asked(played, tmp_path):
    say, started = played
    say("import time; time.sleep(60)")
    nice = []

    def cancel():
        nice.append(os.getpriority(os.PRIO_PROCESS, started[0].pid))
        return len(nice) > 2

    start = time.monotonic()
    with pytest.raises(CancelledError):
        train_apart(["svm"], log=tmp_path / "log", cancel=cancel)
    assert nice[-1] == apart.NICE and started[0].poll() is not None and time.monotonic() - start < 20


@pytest.mark.parametrize("name", ["../out", "", ".hidden", "a/b"])
def test_a_name_that_leads_elsewhere_is_refused(name, tmp_path):
    config = ExperimentConfig.of("demo", "random", "lda")
    with pytest.raises(ConfigError, match="The name of a run"):
        run_experiment(config, folder=tmp_path / "runs", name=name)
    assert not (tmp_path / "runs").exists()
