from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ser_core.corpora.tess import CORPUS, EMOTION_CODES, TessName, parse_name
from ser_core.errors import ConfigError
from ser_core.testing import make_tess

WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)
NAMES = st.builds(TessName, st.sampled_from(["OAF", "YAF"]), WORDS, st.sampled_from(sorted(EMOTION_CODES)))


@given(name=NAMES)
def test_names_round_trip(name):
    assert parse_name(str(name)) == name


@given(name=NAMES, data=st.data())
def test_any_case_is_read_as_the_same(name, data):
    changed = "".join(data.draw(st.sampled_from([letter.lower(), letter.upper()])) for letter in str(name))
    assert parse_name(changed) == name


@given(st.one_of(st.text(), st.from_regex(r"\A(OAF?|YAF?|DC)_[a-z]*_(angry|ps|bored|)\Z")))
def test_every_other_name_is_refused(stem):
    try:
        name = parse_name(stem)
    except ConfigError as error:
        assert "no TESS file name" in str(error)
        assert CORPUS.parse(PurePosixPath("a") / f"x{stem.replace('/', '')}.wav") is None
    else:
        assert str(name).lower() == stem.lower() or str(name) == "OA_bite_neutral"


@pytest.mark.parametrize(
    "stem",
    ["OA_back_neutral", "OA_bite_angry", "OAF_back", "OAF__angry", "OAF_bäck_sad", "OAF_back_ps\n", "OAF_a_b_ps"],
)
def test_names_just_beside(stem):
    with pytest.raises(ConfigError):
        parse_name(stem)


@pytest.mark.parametrize("stem", ["OA_bite_neutral", "OAF_bite_neutral", "oaf_bite_neutral"])
def test_the_misspelt_file_is_one_of_the_older_actress(stem):
    fields = CORPUS.parse(PurePosixPath(f"OAF_neutral/{stem}.wav"))
    assert (fields["key"], fields["speaker"], fields["age"]) == ("OA_bite_neutral", "OAF", 64)


@pytest.mark.parametrize("folder", ["YAF_pleasant_surprised", "yaf_PS", "TESS Toronto emotional speech set data", "."])
def test_fields_whatever_the_folder_is_called(folder):
    assert CORPUS.parse(PurePosixPath(folder) / "YAF_back_ps.opus") == {
        "key": "YAF_back_ps",
        "speaker": "YAF",
        "sex": "female",
        "age": 26,
        "emotion": "surprise",
        "label": "pleasant surprise",
        "text": "Say the word back",
        "extra": {"word": "back"},
    }


def test_a_miniature_is_read(tmp_path):
    make_tess(tmp_path, words=2)
    table = CORPUS.scan(tmp_path)
    assert len(table) == 28
    assert table["emotion"].value_counts().to_dict() == dict.fromkeys(EMOTION_CODES.values(), 4)
    assert table.groupby("speaker")["age"].agg(["min", "max"]).to_numpy().tolist() == [[64, 64], [26, 26]]
    assert set(table["text"]) == {"Say the word back", "Say the word bite"}
    assert (table["speaker"][table["clip_id"] == "tess/OA_bite_neutral"] == "OAF").all()
    assert any("OAF_Pleasant_surprise/" in path for path in table["path"])
