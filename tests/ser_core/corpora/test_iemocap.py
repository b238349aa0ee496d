import shutil
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ser_core.corpora.iemocap import CORPUS, EMOTION_CODES, IemocapName, parse_evaluation, parse_name, rating
from ser_core.errors import ConfigError
from ser_core.testing import make_iemocap

NAMES = st.builds(
    IemocapName,
    st.integers(1, 5),
    st.sampled_from("FM"),
    st.from_regex(r"\A(impro[0-9]{2}[ab]?|script[0-9]{2}_[0-9][ab]?)\Z").map(str.strip),
    st.sampled_from("FM"),
    st.integers(0, 999).map("{:03}".format),
)
LINE = "[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 2.5000, 2.5000]"


@given(name=NAMES)
def test_names_round_trip(name):
    assert parse_name(str(name)) == name
    assert CORPUS.parse(PurePosixPath(f"{name}.wav"))["key"] == str(name)


@given(st.one_of(st.text(), st.from_regex(r"\ASes0[0-9][FMX]_(impro|script|x)[0-9]{1,3}_[FMX][0-9X]{3}\Z")))
def test_every_other_name_is_refused(stem):
    try:
        assert str(parse_name(stem)) == stem
    except ConfigError as error:
        assert "no name of an IEMOCAP turn" in str(error)


@pytest.mark.parametrize(
    "stem", ["Ses01F_impro01", "Ses06F_impro01_F000", "Ses01F_impro01_FXX0", "._Ses01F_impro01_F000"]
)
def test_names_just_beside(stem):
    with pytest.raises(ConfigError):
        parse_name(stem)


def test_who_speaks_is_not_whose_face_was_recorded():
    name = parse_name("Ses03M_script03_2b_F007")
    assert (name.speaker, name.scenario, name.dialogue) == ("Ses03F", "scripted", "script03_2b")


@pytest.mark.parametrize(("value", "coordinate"), [(1, -1), (3, 0), (5, 1), (2.3333, -0.33335), (0.5, -1), (5.5, 1)])
def test_ratings(value, coordinate):
    assert rating(value) == pytest.approx(coordinate)


@given(st.floats(0, 10))
def test_ratings_stay_in_range(value):
    assert -1 <= rating(value) <= 1


def test_a_line_of_an_evaluation():
    text = f"% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n{LINE}\nC-E2:\tNeutral;\t()\n"
    assert parse_evaluation(text) == {
        "Ses01F_impro01_F000": {"emotion": "neu", "valence": -0.25, "arousal": -0.25, "dominance": -0.25}
    }


@given(st.text())
def test_any_text_is_no_evaluation_or_a_good_one(text):
    for fields in parse_evaluation(text).values():
        assert fields["emotion"] in EMOTION_CODES


@given(st.integers(0, len(LINE) - 1), st.characters())
def test_a_spoilt_line_is_left_out_or_still_one(position, letter):
    for fields in parse_evaluation(LINE[:position] + letter + LINE[position + 1 :]).values():
        assert fields["emotion"] in EMOTION_CODES
        assert all(-1 <= fields[axis] <= 1 for axis in ("valence", "arousal", "dominance"))


@pytest.mark.parametrize("top", [".", "IEMOCAP_full_release"])
def test_a_miniature_is_read(tmp_path, top):
    folder = make_iemocap(tmp_path / "made")
    place = tmp_path / "data" / "iemocap"
    shutil.copytree(folder, place / top)
    table = CORPUS.scan(tmp_path / "data").set_index("clip_id")
    assert len(table) == 44
    assert table["speaker"].value_counts().to_dict() == {"Ses01F": 12, "Ses01M": 10, "Ses02F": 12, "Ses02M": 10}
    assert (table["sex"].map({"female": "F", "male": "M"}) == table["speaker"].str[-1]).all()
    assert table["label"].value_counts().to_dict() == dict.fromkeys(CORPUS.words.values(), 4)
    assert set(table["label"][table["emotion"].isna()]) == set(CORPUS.unmapped)
    assert table["scenario"].value_counts().to_dict() == {"improvised": 22, "scripted": 22}
    assert table["session"].to_list() == [1] * 22 + [2] * 22
    assert str(table["session"].dtype) == "Int64"
    assert table[["valence", "arousal", "dominance"]].abs().max().to_list() == [1.0, 0.0, 1.0]
    first = table.loc["iemocap/Ses01F_impro01_F000"]
    assert (first["emotion"], first["valence"], first["arousal"], first["dominance"]) == ("neutral", -1.0, 0.0, 1.0)
    assert first["text"] == "Turn number 0."
    assert CORPUS.clip_path("iemocap/" + first["path"].split("iemocap/")[1], tmp_path / "data").is_file()


def test_turns_without_tables_have_no_label(tmp_path):
    make_iemocap(tmp_path, sessions=1, tables=False)
    table = CORPUS.scan(tmp_path)
    assert len(table) == 22
    assert table[["emotion", "label", "valence", "text"]].isna().all(axis=None)
    assert table["speaker"].notna().all()


def test_tables_that_are_no_text_do_no_harm(tmp_path):
    folder = make_iemocap(tmp_path, sessions=1)
    for file in folder.rglob("*.txt"):
        file.write_bytes(b"\xff\xfe\x00" + file.read_bytes()[::-1])
    assert CORPUS.scan(tmp_path)["emotion"].isna().all()


def test_whole_dialogues_and_hidden_files_are_no_turns(tmp_path):
    folder = make_iemocap(tmp_path, sessions=1)
    clip = next(folder.rglob("*.wav"))
    (folder / "Session1" / "dialog" / "wav").mkdir()
    shutil.copy(clip, folder / "Session1" / "dialog" / "wav" / "Ses01F_impro01.wav")
    shutil.copy(clip, clip.with_name(f"._{clip.name}"))
    (folder / "Session1" / "dialog" / "EmoEvaluation" / "._Ses01F_impro01.txt").write_text(LINE.replace("neu", "sad"))
    assert CORPUS.found(tmp_path) == 22


def test_the_published_counts_add_up():
    assert sum(CORPUS.expected_labels.values()) == CORPUS.expected["clips"] == 10039
    assert set(CORPUS.expected_labels) == set(CORPUS.words.values())


def test_it_says_how_to_get_it():
    assert not CORPUS.sources
    assert "`iemocap`" in CORPUS.how_to_get
