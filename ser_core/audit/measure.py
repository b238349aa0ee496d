"""One look at one clip: everything that the checks need to know, so that no check reads audio again."""

import hashlib
import io
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy.fft

from ser_core.audio import decode, level_db, peak_db, quality, sniffing, sound_bounds
from ser_core.audio.readers import open_stream
from ser_core.audit.fingerprint import fingerprint
from ser_core.audit.promise import breaks_off, promised_s
from ser_core.errors import AudioError, EmptyAudioError, ShortAudioError
from ser_core.settings import Limits

LIMITS = Limits(max_bytes=256 * 2**20, max_duration_s=1800.0)
"""What an audit reads: whole conversations too, which a prediction would refuse."""

BANDS = 62.5 * 2.0 ** (np.arange(42) / 6)
"""Centres of the bands of `Measured.spectrum`, Hz: sixths of an octave from 62.5 Hz to 7.1 kHz, so that a recording at
half or double speed is the same curve six bands away."""

NUMBERS = (
    "sampling_rate",
    "channels",
    "decoded_s",
    "sound_s",
    "lead_s",
    "trail_s",
    "level_db",
    "peak_db",
    "end_db",
    "spread_db",
    "clipped",
    "flat",
    "crowding",
    "top_share",
    "dc",
    "zero_tail_s",
    "top_hz",
)
"""Fields of `Measured` that are numbers about the sound, NaN where there is none."""

_FRAME_S, _HOP_S = 0.02, 0.005
_FLAT_RUN = 3
# Below this peak the steps of 16 bits alone make flat tops: 64 of them.
_FLAT_LEAST_PEAK = 64 / 32768
_FLAT_TOLERANCE = 0.9995
_TOP_BINS = 64
# A band is called empty where the level falls by this much within two of 64 bins and does not come back. In the five
# corpora the steepest edge of speech itself is below 15 dB; a resampler's or a codec's low-pass makes 25 and more.
_TOP_DROP_DB = 22.0


@dataclass(frozen=True)
class Measured:
    """What is known of one file.

    Attributes
    ----------
    problem : str
        ``"unreadable"``, ``"empty"`` or nothing.
    message : str
        What the decoder said about the problem, for a reader.
    promised_s : float
        Length that the header promises, seconds; NaN where it says nothing.
    breaks_off : bool
        Whether an Ogg stream lacks its end.
    samples : str
        SHA-256 (16 digits) of the decoded samples as 16-bit integers, whatever the container and the sampling rate.
    sampling_rate, channels : float
        Of the file, Hz.
    decoded_s, sound_s, lead_s, trail_s : float
        Seconds: of the samples, of the sound, of what is 40 dB softer before and after it.
    level_db, peak_db : float
        RMS level of the sound and peak of the clip, dBFS.
    end_db : float
        Level of the last 5, 10 and 20 ms, the lowest of the three, over that of the loudest 20 ms, dB.
    spread_db : float
        Loudest 20 ms over the 3rd percentile of all, dB: how much the level moves.
    clipped : float
        Share of the samples in runs at full scale, [0, 1].
    flat : float
        Share of the samples in runs of three or more at the clip's own extremes, [0, 1]: clipped, then made softer.
    crowding : float
        Samples in the upper tenth of the amplitudes over those in the tenth below, without the highest 0.01%: about
        0.7 for speech; clipping crowds samples there, and resampling or a codec that rounds flat tops leaves it so.
    top_share : float
        Share of the samples in that upper tenth, [0, 1].
    dc : float
        Mean of the samples.
    zero_tail_s : float
        Exact zeros at the end, seconds.
    top_hz : float
        Upper edge of the band that is in use, Hz; NaN where the band is used up to the end.
    spectrum : bytes
        float16 level in each of `BANDS`, dB, of the frames within 40 dB of the loudest; NaN above half the rate.
    words : bytes
        uint32 words of the fingerprint of the sound.
    """

    problem: str = ""
    message: str = ""
    promised_s: float = np.nan
    breaks_off: bool = False
    samples: str = ""
    sampling_rate: float = np.nan
    channels: float = np.nan
    decoded_s: float = np.nan
    sound_s: float = np.nan
    lead_s: float = np.nan
    trail_s: float = np.nan
    level_db: float = np.nan
    peak_db: float = np.nan
    end_db: float = np.nan
    spread_db: float = np.nan
    clipped: float = np.nan
    flat: float = np.nan
    crowding: float = np.nan
    top_share: float = np.nan
    dc: float = np.nan
    zero_tail_s: float = np.nan
    top_hz: float = np.nan
    spectrum: bytes = b""
    words: bytes = b""

    def to_dict(self) -> dict[str, Any]:
        """Fields by name."""
        return asdict(self)


