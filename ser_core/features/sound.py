"""The sound in a clip, and what several kinds of features read of it: computed once, whoever asks first."""

import numpy as np

from ser_core.audio import sound_bounds
from ser_core.features.stft import power_spectrogram


class Sound:
    """A signal that remembers its trimmed self and its power spectrograms.

    Wherever this package takes a signal it takes a `Sound`, too; several kinds of features of one clip then share
    what they have in common. It reads as an array of its samples.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Samples in [-1, 1].
    sr : int
        Sampling rate, Hz.
    """

    def __init__(self, signal: np.ndarray, *, sr: int):
        self.signal = np.asarray(signal, dtype=np.float32)
        self.sr = sr
        self._trimmed: dict[float, Sound] = {}
        self._power: dict[tuple[int, int, int], np.ndarray] = {}

    @classmethod
    def of(cls, signal: "np.ndarray | Sound", *, sr: int) -> "Sound":
        """The signal as a sound; one that is a sound already stays what it is."""
        return signal if isinstance(signal, cls) else cls(signal, sr=sr)

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.array(self.signal, dtype=dtype) if copy else np.asarray(self.signal, dtype=dtype)

    def __len__(self) -> int:
        return len(self.signal)

    def trimmed(self, top_db: float) -> "Sound":
        """The sound without the silence before and after it, see `ser_core.audio.sound_bounds`; may be empty.

        With 0 it is the whole signal.
        """
        if not top_db:
            return self
        if top_db not in self._trimmed:
            start, stop = sound_bounds(self.signal, sr=self.sr, top_db=top_db)
            self._trimmed[top_db] = Sound(self.signal[start:stop], sr=self.sr)
        return self._trimmed[top_db]

    def power(self, *, n_fft: int, hop_length: int, win_length: int) -> np.ndarray:
        """Its `ser_core.features.stft.power_spectrogram`, read-only [shape=(t, 1 + n_fft // 2)]."""
        key = (n_fft, hop_length, win_length)
        if key not in self._power:
            power = power_spectrogram(self.signal, n_fft=n_fft, hop_length=hop_length, win_length=win_length)
            power.flags.writeable = False
            self._power[key] = power
        return self._power[key]
