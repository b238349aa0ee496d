import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from ser_core.audio import decode, resample
from ser_core.audit.fingerprint import LIKELY, RATE, SAME, candidates, distance, fingerprint, similarity
from ser_core.testing import emotional, encode, noise

SR = 16_000


def voice(seed, **how):
    return emotional("neutral", speaker=1, duration_s=2.0, seed=seed, **how)


TAKES = [voice(seed) for seed in range(12)]
ORIGINAL = TAKES[0]
COPIES = {
    "opus": lambda x: decode(encode(x, sr=SR, kind="opus"), sr=SR).signal,
    "mp3": lambda x: decode(encode(x, sr=SR, kind="mp3"), sr=SR).signal,
    "softer": lambda x: 0.05 * x,
    "turned": lambda x: -x,
    "at 8 kHz": lambda x: resample(resample(x, sr=SR, to=8000), sr=8000, to=SR),
    "trimmed": lambda x: x[4321:-2345],
    "with noise": lambda x: x + 0.02 * np.abs(x).max() * noise(2.0, sr=SR, amplitude=1.0),
}


@pytest.mark.parametrize("how", COPIES)
def test_a_processed_copy_is_the_likeliest_candidate(how):
    words = [fingerprint(signal, sr=SR) for signal in (*TAKES, COPIES[how](ORIGINAL))]
    found = [pair for pair in candidates(words) if pair[1] == len(TAKES)]
    # Takes of a synthetic voice can be alike too; the waveforms then decide.
    assert found[0][0] == 0 and found[0][2] < LIKELY


@pytest.mark.parametrize("how", COPIES)
def test_the_waveforms_decide(how):
    a, b = (resample(signal, sr=SR, to=RATE) for signal in (ORIGINAL, COPIES[how](ORIGINAL)))
    alike, begins = similarity(a, b)
    assert alike > 0.9
    assert begins == pytest.approx(4321 / SR if how == "trimmed" else 0.0, abs=0.005 + 0.05 * (how == "mp3"))


def test_two_takes_are_not_the_same():
    first = resample(ORIGINAL, sr=SR, to=RATE)
    assert max(similarity(first, resample(take, sr=SR, to=RATE))[0] for take in TAKES[1:]) < SAME


def test_silence_is_like_nothing():
    assert similarity(np.zeros(100, np.float32), np.zeros(100, np.float32))[0] == 0.0


@pytest.mark.parametrize("length", [0, 1, 500, 6000])
def test_a_sound_too_short_has_no_words(length):
    assert len(fingerprint(np.ones(length, dtype=np.float32), sr=SR)) == 0


@budget(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(-40, 40))
def test_the_distance_counts_bits(seed, lag):
    words = np.random.default_rng(seed).integers(0, 2**32, 60, dtype=np.uint32)
    assert distance(words, words, lag=0) == (0.0, 60)
    share, overlap = distance(words, ~words, lag=0)
    assert (share, overlap) == (1.0, 60)
    share, overlap = distance(words, words, lag=lag)
    assert overlap == 60 - abs(lag)
    assert distance(words, words, lag=100) == (1.0, 0)


def test_words_that_many_clips_share_cost_nothing():
    words = [np.full(200, 7, dtype=np.uint32)] * 100
    assert candidates(words) == []
    assert candidates([]) == []
