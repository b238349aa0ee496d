"""Runs that are killed at any moment: what they leave, what is listed meanwhile, and that they end the same."""

import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from unittest.mock import Mock

import pandas as pd
import pytest

from ser_core.experiments import list_runs, runner, store
from ser_core.experiments.runner import run_experiment
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import make_ravdess

KILLS = 20
#: One candidate only, so that a training takes some hundredths of a second.
LDA = ["lda", "--set", "covariance_shrinkage=0.1", "n_features=100", "n_components=16", "n_folds=3"]
#: Imports once what every start needs, then starts each command in a process of its own, a fork of this one.
STARTER = """
    import json, os, sys
    import {modules}
    import ser_core.experiments.bounds, ser_core.experiments.runner, ser_core.experiments.ship
    from ser_core.cli import main

    for line in sys.stdin:
        process = os.fork()
        if not process:
            with open(os.devnull, "w") as nothing:
                os.dup2(nothing.fileno(), 1)
            asked = json.loads(line)
            os.environ["SER_CACHE_DIR"] = asked["cache"]
            os._exit(main(asked["arguments"]))
        print(process, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
"""
#: How often to look whether it is time, seconds.
POLL_S = 0.01
#: What puts files and folders in their places and takes them away.
CHANGES = ("replace", "rename", "unlink", "remove", "rmdir")


class Starter:
    """Starts a command again and again, and kills it."""

    def __init__(self, training, modules, environment, errors):
        self.command = ["train", *training]
        self.environment = environment
        self.errors = errors
        with errors.open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(STARTER).replace("{modules}", modules)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=environment,
            )

    def run(self, out, *, kill_when=None):
        """Exit status of the command with its runs and its cache in `out`, negative if it was killed."""
        asked = {"arguments": [*self.command, "--out", str(out)], "cache": str(out / "cache")}
        self._process.stdin.write((json.dumps(asked) + "\n").encode())
        self._process.stdin.flush()
        process = int(self._line())
        while kill_when is not None and not select.select([self._process.stdout], [], [], POLL_S)[0]:
            if kill_when():
                # The starter waits for its child before it tells the status: until then the number is no other's.
                os.kill(process, signal.SIGKILL)
                break
        status = int(self._line())
        assert status in (0, -signal.SIGKILL), self.errors.read_text()
        return status

    def _line(self):
        # Unbuffered: what is buffered `select` does not see.
        line = b""
        while not line.endswith(b"\n"):
            line += os.read(self._process.stdout.fileno(), 1) or pytest.fail(self.errors.read_text())
        return line

    def end(self):
        # It has nothing to do any more, and libraries may take long to say goodbye.
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


@pytest.fixture
def starter(tmp_path):
    """Makes a starter with a miniature corpus of its own; RAVDESS' actors decide the folds."""
    started = []

    def start(training, modules, *, actors):
        make_ravdess(tmp_path, actors=actors, clips=8, duration_s=0.4)
        threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        folders = {"SER_DATA_ROOT": str(tmp_path), "SER_OWN_DIR": str(tmp_path / "own")}
        environment = {**os.environ, **dict.fromkeys(threads, "1"), **folders, "PYTHONPATH": str(PROJECT_ROOT)}
        started.append(Starter(training, modules, environment, tmp_path / "errors"))
        return started[-1]

    yield start
    for each in started:
        each.end()


def tables(run):
    """What a run found, without the times it took."""
    trainings = run.trainings.drop(columns="seconds")
    return {"trainings": trainings} | {
        name: getattr(run, name) for name in ("predictions", "validation", "history", "splits")
    }


def assert_same(run, other):
    for name, table in tables(run).items():
        pd.testing.assert_frame_equal(table, tables(other)[name], check_exact=True)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


POSIX = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are killed as POSIX systems do it")


