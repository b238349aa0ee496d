"""Measure and shape a signal: resampling, trimming, levels, and whether it can be judged at all."""

from dataclasses import dataclass

import numpy as np
import soxr

from ser_core.errors import ConfigError, EmptyAudioError, ShortAudioError, SilentAudioError
from ser_core.settings import LIMITS, Limits

LEVEL_FLOOR_DB = -120.0
"""Lowest level that is reported, dBFS: below the noise of 16-bit (-98 dB) and above that of 24-bit audio."""

SILENCE_DB = -65.0
"""A clip whose loudest 32 ms stay below this level (RMS, dBFS, without its constant part) is called silent."""

CLIP_LEVEL = 0.999
"""Magnitude from which a sample counts as being at full scale (-0.009 dBFS)."""

CLIP_RUN = 3
"""Neighbouring samples at full scale that make a clip; one or two may be the honest top of a wave."""


@dataclass(frozen=True)
class Quality:
    """What a signal is worth.

    Attributes
    ----------
    duration_s : float
        Length, seconds.
    sound_s : float
        Length between the first and last sound, seconds; 0 if the signal is silent.
    level_db : float
        RMS level, dBFS.
    peak_db : float
        Peak level, dBFS.
    clipped_fraction : float
        Share of the samples that lie in runs at full scale, [0, 1].
    """

    duration_s: float
    sound_s: float
    level_db: float
    peak_db: float
    clipped_fraction: float


def resample(signal: np.ndarray, *, sr: int, to: int) -> np.ndarray:
    """Change the sampling rate, band-limited (soxr 'HQ': 20 bit precision).

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr, to : int
        Sampling rate of the signal and the one wanted, Hz.

    Returns
    -------
    np.ndarray [shape=(t * to / sr,)]
        float32 in [-1, 1]; the overshoot of the filter is clipped.

    Raises
    ------
    ConfigError
        If a rate is not positive.
    """
    if sr <= 0 or to <= 0:
        raise ConfigError(f"Sampling rates must be positive, got sr={sr} and to={to}.")
    signal = np.asarray(signal, dtype=np.float32)
    if sr == to or signal.size == 0:
        return signal
    resampled = soxr.resample(signal, sr, to, quality="HQ")
    return np.clip(resampled, -1.0, 1.0, out=resampled)


def _to_db(power: float) -> float:
    """Power, relative to full scale, in dB, not below the floor."""
    floor = 10.0 ** (LEVEL_FLOOR_DB / 10.0)
    return float(10.0 * np.log10(max(float(power), floor)))


def level_db(signal: np.ndarray) -> float:
    """RMS level in dBFS, where a full-scale square wave has 0 dB; `LEVEL_FLOOR_DB` for silence.

    Examples
    --------
    >>> level_db(np.full(100, 0.1, dtype=np.float32))
    -20.0
    """
    if not len(signal):
        return LEVEL_FLOOR_DB
    signal = np.asarray(signal, dtype=np.float32)
    return round(_to_db(np.dot(signal, signal) / signal.size), 4)


def peak_db(signal: np.ndarray) -> float:
    """Peak level in dBFS; `LEVEL_FLOOR_DB` for silence.

    Examples
    --------
    >>> peak_db(np.array([0.0, -1.0, 0.5], dtype=np.float32))
    0.0
    """
    if not len(signal):
        return LEVEL_FLOOR_DB
    return round(_to_db(max(float(np.max(signal)), -float(np.min(signal))) ** 2), 4)


