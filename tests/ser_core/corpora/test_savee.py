from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ser_core.corpora.savee import CORPUS, EMOTION_CODES, SPEAKERS, parse_name
from ser_core.errors import ConfigError
from ser_core.testing import make_savee

NAMES = {
    f"{speaker}_{code}{number:02}"
    for speaker in SPEAKERS
    for code in EMOTION_CODES
    for number in range(1, 31 if code == "n" else 16)
}


def test_the_names_are_those_of_the_release():
    assert len(NAMES) == CORPUS.expected["clips"]
    assert {str(parse_name(name)) for name in NAMES} == NAMES


@given(st.one_of(st.text(), st.from_regex(r"\A(DC|JE|JK|KL|XX)_(a|d|f|h|n|sa|su|s)[0-9]{1,3}\Z")))
def test_every_other_name_is_refused(name):
    if name in NAMES:
        assert str(parse_name(name)) == name
    else:
        with pytest.raises(ConfigError, match="no SAVEE name"):
            parse_name(name)


@pytest.mark.parametrize("path", ["DC/sa03.wav", "DC_sa03.flac", "AudioData/DC/sa03.WAV", "ALL/DC_sa03.wav"])
def test_both_layouts_give_the_same(path):
    assert CORPUS.parse(PurePosixPath(path)) == {
        "key": "DC_sa03",
        "speaker": "DC",
        "sex": "male",
        "emotion": "sad",
        "label": "sadness",
    }


@pytest.mark.parametrize(
    "path", ["sa03.wav", "XX/sa03.wav", "DC/sa16.wav", "DC/n31.wav", "DC/JE_a01.txt_.wav", "DC/a1.wav"]
)
def test_what_is_no_clip(path):
    assert CORPUS.parse(PurePosixPath(path)) is None


@pytest.mark.parametrize("layout", ["folders", "flat"])
def test_a_miniature_is_read(tmp_path, layout):
    make_savee(tmp_path, layout=layout)
    table = CORPUS.scan(tmp_path)
    assert len(table) == 64
    assert table["emotion"].value_counts().to_dict() == {
        emotion: 16 if emotion == "neutral" else 8 for emotion in EMOTION_CODES.values()
    }
    assert table[["age", "text", "intensity"]].isna().all(axis=None)
    assert table["clip_id"].iloc[0] == "savee/DC_a01"


@pytest.mark.parametrize("layout", ["folders", "flat"])
@pytest.mark.parametrize(
    "asked", ["savee/JE/a01.flac", "savee/JE_a01.wav", "savee/AudioData/JE/a01.wav", "savee/ALL/JE_a01.wav"]
)
def test_a_clip_is_found_in_either_layout(tmp_path, layout, asked):
    folder = make_savee(tmp_path, layout=layout, sentences=1)
    name = "JE/a01.wav" if layout == "folders" else "JE_a01.wav"
    assert CORPUS.clip_path(asked, tmp_path) == folder / name


def test_an_unknown_layout(tmp_path):
    with pytest.raises(ConfigError, match="'zip'"):
        make_savee(tmp_path, layout="zip")


def test_it_says_how_to_get_it():
    assert not CORPUS.sources
    assert "`savee`" in CORPUS.how_to_get
    assert CORPUS.how_to_get.startswith("1. ")
