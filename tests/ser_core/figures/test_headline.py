"""The figure of the leak draws what it is given."""

import pytest

from ser_core.evaluation import Interval
from ser_core.figures.headline import Score, headline
from ser_core.figures.style import plain_title

SCORES = [
    Score("svm", "leaky", "Leaky", Interval(0.97, 0.96, 0.98), 0.125, 922),
    Score("cnn", "leaky", "Leaky", Interval(0.95, 0.93, 0.96), 0.125, 922),
    Score("svm", "speaker-independent", "Unseen speakers", Interval(0.57, 0.53, 0.61), 0.125, 1440),
    Score("cnn", "speaker-independent", "Unseen speakers", Interval(0.62, 0.58, 0.66), 0.125, 1440),
]


@pytest.fixture
def figure():
    return headline(SCORES, title="The leak")


def by_name(figure):
    return {trace.name: trace for trace in figure.data if trace.name}


def test_marks_stand_at_the_scores(figure):
    assert list(by_name(figure)["Leaky"].x) == [0.97, 0.95]
    assert list(by_name(figure)["Unseen speakers"].x) == [0.57, 0.62]


def test_bars_end_at_the_intervals(figure):
    trace = by_name(figure)["Unseen speakers"]
    assert [x + e for x, e in zip(trace.x, trace.error_x.array, strict=True)] == pytest.approx([0.61, 0.66])
    assert [x - e for x, e in zip(trace.x, trace.error_x.arrayminus, strict=True)] == pytest.approx([0.53, 0.58])


def test_a_model_has_its_own_row_under_every_protocol(figure):
    rows = {trace.name: tuple(trace.y) for trace in figure.data if trace.name}
    assert rows["Leaky"] == rows["Unseen speakers"]
    assert len(set(rows["Leaky"])) == 2
    assert list(figure.layout.yaxis.ticktext) == ["<b>SVM</b>", "<b>CNN</b>"]


def test_long_names_leave_the_marks_room():
    """On a telephone, figures of two protocols once touched."""
    figure = headline([Score("bagging", "leaky", "Leaky", Interval(0.9, 0.8, 1.0), 0.125, 60)], title="t")
    assert list(figure.layout.yaxis.ticktext) == ["<b>Bagged<br>discriminant<br>analyses</b>"]


def test_lines_span_from_worst_to_best(figure):
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert [tuple(line.x) for line in lines] == [(0.57, 0.97), (0.62, 0.95)]


def test_protocols_are_told_apart_without_colour(figure):
    traces = by_name(figure).values()
    assert len({trace.marker.symbol for trace in traces}) == len(traces)


def test_chance_and_clips_are_stated(figure):
    assert figure.layout.shapes[0].x0 == 0.125
    assert "leaky 922, unseen speakers 1,440" in plain_title(figure)


def test_an_unknown_protocol_is_drawn_too():
    score = Score("svm", "cross-corpus", "Another corpus", Interval(0.3, 0.2, 0.4), 0.25, 10)
    assert by_name(headline([score], title="t"))["Another corpus"].x == (0.3,)
