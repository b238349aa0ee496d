"""What `python -m benchmarks` writes."""

import json

import pytest

from benchmarks import __main__ as benchmarks


@pytest.fixture
def measure(monkeypatch, tmp_path):
    """Measures suites of which each finds the value of the day; gives what the file then holds."""
    file = tmp_path / "bench.json"

    def measured(*arguments, value=1.0):
        suites = dict.fromkeys(("first", "second"), lambda folder: [_row(value)])
        monkeypatch.setattr(benchmarks, "SUITES", suites)
        monkeypatch.setattr("sys.argv", ["benchmarks", *arguments, "--out", str(file)])
        monkeypatch.setattr(benchmarks.os, "sched_setaffinity", lambda *_: None, raising=False)
        assert benchmarks.main() == 0
        return json.loads(file.read_text())

    measured.file = file
    return measured


def _row(value):
    return {"what": "wait", "value": value, "unit": "s", "limit": "<= 2"}


def values(found):
    return [(row["suite"], row["value"], row["ok"]) for row in found["rows"]]


def test_rows_say_their_suite_and_whether_the_limit_holds(measure):
    assert values(measure(value=1.0)) == [("first", 1.0, True), ("second", 1.0, True)]
    assert values(measure("second", value=3.0)) == [("second", 3.0, False)]


def test_an_update_keeps_the_other_suites(measure):
    measure(value=1.0)
    assert values(measure("second", "--update", value=3.0)) == [("first", 1.0, True), ("second", 3.0, False)]
    assert values(measure("first", "--update", value=2.0)) == [("second", 3.0, False), ("first", 2.0, True)]


def test_measurements_of_two_machines_are_not_mixed(measure):
    found = measure()
    found["machine"]["processor"] = "another"
    measure.file.write_text(json.dumps(found))
    with pytest.raises(SystemExit, match="was measured on"):
        measure("first", "--update")
