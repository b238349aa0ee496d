import numpy as np
import pytest

from ser_core.recordings.bounds import JOINED_S, speech_bounds
from ser_core.testing import speechlike

SR = 16_000
NEAR_S = 0.04


def silence(seconds):
    return np.zeros(round(seconds * SR), np.float32)


def breath(seconds, *, level):
    return np.random.default_rng(0).normal(0, level, round(seconds * SR)).astype(np.float32)


def seconds(*parts):
    found = speech_bounds(np.concatenate(parts), sr=SR)
    return found.start / SR, found.stop / SR


def test_breath_apart_from_the_voice_is_no_speech():
    parts = (
        silence(0.2),
        breath(0.3, level=0.05),
        silence(0.4),
        speechlike(1.0),
        silence(0.5),
        breath(0.3, level=0.05),
    )
    assert seconds(*parts, silence(0.2)) == pytest.approx((0.9, 1.9), abs=NEAR_S)


def test_a_consonant_beside_the_voice_is_speech():
    parts = (silence(0.5), breath(0.2, level=0.02), silence(JOINED_S / 2), speechlike(1.0), silence(0.5))
    assert seconds(*parts) == pytest.approx((0.5, 1.8), abs=NEAR_S)


def test_an_offset_and_rumble_are_no_sound():
    parts = np.concatenate([silence(0.8), speechlike(1.0), silence(0.7)])
    rumble = 0.03 + 0.02 * np.sin(2 * np.pi * 15 * np.arange(len(parts)) / SR)
    assert seconds(parts + rumble.astype(np.float32)) == pytest.approx((0.8, 1.8), abs=NEAR_S)


def test_in_a_whisper_every_sound_counts():
    assert seconds(silence(0.5), breath(1.0, level=0.05), silence(0.5)) == pytest.approx((0.5, 1.5), abs=NEAR_S)


def test_a_noisy_clip_is_not_clear_and_silence_has_no_speech():
    voice = np.concatenate([silence(0.5), speechlike(1.0), silence(0.5)])
    assert speech_bounds(voice, sr=SR).clear
    assert not speech_bounds(voice + breath(2.0, level=0.02), sr=SR).clear
    nothing = speech_bounds(silence(1.0), sr=SR)
    assert (nothing.start, nothing.stop) == (0, 0)
