"""The answers for many clips as a figure."""

from ser_core.batch.summary import Summary
from ser_core.evaluation import Interval
from ser_core.figures.batch import answers


def summary() -> Summary:
    counts = {"calm": {"sure": 3, "uncertain": 1}, "angry": {"sure": 2, "uncertain": 0}}
    expected = {"calm": Interval(3.4, 1.5, 5.2), "angry": Interval(2.6, 1.0, 4.0)}
    states = {"sure": 5, "uncertain": 1, "abstained": 0, "error": 0}
    return Summary(6, states, counts, expected, 0.005)


def test_bars_count_and_the_expected_number_lies_below_its_bar():
    """It once lay on the bar, where its line was lost."""
    sure, uncertain, expected = answers(summary()).data
    assert list(sure.x) == [3, 2] and list(uncertain.x) == [1, 0] and list(expected.x) == [3.4, 2.6]
    for bars in (sure, uncertain):
        assert all(bar + bars.offset + bars.width < mark for bar, mark in zip(bars.y, expected.y, strict=True))


def test_emotions_are_named_at_their_rows():
    figure = answers(summary())
    assert list(figure.layout.yaxis.ticktext) == ["Calm", "Angry"]
    assert list(figure.layout.yaxis.tickvals) == list(figure.data[0].y)
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1], "the first on top"
