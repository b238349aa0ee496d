import shutil
from itertools import product
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ser_core.corpora.cremad import CORPUS, EMOTION_CODES, INTENSITIES, SENTENCES, parse_name
from ser_core.errors import ConfigError
from ser_core.testing import LFS_POINTER, make_cremad

ACTORS = [str(actor) for actor in range(1001, 1092)]


def is_released(sentence: str, emotion: str, intensity: str) -> bool:
    """One sentence was asked for at three intensities, all but neutral."""
    return (intensity != "XX") == (sentence == "IEO" and emotion != "NEU")


NAMES = {
    "_".join([actor, *codes])
    for actor in ACTORS
    for codes in product(SENTENCES, EMOTION_CODES, INTENSITIES)
    if is_released(*codes)
}


def test_every_name_of_the_design_round_trips():
    # 91 actors, 82 clips each; 20 of these are not in the release.
    assert len(NAMES) == 91 * 82 == CORPUS.expected["clips"] + 20
    assert {str(parse_name(name)) for name in NAMES} == NAMES


@given(st.one_of(st.text(), st.from_regex(r"\A10[0-9]{2}_(IEO|DFA|ABC)_(ANG|NEU|SUR)_(LO|HI|XX|X)\Z")))
def test_every_other_name_is_refused(stem):
    if stem in NAMES:
        assert str(parse_name(stem)) == stem
    else:
        with pytest.raises(ConfigError, match="no CREMA-D file name"):
            parse_name(stem)


@given(name=st.sampled_from(sorted(NAMES)), data=st.data())
def test_a_spoilt_name_is_refused(name, data):
    position = data.draw(st.integers(0, len(name) - 1))
    spoilt = name[:position] + data.draw(st.sampled_from("z .٣０")) + name[position + 1 :]
    with pytest.raises(ConfigError):
        parse_name(spoilt)


def test_the_misspelt_file_of_the_release_has_its_name_of_the_table():
    assert str(parse_name("1040_ITH_SAD_X")) == "1040_ITH_SAD_XX"
    with pytest.raises(ConfigError):
        parse_name("1041_ITH_SAD_X")


def test_fields():
    assert CORPUS.parse(PurePosixPath("AudioWAV/1091_IEO_FEA_MD.wav")) == {
        "key": "1091_IEO_FEA_MD",
        "speaker": "1091",
        "emotion": "fear",
        "label": "fear",
        "intensity": "medium",
        "text": "It's eleven o'clock",
    }


def test_a_miniature_with_its_tables(tmp_path):
    make_cremad(tmp_path, sentences=2)
    table = CORPUS.scan(tmp_path).set_index("clip_id")
    assert len(table) == 4 * 22
    assert table.groupby("speaker")["sex"].first().to_list() == ["male", "female"] * 2
    assert table.groupby("speaker")["age"].first().to_list() == [20, 21, 22, 23]
    assert table["emobox_test"].groupby(table["speaker"]).first().to_dict() == {
        "1001": False,
        "1002": False,
        "1003": False,
        "1004": True,
    }
    tied = table.loc["cremad/1002_IEO_ANG_HI"]
    assert (tied["voice_vote"], tied["voice_level"]) == ("angry:disgust", 50.0)
    heard = table[table["voice_vote"] == "neutral"]
    assert set(heard["emotion"]) > {"neutral"}
    assert set(heard["voice_level"]) <= {61.25, 70.0}
    assert "race" not in {column.lower() for column in table.columns}


def test_missing_tables_leave_what_they_say_unknown(tmp_path):
    folder = make_cremad(tmp_path, actors=2)
    columns = {
        "VideoDemographics.csv": ["sex", "age"],
        "processedResults/summaryTable.csv": ["voice_vote", "voice_level"],
        "emobox_test.txt": ["emobox_test"],
    }
    for name, unknown in columns.items():
        (folder / name).unlink()
        table = CORPUS.scan(tmp_path)
        assert table[unknown].isna().all(axis=None)
        assert table["emotion"].notna().all()
    assert {name: str(table[name].dtype) for name in ("voice_vote", "voice_level", "emobox_test")} == {
        "voice_vote": "str",
        "voice_level": "float64",
        "emobox_test": "boolean",
    }


@pytest.mark.parametrize("place", [".", "CREMA-D", "CREMA-D/processedResults"])
def test_tables_are_found_where_copies_have_them(tmp_path, place):
    folder = make_cremad(tmp_path, actors=1)
    (folder / place).mkdir(parents=True, exist_ok=True)
    (folder / "processedResults" / "summaryTable.csv").rename(folder / place / "summaryTable.csv")
    assert CORPUS.scan(tmp_path)["voice_vote"].notna().all()


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"ActorID\n1001,51,Male\n", b"ActorID,Age,Sex\n1001,old,unsaid\n1001"]
)
def test_a_spoilt_table_leaves_what_it_says_unknown(tmp_path, content):
    folder = make_cremad(tmp_path, actors=1)
    (folder / "VideoDemographics.csv").write_bytes(content)
    (folder / "processedResults" / "summaryTable.csv").write_bytes(
        b'"","FileName","VoiceVote","VoiceLevel"\n' + content
    )
    table = CORPUS.scan(tmp_path)
    assert table[["sex", "age", "voice_vote", "voice_level"]].isna().all(axis=None)


@pytest.mark.parametrize(("vote", "level"), [("A:X", "1:2"), ("", ""), ("NA", "NA"), ("A;D", "70;x")])
def test_a_vote_that_is_none(tmp_path, vote, level):
    folder = make_cremad(tmp_path, actors=1)
    table = folder / "processedResults" / "summaryTable.csv"
    table.write_text(f'"","FileName","VoiceVote","VoiceLevel"\n"1","1001_IEO_ANG_HI","{vote}","{level}"\n')
    row = CORPUS.scan(tmp_path).set_index("clip_id").loc["cremad/1001_IEO_ANG_HI"]
    assert row["voice_vote"] != row["voice_vote"]


def test_of_the_two_copies_of_the_release_the_lossless_is_read(tmp_path):
    folder = make_cremad(tmp_path, actors=1)
    shutil.copytree(folder / "AudioWAV", folder / "AudioMP3")
    assert CORPUS.scan(tmp_path)["path"].str.startswith("cremad/AudioWAV/").all()
    shutil.rmtree(folder / "AudioWAV")
    assert CORPUS.scan(tmp_path)["path"].str.startswith("cremad/AudioMP3/").all()
    assert CORPUS.clip_path("cremad/AudioWAV/1001_IEO_ANG_HI.wav", tmp_path) == folder / "AudioMP3/1001_IEO_ANG_HI.wav"


def test_git_lfs_pointers_are_named_as_such(tmp_path):
    folder = make_cremad(tmp_path, actors=1)
    assert CORPUS.unreadable(tmp_path) == {}
    (folder / "AudioWAV" / "1001_IEO_ANG_HI.wav").write_bytes(LFS_POINTER)
    (folder / "AudioWAV" / "1001_IEO_ANG_LO.wav").write_bytes(b"nothing")
    reasons = CORPUS.unreadable(tmp_path)
    assert set(reasons) == {"cremad/1001_IEO_ANG_HI", "cremad/1001_IEO_ANG_LO"}
    assert "Git-LFS pointer" in reasons["cremad/1001_IEO_ANG_HI"]
    assert "git lfs pull" in reasons["cremad/1001_IEO_ANG_HI"]
    assert "not audio" in reasons["cremad/1001_IEO_ANG_LO"]
