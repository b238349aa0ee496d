import numpy as np
import pandas as pd
import pytest

from ser_core import cli, corpora
from ser_core.cli import features
from ser_core.features import FunctionalsSpec, LogMelSpec, cluster, feature_names
from ser_core.features.cache import FeatureCache
from ser_core.features.table import matrix
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


def test_several_corpora_and_kinds_go_into_the_cache(corpus, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    assert cli.main(["features", "all", "--kind", "functionals,logmel", "--workers", "1"]) == 0
    manifest = pd.concat([corpora.manifest(name) for name in corpora.names() if corpora.get(name).is_present()])
    said = capsys.readouterr().out
    for spec in (FunctionalsSpec(), LogMelSpec()):
        assert FeatureCache().has_many(manifest["sha256"], spec.hash).all()
        assert f"{len(manifest)} clips: {spec.kind} {spec.hash}" in said
    assert cli.main(["features", "ravdess", "demo", "ravdess", "--workers", "1"]) == 0
    assert f"{8 + 120} clips" in capsys.readouterr().out


def test_an_array_is_written_in_pieces(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(features, "_PIECE", 3)
    out = tmp_path / "logmel.npy"
    assert cli.main(["features", "ravdess", "--kind", "logmel", "--out", str(out), "--workers", "1"]) == 0
    assert np.array_equal(np.load(out), matrix(corpora.manifest("ravdess"), LogMelSpec(), workers=1))


def test_a_dask_scheduler_that_is_not_there_is_told(corpus, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cluster, "_CONNECT_S", 1)
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "empty"))
    assert cli.main(["features", "ravdess", "--dask", "tcp://127.0.0.1:1"]) == 2
    assert "No Dask scheduler answers at 'tcp://127.0.0.1:1'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--kind", "sounds"], "Unknown kind of features 'sounds'"),
        (["--kind", "levels,logmel"], "computed by itself"),
        (["--kind", "functionals,logmel", "--out", "x.npy"], "one kind"),
    ],
)
def test_kinds_that_do_not_go(corpus, capsys, options, message):
    assert cli.main(["features", "ravdess", *options]) == 2
    assert message in capsys.readouterr().err
