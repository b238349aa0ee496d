"""A voice in a room."""

import numpy as np

from ser_core.augment.parameters import require_in_range
from ser_core.augment.waveform import clip

PREDELAY_S = 0.0025
"""Between the direct sound and the first reflection, seconds: a detour of 0.86 m."""


def impulse_response(*, sr: int, rt60_s: float, drr_db: float, rng: np.random.Generator) -> np.ndarray:
    """What a room makes of a click: the click itself, then noise that decays exponentially.

    The statistical model of late reverberation: Moorer, "About this reverberation business", Computer Music Journal
    3(2), 13-28 (1979), and Polack, "La transmission de l'énergie sonore dans les salles" (1988). It has neither the
    first reflections nor the modes of one particular room.

    Parameters
    ----------
    sr : int
        Sampling rate, Hz.
    rt60_s : float
        Reverberation time: seconds until the level has fallen by 60 dB.
    drr_db : float
        Energy of the direct sound over that of all else, dB.
    rng : np.random.Generator
        Source of the noise.

    Returns
    -------
    np.ndarray [shape=(round(rt60_s * sr) + round(0.0025 * sr) + 1,)]
        float64; the first sample, 1, is the direct sound.

    Raises
    ------
    ConfigError
        If a parameter is not allowed.
    """
    rt60_s, drr_db = require_in_range("rt60_s", rt60_s), require_in_range("drr_db", drr_db)
    length, gap = max(1, round(rt60_s * sr)), round(PREDELAY_S * sr)
    # 60 dB are a factor of 1000 in amplitude.
    tail = rng.standard_normal(length) * 10.0 ** (-3.0 * np.arange(length) / (rt60_s * sr))
    tail *= np.sqrt(10.0 ** (-drr_db / 10.0) / np.sum(np.square(tail)))
    return np.concatenate(([1.0], np.zeros(gap), tail))


def room(signal: np.ndarray, *, sr: int, rt60_s: float, drr_db: float, rng: np.random.Generator) -> np.ndarray:
    """Put a signal into a room, see `impulse_response`.

    The level (RMS) is kept, so that only the room changes; so is the length, which cuts the last echo off. The direct
    sound stays where it was.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz.
    rt60_s, drr_db, rng
        As for `impulse_response`.

    Returns
    -------
    np.ndarray [shape=(t,)]

    Raises
    ------
    ConfigError
        If a parameter is not allowed.
    """
    response = impulse_response(sr=sr, rt60_s=rt60_s, drr_db=drr_db, rng=rng)
    signal = np.asarray(signal, dtype=np.float32)
    power = np.mean(np.square(signal, dtype=np.float64)) if signal.size else 0.0
    if not power:
        return signal.copy()
    length = 1 << (signal.size + response.size - 2).bit_length()
    echoed = np.fft.irfft(np.fft.rfft(signal, length) * np.fft.rfft(response, length), length)[: signal.size]
    return clip(echoed * np.sqrt(power / np.mean(np.square(echoed))))
