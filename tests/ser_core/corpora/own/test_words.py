import pytest
from hypothesis import given
from hypothesis import strategies as st

from ser_core.corpora.own.words import Meaning, check_labels, meaning
from ser_core.errors import ConfigError
from ser_core.labels import EMOTIONS


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_the_names_of_the_set_mean_themselves(emotion):
    assert meaning(emotion).emotion == emotion
    assert meaning(EMOTIONS[emotion].adjective).emotion == emotion


@pytest.mark.parametrize(
    ("word", "emotion"),
    [
        ("anger", "angry"),
        ("ANG", "angry"),
        ("joy", "happy"),
        ("OAF_angry", "angry"),
        ("YAF_pleasant_surprised", "surprise"),
        ("ps", "surprise"),
        ("PleasantSurprise", "surprise"),
        ("03 - Happiness (strong)", "happy"),
        ("Ärger", "angry"),
        ("A\u0308rger", "angry"),
        ("Überraschung", "surprise"),
        ("fröhlich", "happy"),
        ("dégoût", "disgust"),
        ("tristeza", "sad"),
    ],
)
def test_common_words_in_five_languages(word, emotion):
    assert meaning(word) == Meaning(emotion, True)


@pytest.mark.parametrize("word", ["boredom", "Frustration", "excited", "xxx", "other"])
def test_words_without_counterpart_are_known(word):
    assert meaning(word) == Meaning(None, True)


@pytest.mark.parametrize(
    "word", ["not angry", "non-neutral", "happy sad", "happy/excited", "f", "1", "", "😀", "hungry"]
)
def test_what_is_not_clear_is_not_guessed(word):
    assert meaning(word).emotion is None
    assert not meaning(word).known


@pytest.mark.parametrize(
    ("word", "near"), [("angrry", "angry"), ("suprise", "surprise"), ("hapy", "happy"), ("qq", None)]
)
def test_a_misspelt_word_gets_a_suggestion(word, near):
    assert meaning(word) == Meaning(None, False, near)


def test_the_users_mapping_goes_first():
    labels = check_labels({"Sad": "calm", "Wow ": "surprise", "neutral": None})
    assert meaning("SAD", labels=labels).emotion == "calm"
    assert meaning("wow", labels=labels).emotion == "surprise"
    assert meaning("neutral", labels=labels) == Meaning(None, True)
    assert meaning("happy", labels=labels).emotion == "happy"


def test_numbers_with_a_sign_stay_apart():
    labels = check_labels({"-1": "sad", "1": "happy"})
    assert meaning("-1", labels=labels).emotion == "sad"


def test_a_mapping_to_no_emotion_of_the_set_is_refused():
    with pytest.raises(ConfigError, match="Unknown emotion 'cross'"):
        check_labels({"mad": "cross"})


@given(st.text(max_size=200))
def test_any_text_has_some_meaning(word):
    found = meaning(word)
    assert found.emotion is None or found.emotion in EMOTIONS
