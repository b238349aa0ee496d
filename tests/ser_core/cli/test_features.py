import numpy as np
import pandas as pd
import pytest

from ser_core import cli
from ser_core.features import FunctionalsSpec, feature_names
from ser_core.testing import make_ravdess


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    make_ravdess(tmp_path, actors=2, clips=4)
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))


def test_a_table_has_a_row_per_clip_and_a_column_per_functional(corpus, tmp_path):
    assert cli.main(["features", "ravdess", "--out", str(tmp_path / "table.parquet"), "--workers", "1"]) == 0
    table = pd.read_parquet(tmp_path / "table.parquet")
    assert list(table.columns) == ["clip_id", *feature_names(FunctionalsSpec())]
    assert len(table) == 8 and table["clip_id"].is_unique


def test_an_array_of_frames(corpus, tmp_path):
    out = tmp_path / "frames.npy"
    assert cli.main(["features", "ravdess", "--kind", "frames", "--out", str(out), "--workers", "1"]) == 0
    assert np.load(out).shape[::2] == (8, 80)


def test_an_ending_that_does_not_fit_is_refused(corpus, tmp_path, capsys):
    assert cli.main(["features", "ravdess", "--kind", "logmel", "--out", str(tmp_path / "x.csv")]) == 2
    assert ".npy" in capsys.readouterr().err
