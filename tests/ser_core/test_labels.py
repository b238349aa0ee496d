"""The label set: order, look-up, and that emotions can be told apart on screen."""

import re

import pytest

from ser_core.errors import ConfigError
from ser_core.labels import EMOTIONS, Emotion, LabelSet

NAMES = ("neutral", "calm", "happy", "sad", "angry", "fear", "disgust", "surprise")


def test_the_order_that_models_and_figures_rely_on():
    assert EMOTIONS.names == tuple(EMOTIONS) == NAMES
    assert [EMOTIONS.index(name) for name in NAMES] == list(range(8))
    assert len(EMOTIONS) == 8


def test_look_up():
    assert EMOTIONS["fear"].adjective == "fearful"
    assert "fear" in EMOTIONS
    assert "Fear" not in EMOTIONS
    assert None not in EMOTIONS


@pytest.mark.parametrize("name", ["bored", "Sad", "", 3])
def test_an_unknown_name_lists_the_known_ones(name):
    for look_up in (EMOTIONS.index, EMOTIONS.__getitem__, lambda name: EMOTIONS.ordered([name])):
        with pytest.raises(ConfigError, match="neutral, calm, happy"):
            look_up(name)


def test_ordered_sorts_and_drops_doubles():
    assert EMOTIONS.ordered(["surprise", "calm", "neutral", "calm"]) == ("neutral", "calm", "surprise")
    assert EMOTIONS.ordered([]) == ()


def test_emotions_differ_in_every_sign():
    for sign in ("name", "title", "adjective", "colour", "symbol"):
        assert len({getattr(emotion, sign) for emotion in EMOTIONS.emotions}) == len(EMOTIONS), sign
    assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in EMOTIONS.colours.values())
    assert tuple(EMOTIONS.colours) == NAMES


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("ground", ["#FFFFFF", "#0E1117"])
def test_colours_show_on_both_themes(ground):
    for name, colour in EMOTIONS.colours.items():
        light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 1.6, name


def test_coordinates_lie_in_the_cube_and_where_they_belong():
    for emotion in EMOTIONS.emotions:
        assert all(-1 <= value <= 1 for value in (emotion.valence, emotion.arousal, emotion.dominance))
    assert EMOTIONS["happy"].valence > 0 > EMOTIONS["sad"].valence
    assert EMOTIONS["angry"].arousal > 0 > EMOTIONS["calm"].arousal
    assert EMOTIONS["angry"].dominance > 0 > EMOTIONS["fear"].dominance


def test_names_must_differ():
    twin = Emotion("a", "A", "a", "#000000", "circle", 0, 0, 0)
    with pytest.raises(ConfigError, match="differ"):
        LabelSet((twin, twin))
