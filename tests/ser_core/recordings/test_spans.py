from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ser_core.errors import ConfigError
from ser_core.recordings.spans import Cutting, SpanFinder
from ser_core.speech import FRAME_S


def spans(probabilities, **settings):
    finder = SpanFinder(Cutting(**settings))
    return [*finder(probabilities), *finder.finish()]


def frames(*parts):
    """(seconds, probability) one after the other."""
    return np.concatenate([np.full(round(seconds / FRAME_S), p) for seconds, p in parts])


def test_two_sentences_are_two_spans_with_their_padding():
    found = spans(frames((1, 0), (2, 1), (1, 0), (1.5, 1), (1, 0)), pad_s=0.1, tail_s=0.2)
    assert [span.turn for span in found] == [0, 1]
    np.testing.assert_allclose([(s.start, s.end) for s in found], [(0.9, 3.2), (3.9, 5.7)], atol=2 * FRAME_S)


def test_room_around_a_span_is_heard_with_it_but_neither_past_a_cut_nor_longer_than_the_pause():
    first, second = spans(frames((1, 0), (2, 1), (1, 0), (1.5, 1), (1, 0)), pad_s=0.1, tail_s=0.0, margin_s=0.3)
    assert (first.heard_from, first.heard_to) == pytest.approx((first.start - 0.3, first.end + 0.3))
    assert second.heard_from == pytest.approx(second.start - 0.3)
    (briefly, _) = spans(frames((1, 0), (2, 1), (1, 0), (1.5, 1), (1, 0)), silence_s=0.2, tail_s=0.0, margin_s=0.3)
    assert briefly.heard_to - briefly.end == pytest.approx(0.2, abs=FRAME_S)
    before, after = spans(frames((4, 1), (0.15, 0.2), (5, 1), (1, 0)), max_s=6.0, margin_s=0.3)
    assert before.heard_to == before.end == after.start == after.heard_from


def test_a_short_pause_and_a_doubtful_frame_end_nothing():
    assert len(spans(frames((1, 1), (0.2, 0), (1, 1), (0.5, 0.4), (1, 1), (1, 0)))) == 1


def test_a_click_is_no_speech():
    assert spans(frames((1, 0), (0.1, 1), (1, 0))) == []


def test_long_speech_is_cut_where_a_pause_is_likeliest():
    found = spans(frames((4, 1), (0.15, 0.2), (5, 1), (1, 0)), max_s=6.0)
    assert [span.turn for span in found] == [0, 0]
    assert found[0].end == pytest.approx(4.07, abs=0.1)
    assert found[1].start == found[0].end


def test_the_end_of_the_recording_ends_a_span():
    (found,) = spans(frames((1, 0), (2, 1)))
    assert found.end >= 3.0 - FRAME_S


@given(st.lists(st.floats(0, 1), max_size=600), st.integers(1, 50))
def test_spans_never_overlap_nor_grow_and_blocks_change_nothing(probabilities, size):
    finder = SpanFinder(Cutting(max_s=2.0))
    found = []
    for i in range(0, len(probabilities), size):
        needed = finder.needed_from_s
        for span in finder(probabilities[i : i + size]):
            assert span.heard_from >= needed - 1e-9, "a span is heard from where the signal may be forgotten"
            assert span.heard_to <= (i + size) * FRAME_S + 1e-9, "a span is heard to where nothing was said yet"
            found.append(span)
    found += finder.finish()
    assert found == spans(probabilities, max_s=2.0)
    for before, after in pairwise(found):
        assert before.start < before.end <= after.heard_from + 1e-9
    assert all(span.heard_from <= span.start and span.end <= span.heard_to for span in found)
    assert all(span.end - span.start <= 2.0 + 2 * 0.15 + 1e-9 for span in found)


@pytest.mark.parametrize(
    "settings", [{"on": 0.3, "off": 0.5}, {"off": 0.0}, {"pad_s": -1.0}, {"margin_s": -1.0}, {"max_s": 0.5}]
)
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ConfigError):
        Cutting(**settings)
