"""Predictions by a real Dask scheduler with real worker processes."""

import functools
import shutil

import pandas as pd
import pytest

from ser_core import batch, cli
from ser_core.batch import Task
from ser_core.batch import cluster as batch_cluster
from ser_core.errors import CancelledError, WorkerError
from ser_core.progress import Meter
from ser_core.serving.testing import make_model
from ser_core.testing import speechlike, write_wav

distributed = pytest.importorskip("distributed", reason="needs the package distributed")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Clips, one of them broken, and a model that only this module knows."""
    place = tmp_path_factory.mktemp("cluster")
    make_model(place / "models" / "m", probabilities={"angry": 0.7}, weight=1e-4)
    for i in range(20):
        write_wav(place / "calls" / f"{i:02}.wav", speechlike(0.6, f0=100.0 + 5 * i, seed=i))
    (place / "calls" / "broken.wav").write_bytes(b"RIFF and then nothing")
    return place


@pytest.fixture(scope="module")
def address(place, two_workers):
    """A scheduler with two processes for workers, whose folder of models is that of the place."""
    with (
        pytest.MonkeyPatch.context() as patch,
        distributed.LocalCluster(
            n_workers=0, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
        ) as local,
    ):
        patch.setenv("SER_MODELS_DIR", str(place / "models"))
        two_workers(local)
        yield local.scheduler_address


@pytest.fixture
def tasks(place):
    return batch.find([place / "calls"])


def test_two_workers_give_the_table_of_one_process(place, tasks, address, tmp_path):
    model, reports = place / "models" / "m", []
    spread = batch.predict_all(tasks, model, tmp_path / "a.parquet", dask=address, progress=reports.append)
    alone = batch.predict_all(tasks, model, tmp_path / "b.parquet", workers=1)
    pd.testing.assert_frame_equal(spread, alone)
    assert reports[-1].done == reports[-1].total == 21 and spread["error"].notna().sum() == 1


def test_goes_on_where_it_was_stopped(place, tasks, address, tmp_path, monkeypatch):
    # Every step is reported: at the usual rate the work may be done before the second report.
    monkeypatch.setattr("ser_core.batch.run.Meter", functools.partial(Meter, interval_s=0.0))
    model, out, seen = place / "models" / "m", tmp_path / "a.csv", []
    with pytest.raises(CancelledError):
        batch.predict_all(tasks, model, out, dask=address, progress=seen.append, cancel=lambda: seen[-1].done >= 4)
    reports = []
    table = batch.predict_all(tasks, model, out, dask=address, progress=reports.append)
    assert 4 <= reports[0].done < 21 and len(table) == 21 and table["path"].is_unique
    # Nothing left to do: no cluster is asked.
    batch.predict_all([], model, tmp_path / "none.csv", dask="tcp://127.0.0.1:1")


def test_the_command(place, address, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SER_MODELS_DIR", str(place / "models"))
    out = tmp_path / "out.parquet"
    assert cli.main(["predict", str(place / "calls"), "--out", str(out), "--dask", address]) == 1
    assert "21 files" in capsys.readouterr().out and len(pd.read_parquet(out)) == 21
    assert cli.main(["predict", str(place / "calls"), "--dask", address]) == 2
    assert "--out" in capsys.readouterr().err


def test_another_model_of_that_name_is_refused(tasks, address, tmp_path):
    make_model(tmp_path / "m", probabilities={"sad": 0.7})
    with pytest.raises(WorkerError, match="has another model 'm'"):
        batch.predict_all(tasks, tmp_path / "m", tmp_path / "a.csv", dask=address)
    make_model(tmp_path / "unknown", probabilities={"sad": 0.7})
    with pytest.raises(WorkerError, match="cannot use the model 'unknown'"):
        batch.predict_all(tasks, tmp_path / "unknown", tmp_path / "a.csv", dask=address)


def test_other_versions_are_refused(place, tasks, address, tmp_path, monkeypatch):
    expected = {**batch_cluster.versions(), "onnxruntime": "1.0"}
    monkeypatch.setattr(batch_cluster, "versions", lambda: expected)
    with pytest.raises(WorkerError, match=r"onnxruntime .* instead of 1\.0"):
        batch.predict_all(tasks, place / "models" / "m", tmp_path / "a.csv", dask=address)


def test_files_that_a_worker_does_not_see(place, tmp_path, monkeypatch):
    """As on a machine that does not share the disk."""
    monkeypatch.setenv("SER_MODELS_DIR", str(place / "models"))
    clip = tmp_path / "a.wav"
    shutil.copyfile(place / "calls" / "00.wav", clip)
    how = {"model": "m", "version": batch.kept_version(place / "models" / "m"), "expected": batch_cluster.versions()}
    size = clip.stat().st_size
    ((name, row),) = batch_cluster.chunk_on_worker([(Task("a", clip), size)], **how)
    assert (name, row["path"]) == ("a", "a") and row["label"]
    clip.unlink()
    with pytest.raises(WorkerError, match="does not see"):
        batch_cluster.chunk_on_worker([(Task("a", clip), size)], **how)
    ((_, row),) = batch_cluster.chunk_on_worker([(Task("a", clip), -1)], **how)
    assert "cannot be read" in row["error"]
