"""A folder per emotion: which folder says the emotion, who speaks, and what cannot be opened."""

import dataclasses
import os
from pathlib import PurePosixPath

import pytest

from ser_core.corpora.own import Definition, read
from ser_core.corpora.own import folder as folders
from ser_core.errors import CancelledError, ConfigError
from ser_core.settings import OWN_LIMITS


def emotions(folder, **options) -> dict:
    return {clip.key: clip.emotion for clip in read(Definition("mine", folder, **options)).clips}


def kinds(reading) -> list:
    return [(finding.file, finding.kind) for finding in reading.findings]


@pytest.mark.parametrize(
    "names",
    [
        ("anger/a.wav", "joy/b.wav"),
        ("anna/anger/a.wav", "bert/joy/b.wav"),
        ("anger/anna/a.wav", "joy/bert/x/b.wav"),
        ("train/x/OAF_angry/a.wav", "happy/b.wav"),
    ],
)
def test_the_emotion_is_said_by_a_folder_at_any_depth(place, names):
    assert list(emotions(place(*names)).values()).count("angry") == 1
    assert sorted(emotions(place(*names)).values()) == ["angry", "happy"]


def test_the_innermost_known_folder_counts():
    paths = [PurePosixPath(name) for name in ("happy people/angry/a.wav", "happy people/sad/b.wav")]
    assert folders.label_words(paths, labels={}) == ["angry", "sad"]


def test_an_unknown_word_among_known_ones_is_seen_as_such(place):
    folder = place("anna/angry/a.wav", "anna/blorp/b.wav", "anna/angrry/c.wav", "d.wav")
    reading = read(Definition("mine", folder))
    assert [(label.word, label.meaning.known) for label in reading.labels] == [
        ("angrry", False),
        ("angry", True),
        ("blorp", False),
    ]
    assert kinds(reading) == [
        ("d.wav", "no-label"),
        ("anna/angrry/c.wav", "unknown-label"),
        ("anna/blorp/b.wav", "unknown-label"),
    ]
    assert "Did you mean angry?" in reading.findings[1].message
    assert [label.word for label in reading.unknown] == ["angrry", "blorp"]


def test_the_users_words_go_first(place):
    folder = place("A/1.wav", "B/2.wav", "neutral/3.wav")
    labels = {"a": "angry", "b": None, "neutral": "calm"}
    assert emotions(folder, labels=labels) == {"A/1": "angry", "B/2": None, "neutral/3": "calm"}
    assert read(Definition("mine", folder, labels=labels)).findings == []


def test_the_label_is_kept_as_it_was_written(place):
    (clip,) = read(Definition("mine", place("Freude/a.wav"))).clips
    assert (clip.label, clip.emotion) == ("Freude", "happy")


@pytest.mark.parametrize(
    ("how", "speakers"),
    [
        ({}, [None, None]),
        ({"speaker_folder": 1}, ["anna", "bert"]),
        ({"speaker_folder": -2}, ["anna", "bert"]),
        ({"speaker_folder": 9}, [None, None]),
        ({"speaker_pattern": r"^s(\d+)_"}, ["01", None]),
        ({"speaker_pattern": r"^s(\d+)_", "speaker_folder": 1}, ["01", "bert"]),
    ],
)
def test_the_speaker_is_said_by_a_folder_or_the_name(place, how, speakers):
    folder = place("anna/angry/s01_a.wav", "bert/angry/x.wav")
    assert [clip.speaker for clip in read(Definition("mine", folder, **how)).clips] == speakers


def test_levels_of_folders():
    found = folders.levels([PurePosixPath(name) for name in ("a/x/1.wav", "b/x/2.wav", "3.wav")])
    assert [(level.number, level.names) for level in found] == [(1, ("a", "b")), (2, ("x",))]


def test_only_one_of_two_copies_counts(place):
    folder = place("angry/a.wav")
    (folder / "angry/a.flac").write_bytes((folder / "angry/a.wav").read_bytes())
    reading = read(Definition("mine", folder))
    assert [clip.file.name for clip in reading.clips] == ["a.flac"]
    assert kinds(reading) == [("angry/a.wav", "duplicate")]


def test_hidden_files_and_other_files_are_left_out(place):
    folder = place("angry/a.wav", "angry/.b.wav", ".git/angry/c.wav")
    (folder / "angry/notes.txt").write_text("x")
    assert emotions(folder) == {"angry/a": "angry"}


def test_links_that_lead_out_are_told(place, tmp_path, voice):
    folder = place("angry/a.wav")
    (tmp_path / "secret.wav").write_bytes((folder / "angry/a.wav").read_bytes())
    (folder / "angry/b.wav").symlink_to(tmp_path / "secret.wav")
    (folder / "angry/c.wav").symlink_to(folder / "angry/a.wav")
    (folder / "angry/d.wav").symlink_to(folder / "angry/nothing.wav")
    (folder / "loop").symlink_to(folder)
    reading = read(Definition("mine", folder))
    assert [clip.key for clip in reading.clips] == ["angry/a", "angry/c"]
    assert kinds(reading) == [("angry/b.wav", "outside"), ("angry/d.wav", "missing-file")]


HOSTILE = (
    "-rf.wav",
    "new\nline.wav",
    "right\u202eto\u2067left.wav",
    "per%41cent.wav",
    "ü 😀.wav",
    "x" * 250 + ".wav",
    "'\"$(x)`.wav",
)


def test_hostile_names_work(place):
    folder = place(*(f"angry/{name}" for name in HOSTILE))
    clips = read(Definition("mine", folder)).clips
    assert len(clips) == len({clip.key for clip in clips}) == len(HOSTILE)
    for clip in clips:
        assert clip.key.isprintable() and len(clip.key) <= 160
    assert "angry/-rf" in [clip.key for clip in clips]


def test_names_that_are_no_text_are_told(place):
    folder = place("angry/a.wav")
    try:
        os.link(folder / "angry/a.wav", os.fsencode(folder / "angry") + b"/\xff.wav")
    except OSError:
        pytest.skip("this file system holds names in Unicode only")
    reading = read(Definition("mine", folder))
    assert [clip.key for clip in reading.clips] == ["angry/a"]
    assert kinds(reading) == [(r"angry/\udcff.wav", "name")]


def test_limits_and_missing_folders(place, tmp_path):
    folder = place("angry/a.wav", "angry/b.wav")
    for limit in ({"max_clips": 1}, {"max_files": 1}):
        with pytest.raises(ConfigError, match="which are the most that are read"):
            read(Definition("mine", folder), limits=dataclasses.replace(OWN_LIMITS, **limit))
    with pytest.raises(ConfigError, match="There is no folder"):
        read(Definition("mine", tmp_path / "none"))


def test_the_search_can_be_stopped(place):
    with pytest.raises(CancelledError):
        read(Definition("mine", place("angry/a.wav")), cancel=lambda: True)
