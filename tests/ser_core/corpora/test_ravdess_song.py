from itertools import product
from pathlib import PurePosixPath

import pytest

from ser_core import corpora
from ser_core.corpora.ravdess_song import CORPUS
from ser_core.testing import make_ravdess, make_ravdess_song

SPEECH = corpora.get("ravdess")


def test_the_clips_are_those_of_the_release():
    names = (
        f"03-02-{emotion}-{intensity}-{statement}-{repetition}-{actor:02}"
        for emotion, intensity, statement, repetition in product(CORPUS.labels, *[("01", "02")] * 3)
        for actor in range(1, 25)
        if actor != 18 and (emotion, intensity) != ("01", "02")
    )
    fields = [CORPUS.parse(PurePosixPath(f"{name}.wav")) for name in names]
    assert all(fields)
    assert len(fields) == CORPUS.expected["clips"] == sum(CORPUS.expected_labels.values())
    assert len({field["speaker"] for field in fields}) == CORPUS.expected["speakers"]


@pytest.mark.parametrize("name", ["03-01-01-01-01-01-01", "01-02-01-01-01-01-01", "03-02-07-01-01-01-01"])
def test_speech_video_and_what_was_not_sung_are_no_clips(name):
    assert CORPUS.parse(PurePosixPath(f"{name}.wav")) is None


@pytest.mark.parametrize("folder", ["ravdess", "ravdess-song"])
def test_it_may_lie_among_the_speech(tmp_path, folder):
    make_ravdess(tmp_path, actors=2, clips=8)
    make_ravdess_song(tmp_path, folder=folder)
    table = CORPUS.scan(tmp_path)
    assert len(table) == 22
    assert set(table["corpus"]) == {"ravdess-song"}
    assert table["path"].str.startswith(f"{folder}/Actor_").all()
    assert set(table["label"]) == {"neutral", "calm", "happy", "sad", "angry", "fearful"}
    assert all(CORPUS.clip_path(path, tmp_path).is_file() for path in table["path"])
    assert SPEECH.found(tmp_path) == 16


def test_of_a_clip_in_both_folders_one_is_listed(tmp_path):
    for folder in ("ravdess", "ravdess-song"):
        make_ravdess_song(tmp_path, actors=[3], folder=folder)
    assert CORPUS.scan(tmp_path)["path"].str.startswith("ravdess-song/").all()
    assert CORPUS.found(tmp_path) == 11


def test_a_clip_path_leads_nowhere_else(tmp_path):
    make_ravdess_song(tmp_path, actors=1, folder="elsewhere")
    assert CORPUS.clip_path("elsewhere/Actor_01/03-02-01-01-01-01-01.wav", tmp_path) is None
    assert CORPUS.clip_path("ravdess/../elsewhere/Actor_01/03-02-01-01-01-01-01.wav", tmp_path) is None


def test_the_sample_is_of_song():
    fields = [CORPUS.parse(PurePosixPath(f"{key}.wav")) for key in CORPUS.sample_keys]
    assert all(fields)
    assert {field["emotion"] for field in fields} == set(CORPUS.labels.values())
    assert {field["sex"] for field in fields} == {"female", "male"}
