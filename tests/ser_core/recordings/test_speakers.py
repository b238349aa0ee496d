import numpy as np
import pytest

from ser_core.errors import CancelledError, ConfigError
from ser_core.recordings import Segment
from ser_core.recordings.speakers import MOST, cluster, columns, likely_speakers, projection, statistics, voices
from ser_core.testing import noise, speechlike

SR = 16_000
# Two voices that nobody would take for one another: pitch, length of the vocal tract, breath.
VOICES = ({"f0": 95.0, "tract": 1.15, "tilt": 0.97}, {"f0": 230.0, "tract": 0.85, "tilt": 0.9, "breath": 0.05})
ORDER = (0, 1, 0, 0, 1, 1, 0, 1, 0, 1)


def segment(start, end, turn):
    return Segment(start, end, turn, "neutral", {"neutral": 1.0}, False, None)


@pytest.fixture(scope="module")
def talk():
    """Two voices in turn, two seconds each."""
    sounds = [speechlike(2.0, seed=i, f0_range=0.2, **VOICES[voice]) for i, voice in enumerate(ORDER)]
    segments = [segment(2.0 * i, 2.0 * i + 2, i) for i in range(len(ORDER))]
    signal = np.concatenate(sounds)
    return segments, lambda start, end: signal[round(start * SR) : round(end * SR)]


@pytest.fixture(scope="module")
def heard(talk):
    return voices(*talk)


def test_two_unlike_voices_are_told_apart(talk, heard):
    found = [each.speaker for each in likely_speakers(talk[0], heard, n_speakers=2)]
    assert found == ["AB"[voice] for voice in ORDER]


@pytest.mark.parametrize("n", [2, 3, 5])
def test_the_number_of_voices_is_found_where_they_lie_apart(n):
    rng = np.random.default_rng(0)
    centres = 10 * rng.normal(size=(n, 24))
    points = np.concatenate([centre + rng.normal(size=(20, 24)) for centre in centres])
    labels = cluster(points, np.ones(len(points)), n_clusters=None)
    assert [len(set(labels[20 * i : 20 * i + 20])) for i in range(n)] == [1] * n and len(set(labels)) == n


def test_one_cloud_is_one_voice():
    points = np.random.default_rng(0).normal(size=(60, 24))
    assert set(cluster(points, np.ones(60), n_clusters=None)) == {0}


def test_the_number_that_is_given_is_kept_to(talk, heard):
    for n in range(1, 5):
        assert len({each.speaker for each in likely_speakers(talk[0], heard, n_speakers=n)}) == n


def test_one_stretch_of_speech_has_one_voice(talk, heard):
    joined = [segment(s.start, s.end, 0 if i < 2 else i) for i, s in enumerate(talk[0])]
    found = likely_speakers(joined, heard, n_speakers=2)
    assert found[0].speaker == found[1].speaker


def test_what_is_too_short_to_tell_has_no_speaker(talk):
    segments, sound = talk
    short = [*segments, segment(20.0, 20.5, 99)]
    heard = voices(short, sound)
    assert np.isnan(heard[-1]).all() and np.isfinite(heard[:-1]).all()
    assert likely_speakers(short, heard, n_speakers=2)[-1].speaker is None
    assert likely_speakers([short[-1]], heard[-1:])[0].speaker is None
    assert likely_speakers([], np.empty((0, 2))) == []


def test_a_single_segment_is_one_voice(talk, heard):
    assert [s.speaker for s in likely_speakers(talk[0][:1], heard[:1])] == ["A"]
    assert [s.speaker for s in likely_speakers(talk[0][:2], heard[:2], n_speakers=2)] == ["A", "B"]


def test_many_segments_need_no_more_memory(talk, heard, monkeypatch):
    monkeypatch.setattr("ser_core.recordings.speakers._CLUSTERED", 6)
    found = [each.speaker for each in likely_speakers(talk[0], heard, n_speakers=2)]
    assert found == ["AB"[voice] for voice in ORDER]


def test_who_speaks_up_is_still_the_same_voice(talk):
    segments, sound = talk
    room = noise(20.0, sr=SR, amplitude=0.003, seed=1)

    def louder(start, end):
        gain = 2.0 if int(start) % 4 else 1.0
        return gain * (sound(start, end) + room[round(start * SR) : round(end * SR)])

    found = [each.speaker for each in likely_speakers(segments, voices(segments, louder), n_speakers=2)]
    assert found == ["AB"[voice] for voice in ORDER]
    assert len(statistics(sound(0.0, 2.0))) == len(columns()) == len(projection().mean)


def test_it_stops_when_asked(talk):
    with pytest.raises(CancelledError):
        voices(*talk, cancel=lambda: True)


@pytest.mark.parametrize("n", [0, MOST + 1])
def test_numbers_out_of_range_are_refused(talk, heard, n):
    with pytest.raises(ConfigError, match="speakers"):
        likely_speakers(talk[0], heard, n_speakers=n)
    with pytest.raises(ConfigError, match="voice"):
        likely_speakers(talk[0][:3], heard)
