"""Spectrograms and waveform envelopes for the eye: in dB of full scale, at the resolution of a screen.

The levels are absolute (0 dB is a sine of full scale), so that two clips can share one colour range. What the models
read is another matter: see `ser_core.features.spec`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ser_core.errors import ConfigError
from ser_core.features.mel import mel_filterbank, mel_frequencies
from ser_core.features.stft import frequencies, hann, power_spectrogram

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["logmel", "linear"]
KINDS: tuple[Kind, ...] = ("logmel", "linear")

WINDOW_S = 0.032
"""Window length, seconds: two to three periods of a low voice, the usual narrow-band compromise for speech."""
HOP_S = 0.008
FLOOR_DB = -120.0
"""Below the noise of any 16-bit recording."""


@dataclass(frozen=True)
class Spectrogram:
    """Level over time and frequency.

    Attributes
    ----------
    db : np.ndarray [shape=(f, t)]
        float32, dB of full scale: a sine of amplitude 1 reads 0 dB at its frequency (in mel bands up to 4 dB less,
        for neighbouring bands share it).
    times_s : np.ndarray [shape=(t,)]
        Centres of the columns, seconds.
    frequencies_hz : np.ndarray [shape=(f,)]
        Centres of the rows, Hz.
    kind : str
        ``"logmel"`` (rows evenly spaced in mel) or ``"linear"`` (evenly spaced in Hz).
    """

    db: np.ndarray
    times_s: np.ndarray
    frequencies_hz: np.ndarray
    kind: Kind

    def to_frame(self) -> "pd.DataFrame":
        """One row per time (``time_s``), one column per frequency (``"440.0 Hz"``), dB of full scale, one decimal."""
        import pandas as pd

        names = [f"{hz:.1f} Hz" for hz in self.frequencies_hz]
        frame = pd.DataFrame(np.round(self.db.T.astype(np.float64), 1), columns=names)
        frame.insert(0, "time_s", np.round(self.times_s, 4))
        return frame


@dataclass(frozen=True)
class Envelope:
    """Least and greatest sample of each short span of a signal.

    Attributes
    ----------
    times_s : np.ndarray [shape=(n,)]
        Centres of the spans, seconds.
    low, high : np.ndarray [shape=(n,)]
        float32, in the unit of the signal.
    """

    times_s: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def to_frame(self) -> "pd.DataFrame":
        """Columns ``time_s, low, high``, one row per span."""
        import pandas as pd

        return pd.DataFrame({"time_s": np.round(self.times_s, 5), "low": self.low, "high": self.high})


def envelope(signal: np.ndarray, *, sr: int, max_spans: int = 1000) -> Envelope:
    """Shape of a waveform in at most `max_spans` spans; no peak is lost, however long the signal.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,)]
        Samples.
    sr : int
        Sampling rate, Hz.
    max_spans : int
        Most spans; a signal of fewer samples comes back sample by sample.

    Examples
    --------
    >>> shape = envelope(np.array([0.0, 1.0, -1.0, 0.5], dtype=np.float32), sr=4, max_spans=2)
    >>> shape.low.tolist(), shape.high.tolist(), shape.times_s.tolist()
    ([0.0, -1.0], [1.0, 0.5], [0.125, 0.625])
    """
    signal = np.asarray(signal, dtype=np.float32)
    if signal.size == 0:
        return Envelope(np.zeros(0), signal, signal)
    width = -(-signal.size // max_spans)
    starts = np.arange(0, signal.size, width)
    ends = np.minimum(starts + width, signal.size)
    low, high = np.minimum.reduceat(signal, starts), np.maximum.reduceat(signal, starts)
    return Envelope((starts + ends - 1) / 2 / sr, low, high)


def spectrogram(
    signal: np.ndarray, *, sr: int, kind: Kind = "logmel", max_columns: int = 400, n_mels: int = 128
) -> Spectrogram:
    """Level of a signal over time and frequency, in dB of full scale.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,)]
        Samples in [-1, 1].
    sr : int
        Sampling rate, Hz.
    kind : str
        ``"logmel"`` or ``"linear"``.
    max_columns : int
        Most columns; the power of neighbouring frames is averaged until they fit, so that no sound is left out.
    n_mels : int
        Rows of a log-mel spectrogram, from 0 Hz to half the sampling rate.

    Raises
    ------
    ConfigError
        If `kind` is neither of the two.
    """
    if kind not in KINDS:
        raise ConfigError(f"Unknown kind of spectrogram {kind!r}; there are {', '.join(KINDS)}.")
    win_length, hop_length = round(WINDOW_S * sr), max(1, round(HOP_S * sr))
    n_fft = 1 << (win_length - 1).bit_length()
    if kind == "logmel":
        n_fft *= 2  # so that the lowest bands, closer than the window resolves, hold a bin each
    power = power_spectrogram(signal, n_fft=n_fft, hop_length=hop_length, win_length=win_length)
    window = hann(win_length).astype(np.float64)
    power /= (window.sum() / 2) ** 2
    power, step = _pool(power, max_columns=max_columns)
    times = (np.arange(len(power)) * step + (step - 1) / 2) * hop_length / sr
    if kind == "linear":
        hz = frequencies(sr=sr, n_fft=n_fft)
    else:
        power = power @ _mel_weights(sr=sr, n_fft=n_fft, n_mels=n_mels).T
        # A sine spreads over the bins of the window's main lobe: their sum, not their peak, falls into a band. The
        # factor is the window's equivalent noise bandwidth in bins (Harris, Proc. IEEE 66, 51-83, 1978).
        power /= n_fft * np.square(window).sum() / window.sum() ** 2
        hz = mel_frequencies(n_mels + 2, f_min=0.0, f_max=sr / 2)[1:-1]
    db = 10.0 * np.log10(np.maximum(power.T, 10 ** (FLOOR_DB / 10)))
    return Spectrogram(db.astype(np.float32), times, np.asarray(hz, dtype=np.float64), kind)


def _pool(power: np.ndarray, *, max_columns: int) -> tuple[np.ndarray, int]:
    """Mean of every `step` frames, `step` the least that leaves at most `max_columns`; the last may hold fewer."""
    step = -(-len(power) // max_columns)
    if step == 1:
        return power, 1
    starts = np.arange(0, len(power), step)
    counts = np.minimum(step, len(power) - starts)
    return np.add.reduceat(power, starts, axis=0) / counts[:, None], step


def _mel_weights(*, sr: int, n_fft: int, n_mels: int) -> np.ndarray:
    """Mel filters with a peak of 1, so that they sum the power of a band instead of its density."""
    edges = mel_frequencies(n_mels + 2, f_min=0.0, f_max=sr / 2)
    return mel_filterbank(sr=sr, n_fft=n_fft, n_mels=n_mels) * ((edges[2:] - edges[:-2]) / 2)[:, None]
