from itertools import pairwise

import numpy as np
import pytest

from ser_core.errors import ConfigError
from ser_core.speech import FRAME, FRAME_S, SAMPLING_RATE, SpeechDetector, speech_probabilities
from ser_core.testing import noise, sine


def test_speech_is_told_from_silence(stitched):
    found = speech_probabilities(stitched.signal) > 0.5
    spoken = np.zeros(len(found), bool)
    for start, end in stitched.speech:
        spoken[round(start / FRAME_S) : round(end / FRAME_S)] = True
    assert found[spoken].mean() > 0.85
    assert found[~spoken].mean() < 0.1


@pytest.mark.parametrize("signal", [sine(3.0), noise(3.0, seed=0), np.zeros(48_000, np.float32)])
def test_what_is_no_speech_is_not_taken_for_it(signal):
    assert (speech_probabilities(signal) > 0.5).mean() < 0.05


def test_blocks_of_any_length_give_the_same_answer(stitched):
    signal = stitched.signal[: 10 * SAMPLING_RATE + 77]
    detector = SpeechDetector()
    cuts = [0, 1, 700, 701, 5 * SAMPLING_RATE, len(signal)]
    parts = [detector(signal[a:b]) for a, b in pairwise(cuts)]
    together = np.concatenate([*parts, detector.finish()])
    np.testing.assert_allclose(together, speech_probabilities(signal), atol=1e-6)
    assert len(together) == -(-len(signal) // FRAME)


def test_nothing_is_no_speech():
    detector = SpeechDetector()
    assert len(detector(np.empty(0, np.float32))) == 0
    assert len(detector.finish()) == 0


def test_two_channels_are_refused():
    with pytest.raises(ConfigError, match="shape"):
        SpeechDetector()(np.zeros((2, FRAME), np.float32))