def measure_file(data: bytes) -> Measured:
    """Measure one file.

    Parameters
    ----------
    data : bytes
        All of it.

    Returns
    -------
    Measured
        Never an error: what cannot be read says so in ``problem`` and ``message``.
    """
    promised = {"promised_s": _promised(data), "breaks_off": breaks_off(data)}
    try:
        audio = decode(data, sr=None, limits=LIMITS)
    except (EmptyAudioError, ShortAudioError) as error:
        return Measured(problem="empty", message=str(error), **promised)
    except AudioError as error:
        return Measured(problem="unreadable", message=str(error), **promised)
    return Measured(
        **promised,
        sampling_rate=audio.sr,
        channels=audio.source_channels,
        **measure_signal(audio.signal, sr=audio.sr, clipped=audio.clipped_fraction),
    )


def measure_signal(signal: np.ndarray, *, sr: int, clipped: float | None = None) -> dict[str, Any]:
    """Measure a decoded clip.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        float32 in [-1, 1], at least one sample.
    sr : int
        Sampling rate, Hz.
    clipped : float, optional
        Share of clipped samples, where known.

    Returns
    -------
    dict
        Fields of `Measured` from ``samples`` on.
    """
    measured = quality(signal, sr=sr, clipped=clipped)
    dc = float(signal.mean(dtype=np.float64))
    centred = signal - np.float32(dc)
    start, stop = sound_bounds(centred, sr=sr) if measured.sound_s else (0, 0)
    sound = centred[start:stop]
    nonzero = np.flatnonzero(signal)
    crowded, top_share = crowding(signal)
    frames = frame_levels(centred, sr=sr)
    spectrum, top_hz = _spectrum(sound, sr=sr) if len(sound) else (np.full(len(BANDS), np.nan), np.nan)
    return {
        "samples": hashlib.sha256(np.rint(signal * 32768.0).astype("<i2").tobytes()).hexdigest()[:16],
        "decoded_s": measured.duration_s,
        "sound_s": measured.sound_s,
        "lead_s": start / sr if len(sound) else np.nan,
        "trail_s": (len(signal) - stop) / sr if len(sound) else np.nan,
        "level_db": level_db(sound) if len(sound) else np.nan,
        "peak_db": peak_db(signal),
        "end_db": min(level_db(centred[-max(1, round(s * sr)) :]) for s in (0.005, 0.01, 0.02)) - frames.max(),
        "spread_db": float(frames.max() - np.percentile(frames, 3)),
        "clipped": measured.clipped_fraction,
        "flat": flat_fraction(signal),
        "crowding": crowded,
        "top_share": top_share,
        "dc": dc,
        "zero_tail_s": (len(signal) - 1 - nonzero[-1]) / sr if len(nonzero) else len(signal) / sr,
        "top_hz": top_hz,
        "spectrum": spectrum.astype("<f2").tobytes(),
        "words": fingerprint(sound, sr=sr).astype("<u4").tobytes(),
    }


