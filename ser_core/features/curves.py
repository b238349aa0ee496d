"""Pitch, level and formants of a clip over time, for the eye; the models read `ser_core.features.tracks`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ser_core.features import pitch, spectral
from ser_core.features.formants import N_FORMANTS, formants
from ser_core.features.stft import hann, power_spectrogram

if TYPE_CHECKING:
    import pandas as pd

WINDOW_S = 0.046
"""Three periods of the lowest pitch that is looked for."""
HOP_S = 0.01
FLOOR_DB = -100.0
# LPC below 5 kHz needs a signal that holds it.
MIN_SR = 10_000


@dataclass(frozen=True)
class Curves:
    """Measurements of each frame.

    Attributes
    ----------
    times_s : np.ndarray [shape=(t,)]
        Centres of the frames, seconds.
    pitch_hz : np.ndarray [shape=(t,)]
        NaN where there is no voice.
    rms : np.ndarray [shape=(t,)]
        Root mean square of the samples, in [0, 1].
    formants_hz : np.ndarray [shape=(3, t)]
        F1 to F3; NaN where there is no voice.
    """

    times_s: np.ndarray
    pitch_hz: np.ndarray
    rms: np.ndarray
    formants_hz: np.ndarray

    @property
    def level_db(self) -> np.ndarray:
        """RMS level, dB of full scale [shape=(t,)], at least `FLOOR_DB`."""
        # Floored twice: the logarithm of the floor is a last digit off it on some processors.
        return np.maximum(20 * np.log10(np.maximum(self.rms, 10 ** (FLOOR_DB / 20))), FLOOR_DB)

    def to_frame(self) -> "pd.DataFrame":
        """Columns ``time_s, pitch_hz, level_db, f1_hz, f2_hz, f3_hz``, one row per frame."""
        import pandas as pd

        named = {f"f{i}_hz": np.round(row, 0) for i, row in enumerate(self.formants_hz, start=1)}
        return pd.DataFrame(
            {
                "time_s": np.round(self.times_s, 4),
                "pitch_hz": np.round(self.pitch_hz, 1),
                "level_db": np.round(self.level_db, 1),
                **named,
            }
        )


def curves(signal: np.ndarray, *, sr: int, max_frames: int = 1000) -> Curves:
    """Pitch, level and formants of a signal, a frame every 10 ms, or fewer where it is long.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,)]
        Samples in [-1, 1].
    sr : int
        Sampling rate, Hz, at least `MIN_SR`.
    max_frames : int
        Most frames.
    """
    win_length, hop_length = round(WINDOW_S * sr), max(round(HOP_S * sr), -(-len(signal) // (max_frames - 1)))
    # The autocorrelation is exact up to the longest period only if both fit into the transform.
    n_fft = 1 << (win_length + int(sr / pitch.F0_MIN) + 3).bit_length()
    power = power_spectrogram(signal, n_fft=n_fft, hop_length=hop_length, win_length=win_length)
    window = hann(win_length, n_fft)
    voice = pitch.track(power, window=window, sr=sr, hop_length=hop_length)
    peaks = formants(power, sr=sr, n_fft=n_fft)[:, :N_FORMANTS]
    return Curves(
        times_s=np.arange(len(power)) * hop_length / sr,
        pitch_hz=np.where(voice.voiced, voice.f0, np.nan),
        rms=spectral.rms(power, window=window, n_fft=n_fft),
        formants_hz=np.where(voice.voiced[:, None], peaks, np.nan).T,
    )
