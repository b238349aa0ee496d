import json
import os
import shutil
import subprocess
import sys

import pytest

from ser_core import cli
from ser_core.serving import Predictor
from ser_core.serving.testing import make_model
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import silence, speechlike, write_wav

KEYS = ["path", "label", "probabilities", "uncertain", "abstained", "reason", "model", "seconds"]


@pytest.fixture
def models(tmp_path, monkeypatch):
    folder = tmp_path / "models"
    make_model(folder / "best", probabilities={"angry": 0.72, "sad": 0.2}, weight=0.0001, uar=0.7)
    make_model(folder / "unsure", probabilities={"sad": 0.3}, uar=0.5)
    monkeypatch.setenv("SER_MODELS_DIR", str(folder))
    return folder


@pytest.fixture
def clip(tmp_path):
    return str(write_wav(tmp_path / "clïp 1.wav", speechlike(1.5, sr=16_000, f0=180.0, seed=0), sr=16_000))


@pytest.fixture
def silent(tmp_path):
    return str(write_wav(tmp_path / "silent.wav", silence(1.0, sr=16_000), sr=16_000))


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_json_has_one_object_per_clip_with_the_answer_of_python(models, clip, capsys):
    assert cli.main(["predict", clip, clip, "--json"]) == 0
    answers = lines(capsys)
    assert [list(answer) for answer in answers] == [KEYS, KEYS]
    said = Predictor.load(folder=models).predict(clip)
    assert answers[0]["path"] == clip
    assert answers[0]["probabilities"] == said.probabilities
    assert (answers[0]["label"], answers[0]["uncertain"], answers[0]["reason"]) == ("angry", False, None)
    assert answers[0]["model"] == "best"
    assert answers[0]["seconds"] > 0


def test_a_clip_that_cannot_be_judged_has_an_error_and_the_others_go_on(models, clip, silent, tmp_path, capsys):
    (tmp_path / "notes.wav").write_text("Dear Sir")
    (tmp_path / "empty").mkdir()
    files = [silent, str(tmp_path / "notes.wav"), str(tmp_path / "nowhere.wav"), str(tmp_path / "empty"), clip]
    assert cli.main(["predict", *files, "--json"]) == 1
    answers = lines(capsys)
    assert [answer["path"] for answer in answers] == files
    assert [sorted(answer) for answer in answers[:4]] == [["error", "path"]] * 4
    assert "silent" in answers[0]["error"]
    assert "text file" in answers[1]["error"]
    assert answers[4]["label"] == "angry"


def test_the_model_can_be_named(models, clip, capsys):
    assert cli.main(["predict", clip, "--model", "unsure", "--json"]) == 0
    (answer,) = lines(capsys)
    assert answer["model"] == "unsure"
    assert answer["uncertain"]
    assert "low confidence" in answer["reason"]


def test_top_adds_the_most_probable(models, clip, capsys):
    assert cli.main(["predict", clip, "--json", "--top", "2"]) == 0
    (answer,) = lines(capsys)
    assert [each["label"] for each in answer["top"]] == ["angry", "sad"]


def test_the_table_is_for_people(models, clip, silent, capsys):
    assert cli.main(["predict", clip, silent, "--model", "unsure"]) == 1
    out = capsys.readouterr().out
    assert "clïp 1.wav" in out
    assert "sad 30%" in out
    assert "uncertain (low confidence" in out
    assert "The clip is silent" in out
    assert "Test model unsure" in out


@pytest.mark.parametrize(
    "arguments",
    [[], ["x.wav", "--top", "0"], ["x.wav", "--top", "9"], ["x.wav", "--top", "many"], ["x.wav", "--colour"]],
)
def test_wrong_usage_exits_with_2(models, arguments):
    with pytest.raises(SystemExit) as done:
        cli.main(["predict", *arguments])
    assert done.value.code == 2


def test_an_unknown_model_exits_with_2_and_lists_those_there_are(models, clip, capsys):
    assert cli.main(["predict", clip, "--model", "oracle"]) == 2
    assert "best, unsure" in capsys.readouterr().err


def test_without_a_model_it_says_how_to_get_one(tmp_path, monkeypatch, clip, capsys):
    monkeypatch.setenv("SER_MODELS_DIR", str(tmp_path / "empty"))
    assert cli.main(["predict", clip]) == 2
    assert "make models" in capsys.readouterr().err


def test_a_file_name_that_is_no_text_still_makes_valid_json(models, clip, tmp_path):
    name = bytes(tmp_path) + b"/caf\xe9.wav"
    shutil.copyfile(os.fsencode(clip), name)
    for arguments in (["--json"], []):
        done = subprocess.run(
            [sys.executable, "-m", "ser_core", "predict", name, *arguments], cwd=PROJECT_ROOT, capture_output=True
        )
        assert done.returncode == 0, done.stderr
        if arguments:
            assert json.loads(done.stdout)["label"] == "angry"


def test_the_server_refuses_a_port_that_is_none():
    for port in ("-1", "65536", "http"):
        with pytest.raises(SystemExit) as done:
            cli.main(["serve", "--port", port])
        assert done.value.code == 2


def test_a_folder_stands_for_its_clips(models, clip, silent, tmp_path, capsys):
    assert cli.main(["predict", str(tmp_path), "--json"]) == 1
    assert [answer["path"] for answer in lines(capsys)] == [clip, silent]


def test_out_writes_a_table_and_says_how_it_went(models, clip, silent, tmp_path, capsys):
    out = tmp_path / "results" / "out.csv"
    assert cli.main(["predict", str(tmp_path), "--out", str(out)]) == 1
    assert "2 files: 1 angry; 1 could not be judged" in capsys.readouterr().out
    assert out.read_text().splitlines()[1].startswith("clïp 1.wav,angry,")
    assert cli.main(["predict", str(tmp_path), "--out", "out.docx"]) == 2


def test_a_report_comes_with_the_table(models, clip, tmp_path, capsys):
    report, table = tmp_path / "new" / "r.html", str(tmp_path / "t.csv")
    assert cli.main(["predict", clip, "--out", table, "--report", str(report)]) == 0
    assert "1 sounds angry" in report.read_text(encoding="utf-8") and str(report) in capsys.readouterr().out
    assert cli.main(["predict", clip, "--report", str(report)]) == 2
    assert "--report goes with a table" in capsys.readouterr().err
    assert cli.main(["predict", clip, "--out", table, "--report", "r.docx"]) == 2
    assert "written as .html or .pdf" in capsys.readouterr().err
