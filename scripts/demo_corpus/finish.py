"""The last steps of a clip: a small room, its level, its ends."""

import numpy as np
import soxr

SAMPLING_RATE = 16_000
NEUTRAL_DBFS = -27.0  # near the -26 dB of speech tests (ITU-T P.800); leaves room for anger
CEILING_DBFS = -2.0  # leaves room for what the encoder adds
ACTIVE_DB = 30.0  # frames this far below the loudest do not count as speech
FRAME_S = 0.02
ENDS_DB = 42.0  # what is this far below the loudest frame is cut off at the ends
PAD_S, FADE_S = 0.06, 0.03
ROOM_S, ROOM_DB, ROOM_GAP_S = 0.18, -15.0, 0.004  # reverberation time, level and delay of the first reflections
FLOOR_DBFS = -72.0


def frame_db(signal: np.ndarray, *, sr: int) -> np.ndarray:
    """Level of consecutive frames of `FRAME_S`, dBFS [shape=(n_frames,)]."""
    size = int(FRAME_S * sr)
    frames = signal[: len(signal) // size * size].reshape(-1, size)
    return 10.0 * np.log10((frames**2).mean(axis=1) + 1e-12)


def active_db(signal: np.ndarray, *, sr: int) -> float:
    """RMS level of the frames within `ACTIVE_DB` of the loudest, dBFS."""
    levels = frame_db(signal, sr=sr)
    loud = levels[levels > levels.max() - ACTIVE_DB]
    return float(10.0 * np.log10((10.0 ** (loud / 10.0)).mean()))


def bounds(signal: np.ndarray, *, sr: int) -> tuple[int, int]:
    """First and last sample of the sound, with `PAD_S` to spare."""
    levels = frame_db(signal, sr=sr)
    loud = np.flatnonzero(levels > levels.max() - ENDS_DB)
    size, pad = int(FRAME_S * sr), int(PAD_S * sr)
    return max(0, loud[0] * size - pad), min(len(signal), (loud[-1] + 1) * size + pad)


def room(*, sr: int, seed: int) -> np.ndarray:
    """Impulse response of a small, well damped room [shape=(t,)].

    The direct sound is 1; reflections are noise that decays by 60 dB within `ROOM_S`. Speech without any room sounds,
    and is classified, as artificial.
    """
    n = int(ROOM_S * sr)
    tail = np.random.default_rng(seed).normal(0.0, 1.0, n) * 10.0 ** (-3.0 * np.arange(n) / n)
    tail[: int(ROOM_GAP_S * sr)] = 0.0
    tail *= 10.0 ** (ROOM_DB / 20.0) / np.sqrt((tail**2).sum())
    tail[0] = 1.0
    return tail


def finish(signal: np.ndarray, *, sr: int, level_db: float, room_seed: int, rng: np.random.Generator) -> np.ndarray:
    """Make a clip ready to be written.

    Parameters
    ----------
    signal : np.ndarray
        Of arbitrary level [shape=(t,)].
    sr : int
        Its sampling rate, Hz.
    level_db : float
        Level relative to a neutral clip, dB.
    room_seed : int
        One room for each.
    rng : np.random.Generator
        Source of the faint noise of the recording.

    Returns
    -------
    np.ndarray
        At `SAMPLING_RATE`, its speech at `NEUTRAL_DBFS` plus `level_db`, or less where a peak would pass
        `CEILING_DBFS`; faded in and out [shape=(t,)].
    """
    response = room(sr=SAMPLING_RATE, seed=room_seed)
    padding = np.zeros(int(PAD_S * SAMPLING_RATE))
    dry = soxr.resample(signal - signal.mean(), sr, SAMPLING_RATE, quality="VHQ")
    wet = np.convolve(np.concatenate([padding, dry, padding]), response)
    start, stop = bounds(wet, sr=SAMPLING_RATE)
    clip = wet[start:stop]
    gain = 10.0 ** ((NEUTRAL_DBFS + level_db - active_db(clip, sr=SAMPLING_RATE)) / 20.0)
    gain = min(gain, 10.0 ** (CEILING_DBFS / 20.0) / np.abs(clip).max())
    clip = gain * clip + 10.0 ** (FLOOR_DBFS / 20.0) * rng.normal(0.0, 1.0, len(clip))
    fade = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0.0, 1.0, int(FADE_S * SAMPLING_RATE)))
    clip[: len(fade)] *= fade
    clip[-len(fade) :] *= fade[::-1]
    return clip
