"""Noise added to the waveform."""

import numpy as np

from ser_core.augment.parameters import require_in_range
from ser_core.augment.waveform import clip
from ser_core.errors import ConfigError

COLOURS = ("white", "pink", "brown", "speech")

BROWN_FROM_HZ = 20.0
"""Brown noise has nothing below: nobody hears it, and it would hold nearly all of the noise's power."""

_WINDOW_S = 0.032
"""Window behind the long-term spectrum, seconds: fine enough for the formants, too coarse for the harmonics."""


def noise(signal: np.ndarray, *, sr: int, snr_db: float, rng: np.random.Generator, colour: str = "white") -> np.ndarray:
    """Add Gaussian noise, with exactly the signal-to-noise ratio asked for (before clipping).

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz (the noise fills all of its band).
    snr_db : float
        Mean power of the whole signal, its pauses included, relative to that of the noise, dB.
    rng : np.random.Generator
        Source of the noise.
    colour : {'white', 'pink', 'brown', 'speech'}
        Equal power per Hz; per octave; falling by 6 dB per octave from 20 Hz on; as the clip itself, steady in time
        (speech-shaped noise, the hardest masker of a voice that holds no words).

    Returns
    -------
    np.ndarray [shape=(t,)]
        A silent signal comes back as it is: there is no power to relate to.

    Raises
    ------
    ConfigError
        If `snr_db` or `colour` is not allowed.
    """
    snr_db = require_in_range("snr_db", snr_db)
    if colour not in COLOURS:
        raise ConfigError(f"colour must be one of {', '.join(COLOURS)}, got {colour!r}.")
    signal = np.asarray(signal, dtype=np.float32)
    power = np.mean(np.square(signal, dtype=np.float64)) if signal.size else 0.0
    added = rng.standard_normal(signal.size) if colour == "white" else _coloured(signal, colour, sr=sr, rng=rng)
    added_power = np.mean(np.square(added)) if signal.size else 0.0
    if not power or not added_power:
        return signal.copy()
    return clip(signal + added * np.sqrt(power / added_power / 10 ** (snr_db / 10)))


def _coloured(signal: np.ndarray, colour: str, *, sr: int, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise of a signal's length and no constant part, with the spectrum of its colour."""
    # A power of two, since a transform of prime length takes several times as long.
    length = 1 << max(signal.size - 1, 1).bit_length()
    spectrum = np.fft.rfft(rng.standard_normal(length))
    spectrum[0] = 0.0
    steps = np.arange(1, spectrum.size)
    if colour == "pink":
        spectrum[1:] /= np.sqrt(steps)
    elif colour == "brown":
        spectrum[1:] /= steps
        spectrum[: int(np.ceil(BROWN_FROM_HZ * length / sr))] = 0.0
    else:
        spectrum[1:] *= _long_term(signal, length, sr=sr)[1:]
    return np.fft.irfft(spectrum, n=length)[: signal.size]


def _long_term(signal: np.ndarray, length: int, *, sr: int) -> np.ndarray:
    """Long-term average magnitude spectrum of a signal at the bins of a transform of `length` (any scale)."""
    hop = max(1, round(_WINDOW_S * sr / 2))
    padded = np.zeros(hop * (-(-signal.size // hop) + 2))
    padded[hop : hop + signal.size] = signal
    frames = np.lib.stride_tricks.sliding_window_view(padded, 2 * hop)[::hop] * np.hanning(2 * hop)
    power = np.mean(np.square(np.abs(np.fft.rfft(frames))), axis=0)
    places = np.linspace(0, hop, length // 2 + 1)
    return np.sqrt(np.interp(places, np.arange(hop + 1), power))
