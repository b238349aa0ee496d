"""Augmentation of the waveform.

All take and give float32 [shape=(t,)] in [-1, 1]; what leaves that range is clipped.
"""

import numpy as np

from ser_core.audio import resample
from ser_core.augment.overlap import wsola
from ser_core.augment.parameters import require_in_range


def clip(signal: np.ndarray) -> np.ndarray:
    """The signal as float32 in [-1, 1]."""
    return np.clip(signal, -1.0, 1.0).astype(np.float32)


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
    return clip(wsola(signal, sr=sr, rate=rate))


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
    return clip(fit(played, length=signal.size))


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
    return clip(np.asarray(signal, dtype=np.float32) * np.float32(10 ** (gain_db / 20)))


def speed(signal: np.ndarray, *, sr: int, speed: float) -> np.ndarray:
    """Play faster or slower, as a tape does: pace, pitch and formants change together.

    Ko et al., "Audio augmentation for speech recognition", Interspeech 2015.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz.
    speed : float
        2 halves the length and doubles every frequency.

    Returns
    -------
    np.ndarray [shape=(round(t / speed),)]
        Slowed down, it holds nothing above ``sr / 2 * speed``.

    Raises
    ------
    ConfigError
        If `speed` is not allowed.
    """
    speed = require_in_range("speed", speed)
    signal = np.asarray(signal, dtype=np.float32)
    if speed == 1.0 or not signal.size:
        return signal.copy()
    return clip(fit(resample(signal, sr=sr * speed, to=sr), length=round(signal.size / speed)))


def clipping(signal: np.ndarray, *, sr: int, percent: float) -> np.ndarray:
    """Record too loudly: amplify until a share of the samples lies beyond full scale, and cut them off there.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz (without effect; all augmentations take it).
    percent : float
        Share of all samples that end at full scale, percent; 0 brings the peak to full scale and cuts nothing off.

    Returns
    -------
    np.ndarray [shape=(t,)]
        Where fewer samples than that share are not zero, the signal as it is: there is nothing to amplify.

    Raises
    ------
    ConfigError
        If `percent` is not allowed.
    """
    percent = require_in_range("percent", percent)
    signal = np.asarray(signal, dtype=np.float32)
    if not signal.size:
        return signal.copy()
    magnitude = np.sort(np.abs(signal))
    cut = max(1, round(signal.size * percent / 100))
    threshold = float(magnitude[signal.size - cut])
    return clip(signal.astype(np.float64) / threshold) if threshold else signal.copy()


def rate(signal: np.ndarray, *, sr: int, rate_hz: float) -> np.ndarray:
    """Sample at a lower rate and bring the result back: nothing is left above half that rate.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz; the result keeps it.
    rate_hz : float
        Rate of the recording that is imitated, Hz.

    Returns
    -------
    np.ndarray [shape=(t,)]
        The signal as it is where `sr` is no higher than `rate_hz`.

    Raises
    ------
    ConfigError
        If `rate_hz` is not allowed.
    """
    rate_hz = round(require_in_range("rate_hz", rate_hz))
    signal = np.asarray(signal, dtype=np.float32)
    if rate_hz >= sr or not signal.size:
        return signal.copy()
    return clip(fit(resample(resample(signal, sr=sr, to=rate_hz), sr=rate_hz, to=sr), length=signal.size))


def crop(signal: np.ndarray, *, sr: int, cut_s: float) -> np.ndarray:
    """Cut off both ends, as a recorder does that starts late and stops early.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz.
    cut_s : float
        What is cut off at each end, seconds; at most a third of the signal, so that its middle stays.

    Returns
    -------
    np.ndarray [shape=(t - 2 * cut,)]

    Raises
    ------
    ConfigError
        If `cut_s` is not allowed.
    """
    cut_s = require_in_range("cut_s", cut_s)
    signal = np.asarray(signal, dtype=np.float32)
    cut = min(round(cut_s * sr), signal.size // 3)
    return signal[cut : signal.size - cut].copy()


def fit(signal: np.ndarray, *, length: int) -> np.ndarray:
    """The first `length` samples, with zeros behind where there are fewer: rounding a length twice can miss by one."""
    whole = np.zeros(length, dtype=np.float32)
    whole[: min(length, signal.size)] = signal[:length]
    return whole
