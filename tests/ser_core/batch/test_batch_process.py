import subprocess

import pandas as pd
import pytest

from ser_core import batch
from ser_core.batch.process import predict_apart
from ser_core.errors import CancelledError, WorkerError
from ser_core.serving.testing import make_model
from ser_core.testing import speechlike, write_wav


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("apart")
    make_model(place / "models" / "m", probabilities={"angry": 0.7}, weight=1e-4)
    for i in range(12):
        write_wav(place / "calls" / f"{i:02} ü.wav", speechlike(0.6, f0=100.0 + 5 * i, seed=i))
    (place / "calls" / "broken.wav").write_bytes(b"RIFF and then nothing")
    return place


@pytest.fixture(autouse=True)
def models(place, monkeypatch):
    monkeypatch.setenv("SER_MODELS_DIR", str(place / "models"))


def test_the_table_is_that_of_this_process(place, tmp_path):
    reports = []
    apart = predict_apart(place / "calls", "m", tmp_path / "a.parquet", progress=reports.append)
    here = batch.predict_all(batch.find([place / "calls"]), place / "models" / "m", tmp_path / "b.parquet", workers=1)
    pd.testing.assert_frame_equal(apart, here)
    assert reports[-1].done == reports[-1].total == 13 and reports[0].done == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.parquet", "b.parquet"]


def test_it_ends_when_asked_and_its_workers_with_it(place, tmp_path):
    # So many that it is far from done when the first answers are kept, by when its workers run.
    first = place / "many" / "first.wav"
    write_wav(first, speechlike(0.6, f0=100.0, seed=1))
    for i in range(1000):
        (place / "many" / f"{i}.wav").hardlink_to(first)
    out = tmp_path / "a.parquet"
    part = batch.part_of(out)
    with pytest.raises(CancelledError):
        predict_apart(place / "many", "m", out, workers=2, cancel=lambda: part.exists() and part.stat().st_size > 1)
    assert not out.exists() and part.exists()
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert str(out) not in listed


def test_a_process_that_fails_says_why(place, tmp_path):
    with pytest.raises(WorkerError, match=r"status 2.*No model 'unknown'"):
        predict_apart(place / "calls", "unknown", tmp_path / "a.parquet")
