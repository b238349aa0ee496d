"""The user's own corpora on the command line."""

import json

import numpy as np
import pytest

from ser_core import corpora
from ser_core.cli import main
from ser_core.testing import speechlike, write_wav


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SER_OWN_DIR", str(tmp_path / "own"))
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path / "data"))


@pytest.fixture(scope="module")
def voices(tmp_path_factory):
    """Three speakers, two emotions and an unknown word."""
    folder = tmp_path_factory.mktemp("voices")
    for i, speaker in enumerate(("anna", "bert", "cleo")):
        for j, word in enumerate(("joy", "anger", "blorp")):
            for take in range(2):
                signal = speechlike(0.5, sr=16_000, f0=110.0 + 30 * i + 50 * j, seed=10 * i + take)
                write_wav(folder / speaker / word / f"{speaker}-{take}.wav", signal, sr=16_000)
    return folder


@pytest.fixture
def table(voices, tmp_path):
    file = tmp_path / "labels.csv"
    rows = [f"{speaker}/joy/{speaker}-0.wav,joy,{speaker},4" for speaker in ("anna", "bert", "dora")]
    file.write_text("\n".join(["Datei,label,who,valence", *rows]), encoding="utf-8")
    return file


def findings(out: str) -> list:
    return [(found["row"], found["kind"]) for found in map(json.loads, out.splitlines())]


def test_check_a_folder(voices, capsys):
    assert main(["corpora", "check", str(voices)]) == 1
    out = capsys.readouterr().out
    assert "unknown-label: 'blorp' is none of the known words" in out
    assert "18 clips of 18 files, 0 speakers, 18 clips of unknown speakers. 6 unknown-label" in out
    assert "--speaker-folder" in out
    assert corpora.names() == corpora.builtin_names()


def test_check_finds_nothing_once_all_is_said(voices, capsys):
    assert main(["corpora", "check", str(voices), "--labels", "blorp=none", "--speaker-from", "^(.*)-"]) == 0
    out = capsys.readouterr().out
    assert "18 clips of 18 files, 3 speakers." in out and "no counterpart" in out


def test_check_a_table_as_json(voices, table, capsys):
    arguments = ["corpora", "check", str(table), "--audio", str(voices), "--map", "speaker=who", "--json"]
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert findings(captured.out) == [(2, "bad-value"), (3, "bad-value"), (4, "missing-file")]
    assert "path=Datei, emotion=label, valence=valence" in captured.err
    assert main([*arguments, "--scale", "1,5"]) == 1
    assert findings(capsys.readouterr().out) == [(4, "missing-file")]
    assert main([*arguments, "--map", "valence="]) == 1
    assert findings(capsys.readouterr().out) == [(4, "missing-file")]


def test_check_listens_unless_told_not_to(voices, tmp_path, capsys):
    write_wav(tmp_path / "x/angry/silent.wav", np.zeros(16_000, np.float32), sr=16_000)
    assert main(["corpora", "check", str(tmp_path / "x"), "--json"]) == 1
    assert findings(capsys.readouterr().out) == [(None, "silent")]
    assert main(["corpora", "check", str(tmp_path / "x"), "--json", "--no-audio"]) == 0


def test_add_train_and_remove(voices, tmp_path, capsys):
    arguments = ["--folder", str(voices), "--speaker-folder", "1", "--labels", "blorp=none", "--language", "fr"]
    assert main(["corpora", "add", "mine", *arguments, "--licence", "CC0", "--json"]) == 0
    row = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (row["name"], row["found"], row["speakers"], row["emotions"]) == ("mine", 18, 3, {"happy": 6, "angry": 6})
    assert (row["language"], row["licence"]) == ("fr", "CC0")
    assert main(["corpora", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == row
    assert main(["train", "svm", "--corpus", "mine", "--out", str(tmp_path)]) == 0
    assert "mine-speaker-independent-svm" in capsys.readouterr().out
    assert main(["corpora", "remove", "mine"]) == 0
    assert "audio was left alone" in capsys.readouterr().out
    assert (voices / "anna").is_dir() and corpora.names() == corpora.builtin_names()


def test_training_without_speakers_says_what_is_missing(voices, tmp_path, capsys):
    assert main(["corpora", "add", "mine", "--folder", str(voices), "--no-audio"]) == 0
    assert main(["train", "svm", "--corpus", "mine", "--out", str(tmp_path)]) == 2
    assert "Unseen speakers need at least" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check", "none.csv"], "'none.csv' cannot be read: No such file"),
        (["check", "labels.xlsx"], "Tables are read from .csv"),
        (["check", ".", "--map", "path=x"], "belong to a table"),
        (["check", "."], "no recording that can be used"),
        (["add", "Mine", "--folder", "."], "small letters"),
        (["add", "ravdess", "--folder", "."], "belongs to a corpus that this project knows"),
        (["add", "mine", "--folder", "nowhere"], "There is no folder"),
        (["add", "mine", "--folder", "."], "no recording that can be used"),
        (["add", "mine", "--folder", ".", "--labels", "joy"], "--labels takes pairs"),
        (["add", "mine", "--folder", ".", "--labels", "joy=cross"], "Unknown emotion 'cross'"),
        (["add", "mine", "--folder", ".", "--speaker-from", "(a+)+"], "too complicated"),
        (["remove", "mine"], "no corpus of your own named 'mine'"),
        (["remove", "ravdess"], "no corpus of your own named 'ravdess'"),
    ],
)
def test_what_cannot_be_done_is_said(arguments, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["corpora", *arguments]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("a=angry,b=sad", ["a=angry", "b=sad"]),
        ("wait, what=surprise", ["wait, what=surprise"]),
        ("a=b=sad", ["a=b=sad"]),
    ],
)
def test_words_may_hold_commas_and_equal_signs(text, pairs):
    from ser_core.cli.corpora_own import _pairs, _split

    assert _split(text) == pairs
    assert _pairs(["a=b=sad"], what="--labels") == {"a=b": "sad"}
