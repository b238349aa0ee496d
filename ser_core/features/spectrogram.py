"""Spectrograms and waveform envelopes for the eye, at the resolution of a screen.

The levels are absolute (0 dB is a sine of full scale), so that two clips can share one colour range. What the models
read is another matter: see `ser_core.features.spec`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ser_core.errors import ConfigError
from ser_core.features.mel import dct, mel_filterbank, mel_frequencies
from ser_core.features.stft import frequencies, hann, power_spectrogram

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["logmel", "mel", "linear", "mfcc"]
KINDS: tuple[Kind, ...] = ("logmel", "mel", "linear", "mfcc")
UNITS = {"logmel": "dB", "linear": "dB", "mel": "‰ of full scale", "mfcc": ""}
"""Kind -> unit of its values."""

WINDOW_S = 0.032
"""Window length, seconds: two to three periods of a low voice, the usual narrow-band compromise for speech."""
HOP_S = 0.008
FINEST_HOP_S = 0.001
"""Between columns of a short span that is looked at closely."""
FLOOR_DB = -120.0
"""Below the noise of any 16-bit recording."""
N_MFCC = 20


@dataclass(frozen=True)
class Spectrogram:
    """A signal over time and frequency, or over time and cepstral coefficient.

    Attributes
    ----------
    values : np.ndarray [shape=(f, t)]
        float32. ``"logmel"`` and ``"linear"``: level, dB of full scale: a sine of amplitude 1 reads 0 dB at its
        frequency (in mel bands up to 4 dB less, for neighbouring bands share it). ``"mel"``: amplitude in each band,
        per mille of full scale, which shows what the logarithm is for. ``"mfcc"``: coefficients 1 to 19 of the cosine
        transform of the log-mel levels; 0, the level, would outshine them.
    times_s : np.ndarray [shape=(t,)]
        Centres of the columns, seconds.
    frequencies_hz : np.ndarray [shape=(f,)]
        Centres of the rows, Hz; the numbers of the coefficients where `kind` is ``"mfcc"``.
    kind : str
        ``"logmel"`` and ``"mel"`` (rows evenly spaced in mel), ``"linear"`` (evenly spaced in Hz) or ``"mfcc"``.
    """

    values: np.ndarray
    times_s: np.ndarray
    frequencies_hz: np.ndarray
    kind: Kind

    def to_frame(self) -> "pd.DataFrame":
        """One row per time (``time_s``), one column per row (``"440.0 Hz"``, ``"mfcc 1"``), one decimal."""
        import pandas as pd

        form = "mfcc {:.0f}" if self.kind == "mfcc" else "{:.1f} Hz"
        names = [form.format(row) for row in self.frequencies_hz]
        frame = pd.DataFrame(np.round(self.values.T.astype(np.float64), 1), columns=names)
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


def envelope(
    signal: np.ndarray, *, sr: int, max_spans: int = 1000, span: tuple[float, float] | None = None
) -> Envelope:
    """Shape of a waveform in at most `max_spans` spans; no peak is lost, however long the signal.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,)]
        Samples.
    sr : int
        Sampling rate, Hz.
    max_spans : int
        Most spans; a signal of fewer samples comes back sample by sample.
    span : tuple of float, optional
        Start and end of the part that is wanted, seconds; all of the signal unless given.

    Examples
    --------
    >>> shape = envelope(np.array([0.0, 1.0, -1.0, 0.5], dtype=np.float32), sr=4, max_spans=2)
    >>> shape.low.tolist(), shape.high.tolist(), shape.times_s.tolist()
    ([0.0, -1.0], [1.0, 0.5], [0.125, 0.625])
    """
    signal, first = _part(signal, sr=sr, span=span)
    if signal.size == 0:
        return Envelope(np.zeros(0), signal, signal)
    width = -(-signal.size // max_spans)
    starts = np.arange(0, signal.size, width)
    ends = np.minimum(starts + width, signal.size)
    low, high = np.minimum.reduceat(signal, starts), np.maximum.reduceat(signal, starts)
    return Envelope((first + (starts + ends - 1) / 2) / sr, low, high)


def spectrogram(
    signal: np.ndarray,
    *,
    sr: int,
    kind: Kind = "logmel",
    max_columns: int = 400,
    n_mels: int = 128,
    span: tuple[float, float] | None = None,
) -> Spectrogram:
    """A signal over time and frequency.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,)]
        Samples in [-1, 1].
    sr : int
        Sampling rate, Hz.
    kind : str
        One of `KINDS`, see `Spectrogram`.
    max_columns : int
        Most columns; the power of neighbouring frames is averaged until they fit, so that no sound is left out.
    n_mels : int
        Rows of a mel spectrogram, from 0 Hz to half the sampling rate.
    span : tuple of float, optional
        Start and end of the part that is wanted, seconds; all of the signal unless given. The shorter, the closer
        stand the columns, down to `FINEST_HOP_S`.

    Raises
    ------
    ConfigError
        If `kind` is none of `KINDS`.
    """
    if kind not in KINDS:
        raise ConfigError(f"Unknown kind of spectrogram {kind!r}; there are {', '.join(KINDS)}.")
    # The windows at both ends reach beyond the span.
    wider = None if span is None else (span[0] - WINDOW_S, span[1] + WINDOW_S)
    signal, first = _part(signal, sr=sr, span=wider)
    hop_s = HOP_S if span is None else float(np.clip(len(signal) / sr / max_columns, FINEST_HOP_S, HOP_S))
    win_length, hop_length = round(WINDOW_S * sr), max(1, round(hop_s * sr))
    n_fft = 1 << (win_length - 1).bit_length()
    if kind != "linear":
        n_fft *= 2  # so that the lowest bands, closer than the window resolves, hold a bin each
    power = power_spectrogram(signal, n_fft=n_fft, hop_length=hop_length, win_length=win_length)
    window = hann(win_length).astype(np.float64)
    power /= (window.sum() / 2) ** 2
    power, step = _pool(power, max_columns=max_columns)
    times = (first + (np.arange(len(power)) * step + (step - 1) / 2) * hop_length) / sr
    rows = frequencies(sr=sr, n_fft=n_fft)
    if kind != "linear":
        power = power @ _mel_weights(sr=sr, n_fft=n_fft, n_mels=n_mels).T
        # A sine spreads over the bins of the window's main lobe: their sum, not their peak, falls into a band. The
        # factor is the window's equivalent noise bandwidth in bins (Harris, Proc. IEEE 66, 51-83, 1978).
        power /= n_fft * np.square(window).sum() / window.sum() ** 2
        rows = mel_frequencies(n_mels + 2, f_min=0.0, f_max=sr / 2)[1:-1]
    values = 1000 * np.sqrt(power) if kind == "mel" else 10.0 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10)))
    if kind == "mfcc":
        values, rows = dct(values, n=N_MFCC)[:, 1:], np.arange(1, N_MFCC)
    if span is not None:
        inside = (times >= span[0] - 1e-6) & (times <= span[1] + 1e-6)
        inside[0] |= not inside.any()
        values, times = values[inside], times[inside]
    return Spectrogram(values.T.astype(np.float32), times, np.asarray(rows, dtype=np.float64), kind)


def _part(signal: np.ndarray, *, sr: int, span: tuple[float, float] | None) -> tuple[np.ndarray, int]:
    """The samples of a span, and how many stand before them."""
    signal = np.asarray(signal, dtype=np.float32)
    if span is None:
        return signal, 0
    first = int(np.clip(round(span[0] * sr), 0, len(signal)))
    return signal[first : max(first, round(span[1] * sr))], first


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
