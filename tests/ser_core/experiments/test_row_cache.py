"""Figures on disk: those of the very run or none, whatever became of the file."""

import json
import os
import shutil
from dataclasses import replace

import pytest

from ser_core.experiments import row_cache
from ser_core.experiments.entries import entries, row
from ser_core.experiments.row_cache import RowCache
from ser_core.experiments.store import Run
from ser_core.hashing import sha256_of
from tests.miniature_runs import make_run


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run of two corpora and seeds: three entries."""
    folder = tmp_path_factory.mktemp("runs")
    corpora = ("ravdess", "savee")
    return make_run(folder, "speaker-independent", "svm", speakers=3, seeds=(0, 1), fractions=(), corpora=corpora)


@pytest.fixture
def cache(tmp_path):
    return RowCache(tmp_path / "cache" / "scores.json")


@pytest.fixture
def known(made, cache):
    """Entries and their figures, kept."""
    found = [(entry, row(entry)) for entry in entries([made])]
    cache.put(found)
    return found


def test_figures_come_back_as_they_were(cache, known):
    assert len(known) == 3
    found = RowCache(cache.file).get([entry for entry, _ in known])
    assert found == {entry.key: figures for entry, figures in known}


def test_tables_are_read_once_to_ask_and_to_keep(made, tmp_path, monkeypatch):
    copy, read = tmp_path / made.id, []
    shutil.copytree(made.folder, copy)
    monkeypatch.setattr(row_cache, "sha256_of", lambda file: read.append(file.name) or sha256_of(file))
    found = entries([Run(copy)])
    row_cache.scoring_version()
    read.clear()
    for _ in range(2):
        RowCache(tmp_path / "scores.json").get(found)
    RowCache(tmp_path / "scores.json").put([(entry, row(entry)) for entry in found])
    assert len(RowCache(tmp_path / "scores.json").get(found)) == 3
    assert sorted(read) == ["predictions.parquet", "trainings.parquet"]


def test_a_copy_of_the_run_is_known_and_a_run_made_again_is_not(made, cache, known, tmp_path):
    copy = tmp_path / made.id
    shutil.copytree(made.folder, copy)
    for file in copy.iterdir():
        os.utime(file, ns=(1, 1))
    assert len(cache.get(entries([Run(copy)]))) == 3
    table = made.predictions
    table.iloc[:-1].to_parquet(copy / "predictions.parquet")
    assert cache.get(entries([Run(copy)])) == {}


def test_other_trainings_are_another_run(made, cache, known, tmp_path):
    copy = tmp_path / made.id
    shutil.copytree(made.folder, copy)
    made.trainings.assign(seconds=7.0).to_parquet(copy / "trainings.parquet")
    assert cache.get(entries([Run(copy)])) == {}


def test_another_scoring_makes_all_void(cache, known, monkeypatch):
    monkeypatch.setattr(row_cache, "scoring_version", lambda: "other")
    assert cache.get([entry for entry, _ in known]) == {}


def test_the_version_changes_with_the_code(tmp_path, monkeypatch):
    shutil.copytree(row_cache.PROJECT_ROOT / "ser_core" / "evaluation", tmp_path / "ser_core" / "evaluation")
    monkeypatch.setattr(row_cache, "PROJECT_ROOT", tmp_path)
    version = row_cache.scoring_version.__wrapped__
    before = version()
    assert version() == before
    with (tmp_path / "ser_core" / "evaluation" / "metrics.py").open("a") as file:
        file.write("# other\n")
    assert version() != before


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b'{"a": 1}', b"null"])
def test_a_damaged_file_is_none_and_is_replaced(cache, known, content):
    cache.file.write_bytes(content)
    assert cache.get([entry for entry, _ in known]) == {}
    cache.put(known)
    assert len(cache.get([entry for entry, _ in known])) == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda fields: fields["summary"]["uar"].update(value=0.99),
        lambda fields: fields["summary"].pop("chance"),
        lambda fields: fields.update(ece="0.05"),
        lambda fields: fields.update(worst_speaker=None),
        lambda fields: fields.update(cost=[]),
        lambda fields: fields.pop("check"),
    ],
)
def test_a_damaged_entry_is_computed_anew_and_the_others_are_kept(cache, known, damage):
    stored = json.loads(cache.file.read_bytes())
    damage(next(iter(stored.values())))
    cache.file.write_text(json.dumps(stored))
    assert len(cache.get([entry for entry, _ in known])) == 2


def test_it_is_bounded_and_drops_the_oldest(cache, known):
    small = RowCache(cache.file, most=2)
    small.put(known)
    assert set(small.get([entry for entry, _ in known])) == {entry.key for entry, _ in known[1:]}


def test_the_size_of_the_model_file_is_looked_at_anew(made, cache, known, tmp_path):
    file = tmp_path / "model.onnx"
    file.write_bytes(b"12345")
    found = cache.get([known[0][0]], model_files={made.config.hash: file})
    assert next(iter(found.values())) == replace(known[0][1], cost=replace(known[0][1].cost, model_bytes=5))


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path, known, caplog):
    (tmp_path / "file").write_text("in the way")
    RowCache(tmp_path / "file" / "scores.json").put(known)
    assert "cannot be kept" in caplog.text
