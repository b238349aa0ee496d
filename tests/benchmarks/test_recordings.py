"""What a timeline is compared with."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.recordings import match
from scripts.make_voices import confusion
from ser_core.recordings import Segment
from ser_core.recordings.stitching import Clip, Spoken


def spoken(start, end, emotion, *, clear=True):
    return Spoken(start, end, Clip(Path("x"), "x", "s", emotion), clear, (start, end))


def segment(start, end, label):
    return Segment(start, end, 0, label, {label: 1.0}, False, None)


def test_a_perfect_timeline():
    found = match([spoken(1, 3, "sad"), spoken(5, 6, "angry")], [segment(1, 3, "sad"), segment(5, 6, "angry")])
    assert (found.covered, found.near, found.clear) == (1.0, 1.0, 2)
    assert found.truth == found.said == ["sad", "angry"]


def test_what_is_missed_and_what_is_late_is_counted():
    found = match([spoken(0, 2, "sad"), spoken(5, 7, "angry")], [segment(0.5, 2.2, "sad")])
    assert found.covered == pytest.approx(1.5 / 4)
    assert found.near == 0.25  # One of four boundaries.


def test_a_noisy_clip_has_no_known_boundaries_but_an_emotion():
    found = match([spoken(0, 2, "sad", clear=False)], [segment(0.9, 1.2, "angry")])
    assert found.clear == 0 and (found.truth, found.said) == (["sad"], ["angry"])


def test_a_segment_belongs_to_the_clip_it_overlaps_most_and_one_in_a_pause_to_none():
    clips = [spoken(0, 2, "sad"), spoken(3, 5, "angry")]
    found = match(clips, [segment(1.5, 4, "sad"), segment(10, 11, "sad")])
    assert (found.truth, found.said) == (["angry"], ["sad"])


def test_speakers_are_matched_to_clusters_in_the_best_way():
    who, seconds = np.array(["a", "a", "b", "b"]), np.array([1.0, 1.0, 1.0, 1.0])
    assert confusion(who, np.array([1, 1, 0, 0]), seconds) == 0.0
    assert confusion(who, np.array([0, 0, 0, 0]), seconds) == 0.5
    assert confusion(who, np.array([0, 1, 2, 2]), seconds) == 0.25
