"""Scores of one run, or several with the significance of their differences, on the command line."""

import json

import pytest

from ser_core.cli import main
from ser_core.evaluation import full, summarise
from ser_core.evaluation.significance import compare_all
from tests.miniature_runs import make_run


@pytest.fixture
def runs(tmp_path):
    return [make_run(tmp_path, "random", model, skill=skill) for model, skill in (("svm", 0.5), ("cnn", 0.9))]


def test_one_run_is_told_in_full(runs, tmp_path, capsys):
    assert main(["evaluate", runs[0].id, "--runs", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["scores"][0]["value"] == summarise(runs[0]).uar.value and told["config"]["model"] == "svm"


def test_several_runs_are_tested_against_each_other(runs, tmp_path, capsys):
    names = [run.id for run in runs]
    assert main(["evaluate", *names, "--runs", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    for run in runs:
        assert f"{summarise(run).uar.value:.3f}" in said
    (expected,) = compare_all({run.id: full(run) for run in runs}).to_dict("records")
    # Six speakers, of whom each is better served by the second: a p that three digits would not show.
    assert 0 < expected["p"] < 0.001 and f"{expected['p']:.4f}" in said
    assert main(["evaluate", *names, "--runs", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == expected


def test_a_run_that_is_not_there_is_told_with_those_that_are(runs, tmp_path, capsys):
    assert main(["evaluate", runs[0].id, "none", "--runs", str(tmp_path)]) != 0
    error = capsys.readouterr().err
    assert "'none'" in error and runs[1].id in error
