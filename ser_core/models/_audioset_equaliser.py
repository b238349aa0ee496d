"""Lifts what a microphone or a line has weakened: bands in which all that is known of a voice is unusually faint."""

from dataclasses import dataclass

import numpy as np

from ser_core.features.audioset import long_term_spectrum
from ser_core.models.base import Data
from ser_core.voices import some_of

OF_VOICES = 0.2
"""So much weaker than typical, 4 dB, voices are by themselves: over speakers bands have a standard deviation of .1 to .3.

Without it noise, whose pauses are not trimmed, made all bands look weak: UAR under 20 dB .615 instead of .651 on the
validation clips of two folds.
"""


@dataclass(frozen=True)
class Equaliser:
    """Lifts the weakened bands of the images of a voice.

    Noise is left as it is: it strengthens bands, and evened out it would weaken the voice in them.

    Attributes
    ----------
    typical : np.ndarray [shape=(n_bands,)]
        Long-term average spectrum of the voices that a network was trained on, mean over voices, float32.
    share : float
        How far bands are lifted towards it, in [0, 1].
    """

    typical: np.ndarray
    share: float

    @classmethod
    def of(cls, data: Data, *, share: float) -> "Equaliser":
        """The equaliser for networks trained on `data`, log-mel images with their levels."""
        voices = (np.flatnonzero(data.voice == name) for name in np.unique(data.voice))
        spectra = [long_term_spectrum(data.x[some_of(clips), :-1]) for clips in voices]
        return cls(np.mean(spectra, axis=0, dtype=np.float32), share)

    def __call__(self, x: np.ndarray, spectrum: np.ndarray) -> np.ndarray:
        """Images [shape=(n_clips, n_bands, n_frames)] of a voice of this long-term average spectrum, changed.

        Examples
        --------
        >>> half = Equaliser(np.float32([1.0]), share=0.5)
        >>> half(np.float32([[[1.0, 2.0]]]), np.float32([2.0])).tolist()
        [[[1.0, 2.0]]]
        >>> half(np.float32([[[0.0, 1.0]]]), np.float32([-0.2])).round(3).tolist()
        [[[0.5, 1.5]]]
        """
        lacking = np.maximum(self.typical - spectrum - np.float32(OF_VOICES), 0.0)
        return x + (np.float32(self.share) * lacking)[:, None]
