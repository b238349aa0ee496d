"""Where the speech of a single clip begins and ends, by sound and voicing: the truth that segments are held against.

Not by the detector that cuts recordings, nor by any other that was trained.
"""

from dataclasses import dataclass

import numpy as np

from ser_core.features import pitch
from ser_core.features.curves import WINDOW_S
from ser_core.features.stft import hann, power_spectrogram

SOUND_DB = 30.0
"""Sound reaches up to this below the clip's loudest frame, dB: its foot in the noise of a studio."""

PRE_EMPHASIS = 0.97
"""Weight of the sample before that is taken off before levels are measured, the usual value (HTK Book, 5.2): an "s" is
as loud as a vowel then, and neither an offset nor rumble counts."""

JOINED_S = 0.2
"""Sounds closer than this belong to each other, seconds: the closure of a stop is shorter."""

VOICED_S = 0.05
"""Shortest stretch that counts as voice, seconds: several periods of a low voice."""

_FRAME_S, _HOP_S = 0.025, 0.01
_MARGIN_DB = 5.0
_FLOOR_DB = -120.0


@dataclass(frozen=True)
class Bounds:
    """Of the speech in a clip.

    Attributes
    ----------
    start, stop : int
        First sample, and the one after the last.
    clear : bool
        Whether the clip's own background, the softest tenth of its frames, is so soft that its first and last sound
        are those of the speaker.
    """

    start: int
    stop: int
    clear: bool


def speech_bounds(signal: np.ndarray, *, sr: int) -> Bounds:
    """From the first to the last sound that has voice in it.

    A sound is a run of frames within `SOUND_DB` of the loudest after pre-emphasis; runs less than `JOINED_S` apart are
    one, so that consonants stay with their vowels. What comes before the first and after the last sound with voice,
    such as breath, a gasp, the smack of lips or the room, is no speech. In a clip without any voice, such as a whisper,
    every sound counts.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Of one clip, in [-1, 1].
    sr : int
        Sampling rate, Hz.

    Examples
    --------
    >>> from ser_core.testing import speechlike
    >>> rest = np.zeros(16_000, np.float32)
    >>> found = speech_bounds(np.concatenate([rest, speechlike(1.0), rest]), sr=16_000)
    >>> round(found.start / 16_000, 1), round(found.stop / 16_000, 1), found.clear
    (1.0, 2.0, True)
    """
    hop = round(_HOP_S * sr)
    levels = _levels(signal, frame=round(_FRAME_S * sr), hop=hop)
    top = levels.max()
    if top <= _FLOOR_DB:
        return Bounds(0, 0, clear=True)
    loud = levels > top - SOUND_DB
    voice = loud & _voiced(signal, sr=sr, hop=hop)[: len(loud)]
    sounds = _joined(_runs(loud), within=round(JOINED_S / _HOP_S))
    shortest = round(VOICED_S / _HOP_S)
    spoken = [each for each in sounds if any(b - a >= shortest for a, b in _runs(voice[slice(*each)]))] or sounds
    clear = top - np.percentile(levels, 10) >= SOUND_DB + _MARGIN_DB
    return Bounds(spoken[0][0] * hop, min(len(signal), spoken[-1][1] * hop), clear=bool(clear))


def _levels(signal: np.ndarray, *, frame: int, hop: int) -> np.ndarray:
    """Level of each frame after pre-emphasis, dB, at least `_FLOOR_DB`."""
    emphasised = np.diff(signal, prepend=signal[:1]) + (1 - PRE_EMPHASIS) * np.concatenate([[0.0], signal[:-1]])
    padded = np.pad(emphasised, frame // 2)
    power = np.mean(np.lib.stride_tricks.sliding_window_view(padded, frame)[::hop] ** 2, axis=1)
    return 10 * np.log10(np.maximum(power, 10 ** (_FLOOR_DB / 10)))


def _voiced(signal: np.ndarray, *, sr: int, hop: int) -> np.ndarray:
    length = round(WINDOW_S * sr)
    # The autocorrelation is exact up to the longest period only if both fit into the transform.
    n_fft = 1 << (length + int(sr / pitch.F0_MIN) + 3).bit_length()
    power = power_spectrogram(signal, n_fft=n_fft, hop_length=hop, win_length=length)
    return pitch.track(power, window=hann(length, n_fft), sr=sr, hop_length=hop).voiced


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _joined(runs: list[tuple[int, int]], *, within: int) -> list[tuple[int, int]]:
    found = [runs[0]]
    for start, stop in runs[1:]:
        if start - found[-1][1] <= within:
            found[-1] = (found[-1][0], stop)
        else:
            found.append((start, stop))
    return found
