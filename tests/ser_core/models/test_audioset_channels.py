"""Rooms, noise and lines on log-mel images do what they do to sound."""

import numpy as np
import pytest

from ser_core.augment import Chain
from ser_core.errors import ModelError
from ser_core.features import AudioSetSpec
from ser_core.features.audioset import FLOOR_POWER, SCALE, SHIFT, flat_bands, log_mel, n_bands
from ser_core.models import _audioset_channels as channels

SPEC = AudioSetSpec()
CENTRES, FLAT, HEARD = flat_bands(SPEC)


def image(signal: np.ndarray) -> np.ndarray:
    return log_mel(signal.astype(np.float32), spec=SPEC)


def noise(seconds: float = 2.0) -> np.ndarray:
    return 0.1 * np.random.default_rng(0).standard_normal(round(seconds * SPEC.sr))


def test_flat_bands_foretell_white_noise():
    power = np.exp(image(noise()) * SCALE - SHIFT).mean(axis=1)
    wide = FLAT > 2
    np.testing.assert_allclose(power[wide] / power[wide].sum(), HEARD[wide] / HEARD[wide].sum(), rtol=0.15)


def test_a_line_passes_its_band_as_a_filtered_sound_does():
    heard = Chain.from_text("telephone:law=none").apply(noise().astype(np.float32), sr=SPEC.sr)
    shares = np.exp((image(heard) - image(noise())).mean(axis=1) * SCALE)
    expected = channels.passed(CENTRES, low_hz=300.0, high_hz=3400.0)
    inside = (CENTRES > 400) & (CENTRES < 3000)
    outside = (CENTRES < 150) | (CENTRES > 4500)
    assert expected[inside].min() > 0.99 and expected[outside].max() < 1e-2
    # The chain keeps the level of the whole sound, the line that of what it passes.
    assert np.ptp(10 * np.log10(shares[inside])) < 3
    assert shares[outside].max() < 0.05 * shares[inside].min()


def test_reverberation_decays_by_60_db_within_its_time():
    click = np.zeros((1, 200), dtype=np.float32)
    click[0, 10] = 1.0
    wet = channels.reverberated(click, rt60_s=0.5, drr_db=0.0)[0]
    assert wet[10] == 1.0 and wet[:10].sum() == 0
    assert 10 * np.log10(wet[11] / wet[61]) == pytest.approx(60, abs=0.1)
    assert wet[11:].sum() == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize("through", [channels.through_channels, channels.through_lines])
def test_clips_together_go_through_one_channel_and_others_through_their_own(monkeypatch, through):
    monkeypatch.setattr(channels, "P_ROOM", 0.0)
    monkeypatch.setattr(channels, "P_NOISE", 0.0)
    monkeypatch.setattr(channels, "P_LINE", 1.0)
    images = np.repeat(image(noise())[None, :, :100], 6, axis=0)
    options = {"share": 1.0, "rng": np.random.default_rng(1)}
    one = through(images, together=True, **options)
    assert (one == one[:1]).all() and (one != images).any()
    several = through(images, together=False, **options)
    assert len({each.tobytes() for each in several}) == 6


def test_lines_weaken_the_ends_and_leave_the_middle():
    images = np.repeat(image(noise())[None, :, :60], 100, axis=0)
    found = channels.through_lines(images, share=0.5, together=False, rng=np.random.default_rng(4))
    changed = (found != images).any(axis=(1, 2))
    assert changed.mean() == pytest.approx(0.5, abs=0.1)
    voice = channels.through_lines(images[:3], share=1.0, together=True, rng=np.random.default_rng(4))
    middle, ends = (CENTRES > 600) & (CENTRES < 2000), (CENTRES < 25) | (CENTRES > 7900)
    np.testing.assert_allclose(voice[:, middle], images[:3, middle], atol=0.01)
    assert (voice[:, ends] < images[:3, ends]).all()


def test_share_of_the_clips_is_changed_and_the_rest_is_as_it_was():
    images = np.repeat(image(noise())[None, :, :60], 200, axis=0)
    found = channels.through_channels(images, share=0.4, together=False, rng=np.random.default_rng(2))
    changed = (found != images).any(axis=(1, 2)).mean()
    # Some of those chosen meet no room, noise or line.
    nothing = (1 - channels.P_ROOM) * (1 - channels.P_NOISE) * (1 - channels.P_LINE)
    assert changed == pytest.approx(0.4 * (1 - nothing), abs=0.08)
    assert found.dtype == np.float32 and np.isfinite(found).all()
    assert (images == image(noise())[:, :60]).all()


def test_noise_has_the_power_asked_for(monkeypatch):
    monkeypatch.setattr(channels, "P_ROOM", 0.0)
    monkeypatch.setattr(channels, "P_NOISE", 1.0)
    monkeypatch.setattr(channels, "P_LINE", 0.0)
    monkeypatch.setattr(channels, "P_SPEECH_SHAPED", 0.0)
    monkeypatch.setattr(channels, "PAUSE_FRAMES", 0)
    monkeypatch.setattr(channels, "SNR_DB", (10.0, 10.0))
    monkeypatch.setattr(channels, "SLOPE", (0.0, 0.0))
    t = np.arange(2 * SPEC.sr) / SPEC.sr
    tone = 0.5 * np.sin(2 * np.pi * 440 * t)
    mine = channels.through_channels(image(tone)[None], share=1.0, together=False, rng=np.random.default_rng(3))[0]
    real = image(tone + np.sqrt(np.mean(tone**2) / 10) * np.random.default_rng(4).standard_normal(len(tone)))
    high = CENTRES > 1500
    decibels = 10 * np.log10(np.exp((mine - real)[high].mean() * SCALE))
    assert abs(decibels) < 1


def test_silence_stays_finite():
    silent = np.full((2, n_bands(SPEC), 30), (np.log(FLOOR_POWER) + SHIFT) / SCALE, dtype=np.float32)
    for together in (True, False):
        found = channels.through_channels(silent, share=1.0, together=together, rng=np.random.default_rng(5))
        assert np.isfinite(found).all()


def test_images_of_other_bands_are_refused():
    with pytest.raises(ModelError, match="104 bands, not of 32"):
        channels.through_channels(
            np.zeros((1, 32, 20), np.float32), share=1.0, together=False, rng=np.random.default_rng(0)
        )
