import dataclasses
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from ser_core import batch
from ser_core.errors import CancelledError, ConfigError
from ser_core.serving import Predictor
from ser_core.serving.testing import make_model
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import speechlike, write_wav


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "m"
    make_model(folder, probabilities={"angry": 0.7}, weight=1e-4)
    return folder


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    """Seventy clips in two folders, one of which is no audio."""
    folder = tmp_path_factory.mktemp("calls")
    for i in range(70):
        sub = folder / ("ä b" if i % 2 else "c")
        sub.mkdir(exist_ok=True)
        write_wav(sub / f"{i:02}.wav", speechlike(0.6, f0=100.0 + 2 * i, seed=i))
    (folder / "c" / "broken.wav").write_bytes(b"RIFF and then nothing")
    (folder / "c" / "notes.txt").write_text("no clip")
    return folder


def test_the_table_says_what_one_clip_alone_says(calls, model, tmp_path):
    tasks = batch.find([calls])
    table = batch.predict_all(tasks, model, tmp_path / "out.parquet", workers=2)
    assert list(table["path"]) == sorted(task.name for task in tasks) and len(table) == 71
    predictor = Predictor(model)
    for row in table.iloc[[0, 40, 70]].itertuples():
        if pd.isna(row.error):
            alone = predictor.predict(calls / row.path)
            assert row.label == alone.label and row.p_sad == pytest.approx(alone.probabilities["sad"], abs=1e-9)
    broken = table[table["path"] == "c/broken.wav"].iloc[0]
    assert "WAV" in broken["error"] and pd.isna(broken["label"])
    assert table["error"].notna().sum() == 1
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out.parquet"), table)
    assert [file.name for file in tmp_path.iterdir()] == ["out.parquet"]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_other_tables(calls, model, tmp_path, ending):
    out = tmp_path / f"out.{ending}"
    batch.predict_all(batch.find([calls / "c"])[:3], model, out)
    table = pd.read_csv(out) if ending == "csv" else pd.read_json(out, lines=True)
    assert len(table) == 3 and set(batch.COLUMNS) <= set(table.columns)


def test_what_was_stopped_goes_on(calls, model, tmp_path):
    tasks, out = batch.find([calls]), tmp_path / "out.parquet"
    seen = []
    with pytest.raises(CancelledError):
        batch.predict_all(tasks, model, out, workers=1, cancel=lambda: bool(seen), progress=seen.append)
    assert not out.exists()
    kept = [json.loads(line) for line in (tmp_path / "out.parquet.part").read_text().split("\n") if line]
    assert 0 < len(kept) < 71
    reports = []
    table = batch.predict_all(tasks, model, out, workers=1, progress=reports.append)
    assert reports[0].done == len(kept)
    assert len(table) == 71 and table["path"].is_unique


def test_a_kill_in_the_middle_of_a_line_costs_that_line_only(calls, model, tmp_path):
    tasks, out = batch.find([calls])[:40], tmp_path / "out.csv"
    whole = batch.predict_all(tasks, model, out)
    part = tmp_path / "out.csv.part"
    lines = [
        json.dumps([batch.kept_version(model), task.name, task.state, batch.judge(Predictor(model), task)])
        for task in tasks[:2]
    ]
    part.write_text("\n".join(lines)[:-7])
    reports = []
    pd.testing.assert_frame_equal(batch.predict_all(tasks, model, out, progress=reports.append), whole)
    assert reports[0].done == 1


def test_a_changed_file_and_another_model_are_judged_again(calls, model, tmp_path):
    task = batch.find([calls])[0]
    part = tmp_path / "out.csv.part"
    old = {"path": task.name, "label": "sad"}
    version = batch.kept_version(model)
    part.write_text(
        json.dumps([version, task.name, [1, 2], old]) + "\n" + json.dumps(["other", task.name, task.state, old]) + "\n"
    )
    assert batch.predict_all([task], model, tmp_path / "out.csv")["label"].iloc[0] != "sad"


