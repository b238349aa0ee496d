import pytest

from ser_core.errors import ConfigError
from ser_core.figures.prediction import probability_bars
from ser_core.labels import EMOTIONS


def test_bars_stand_in_the_fixed_order_with_their_colours_and_values():
    figure = probability_bars({"sad": 0.25, "neutral": 0.05, "angry": 0.7})
    (bars,) = figure.data
    assert list(bars.y) == ["Neutral", "Sad", "Angry"]
    assert list(bars.x) == [0.05, 0.25, 0.7]
    assert list(bars.text) == ["5%", "25%", "70%"]
    assert list(bars.marker.color) == [EMOTIONS[name].colour for name in ("neutral", "sad", "angry")]
    assert figure.layout.yaxis.autorange == "reversed"


def test_the_axis_is_the_same_for_all():
    low, high = probability_bars({"sad": 0.5, "angry": 0.5}), probability_bars({"sad": 0.0, "angry": 1.0})
    assert low.layout.xaxis.range == high.layout.xaxis.range
    assert low.layout.xaxis.range[1] > 1
    assert low.layout.height == high.layout.height


def test_the_mark_is_drawn_where_it_is_asked_for():
    assert probability_bars({"sad": 1.0}, mark=0.5).layout.shapes[0].x0 == 0.5
    assert not probability_bars({"sad": 1.0}).layout.shapes


def test_an_unknown_emotion_is_refused():
    with pytest.raises(ConfigError):
        probability_bars({"hungry": 1.0})
