"""A clip among the emotions."""

import numpy as np
import pytest

from ser_core.affect import affect
from ser_core.errors import ConfigError
from ser_core.figures.wheel import emotion_wheel
from ser_core.labels import EMOTIONS


def test_a_sure_answer_lies_on_its_emotion_and_has_no_spread():
    found = affect({"angry": 1.0, "sad": 0.0})
    assert (found.valence, found.arousal) == (EMOTIONS["angry"].valence, EMOTIONS["angry"].arousal)
    x, y = found.ellipse()
    assert np.ptp(x) == pytest.approx(0) and np.ptp(y) == pytest.approx(0)


def test_between_two_emotions_the_outline_points_from_one_to_the_other():
    found = affect({"angry": 0.5, "happy": 0.5})
    ends = np.array([(EMOTIONS[name].valence, EMOTIONS[name].arousal) for name in ("angry", "happy")])
    np.testing.assert_allclose((found.valence, found.arousal), ends.mean(axis=0))
    # Two points at equal odds lie one standard deviation from their middle: the outline goes through them.
    outline = np.stack(found.ellipse(points=721), axis=1)
    for end in ends:
        assert np.abs(outline - end).sum(axis=1).min() < 0.01


def test_emotions_are_as_large_as_they_are_probable():
    names = [*EMOTIONS]
    shares = dict.fromkeys(names, 0.02) | {"sad": 0.86}
    figure = emotion_wheel(shares)
    marks = next(trace for trace in figure.data if trace.mode == "markers+text")
    assert [text.strip() for text in marks.text] == [EMOTIONS[name].title for name in names]
    assert int(np.argmax(marks.marker.size)) == EMOTIONS.index("sad")
    assert len(set(marks.marker.size)) == 2
    rim, cross = figure.data[-2:]
    assert abs(cross.x[0] - EMOTIONS["sad"].valence) < 0.1
    # Without the rim the cross was not to be seen on the mark of a sure answer.
    assert rim.marker.line.width > cross.marker.line.width and rim.x == cross.x


def test_an_unknown_emotion_is_refused():
    with pytest.raises(ConfigError):
        emotion_wheel({"hungry": 1.0})