def test_killed_at_any_moment_it_loses_nothing(calls, model, tmp_path):
    """SIGKILL, again and again, of the real command; the table is that of an undisturbed run."""
    out = tmp_path / "out.jsonl"
    command = [sys.executable, "-m", "ser_core", "predict", str(calls), "--out", str(out), "--model", "m"]
    environment = {**os.environ, "SER_MODELS_DIR": str(model.parent), "OMP_NUM_THREADS": "1"}
    part = tmp_path / "out.jsonl.part"
    for _ in range(2):
        process = subprocess.Popen(
            [*command, "--workers", "1"],
            cwd=PROJECT_ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        size = part.stat().st_size if part.exists() else 0
        while process.poll() is None and not (part.exists() and part.stat().st_size > size + 10):
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    finished = subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert finished.returncode == 1, finished.stderr
    assert "71 files" in finished.stdout and "1 could not be judged" in finished.stdout
    table = pd.read_json(out, lines=True)
    whole = batch.predict_all(batch.find([calls]), model, tmp_path / "whole.jsonl", workers=1)
    assert list(table["path"]) == list(whole["path"])
    np.testing.assert_allclose(table["p_sad"], whole["p_sad"])


def test_workers_end_when_their_parent_is_killed(calls, model, tmp_path):
    """They waited for work for ever, each with its model in memory."""
    psutil = pytest.importorskip("psutil")
    command = [sys.executable, "-m", "ser_core", "predict", str(calls), "--out", str(tmp_path / "out.csv")]
    environment = {**os.environ, "SER_MODELS_DIR": str(model.parent), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [*command, "--workers", "2"],
        cwd=PROJECT_ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    workers = []
    while process.poll() is None and len(workers) < 3:  # Two, and the one that looks after shared resources.
        workers = psutil.Process(process.pid).children(recursive=True)
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(workers, timeout=30)
    for worker in alive:
        worker.kill()
    assert workers and not alive


def test_names_that_are_no_text_are_kept_apart(model, tmp_path):
    name = os.fsdecode(b"cl\xff\np.wav")
    try:
        write_wav(tmp_path / name, speechlike(0.6, f0=120.0, seed=0))
    except OSError:
        pytest.skip("the file system has no such names")
    (task,) = batch.find([tmp_path])
    table = batch.predict_all([task], model, tmp_path / "out.parquet")
    assert table["path"].iloc[0] == "cl\\xff\np.wav" or "dcff" in table["path"].iloc[0]
    assert pd.isna(table["error"].iloc[0])


def test_nothing_to_judge_and_no_such_table(model, tmp_path):
    with pytest.raises(ConfigError, match="no audio file"):
        batch.find([tmp_path])
    with pytest.raises(ConfigError, match=r"\.parquet"):
        batch.predict_all([batch.Task("a", tmp_path / "a.wav")], model, tmp_path / "out.xlsx")
    table = batch.predict_all([batch.Task("a", tmp_path / "a.wav")], model, tmp_path / "out.csv")
    assert "cannot be read" in table["error"].iloc[0]


def test_folders_of_the_same_name_are_told_apart(model, tmp_path):
    for i, place in enumerate(("one", "two")):
        write_wav(tmp_path / place / "calls" / "a.wav", speechlike(0.6, f0=100.0 + 80 * i, seed=i))
    tasks = batch.find([tmp_path / "one" / "calls", tmp_path / "two" / "calls"])
    table = batch.predict_all(tasks, model, tmp_path / "out.csv")
    predictor = Predictor(model)
    assert table["path"].is_unique and len(table) == 2
    for row in table.itertuples():
        assert row.p_sad == pytest.approx(predictor.predict(row.path).probabilities["sad"], abs=1e-9)


def test_an_abstained_file_has_no_answer(model, monkeypatch, tmp_path):
    clip = write_wav(tmp_path / "tone.wav", speechlike(0.6, f0=120.0, seed=0))
    predictor = Predictor(model)
    said = dataclasses.replace(predictor.predict(clip), abstained=True, uncertain=True, reason="no speech")
    monkeypatch.setattr(predictor, "predict", lambda file: said)
    table = batch.as_table([batch.judge(predictor, batch.Task("tone.wav", clip))])
    row = table.iloc[0]
    assert row["abstained"] and row["uncertain"] and row["reason"] == "no speech" and pd.isna(row["error"])
    assert pd.isna(row["label"]) and table.filter(like="p_").isna().all(axis=None)
