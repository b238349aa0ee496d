from itertools import pairwise

import numpy as np
import pytest

from ser_core.audio import resample
from ser_core.errors import ConfigError
from ser_core.recordings import live, make_timeline
from ser_core.recordings.live import CUTTING, Listener
from ser_core.recordings.working_copy import WorkingCopy
from ser_core.testing import encode

SR = 16_000


def spoken(listener, signal, *, sr=SR, chunk_s=0.25):
    """What comes back at each chunk: (seconds heard, segment)."""
    step = round(chunk_s * sr)
    found = []
    for start in range(0, len(signal), step):
        found += [(listener.heard_s, each) for each in listener.hear(signal[start : start + step], sr=sr)]
    return found + [(listener.heard_s, each) for each in listener.finish()]


def times(segments):
    return [(round(each.start, 3), round(each.end, 3)) for each in segments]


def test_a_microphone_gets_the_answers_of_a_recording(stitched, predictor):
    listener = Listener(predictor)
    spoken(listener, stitched.signal)
    whole = make_timeline(encode(stitched.signal), predictor, cutting=CUTTING)
    assert times(listener.segments) == times(whole.segments)
    assert [each.probabilities for each in listener.segments] == [each.probabilities for each in whole.segments]
    assert listener.timeline.duration_s == pytest.approx(whole.duration_s, abs=0.04)
    assert listener.timeline.model == "always-sad"


def test_an_answer_comes_soon_after_the_end_of_what_was_said(stitched, predictor):
    for heard_s, segment in spoken(Listener(predictor), stitched.signal):
        # The longest part is cut where a pause is likeliest, in its second half.
        assert heard_s - segment.end < CUTTING.max_s / 2 + 0.3
        assert segment.duration_s <= CUTTING.max_s + 2 * CUTTING.pad_s


@pytest.mark.parametrize("sr", [8_000, 44_100, 48_000])
def test_any_microphone_will_do(stitched, predictor, sr):
    listener = Listener(predictor)
    signal = stitched.signal[: 8 * SR]
    spoken(listener, resample(signal, sr=SR, to=sr), sr=sr)
    reference = Listener(predictor)
    spoken(reference, signal)
    assert listener.heard_s == pytest.approx(8.0, abs=0.1)
    for one, other in zip(listener.segments, reference.segments, strict=True):
        assert one.start == pytest.approx(other.start, abs=0.1) and one.end == pytest.approx(other.end, abs=0.1)


def test_another_microphone_may_be_plugged_in(stitched, predictor):
    listener = Listener(predictor)
    first, second = stitched.signal[: 6 * SR], stitched.signal[6 * SR : 12 * SR]
    listener.hear(resample(first, sr=SR, to=48_000), sr=48_000)
    listener.hear(second, sr=SR)
    listener.finish()
    assert listener.heard_s == pytest.approx(12.0, abs=0.05)


def test_hearing_may_stop_and_go_on(stitched, predictor, tmp_path):
    listener = Listener(predictor, copy=WorkingCopy(tmp_path / "copy"))
    half = 7 * SR + 123
    spoken(listener, stitched.signal[:half])
    spoken(listener, stitched.signal[half : 14 * SR])
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(listener.segments))
    assert listener.copy.duration_s == pytest.approx(listener.heard_s)
    for each in listener.segments:
        assert len(listener.copy.excerpt(each.start, each.end)) == pytest.approx(each.duration_s * SR, abs=2)


def test_memory_stays_bounded(predictor):
    listener = Listener(predictor)
    for _ in range(120):
        listener.hear(np.zeros(SR, np.float32), sr=SR)
    assert len(listener._cutter._held) < SR
    assert listener.heard_s == 120.0


def test_it_stops_hearing_when_full(predictor, monkeypatch):
    monkeypatch.setattr(live, "MAX_S", 1.0)
    listener = Listener(predictor)
    for _ in range(4):
        listener.hear(np.zeros(SR // 2, np.float32), sr=SR)
    assert listener.is_full and listener.heard_s == 1.0


def test_what_is_no_number_is_heard_as_silence(predictor):
    listener = Listener(predictor)
    listener.hear(np.full(SR, np.nan, np.float32), sr=SR)
    listener.hear(np.full(SR, np.inf, np.float32), sr=SR)
    assert listener.heard_s == 2.0 and listener.segments == []


@pytest.mark.parametrize(("shape", "sr"), [((2, 100), SR), ((100,), 10), ((100,), 10**7)])
def test_what_no_microphone_sends_is_refused(predictor, shape, sr):
    with pytest.raises(ConfigError, match="channel"):
        Listener(predictor).hear(np.zeros(shape, np.float32), sr=sr)
