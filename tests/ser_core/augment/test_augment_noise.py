"""Noise: signals with known answers."""

import itertools

import numpy as np
import pytest

from ser_core import augment, testing
from ser_core.errors import ConfigError

SR = 16_000


def power_db(signal):
    return 10 * np.log10(np.mean(np.square(signal, dtype=np.float64)))


def added(colour, *, signal=None, snr_db=0.0):
    signal = testing.sine(8.0, amplitude=0.1) if signal is None else signal
    return augment.noise(signal, sr=SR, snr_db=snr_db, rng=np.random.default_rng(0), colour=colour) - signal


def octaves_db(noise):
    """Power in each octave from 62.5 to 8000 Hz, dB over the first."""
    power = np.abs(np.fft.rfft(noise)) ** 2
    bounds = [round(len(noise) * hz / SR) for hz in (62.5, 125, 250, 500, 1000, 2000, 4000, 8000)]
    octaves = [power[low:high].sum() for low, high in itertools.pairwise(bounds)]
    return 10 * np.log10(octaves / octaves[0])


@pytest.mark.parametrize("colour", augment.COLOURS)
@pytest.mark.parametrize("snr_db", [-5.0, 0.0, 10.0, 40.0])
def test_noise_has_the_snr_asked_for(colour, snr_db):
    signal = testing.speechlike(1.0, level_db=-30)
    assert power_db(signal) - power_db(added(colour, signal=signal, snr_db=snr_db)) == pytest.approx(snr_db, abs=0.01)


@pytest.mark.parametrize(("colour", "db_per_octave"), [("white", 3.01), ("pink", 0.0), ("brown", -3.01)])
def test_power_by_octave_is_that_of_the_colour(colour, db_per_octave):
    np.testing.assert_allclose(octaves_db(added(colour)), db_per_octave * np.arange(7), atol=0.8)


def test_brown_noise_has_nothing_that_nobody_hears():
    power = np.abs(np.fft.rfft(added("brown"))) ** 2
    assert power[: (8 * 18)].sum() < 0.01 * power.sum()


def test_speech_noise_has_the_spectrum_of_the_clip_but_not_its_rhythm():
    signal = testing.speechlike(4.0, f0=120, level_db=-20)
    # A pause that steady noise fills.
    signal[SR : 2 * SR] = 0
    noise = added("speech", signal=signal)
    # From 125 to 4000 Hz: above, the voice is weaker than what the window spreads.
    apart = (octaves_db(noise) - octaves_db(signal))[1:-1]
    np.testing.assert_allclose(apart, np.mean(apart), atol=1.0)
    assert power_db(noise[SR : 2 * SR]) == pytest.approx(power_db(noise), abs=1.0)


def test_noise_is_that_of_its_generator():
    signal = testing.sine(0.2)
    first, again, other = (
        augment.noise(signal, sr=SR, snr_db=10, rng=np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("colour", augment.COLOURS)
def test_silence_and_nothing_get_no_noise(colour):
    for signal in (testing.silence(0.1), np.zeros(0, np.float32), np.zeros(1, np.float32)):
        noisy = augment.noise(signal, sr=SR, snr_db=10, rng=np.random.default_rng(0), colour=colour)
        assert noisy.shape == signal.shape and not noisy.any()


def test_an_unknown_colour():
    with pytest.raises(ConfigError, match=r"white, pink, brown, speech.*'green'"):
        augment.noise(testing.sine(0.1), sr=SR, snr_db=10, rng=np.random.default_rng(0), colour="green")


def test_shipped_noises_keep_their_samples():
    """The runs that ship were made with these."""
    signal = testing.sine(0.01, amplitude=0.5)
    white, pink = (augment.Augmentation(kind).apply(signal, sr=SR, seed=7) - signal for kind in ("noise", "pink-noise"))
    np.testing.assert_allclose(white[:3], [0.0000489189, 0.0118800700, -0.0109015107], atol=1e-7)
    np.testing.assert_allclose(pink[:3], [-0.0297418647, -0.0198657438, -0.0339141041], atol=1e-7)
