import pytest
from hypothesis import given
from hypothesis import strategies as st

from ser_core.corpora.own import values
from ser_core.corpora.own.values import Wrong


@pytest.mark.parametrize(
    ("text", "sex"), [("F", "female"), ("woman", "female"), ("Male", "male"), ("männlich", "male")]
)
def test_sex(text, sex):
    assert values.sex(text) == sex


@pytest.mark.parametrize("text", ["x", "0", "both"])
def test_unknown_sex(text):
    assert isinstance(values.sex(text), Wrong)


def test_age():
    assert values.age("33") == 33 and values.age("33.0") == 33
    for text in ("-1", "200", "old", "nan", "inf", "1e400"):
        assert isinstance(values.age(text), Wrong)


@pytest.mark.parametrize(
    ("text", "scale", "value"), [("1", (1, 5), -1.0), ("3", (1, 5), 0.0), ("5", (1, 5), 1.0), ("0,5", (-1, 1), 0.5)]
)
def test_rating_is_brought_to_one_scale(text, scale, value):
    assert values.rating(text, scale=scale, field="valence") == value


@pytest.mark.parametrize("text", ["0.9", "5.1", "nan", "high"])
def test_a_rating_beyond_its_scale_is_told(text):
    wrong = values.rating(text, scale=(1, 5), field="arousal")
    assert isinstance(wrong, Wrong) and "arousal" in wrong.message and "1 to 5" in wrong.message


@given(st.text(alphabet=st.characters(), max_size=300))
def test_clean_text_is_one_visible_line_that_any_file_can_hold(text):
    cleaned = values.clean(text)
    if cleaned is not None:
        assert cleaned.isprintable() and cleaned == cleaned.strip() and 0 < len(cleaned) <= 100
        cleaned.encode("utf-8")
    shown = values.shown(text)
    assert shown.isprintable()
    shown.encode("utf-8")


def test_long_sentences_are_kept_longer_than_other_values():
    assert len(values.clean("x" * 5_000, field="text")) == 2_000
    assert len(values.clean("x" * 5_000)) == 100