@POSIX
def test_a_run_killed_twenty_times_ends_as_one_that_was_not(starter, tmp_path):
    """Kills fall on the features, on trainings and on the joining of tables; a run that ends is begun anew."""
    lda = starter(LDA, "ser_core.models.lda, ser_core.models._pipelines", actors=5)
    # Twice, for the first start reads much from the disk.
    for name in ("whole", "again"):
        start = time.monotonic()
        assert lda.run(tmp_path / name) == 0
        lasted = time.monotonic() - start
    (whole,), (again,) = (list_runs(tmp_path / name / "runs") for name in ("whole", "again"))
    assert_same(again, whole)
    moments, kills = random.Random(0), [0]
    while sum(kills) < KILLS:
        out = tmp_path / str(len(kills))
        at = time.monotonic() + moments.uniform(0, 0.5 * lasted)
        status = lda.run(out, kill_when=lambda at=at: time.monotonic() > at)
        listed = list_runs(out / "runs")
        assert status or listed
        for run in listed:
            assert_same(run, whole)
        if status:
            kills[-1] += 1
        else:
            kills.append(0)
    assert max(kills) > 1
    # The command itself, in a process that shares nothing with those before.
    command = [sys.executable, "-m", "ser_core", *lda.command, "--out", str(out)]
    environment = {**lda.environment, "SER_CACHE_DIR": str(out / "cache")}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    (last,) = list_runs(out / "runs")
    assert_same(last, whole)
    assert names(last.folder) == names(whole.folder)


def test_a_history_without_epochs_keeps_its_columns_where_a_join_is_repeated(tmp_path):
    file = tmp_path / "history.parquet"
    for _ in range(2):
        runner.write_table(runner._joined(file, [pd.DataFrame()], {}), file)
        assert list(pd.read_parquet(file)) == list(store.HISTORY_COLUMNS)


class Killed(BaseException):
    """Ends work as SIGKILL would: nothing that it does on its way out reaches the disk."""


class Changes:
    """Counts changes of names below a folder, and kills the work at one of them."""

    def __init__(self, folder, patch):
        self._folder, self._seen, self._kill_at = str(folder), 0, None
        for name in CHANGES:
            patch.setattr(os, name, self._watched(getattr(os, name)))

    def _watched(self, change):
        def watched(path, *rest, **options):
            # What is removed with its folder is named relative to that.
            if options.get("dir_fd") is not None or str(path).startswith(self._folder):
                if self._kill_at is not None and self._seen >= self._kill_at:
                    raise Killed
                self._seen += 1
            return change(path, *rest, **options)

        return watched

    def of(self, work, *, kill_at=None):
        """How many changes `work` makes; killed at the one of this number, from 0."""
        self._seen, self._kill_at = 0, kill_at
        try:
            work()
        except Killed:
            assert self._seen == kill_at
        finally:
            self._kill_at = None
        return self._seen


@pytest.mark.parametrize(("stage", "step"), [("join", 2), ("extension", 2), ("replacement", 3)])
def test_a_run_killed_at_a_change_of_its_folder_lists_the_old_or_the_new_one(
    config, tmp_path, monkeypatch, stage, step
):
    """While tables are joined, for the first time or with more seeds, and while another run is removed."""
    wanted = config(seeds=(0,) if stage == "replacement" else (0, 1))
    old = {"join": None, "extension": config(), "replacement": config(hyperparameters={"depth": 2})}[stage]
    overwrite = stage == "replacement"
    known = {asked.hash: run_experiment(asked, folder=tmp_path / asked.hash) for asked in (wanted, old) if asked}
    whole = known[wanted.hash]
    before, place = tmp_path / "before", tmp_path / "runs"
    before.mkdir()
    if old is not None:
        shutil.copytree(known[old.hash].folder, before / whole.id)
    if not overwrite:
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
            patch.setattr(runner, "_finish", Mock(side_effect=Killed))
            run_experiment(wanted, folder=before)
    changes = Changes(place, monkeypatch)

    def work():
        run_experiment(wanted, folder=place, overwrite=overwrite)

    shutil.copytree(before, place)
    n_changes = changes.of(work)
    # All that are removed after these differ by their name only.
    for kill_at in range(0, min(12, n_changes), step):
        shutil.rmtree(place)
        shutil.copytree(before, place)
        assert changes.of(work, kill_at=kill_at) == kill_at
        for run in list_runs(place):
            assert_same(run, known[run.config.hash])
        work()
        (run,) = list_runs(place)
        assert_same(run, whole)
        assert names(run.folder) == names(whole.folder) and names(place) == [whole.id, f"{whole.id}.lock"]
