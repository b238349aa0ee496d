import json

import numpy as np
import pytest

from ser_core import cli, corpora
from ser_core.audio import decode
from ser_core.serving.testing import make_model
from ser_core.testing import write_wav


@pytest.fixture
def models(tmp_path, monkeypatch):
    make_model(tmp_path / "models" / "always-sad", probabilities={"sad": 0.7})
    monkeypatch.setenv("SER_MODELS_DIR", str(tmp_path / "models"))


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    """Two sentences with a second of silence around each."""
    demo = corpora.get("demo")
    pause = np.zeros(16_000, np.float32)
    voices = [decode(demo.clip_path(path)).signal for path in demo.manifest()["path"].iloc[:2]]
    file = tmp_path_factory.mktemp("talk") / "a talk.wav"
    return write_wav(file, np.concatenate([pause, voices[0], pause, voices[1], pause]))


def test_json_prints_a_segment_per_line(models, talk, capsys):
    assert cli.main(["timeline", str(talk), "--json"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(found) == 2
    assert {"start", "end", "label", "probabilities", "uncertain"} <= found[0].keys()
    assert found[0]["end"] < found[1]["start"]


def test_files_are_written_and_the_table_is_for_people(models, talk, tmp_path, capsys):
    outs = [tmp_path / f"talk.{ending}" for ending in ("csv", "json", "TextGrid", "rttm", "eaf")]
    asked = [argument for out in outs for argument in ("--out", str(out))]
    assert cli.main(["timeline", str(talk), "--smooth", "3", *asked]) == 0
    assert all(out.stat().st_size for out in outs)
    assert json.loads(outs[1].read_text())["smoothing_s"] == 3.0
    assert "sad" in capsys.readouterr().out


def test_likely_speakers_are_told_when_asked_for(models, talk, capsys):
    assert cli.main(["timeline", str(talk), "--speakers", "2", "--json"]) == 0
    assert [json.loads(line)["speaker"] for line in capsys.readouterr().out.splitlines()] == ["A", "B"]
    assert cli.main(["timeline", str(talk), "--speakers", "auto"]) == 0
    assert "speaker" in capsys.readouterr().out.splitlines()[0]
    assert cli.main(["timeline", str(talk)]) == 0
    assert "speaker" not in capsys.readouterr().out
    assert cli.main(["timeline", str(talk), "--speakers", "99"]) == 2
    assert "--speakers takes 1 to" in capsys.readouterr().err


def test_silence_is_said_in_words(models, tmp_path, capsys):
    assert cli.main(["timeline", str(write_wav(tmp_path / "s.wav", np.zeros(16_000, np.float32)))]) == 0
    assert "Nobody speaks" in capsys.readouterr().out


def test_what_cannot_be_done_is_said_before_anything_is_heard(models, talk, tmp_path, capsys):
    assert cli.main(["timeline", str(talk), "--out", "talk.docx"]) == 2
    assert "textgrid" in capsys.readouterr().err
    assert cli.main(["timeline", str(talk), "--smooth", "-1"]) == 2
    assert cli.main(["timeline", str(tmp_path / "absent.wav")]) == 2
    assert "no such file" in capsys.readouterr().err
