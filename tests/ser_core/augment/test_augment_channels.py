"""Room, telephone and codecs: signals with known answers."""

import numpy as np
import pytest

from ser_core import augment, testing
from ser_core.errors import ConfigError

SR = 16_000


def power_db(signal):
    return 10 * np.log10(np.mean(np.square(signal, dtype=np.float64)))


def lag_s(changed, signal, *, sr=SR):
    """How much later `changed` is, by the peak of the cross-correlation, seconds."""
    size = 2 * len(signal)
    correlation = np.fft.irfft(np.fft.rfft(changed, size) * np.conj(np.fft.rfft(signal, size)))
    peak = int(np.argmax(correlation))
    return (peak if peak < len(signal) else peak - size) / sr


def likeness(changed, signal):
    return float(np.corrcoef(changed, signal)[0, 1])


# --- room


@pytest.mark.parametrize("rt60_s", [0.2, 0.5, 1.5])
def test_the_sound_of_a_room_decays_as_asked(rt60_s):
    response = augment.impulse_response(sr=SR, rt60_s=rt60_s, drr_db=-20, rng=np.random.default_rng(0))
    # Schroeder, J. Acoust. Soc. Am. 37, 409-412 (1965): the energy still to come, here from -5 to -35 dB (T30).
    left = np.cumsum(np.square(response[1:])[::-1])[::-1]
    left_db = 10 * np.log10(left / left[0])
    places = np.flatnonzero((left_db < -5) & (left_db > -35))
    slope = np.polyfit(places / SR, left_db[places], 1)[0]
    assert -60 / slope == pytest.approx(rt60_s, rel=0.05)


@pytest.mark.parametrize("drr_db", [-10.0, 0.0, 15.0])
def test_direct_over_reverberant_sound_is_as_asked(drr_db):
    response = augment.impulse_response(sr=SR, rt60_s=0.5, drr_db=drr_db, rng=np.random.default_rng(1))
    assert response[0] == 1.0
    assert 10 * np.log10(response[0] ** 2 / np.sum(response[1:] ** 2)) == pytest.approx(drr_db, abs=1e-9)
    assert not response[1 : 1 + round(0.0025 * SR)].any()


def test_a_room_keeps_length_level_and_the_place_of_the_direct_sound():
    voice = testing.speechlike(2.0, level_db=-25)
    wet = augment.room(voice, sr=SR, rt60_s=0.6, drr_db=6, rng=np.random.default_rng(0))
    assert len(wet) == len(voice)
    assert power_db(wet) == pytest.approx(power_db(voice), abs=1e-3)
    assert abs(lag_s(wet, voice)) <= 1 / SR
    click = testing.silence(1.0)
    click[1000] = 0.5
    echo = augment.room(click, sr=SR, rt60_s=0.3, drr_db=0, rng=np.random.default_rng(0))
    assert np.abs(echo[:1000]).max() < 1e-6
    assert np.argmax(np.abs(echo)) == 1000


# --- telephone


@pytest.mark.parametrize("sr", [16_000, 44_100])
def test_nothing_is_left_beyond_the_telephone_band(sr):
    noise = testing.noise(3.0, sr=sr, amplitude=0.1)
    called = augment.telephone(noise, sr=sr, law="none")
    power = np.abs(np.fft.rfft(called)) ** 2
    hz = np.fft.rfftfreq(len(called), 1 / sr)
    before = np.abs(np.fft.rfft(noise)) ** 2
    outside = (hz < 230) | (hz > 3750)
    assert 10 * np.log10(power[outside].sum() / power.sum()) < -50
    inside = (hz > 310) & (hz < 3390)
    assert 10 * np.log10(power[inside].sum() / before[inside].sum()) == pytest.approx(0, abs=0.05)
    assert len(called) == len(noise)
    assert abs(lag_s(called, noise, sr=sr)) <= 1 / sr


