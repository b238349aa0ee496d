import json

import pandas as pd
import pytest

from ser_core.cli import main
from ser_core.testing import make_ravdess
from ser_core.testing.faults import plant


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path / "data"))


@pytest.fixture
def spoilt(tmp_path):
    """A miniature with a silent clip."""
    folder = make_ravdess(tmp_path / "data", actors=2, clips=8)
    return plant(folder / "Actor_02" / "03-01-02-01-01-01-02.wav", "silent")


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("arguments", [["audit", "ravdess", "--json"], ["--json", "audit", "ravdess"]])
def test_one_finding_per_line(spoilt, capsys, arguments):
    assert main(["corpora", *arguments]) == 0
    found = lines(capsys)
    assert all(list(row) == ["kind", "clip_id", "detail", "severity", "others", "corpus"] for row in found)
    assert [row["clip_id"] for row in found if row["kind"] == "silent"] == ["ravdess/03-01-02-01-01-01-02"]


def test_a_folder_without_labels(spoilt, capsys):
    assert main(["corpora", "audit", str(spoilt.parent), "--json"]) == 0
    assert [row["clip_id"] for row in lines(capsys) if row["kind"] == "silent"] == [spoilt.name]


def test_for_people(spoilt, capsys):
    assert main(["corpora", "audit", "ravdess"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split() == ["severity", "kind", "clip", "detail"]
    assert "16 of 16 clips are readable" in out


def test_strict_fails_where_there_is_something_to_look_at(spoilt):
    assert main(["corpora", "audit", "ravdess", "--strict"]) == 1


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_out(spoilt, tmp_path, ending):
    out = tmp_path / f"findings.{ending}"
    assert main(["corpora", "audit", "ravdess", "--out", str(out)]) == 0
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "jsonl": lambda file: pd.read_json(file, lines=True)}
    assert "silent" in set(read[ending](out)["kind"])


def test_protocol(spoilt, capsys):
    assert main(["corpora", "audit", "ravdess", "--protocol", "leaky", "--json"]) == 0
    assert "split-duplicate" in {row["kind"] for row in lines(capsys)}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Name a corpus or a folder"),
        (["nonsense"], "neither a folder nor a corpus"),
        (["ravdess"], "No clip of RAVDESS speech found"),
        (["demo", "--protocol", "nonsense"], "Unknown protocol"),
    ],
)
def test_errors(arguments, says, capsys):
    assert main(["corpora", "audit", *arguments]) == 2
    assert says in capsys.readouterr().err
