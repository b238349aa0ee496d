import dataclasses

import numpy as np
import pytest

from ser_core.errors import AudioError, CancelledError, ConfigError
from ser_core.recordings import Cutting, Segment, Timeline, make_timeline, segments, smooth
from ser_core.serving import Predictor
from ser_core.testing import encode


def segment(start, end, label="sad", p=0.7, **others):
    probabilities = dict.fromkeys(("neutral", "sad", "angry"), (1 - p) / 2) | {label: p}
    return Segment(
        start, end, 0, label, probabilities, others.pop("uncertain", False), others.pop("reason", None), **others
    )


def test_every_sentence_is_found_where_it_is(stitched, predictor):
    timeline = make_timeline(encode(stitched.signal), predictor)
    assert timeline.duration_s == pytest.approx(len(stitched.signal) / 16_000)
    assert timeline.model == "always-sad"
    assert {s.label for s in timeline.segments} == {"sad"}
    covered = total = 0.0
    for start, end in stitched.speech:
        inside = [s for s in timeline.segments if s.end > start and s.start < end]
        covered += sum(min(end, s.end) - max(start, s.start) for s in inside)
        total += end - start
        assert abs(inside[0].start - start) < 0.3 and abs(inside[-1].end - end) < 0.3
    assert covered / total > 0.95
    silence = timeline.duration_s - total
    assert sum(s.duration_s for s in timeline.segments) - covered < 0.25 * silence


def test_a_segment_is_judged_as_the_clip_cut_out_beforehand_with_the_room_around_it(stitched):
    shipped, room = Predictor.load(), Cutting().margin_s
    found = list(segments(encode(stitched.signal), shipped))
    for one in found[:3]:
        clip = stitched.signal[round((one.start - room) * 16_000) : round((one.end + room) * 16_000)]
        alone = shipped.predict(encode(clip))
        assert alone.label == one.label
        assert one.probabilities == pytest.approx(alone.probabilities, abs=0.001)


def test_segments_come_while_the_rest_is_still_to_be_read(stitched, predictor):
    hearing = []
    stream = segments(encode(np.tile(stitched.signal, 4)), predictor, progress=hearing.append)
    next(stream)
    assert hearing[-1].done < hearing[-1].total / 2
    stream.close()


def test_silence_has_no_segment(predictor):
    timeline = make_timeline(encode(np.zeros(5 * 16_000, np.float32)), predictor)
    assert timeline.segments == ()
    assert timeline.duration_s == 5.0
    assert timeline.summary()["share"] == {} and timeline.summary()["uncertain_share"] == 0.0


def test_it_stops_when_asked(stitched, predictor):
    with pytest.raises(CancelledError):
        make_timeline(encode(stitched.signal), predictor, cancel=lambda: True)


def test_what_is_no_recording_is_an_audio_error(predictor):
    with pytest.raises(AudioError):
        make_timeline(b"not a sound", predictor)


def test_the_summary_counts_time_not_segments():
    first, second = segment(0, 3, "sad", 0.7), segment(4, 5, "angry", 0.8, uncertain=True)
    summary = Timeline((first, second), 6.0, "m").summary()
    assert summary["speech_s"] == 4.0
    assert summary["share"] == {"sad": 0.75, "angry": 0.25}
    assert summary["expected_share"]["angry"] == pytest.approx((0.15 * 3 + 0.8) / 4)
    assert summary["changes"] == 1
    assert summary["uncertain_share"] == 0.25
    assert summary["certain"]["angry"] == [second.to_dict()]


def test_valence_and_arousal_follow_the_probabilities():
    angry, sad = segment(0, 1, "angry", 0.9), segment(0, 1, "sad", 0.9)
    assert angry.arousal > sad.arousal
    assert angry.valence < 0 and sad.valence < 0


def test_smoothing_lets_neighbours_outvote_a_doubtful_segment():
    found = smooth([segment(0, 2, "sad", 0.9), segment(2, 4, "angry", 0.4), segment(4, 6, "sad", 0.9)], lasting_s=20.0)
    assert [s.label for s in found] == ["sad", "sad", "sad"]
    for each in found:
        assert sum(each.probabilities.values()) == pytest.approx(1.0)


def test_smoothing_by_hand():
    """Two segments, two emotions: the posterior by Bayes' rule over the four paths."""
    first, second = (
        dataclasses.replace(segment(0, 2), probabilities={"sad": 0.8, "angry": 0.2}),
        dataclasses.replace(segment(2, 4), probabilities={"sad": 0.4, "angry": 0.6}),
    )
    stay = np.exp(-2 / 5.0)
    same, other = stay + (1 - stay) / 2, (1 - stay) / 2
    sad = 0.8 * (0.4 * same + 0.6 * other)
    angry = 0.2 * (0.4 * other + 0.6 * same)
    assert smooth([first, second], lasting_s=5.0)[0].probabilities["sad"] == pytest.approx(sad / (sad + angry))


def test_segments_far_apart_do_not_touch():
    far = [segment(0, 2, "sad", 0.6), segment(10_000, 10_002, "angry", 0.6)]
    assert [s.probabilities for s in smooth(far, lasting_s=1.0)] == [
        pytest.approx(s.probabilities, abs=1e-9) for s in far
    ]
    assert smooth(far[:1], lasting_s=1.0) == far[:1]
    with pytest.raises(ConfigError):
        smooth(far, lasting_s=0.0)


def test_what_has_no_answer_counts_as_speech_but_for_no_emotion():
    silent = segment(2, 4, "angry", 0.9, uncertain=True, reason="no speech", abstained=True)
    summary = Timeline((segment(0, 2), silent, segment(4, 8)), 8.0, "m").summary()
    assert summary["share"] == {"sad": 1.0}
    assert summary["speech_s"] == 8.0 and summary["no_answer_share"] == summary["uncertain_share"] == 0.25
    assert summary["changes"] == 0 and "angry" not in summary["certain"]


def test_each_likely_speaker_has_a_share_of_its_own():
    found = (segment(0, 3, speaker="A"), segment(3, 4, "angry", speaker="B"), segment(4, 5, speaker="B"))
    speakers = Timeline(found, 5.0, "m").summary()["speakers"]
    assert speakers["A"] == {"speech_s": 3, "share": {"sad": 1.0}}
    assert speakers["B"] == {"speech_s": 2, "share": {"sad": 0.5, "angry": 0.5}}


def test_smoothing_leaves_out_what_has_no_answer():
    silent = segment(2, 4, "angry", 0.99, uncertain=True, reason="no speech", abstained=True)
    first, kept, last = smooth([segment(0, 2, "sad", 0.9), silent, segment(4, 6, "sad", 0.9)], lasting_s=20.0)
    assert kept is silent
    alone, _ = smooth([segment(0, 2, "sad", 0.9), segment(4, 6, "sad", 0.9)], lasting_s=20.0)
    assert first.probabilities == pytest.approx(alone.probabilities)
    assert last.label == "sad"
