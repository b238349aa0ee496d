"""Augmentation of the waveform.

All take and give float32 [shape=(t,)] in [-1, 1]; what leaves that range is clipped.
"""

import numpy as np

from ser_core.audio import resample
from ser_core.augment.overlap import wsola
from ser_core.errors import ConfigError

RANGES = {
    "snr_db": (-20.0, 100.0),
    "seconds": (-60.0, 60.0),
    "semitones": (-24.0, 24.0),
    "rate": (0.25, 4.0),
    "gain_db": (-80.0, 80.0),
}
"""Parameter -> lowest and highest value allowed."""

COLOURS = ("white", "pink")


def require_in_range(name: str, value: float) -> float:
    """The value of a parameter as float.

    Raises
    ------
    ConfigError
        If it is no number in the parameter's range.
    """
    low, high = RANGES[name]
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not low <= value <= high:
        raise ConfigError(f"{name} must be a number from {low:g} to {high:g}, got {value!r}.")
    return float(value)


def _clip(signal: np.ndarray) -> np.ndarray:
    return np.clip(signal, -1.0, 1.0).astype(np.float32)


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
    colour : {'white', 'pink'}
        Equal power per Hz, or per octave.

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
    added = _pink(signal.size, rng=rng) if colour == "pink" else rng.standard_normal(signal.size)
    added_power = np.mean(np.square(added)) if signal.size else 0.0
    if not power or not added_power:
        return signal.copy()
    return _clip(signal + added * np.sqrt(power / added_power / 10 ** (snr_db / 10)))


def _pink(size: int, *, rng: np.random.Generator) -> np.ndarray:
    """Noise [shape=(size,)] whose spectrum falls with 1 / sqrt(f) and has no constant part."""
    # A power of two, since a transform of prime length takes several times as long.
    length = 1 << max(size - 1, 1).bit_length()
    spectrum = np.fft.rfft(rng.standard_normal(length))
    spectrum[0] = 0.0
    spectrum[1:] /= np.sqrt(np.arange(1, spectrum.size))
    return np.fft.irfft(spectrum, n=length)[:size]


def shift(signal: np.ndarray, *, sr: int, seconds: float) -> np.ndarray:
    """Move a signal in time. What moves out is lost and zeros come in: the end of a sentence never becomes its start.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz.
    seconds : float
        Later if positive, earlier if negative.

    Returns
    -------
    np.ndarray [shape=(t,)]
        All zeros if it moves by its length or more.

    Raises
    ------
    ConfigError
        If `seconds` is not allowed.
    """
    seconds = require_in_range("seconds", seconds)
    signal = np.asarray(signal, dtype=np.float32)
    moved = np.zeros_like(signal)
    by = min(round(abs(seconds) * sr), signal.size)
    if seconds >= 0:
        moved[by:] = signal[: signal.size - by]
    else:
        moved[: signal.size - by] = signal[by:]
    return moved


def stretch(signal: np.ndarray, *, sr: int, rate: float) -> np.ndarray:
    """Change the pace and keep the pitch, see `ser_core.augment.overlap.wsola`.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz.
    rate : float
        Faster if above 1, slower if below.

    Returns
    -------
    np.ndarray [shape=(round(t / rate),)]

    Raises
    ------
    ConfigError
        If `rate` is not allowed.
    """
    rate = require_in_range("rate", rate)
    signal = np.asarray(signal, dtype=np.float32)
    if rate == 1.0:
        return signal.copy()
    return _clip(wsola(signal, sr=sr, rate=rate))


def pitch(signal: np.ndarray, *, sr: int, semitones: float) -> np.ndarray:
    """Change the pitch and keep the pace: slow down or speed up without changing the pitch, then play faster or slower.

    The formants move along, as if the speaker were smaller or larger: shifts of a few semitones stay natural.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz.
    semitones : float
        Higher if positive; 12 are an octave.

    Returns
    -------
    np.ndarray [shape=(t,)]
        Shifted down, it holds nothing above ``sr / 2 * 2 ** (semitones / 12)``.

    Raises
    ------
    ConfigError
        If `semitones` is not allowed.
    """
    semitones = require_in_range("semitones", semitones)
    signal = np.asarray(signal, dtype=np.float32)
    if semitones == 0.0 or not signal.size:
        return signal.copy()
    factor = 2.0 ** (semitones / 12.0)
    slowed = wsola(signal, sr=sr, rate=1.0 / factor)
    played = resample(slowed, sr=sr * factor, to=sr)
    whole = np.zeros_like(signal)
    # Rounding twice can leave a sample too many or too few.
    length = min(signal.size, played.size)
    whole[:length] = played[:length]
    return _clip(whole)


def gain(signal: np.ndarray, *, sr: int, gain_db: float) -> np.ndarray:
    """Make a signal louder or softer; what goes beyond full scale is clipped, as in a microphone too close.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz (without effect; all augmentations take it).
    gain_db : float
        Change of the level, dB.

    Returns
    -------
    np.ndarray [shape=(t,)]

    Raises
    ------
    ConfigError
        If `gain_db` is not allowed.
    """
    gain_db = require_in_range("gain_db", gain_db)
    return _clip(np.asarray(signal, dtype=np.float32) * np.float32(10 ** (gain_db / 20)))
