"""A report of runs: every figure of it is the run folder's, everything is inside, nothing is fetched."""

import base64
import io
import json
import re

import numpy as np
import pandas as pd
import pytest

from ser_core import evaluation
from ser_core.cli import main
from ser_core.errors import ConfigError
from ser_core.evaluation import summarise
from ser_core.experiments import list_runs, open_run
from ser_core.experiments.entries import entries, find
from ser_core.figures.marks import score_text
from ser_core.figures.style import plain_title
from ser_core.reports import to_html
from ser_core.reports.blocks import Figure
from ser_core.reports.names import label, labels
from ser_core.reports.runs import runs_report
from ser_core.settings import PROJECT_ROOT
from tests.miniature_runs import make_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return [make_run(folder, "speaker-independent", model) for model in ("svm", "cnn")]


@pytest.fixture(scope="module")
def page(runs):
    found = entries(runs)
    return to_html(runs_report(dict(zip(labels(found), found, strict=True))))


def figures(page: str) -> list[dict]:
    return [
        json.loads(found)
        for found in re.findall(r'<script type="application/json" class="figure">(.*?)</script>', page)
    ]


def downloads(page: str) -> dict[str, str]:
    links = re.findall(r'<a download="([^"]+)" href="data:[^;]+;base64,([^"]+)">', page)
    return {name: base64.b64decode(content).decode() for name, content in links}


def trace(spec: dict, name: str) -> dict:
    return next(each for each in spec["data"] if each.get("name") == name)


def numbers(values) -> list[float]:
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"]).tolist()
    return values


def test_scores_are_those_of_the_run_folders(page, runs):
    drawn = figures(page)[0]
    for run in runs:
        summary = summarise(run)
        expected = [getattr(summary, name).value for name in ("uar", "accuracy", "macro_f1", "top3")]
        assert numbers(trace(drawn, run.config.model.upper())["x"]) == pytest.approx(expected)
        assert f"{score_text(summary.uar.value)} [{score_text(summary.uar.low)}" in page


def test_every_question_has_its_figures(page):
    # Scores, emotions, two matrices, reliability, coverage, speakers, learning curve.
    assert len(figures(page)) == 8
    for heading in ("Is the difference real?", "What they mix up", "Speakers and groups", "How it was measured"):
        assert f"<h2>{heading}</h2>" in page


def test_data_and_configuration_are_inside(page, runs):
    found = downloads(page)
    configs = json.loads(found["configurations.json"])
    for run in runs:
        assert configs[run.id]["hash"] == run.config.hash
        table = pd.read_csv(io.StringIO(found[f"{run.id}-predictions.csv"]), dtype={"speaker": str})
        assert len(table) == len(evaluation.full(run))
        assert summarise_table(table) == pytest.approx(summarise(run).uar.value, abs=1e-9)
        assert f"python -m ser_core train {run.config.model} --corpus ravdess" in page


def summarise_table(table) -> float:
    from ser_core.evaluation import metrics

    return metrics.summarise(table).uar.value


def test_nothing_is_fetched(page):
    body = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.findall(r'(?:src|href)="(?!data:)', body)
    assert "default-src 'none'" in page


def test_runs_of_different_tests_make_no_report(tmp_path, runs):
    other = make_run(tmp_path, "random", "svm")
    found = entries([*runs, other])
    with pytest.raises(ConfigError, match="one test"):
        runs_report(dict(zip(labels(found), found, strict=True)))
    with pytest.raises(ConfigError, match="at least one"):
        runs_report({})


def test_a_part_of_a_pooled_run_is_reported_by_the_command(tmp_path, capsys):
    pooled = make_run(tmp_path, "speaker-independent", "svm", corpora=("ravdess", "savee"), fractions=())
    out = tmp_path / "report.html"
    assert main(["evaluate", f"{pooled.id}@savee", "--runs", str(tmp_path), "--html", str(out)]) == 0
    assert "1 run" in capsys.readouterr().out
    page = out.read_text(encoding="utf-8")
    assert "Recognisers on SAVEE, side by side" in page
    table = pd.read_csv(io.StringIO(downloads(page)[f"{pooled.id}-savee-predictions.csv"]))
    assert table["clip_id"].str.startswith("savee/").all()


def test_the_command_names_the_runs_there_are(tmp_path, capsys):
    make_run(tmp_path, "random", "svm")
    assert main(["evaluate", "none", "--runs", str(tmp_path)]) == 2
    assert "ravdess-random-svm" in capsys.readouterr().err
    assert main(["evaluate", "ravdess-random-svm", "--runs", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["run"] == "ravdess-random-svm"


def test_a_run_whose_clips_were_trimmed_otherwise_says_so():
    shipped = list_runs(PROJECT_ROOT / "data" / "runs")
    names = ["ravdess-speaker-independent-svm", "ravdess-speaker-independent-svm-untrimmed"]
    assert [label(entry) for entry in find(shipped, names)] == ["svm", "svm · silence left in"]


def test_what_a_model_tells_besides_emotions_is_in_the_report(tmp_path):
    run = make_run(tmp_path, "speaker-independent", "cnn", fractions=())
    alone = entries([run])[0]
    assert not any("besides the emotion" in getattr(block, "text", "") for block in runs_report({"cnn": alone}).blocks)
    clips = run.predictions[["seed", "fold", "fraction", "clip_id", "speaker"]]
    truth = np.arange(len(clips)) % 2
    # Every class 0 right, every class 1 wrong.
    clips.assign(task="sex", truth=truth, value=0.2).to_parquet(run.folder / "side.parquet", index=False)
    told = runs_report({"cnn": entries([open_run(run.id, folder=tmp_path)])[0]})
    assert any("besides the emotion" in getattr(block, "text", "") for block in told.blocks)
    drawn = [block for block in told.blocks if isinstance(block, Figure)]
    assert any("CNN: sex .50" in plain_title(block.figure) for block in drawn)


@pytest.mark.parametrize("served", [True, False])
def test_worse_recordings_are_told_as_they_were_judged(tmp_path, served):
    run = make_run(tmp_path, "speaker-independent", "svm", fractions=(), speaker_calibration=True)
    clean = evaluation.full(run)[["seed", "fold", "clip_id", "speaker", "emotion"]].astype({"emotion": str})
    table = clean.assign(condition="clean", answer=clean["emotion"], confidence=0.9)
    for name in ("robustness", "robustness-served")[: 1 + served]:
        table.to_parquet(run.folder / f"{name}.parquet", index=False)
    (found,) = entries([run])
    page = to_html(runs_report({label(found): found}))
    assert "over the same channel" in page
    names = {each.get("name") for spec in figures(page) for each in spec["data"]}
    assert ("SVM · served after 30 clips" in names) == ("Served after 30 clips" in page) == served