@pytest.mark.parametrize("law", ["mu-law", "a-law"])
def test_coding_in_eight_bits_costs_38_db(law):
    code = augment.mu_law if law == "mu-law" else augment.a_law
    # ITU-T G.712: about 38 dB for a sine between -6 and -30 dB.
    for amplitude in (0.5, 0.1, 0.05):
        tone = testing.sine(1.0, sr=8000, frequency=1004, amplitude=amplitude)
        assert power_db(tone) - power_db(code(tone) - tone) == pytest.approx(38, abs=2)


@pytest.mark.parametrize("law", ["mu-law", "a-law"])
def test_the_laws_know_256_values_and_keep_them(law):
    code = augment.mu_law if law == "mu-law" else augment.a_law
    every = np.arange(-32768, 32768) / 32768
    coded = code(every.astype(np.float32))
    # mu-law has zero twice.
    assert len(np.unique(coded)) == (255 if law == "mu-law" else 256)
    assert np.all(np.diff(coded) >= 0)
    np.testing.assert_array_equal(code(coded), coded)


# From the tables of ITU-T G.711, in 16 bits.
@pytest.mark.parametrize(
    ("law", "sample", "decoded"),
    [
        ("mu-law", 0, 0),
        ("mu-law", 32767, 32124),
        ("mu-law", -32768, -32124),
        ("mu-law", 1000, 988),
        ("a-law", 0, 8),
        ("a-law", -1, -8),
        ("a-law", 32767, 32256),
        ("a-law", -32768, -32256),
        ("a-law", 1000, 1008),
    ],
)
def test_the_laws_are_those_of_the_standard(law, sample, decoded):
    code = augment.mu_law if law == "mu-law" else augment.a_law
    assert code(np.array([sample / 32768]))[0] * 32768 == decoded


# --- codecs


@pytest.mark.parametrize("codec", [augment.mp3, augment.opus])
@pytest.mark.parametrize("sr", [8000, 16_000, 44_100])
@pytest.mark.parametrize("kbps", [16, 64])
def test_codecs_keep_length_place_and_most_of_the_sound(codec, sr, kbps):
    # Not a multiple of any frame, a start that is no silence, and a melody: a constant pitch looks alike a period on.
    voice = testing.speechlike(1.237, sr=sr, seed=1, f0_range=0.3)
    coded = codec(voice, sr=sr, kbps=kbps)
    assert len(coded) == len(voice)
    assert abs(lag_s(coded, voice, sr=sr)) <= 0.001
    assert likeness(coded, voice) > 0.85
    assert not np.array_equal(coded, voice)
    assert power_db(coded) == pytest.approx(power_db(voice), abs=1.5)


@pytest.mark.parametrize("codec", [augment.mp3, augment.opus])
def test_fewer_bits_leave_less(codec):
    voice = testing.speechlike(1.0) + testing.noise(1.0, amplitude=0.02)
    kept = [likeness(codec(voice, sr=SR, kbps=kbps), voice) for kbps in (8, 32, 128)]
    assert kept == sorted(kept)


@pytest.mark.parametrize("codec", ["mp3", "opus"])
def test_every_bit_rate_works_at_every_sampling_rate(codec):
    parameter = augment.PARAMETERS["kbps"]
    for sr in (8000, 48_000, 96_000):
        voice = testing.speechlike(0.3, sr=sr)
        for kbps in parameter.choices:
            assert len(augment.Augmentation(codec, {"kbps": kbps}).apply(voice, sr=sr)) == len(voice)


def test_what_is_not_allowed():
    voice = testing.speechlike(0.1)
    with pytest.raises(ConfigError, match="rt60_s must be a number from"):
        augment.room(voice, sr=SR, rt60_s=0, drr_db=0, rng=np.random.default_rng(0))
    with pytest.raises(ConfigError, match="law must be one of"):
        augment.telephone(voice, sr=SR, law="")
    with pytest.raises(ConfigError, match="kbps must be one of"):
        augment.opus(voice, sr=SR, kbps=9)