def _frame_power(signal: np.ndarray, *, sr: int, frame_s: float, hop_s: float) -> tuple[np.ndarray, int]:
    """Mean square of frames centred on multiples of the hop [shape=(1 + t // hop,)], and the hop in samples.

    The signal counts as zero outside its bounds, as in `librosa.feature.rms`. Running sums make it one pass for any
    frame length.
    """
    frame, hop = max(1, round(frame_s * sr)), max(1, round(hop_s * sr))
    sums = np.empty(signal.size + 1)
    sums[0] = 0.0
    np.cumsum(np.square(signal, dtype=np.float64), out=sums[1:])
    first = np.arange(1 + signal.size // hop) * hop - frame // 2
    power = sums[np.minimum(first + frame, signal.size)] - sums[np.maximum(first, 0)]
    return np.maximum(power, 0.0) / frame, hop


def _bounds(power: np.ndarray, *, hop: int, length: int, top_db: float) -> tuple[int, int]:
    """Sample bounds of the frames within `top_db` of the loudest one; (0, 0) if all are zero."""
    loudest = power.max(initial=0.0)
    if loudest <= 0.0:
        return 0, 0
    loud = np.flatnonzero(power > loudest * 10.0 ** (-top_db / 10.0))
    return int(loud[0]) * hop, min(length, (int(loud[-1]) + 1) * hop)


def sound_bounds(
    signal: np.ndarray, *, sr: int, top_db: float = 40.0, frame_s: float = 0.032, hop_s: float = 0.008
) -> tuple[int, int]:
    """Where the sound starts and stops: frames whose RMS lies within `top_db` of the loudest frame's.

    The rule of `librosa.effects.trim`, except that silence has no sound here.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz.
    top_db : float
        Distance to the loudest frame, dB.
    frame_s, hop_s : float
        Length and distance of the frames, seconds.

    Returns
    -------
    tuple of int
        First sample of the sound and the one after its last; (0, 0) for an empty or all-zero signal.
    """
    signal = np.asarray(signal, dtype=np.float32)
    power, hop = _frame_power(signal, sr=sr, frame_s=frame_s, hop_s=hop_s)
    return _bounds(power, hop=hop, length=signal.size, top_db=top_db)


def trim(signal: np.ndarray, *, sr: int, top_db: float = 40.0) -> np.ndarray:
    """The signal without the silence before and after its sound, see `sound_bounds`; empty if there is no sound."""
    start, stop = sound_bounds(signal, sr=sr, top_db=top_db)
    return signal[start:stop]


def clipped_fraction(signal: np.ndarray) -> float:
    """Share of the samples that lie in runs of `CLIP_RUN` or more neighbours at full scale, of one sign.

    Measure it before resampling, which rounds clipped tops off.

    Examples
    --------
    >>> clipped_fraction(np.array([0.5, 1.0, 1.0, 1.0, 0.5, -1.0, 0.0, 0.0, 0.0, 0.0], dtype=np.float32))
    0.3
    """
    clipped = 0
    for side in (signal >= CLIP_LEVEL, signal <= -CLIP_LEVEL):
        if np.count_nonzero(side) < CLIP_RUN:
            continue
        edges = np.flatnonzero(np.diff(side, prepend=False, append=False))
        runs = edges[1::2] - edges[::2]
        clipped += int(runs[runs >= CLIP_RUN].sum())
    return clipped / len(signal) if len(signal) else 0.0


def quality(signal: np.ndarray, *, sr: int, clipped: float | None = None) -> Quality:
    """Measure how much sound there is, how loud it is and how much of it is clipped.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz.
    clipped : float or None
        Share of clipped samples as `Audio.clipped_fraction` has it; None measures it here.

    Returns
    -------
    Quality
        `sound_s` leaves a constant offset out of account and is 0 below `SILENCE_DB`.
    """
    signal = np.asarray(signal, dtype=np.float32)
    sound_s = 0.0
    if signal.size:
        power, hop = _frame_power(signal - signal.mean(dtype=np.float64), sr=sr, frame_s=0.032, hop_s=0.008)
        if _to_db(power.max()) >= SILENCE_DB:
            start, stop = _bounds(power, hop=hop, length=signal.size, top_db=40.0)
            sound_s = (stop - start) / sr
    return Quality(
        duration_s=signal.size / sr,
        sound_s=sound_s,
        level_db=level_db(signal),
        peak_db=peak_db(signal),
        clipped_fraction=clipped_fraction(signal) if clipped is None else clipped,
    )


def require_usable(signal: np.ndarray, *, sr: int, limits: Limits = LIMITS, clipped: float | None = None) -> Quality:
    """The quality of a signal that can be judged.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz.
    limits : Limits
        `min_duration_s` is the least sound that is judged.
    clipped : float or None
        As for `quality`.

    Returns
    -------
    Quality
        As `quality` measures it.

    Raises
    ------
    EmptyAudioError
        If there is not a single sample.
    ShortAudioError
        If the signal, or the sound in it, is shorter than `limits.min_duration_s`.
    SilentAudioError
        If no part of it is louder than `SILENCE_DB`.
    """
    measured = quality(signal, sr=sr, clipped=clipped)
    if not measured.duration_s:
        raise EmptyAudioError("No sound was recorded.", advice="Press record again, or choose another file.")
    if measured.duration_s < limits.min_duration_s:
        raise ShortAudioError(
            f"The clip lasts only {measured.duration_s:.2f} s.",
            advice=f"Give at least {limits.min_duration_s:g} s of speech; a sentence of 2 to 5 s works best.",
        )
    if not measured.sound_s:
        raise SilentAudioError(
            f"The clip is silent (level {measured.level_db:.0f} dB).",
            advice="Check that the right microphone is chosen and not muted, then speak closer to it.",
        )
    if measured.sound_s < limits.min_duration_s:
        raise ShortAudioError(
            f"Only {measured.sound_s:.2f} s of the clip's {measured.duration_s:.1f} s carry sound.",
            advice=f"Give at least {limits.min_duration_s:g} s of speech; a sentence of 2 to 5 s works best.",
        )
    return measured