def frame_levels(signal: np.ndarray, *, sr: int) -> np.ndarray:
    """Level of every 20 ms, dBFS [shape=(n,)], each whole (the last one ends with the signal), at least one."""
    frame, hop = max(1, round(_FRAME_S * sr)), max(1, round(_HOP_S * sr))
    frame = min(frame, len(signal))
    sums = np.concatenate([[0.0], np.cumsum(np.square(signal, dtype=np.float64))])
    ends = np.arange(len(signal), frame - 1, -hop)
    return 10 * np.log10(np.maximum((sums[ends] - sums[ends - frame]) / frame, 1e-12))


def flat_fraction(signal: np.ndarray) -> float:
    """Share of the samples that lie in runs at the highest or the lowest value of the clip, [0, 1].

    Examples
    --------
    >>> flat_fraction(np.array([0.0, 0.4, 0.4, 0.4, 0.0, -0.2, -0.3, 0.0], dtype=np.float32))
    0.375
    """
    flat = 0
    for top in (signal, -signal):
        highest = top.max()
        if highest < _FLAT_LEAST_PEAK:
            continue
        edges = np.flatnonzero(np.diff(top >= highest * _FLAT_TOLERANCE, prepend=False, append=False))
        runs = edges[1::2] - edges[::2]
        flat += int(runs[runs >= _FLAT_RUN].sum())
    return flat / len(signal)


def crowding(signal: np.ndarray) -> tuple[float, float]:
    """``crowding`` and ``top_share`` of `Measured`."""
    size = np.abs(signal)
    place = int(0.9999 * (len(size) - 1))
    top = np.partition(size, place)[place]
    upper = np.count_nonzero(size > 0.9 * top)
    below = np.count_nonzero((size > 0.8 * top) & (size <= 0.9 * top))
    return upper / max(below, 1), upper / len(size)


def _promised(data: bytes) -> float:
    promised = promised_s(data)
    container = sniffing.container(data)
    if promised is None and container is not None and not container.soundfile:
        try:
            promised = open_stream(io.BytesIO(data), container, limits=LIMITS).duration_s
        except AudioError:
            promised = None
    return np.nan if promised is None else promised


def _spectrum(sound: np.ndarray, *, sr: int) -> tuple[np.ndarray, float]:
    """Level in each of `BANDS`, dB, and the upper edge of the band in use."""
    size = max(64, 1 << round(np.log2(0.128 * sr)))
    if len(sound) < size:
        sound = np.pad(sound, (0, size - len(sound)))
    frames = np.lib.stride_tricks.sliding_window_view(sound, size)[:: size // 2]
    power = np.square(np.abs(scipy.fft.rfft(frames * np.hanning(size).astype(np.float32), axis=1))) / size
    total = power.sum(axis=1)
    mean = power[total >= total.max() * 1e-4].mean(axis=0, dtype=np.float64)
    # Differences of the running sum between the edges of each band, so that narrow bands need no bin of their own.
    step = sr / size
    edges = np.r_[(np.arange(len(mean)) - 0.5) * step, (len(mean) - 0.5) * step]
    sums = np.r_[0.0, np.cumsum(mean)]
    low, high = BANDS * 2 ** (-1 / 12), BANDS * 2 ** (1 / 12)
    level = 10 * np.log10((np.interp(high, edges, sums) - np.interp(low, edges, sums)) / (high - low) + 1e-14)
    return np.where(high <= sr / 2, level, np.nan), _top(power.mean(axis=0, dtype=np.float64), sr=sr)


def _top(power: np.ndarray, *, sr: int) -> float:
    """Frequency above which the band is empty, Hz; NaN if it is in use up to the end."""
    edges = np.linspace(1, len(power), _TOP_BINS + 1).round().astype(int)[:-1]
    level = 10 * np.log10(np.add.reduceat(power, edges) / np.diff(np.r_[edges, len(power)]) + 1e-14)
    drop = level[:-2] - level[2:]
    for bin_ in np.flatnonzero(drop >= _TOP_DROP_DB):
        # The last two bins belong to every anti-aliasing filter.
        if bin_ < _TOP_BINS - 5 and level[bin_ + 2 :].max() <= level[bin_] - _TOP_DROP_DB:
            return float((bin_ + 1) / _TOP_BINS * sr / 2)
    return np.nan
