"""What rooms, noise and lines do to a voice, drawn at random and done to log-mel images instead of to sound.

A network that only heard studios takes noise and telephones for feelings. Changing the images costs a hundredth of
changing the sound and computing them anew, so that every batch is changed afresh.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import scipy.signal

from ser_core.errors import ModelError
from ser_core.features.audioset import FLOOR_POWER, HOP_S, SCALE, SHIFT, flat_bands
from ser_core.features.spec import AudioSetSpec

#: Of the clips that are changed, the share with each change; one may have several.
P_ROOM, P_NOISE, P_LINE = 0.3, 0.6, 0.5
RT60_S = (0.2, 1.0)
DIRECT_TO_REVERBERANT_DB = (-3.0, 12.0)
SNR_DB = (3.0, 30.0)
#: Of the power spectrum of noise: -1 is pink, 0 white.
SLOPE = (-1.5, 0.3)
P_SPEECH_SHAPED = 0.25
#: Where a line begins and ends; a telephone at 300 and 3400 Hz.
LOW_CUT_HZ, HIGH_CUT_HZ = (50.0, 450.0), (2800.0, 7500.0)
DB_PER_OCTAVE = 96.0
MOST_DB = 80.0
#: Noise fills the silence that is trimmed from a quiet recording: up to so many frames before and after the voice.
PAUSE_FRAMES = 80


def through_channels(images: np.ndarray, *, share: float, together: bool, rng: np.random.Generator) -> np.ndarray:
    """Images as other rooms, noises and lines would have made them.

    Parameters
    ----------
    images : np.ndarray [shape=(n_clips, n_bands, n_frames)]
        Log-mel images of `ser_core.features.audioset`, without the level row.
    share : float
        Probability that a clip is changed, in [0, 1].
    together : bool
        Whether the clips are of one voice at one place: all are changed in the same way, or none.
    rng : numpy.random.Generator
        Decides all.

    Returns
    -------
    np.ndarray [shape=(n_clips, n_bands, n_frames)]
        float32.
    """
    return _some_of(images, _through_one, share=share, together=together, rng=rng)


def through_lines(images: np.ndarray, *, share: float, together: bool, rng: np.random.Generator) -> np.ndarray:
    """Images as they would come over lines alone; arguments and result are those of `through_channels`."""

    def through_one(some: np.ndarray, rng: np.random.Generator, *, as_loud: bool) -> np.ndarray:
        centres, flat, heard = _bands(some.shape[1])
        return _image(_on_a_line(_power(some), centres, flat / heard, rng, as_loud=as_loud))

    return _some_of(images, through_one, share=share, together=together, rng=rng)


def _some_of(images: np.ndarray, change: Callable, *, share: float, together: bool, rng) -> np.ndarray:
    groups = [np.arange(len(images))] if together else np.arange(len(images))[:, None]
    changed = images.copy()
    for clips in groups:
        if rng.random() < share:
            changed[clips] = change(images[clips], rng, as_loud=not together)
    return changed


def _through_one(images: np.ndarray, rng: np.random.Generator, *, as_loud: bool) -> np.ndarray:
    """All images through the same channel; `as_loud` as before, where clips are scaled to the same peak."""
    centres, flat, heard = _bands(images.shape[1])
    power = _power(images)
    if rng.random() < P_ROOM:
        power = reverberated(power, rt60_s=rng.uniform(*RT60_S), drr_db=rng.uniform(*DIRECT_TO_REVERBERANT_DB))
    if rng.random() < P_NOISE:
        power = _with_pauses(power, rng)
        mean = power.mean(axis=(0, 2))
        speech = float((mean * flat / heard).sum())  # without the emphasis of treble
        if rng.random() < P_SPEECH_SHAPED:
            noise = mean / speech
        else:
            tilt = flat * centres ** rng.uniform(*SLOPE)
            noise = tilt / tilt.sum() * heard / flat
        noise = noise * speech * 10 ** (-rng.uniform(*SNR_DB) / 10)
        # The power of noise in a band is a sum over its bins, each distributed exponentially.
        bins = np.maximum(flat, 1.0)[:, None]
        drawn = rng.standard_gamma(np.broadcast_to(bins, power.shape).astype(np.float32), dtype=np.float32) / bins
        power = power + (noise[:, None] * drawn).astype(np.float32)
    if rng.random() < P_LINE:
        power = _on_a_line(power, centres, flat / heard, rng, as_loud=as_loud)
    return _image(power)


def _on_a_line(power: np.ndarray, centres: np.ndarray, weights: np.ndarray, rng, *, as_loud: bool) -> np.ndarray:
    """Power through a line; `weights` of the bands take the emphasis of treble off what they add up to."""
    line = passed(centres, low_hz=rng.uniform(*LOW_CUT_HZ), high_hz=np.exp(rng.uniform(*np.log(HIGH_CUT_HZ))))
    before = (power.mean(axis=(0, 2)) * weights).sum()
    power = power * line[:, None]
    after = (power.mean(axis=(0, 2)) * weights).sum()
    return power * np.float32(before / after if as_loud else 1.0) + np.float32(FLOOR_POWER)


def _power(images: np.ndarray) -> np.ndarray:
    return np.exp(images * np.float32(SCALE) - np.float32(SHIFT))


def _image(power: np.ndarray) -> np.ndarray:
    return ((np.log(power) + SHIFT) / SCALE).astype(np.float32)


def _with_pauses(power: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The first frames, with silence before and after them."""
    n_frames = power.shape[-1]
    most = min(PAUSE_FRAMES, n_frames // 3)
    before, after = rng.integers(0, most, endpoint=True, size=2)
    voice = power[..., : n_frames - before - after]
    ends = [(0, 0)] * (power.ndim - 1) + [(before, after)]
    return np.pad(voice, ends, constant_values=FLOOR_POWER)


def reverberated(power: np.ndarray, *, rt60_s: float, drr_db: float) -> np.ndarray:
    """Power per band and frame [shape=(..., t)] with reverberation that decays by 60 dB within `rt60_s`.

    Parameters
    ----------
    rt60_s : float
        Seconds.
    drr_db : float
        Direct sound against all reverberation, dB.
    """
    decay = 10 ** (-6 * HOP_S / rt60_s)
    late = (1 - decay) * 10 ** (-drr_db / 10)
    return power + scipy.signal.lfilter([0.0, late], [1.0, -decay], power, axis=-1).astype(np.float32)


def passed(centres: np.ndarray, *, low_hz: float, high_hz: float) -> np.ndarray:
    """Share of the power that a line lets through at each frequency; it falls by 96 dB per octave beyond its ends.

    Examples
    --------
    >>> passed(np.array([150.0, 1000.0, 3400.0]), low_hz=300.0, high_hz=3400.0).round(6).tolist()
    [0.0, 1.0, 1.0]
    """
    octaves = np.maximum(np.log2(low_hz / centres), np.log2(centres / high_hz)).clip(0.0)
    return (10 ** (-np.minimum(DB_PER_OCTAVE * octaves, MOST_DB) / 10)).astype(np.float32)


@lru_cache(maxsize=2)
def _bands(n_bands: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`flat_bands` of images of so many bands; narrow bands between two bins count as holding little, not nothing."""
    centres, flat, heard = flat_bands(AudioSetSpec())
    if len(centres) != n_bands:
        raise ModelError(f"Channels are known for images of {len(centres)} bands, not of {n_bands}; set channels to 0.")
    least = 1e-3 * flat.max()
    return centres, np.maximum(flat, least), np.maximum(heard, least * heard.min(where=heard > 0, initial=np.inf))
