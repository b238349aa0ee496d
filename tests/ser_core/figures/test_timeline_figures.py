import numpy as np
import pytest

from ser_core.figures import timeline, timeline_summary
from ser_core.labels import EMOTIONS
from ser_core.recordings import Segment

LABELS = ("neutral", "sad", "angry")


def segment(start, end, label, p=0.8, **others):
    probabilities = dict.fromkeys(LABELS, (1 - p) / 2) | {label: p}
    return Segment(
        start, end, 0, label, probabilities, others.pop("uncertain", False), others.pop("reason", None), **others
    )


SEGMENTS = [
    segment(0.0, 2.0, "sad"),
    segment(3.0, 4.0, "angry", uncertain=True, reason="low confidence"),
    segment(4.0, 6.0, "neutral", uncertain=True, reason="no speech", abstained=True),
    segment(20.0, 25.0, "sad", 0.9),
]


def draw(segments=SEGMENTS, **how):
    how = {"labels": LABELS, "window_s": (0.0, 30.0), "title": "Mostly sad", "note": "n = 4"} | how
    return timeline.lanes(segments, **how)


def bars(figure):
    return {bar.name: bar for bar in figure.data if bar.type == "bar"}


def test_each_segment_lies_in_the_lane_of_its_emotion_at_its_time():
    found = bars(draw())
    assert list(found["Sad"].base) == [0.0, 20.0] and list(found["Sad"].x) == [2.0, 5.0]
    assert found["Sad"].marker.color == EMOTIONS["sad"].colour
    assert list(found["Angry"].customdata) == [1] and list(found["Sad"].customdata) == [0, 3]


def test_doubt_is_hatched_and_no_answer_has_no_emotion():
    figure = draw()
    found = bars(figure)
    assert list(found["Sad"].marker.pattern.shape) == ["", ""]
    assert list(found["Angry"].marker.pattern.shape) == ["/"]
    assert list(found["Neutral"].base) == []
    assert list(found[timeline.NO_ANSWER].marker.pattern.shape) == ["x"]
    assert "no speech" in found[timeline.NO_ANSWER].hovertext[0]
    marks = {s.name: s.marker.symbol for s in figure.data if s.type == "scatter" and s.mode == "markers"}
    assert marks["Angry"] == (f"{EMOTIONS['angry'].symbol}-open",)
    assert marks["Sad"] == (EMOTIONS["sad"].symbol,) * 2


def test_only_the_window_is_drawn_and_the_lanes_stay():
    figure = draw(window_s=(10.0, 30.0))
    assert list(bars(figure)["Sad"].customdata) == [3]
    assert list(bars(figure)["Angry"].customdata) == []
    lanes = figure.layout.yaxis.categoryarray
    assert lanes == draw().layout.yaxis.categoryarray == draw(window_s=(0.0, 3.0)).layout.yaxis.categoryarray


def test_valence_and_arousal_break_at_a_long_pause():
    valence = next(trace for trace in draw().data if trace.name.startswith("valence"))
    assert list(valence.x) == [1.0, 3.5, None, 22.5]
    assert valence.y[0] == pytest.approx(SEGMENTS[0].valence) and valence.y[0] < 0


def test_the_chosen_segment_is_framed():
    figure = draw(chosen=3)
    assert list(bars(figure)["Sad"].marker.line.width) == [1, 3]
    assert {(shape.x0, shape.x1) for shape in figure.layout.shapes} == {(20.0, 25.0)}
    assert draw().layout.shapes == ()


def test_likely_speakers_stand_on_a_lane_in_letters():
    known = [segment(0, 2, "sad", speaker="A"), segment(2, 4, "sad", speaker="B"), segment(5, 6, "sad")]
    figure = draw(known)
    assert bars(figure)[timeline.SPEAKER].text == ("A", "B")
    assert timeline.SPEAKER in figure.layout.yaxis.categoryarray
    assert timeline.SPEAKER not in draw().layout.yaxis.categoryarray


def test_a_recording_without_speech_can_be_drawn():
    assert all(len(trace.x) == 0 for trace in draw([]).data)
    empty = timeline_summary.overview([], duration_s=60.0, window_s=None, title="t", note="n")
    assert len(empty.data) == 0
    assert len(timeline_summary.shares({}, answered_s=0.0, title="t", note="n").data[0].y) == 0


@pytest.mark.parametrize(("start", "end"), [(0, 5), (0, 60), (3600, 3900), (0, 36_000), (0, 86_400)])
def test_the_time_axis_has_a_few_round_ticks(start, end):
    axis = timeline.time_axis(start, end)
    assert 2 <= len(axis["tickvals"]) <= 8
    assert all(start <= tick <= end for tick in axis["tickvals"])
    assert len(set(axis["ticktext"])) == len(axis["ticktext"])


def test_the_parts_of_a_recording_hold_every_second_of_speech():
    found = timeline_summary.binned(SEGMENTS, duration_s=30.0, bins=7)
    assert {name: row.sum() for name, row in found.items()} == pytest.approx(
        {"sad": 7.0, "angry": 1.0, "No answer": 2.0}
    )
    assert list(found)[-1] == "No answer"
    assert all((row <= 30 / 7 + 1e-9).all() for row in found.values())


def test_the_overview_states_shares_of_time_and_marks_the_window():
    figure = timeline_summary.overview(SEGMENTS, duration_s=96.0, window_s=(0.0, 10.0), title="t", note="n")
    sad = next(bar for bar in figure.data if bar.name == "Sad")
    np.testing.assert_allclose(sad.y[:3], [1.0, 1.0, 0.0])
    assert sad.customdata[2] == 2.0
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].x1) == (0.0, 10.0)
    looks = {(bar.marker.pattern.shape, bar.marker.color == "rgba(0,0,0,0)") for bar in figure.data}
    assert len(looks) == len(figure.data) == 3


def test_shares_are_told_with_their_time():
    figure = timeline_summary.shares({"sad": 0.75, "angry": 0.25}, answered_s=80.0, title="t", note="n")
    assert figure.data[0].text == ("75%, 1:00", "25%, 0:20")
