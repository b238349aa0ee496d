"""A voice on a telephone line."""

import numpy as np

from ser_core.audio import resample
from ser_core.augment.parameters import require_in_range
from ser_core.augment.waveform import clip, fit

BAND_HZ = (300.0, 3400.0)
"""What a telephone line passes (ITU-T G.712)."""
EDGES_HZ = (60.0, 300.0)
"""How far beyond the band, below and above, the level takes to fall to nothing: at half the line's 8 kHz, 4 kHz, all
is gone, as its sampling asks for."""
LINE_SR = 8000
_MU_BIAS, _MU_TOP = 132, 32635  # of 16-bit samples


def telephone(signal: np.ndarray, *, sr: int, law: str) -> np.ndarray:
    """Send a signal through a telephone line: 300 to 3400 Hz, 8000 samples per second, coded in 8 bits if asked.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz; the result keeps it.
    law : {'none', 'mu-law', 'a-law'}
        Coding of ITU-T G.711; ``"none"`` limits the band only.

    Returns
    -------
    np.ndarray [shape=(t,)]
        In its place in time: the filters shift nothing.

    Raises
    ------
    ConfigError
        If `law` is not allowed.
    """
    law = require_in_range("law", law)
    signal = np.asarray(signal, dtype=np.float32)
    if not signal.size:
        return signal.copy()
    line = resample(_band(signal, sr=sr), sr=sr, to=LINE_SR)
    if law != "none":
        line = (mu_law if law == "mu-law" else a_law)(line)
    return clip(fit(resample(line, sr=LINE_SR, to=sr), length=signal.size))


def _band(signal: np.ndarray, *, sr: int) -> np.ndarray:
    """The telephone band of a signal, by a filter without delay whose edges fall as a cosine."""
    # Zeros behind, so that the filter's ends do not meet.
    length = 1 << (signal.size + sr // 10).bit_length()
    hz = np.fft.rfftfreq(length, 1.0 / sr)
    (low, high), (below, above) = BAND_HZ, EDGES_HZ
    beyond = np.maximum((low - hz) / below, (hz - high) / above)
    response = 0.5 + 0.5 * np.cos(np.pi * np.clip(beyond, 0.0, 1.0))
    return clip(np.fft.irfft(np.fft.rfft(signal, length) * response, length)[: signal.size])


def mu_law(signal: np.ndarray) -> np.ndarray:
    """A signal coded and decoded by mu-law, ITU-T G.711, bit for bit.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    """
    sample = _samples(signal)
    magnitude = np.minimum(_magnitude(sample), _MU_TOP) + _MU_BIAS
    # Eight segments, each twice as wide as the one before, of 16 steps each.
    exponent = np.frexp(magnitude)[1] - 8
    step = magnitude >> (exponent + 3) & 15
    decoded = (((step << 3) + _MU_BIAS) << exponent) - _MU_BIAS
    return (np.where(sample < 0, -decoded, decoded) / 32768.0).astype(np.float32)


def a_law(signal: np.ndarray) -> np.ndarray:
    """A signal coded and decoded by A-law, ITU-T G.711, bit for bit.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    """
    sample = _samples(signal)
    magnitude = _magnitude(sample) >> 3
    exponent = np.maximum(np.frexp(magnitude)[1] - 5, 0)
    # The two lowest of the eight segments are equally wide.
    step = np.where(exponent > 0, magnitude >> np.maximum(exponent, 1), magnitude >> 1) & 15
    decoded = np.where(exponent > 0, ((step << 4) + 264) << np.maximum(exponent - 1, 0), (step << 4) + 8)
    return (np.where(sample < 0, -decoded, decoded) / 32768.0).astype(np.float32)


def _samples(signal: np.ndarray) -> np.ndarray:
    """16-bit samples as whole numbers of 32 bits."""
    scaled = np.rint(np.asarray(signal, dtype=np.float64) * 32768.0)
    return np.clip(scaled, -32768, 32767).astype(np.int32)


def _magnitude(sample: np.ndarray) -> np.ndarray:
    """Distance from zero as the reference code of G.711 (ITU-T G.191) takes it: below zero it counts from -1."""
    return np.where(sample < 0, ~sample, sample)
