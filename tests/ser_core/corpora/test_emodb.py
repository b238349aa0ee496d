import shutil
from itertools import product
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ser_core.corpora.emodb import CORPUS, EMOTION_CODES, SENTENCES, SPEAKERS, parse_name
from ser_core.errors import ConfigError
from ser_core.testing import make_emodb

NAMES = {"".join(parts) for parts in product(SPEAKERS, SENTENCES, EMOTION_CODES, "abcdefghijklmnopqrstuvwxyz")}


def test_every_name_round_trips():
    assert {str(parse_name(name)) for name in NAMES} == NAMES


@given(st.one_of(st.text(), st.from_regex(r"\A[01][0-9][ab][01][0-9][A-Z][a-z]?\Z")))
def test_every_other_name_is_refused(stem):
    if stem in NAMES:
        assert str(parse_name(stem)) == stem
    else:
        with pytest.raises(ConfigError, match="no EMO-DB file name"):
            parse_name(stem)


@given(name=st.sampled_from(sorted(NAMES)), data=st.data())
def test_a_spoilt_name_is_refused(name, data):
    position = data.draw(st.integers(0, 6))
    spoilt = name[:position] + data.draw(st.sampled_from("X?_.٣０")) + name[position + 1 :]
    with pytest.raises(ConfigError):
        parse_name(spoilt)


def test_fields():
    assert CORPUS.parse(PurePosixPath("wav/16b02Lc.wav")) == {
        "key": "16b02Lc",
        "speaker": "16",
        "sex": "female",
        "age": 31,
        "emotion": None,
        "label": "boredom",
        "text": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter.",
        "extra": {"version": "c"},
    }


def test_sexes_and_ages_are_those_of_the_documentation():
    assert [code for code, (sex, _) in SPEAKERS.items() if sex == "male"] == ["03", "10", "11", "12", "15"]
    assert [age for _, age in SPEAKERS.values()] == [31, 34, 21, 32, 26, 30, 32, 35, 25, 31]


@pytest.mark.parametrize("folder", [".", "wav", "elsewhere/wav"])
def test_a_miniature_is_read_in_any_folder(tmp_path, folder):
    made = make_emodb(tmp_path / "made", speakers=2, kind="flac")
    shutil.copytree(made / "wav", tmp_path / "data" / "emodb" / folder)
    table = CORPUS.scan(tmp_path / "data")
    assert len(table) == 28
    assert table["emotion"].isna().sum() == 4
    assert set(table["label"][table["emotion"].isna()]) == {"boredom"} == set(CORPUS.unmapped)
    assert set(table["language"]) == {"de"}
    assert set(table["version"]) == {"a", "b"}
    assert all(CORPUS.clip_path(path, tmp_path / "data") for path in table["path"])


@pytest.mark.parametrize(("asked", "there"), [("03a01Fa.wav", "wav"), ("wav/03a01Fa.wav", ".")])
def test_a_clip_is_found_with_and_without_the_folder_of_the_release(tmp_path, asked, there):
    made = make_emodb(tmp_path / "made", speakers=1)
    shutil.copytree(made / "wav", tmp_path / "data" / "emodb" / there)
    assert CORPUS.clip_path(f"emodb/{asked}", tmp_path / "data") is not None
