"""Why a model answers as it does: which parts of the sound, in time and frequency, its answer rests on.

Occlusion (Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014), in the sound itself:
one stretch of time and band of frequencies after the other is brought down to the background of the recording, and the
model judges again. What its answer loses is what it had from there. The model is asked through its ordinary way from
sound to probabilities, so that this serves every model alike, whatever it reads.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.signal

from ser_core.audio import Audio, resample, sound_bounds
from ser_core.errors import ConfigError
from ser_core.features import extract
from ser_core.features.mel import mel_frequencies
from ser_core.progress import CancelCallback, Meter, ProgressCallback
from ser_core.serving.predictor import Predictor
from ser_core.serving.voice import Voice

N_BANDS = 6
"""Bands of equal width in mel."""

MAX_STRETCHES = 12
"""Stretches of time that a clip is cut into, at most."""

STRETCH_S = 0.2
"""Shortest stretch, seconds: about a syllable."""

_LOWEST_HZ = 50.0
_N_FFT, _HOP = 512, 128
# Level of the background, in each frequency: a tenth of the frames lie below.
_BACKGROUND_PERCENTILE = 10
_TINY = 1e-6
# Images of a network's batch take memory, and more at once are no faster.
_BATCH = 32


@dataclass(frozen=True)
class Explanation:
    """What an answer rests on.

    Attributes
    ----------
    model, label : str
        Of the answer that is explained.
    probability : float
        Of `label` for the whole clip, in [0, 1].
    edges_s : np.ndarray [shape=(n_stretches + 1,)]
        Of the stretches, seconds from the start of the clip; silence around the sound belongs to none.
    edges_hz : np.ndarray [shape=(n_bands + 1,)]
        Of the bands, Hz.
    without : np.ndarray [shape=(n_bands, n_stretches)]
        Probability of `label` without that part of the sound, in [0, 1].
    without_stretch : np.ndarray [shape=(n_stretches,)]
        The same without all frequencies of a stretch.
    without_band : np.ndarray [shape=(n_bands,)]
        The same without a band throughout.
    """

    model: str
    label: str
    probability: float
    edges_s: np.ndarray
    edges_hz: np.ndarray
    without: np.ndarray
    without_stretch: np.ndarray
    without_band: np.ndarray

    @property
    def support(self) -> np.ndarray:
        """Log-odds that `label` loses without each part [shape=(n_bands, n_stretches)]; negative where the part spoke
        against it. Odds, for of a probability near 1 little can be seen."""
        return log_odds(self.probability) - log_odds(self.without)

    @property
    def support_of_stretch(self) -> np.ndarray:
        """Log-odds that `label` loses without each stretch [shape=(n_stretches,)]."""
        return log_odds(self.probability) - log_odds(self.without_stretch)

    def strongest(self, share: float) -> np.ndarray:
        """The parts that support the answer most, as many as make up `share` of all [shape=(n_bands, n_stretches)]."""
        support = self.support
        count = max(1, round(share * support.size))
        chosen = np.zeros(support.size, bool)
        chosen[np.argsort(-support, axis=None, kind="stable")[:count]] = True
        return chosen.reshape(support.shape)


class Occluder:
    """A clip of which parts can be taken out.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Samples in [-1, 1].
    sr : int
        Sampling rate, Hz.
    """

    def __init__(self, signal: np.ndarray, *, sr: int):
        self._signal, self._sr = np.asarray(signal, dtype=np.float32), sr
        start, stop = sound_bounds(self._signal, sr=sr)
        if stop <= start:
            raise ConfigError("A clip without any sound has nothing to take out.")
        count = int(np.clip((stop - start) / sr / STRETCH_S, 1, MAX_STRETCHES))
        self.edges_s = np.linspace(start, stop, count + 1) / sr
        self.edges_hz = mel_frequencies(N_BANDS + 1, f_min=_LOWEST_HZ, f_max=sr / 2)
        _, _, self._spectrum = scipy.signal.stft(
            self._signal, fs=sr, nperseg=_N_FFT, noverlap=_N_FFT - _HOP, boundary="zeros", padded=True
        )
        magnitude = np.abs(self._spectrum)
        background = np.percentile(magnitude, _BACKGROUND_PERCENTILE, axis=1, keepdims=True)
        # What taking a bin out leaves of it.
        self._left = np.minimum(1.0, background / np.maximum(magnitude, 1e-12)).astype(np.float32)
        times = np.arange(self._spectrum.shape[1]) * _HOP / sr
        hz = np.arange(self._spectrum.shape[0]) * sr / _N_FFT
        # What lies outside all parts (the silence around) is -1.
        self._stretch = np.searchsorted(self.edges_s, times, side="right") - 1
        self._stretch[(times < self.edges_s[0]) | (times > self.edges_s[-1])] = -1
        self._stretch = np.minimum(self._stretch, count - 1)
        self._band = np.clip(np.searchsorted(self.edges_hz, hz, side="right") - 1, 0, N_BANDS - 1)

    @property
    def shape(self) -> tuple[int, int]:
        """Bands and stretches."""
        return N_BANDS, len(self.edges_s) - 1

    def without(self, parts: np.ndarray) -> np.ndarray:
        """The clip without some parts.

        Parameters
        ----------
        parts : np.ndarray of bool [shape=self.shape]
            Which to bring down to the background.

        Returns
        -------
        np.ndarray [shape=(t,)]
            float32.
        """
        out = np.zeros((N_BANDS, self.shape[1] + 1), bool)
        out[:, :-1] = parts
        mask = out[self._band][:, self._stretch]
        spectrum = np.where(mask, self._spectrum * self._left, self._spectrum)
        _, signal = scipy.signal.istft(spectrum, fs=self._sr, nperseg=_N_FFT, noverlap=_N_FFT - _HOP)
        return signal[: len(self._signal)].astype(np.float32)


def explain(
    predictor: Predictor,
    audio: Audio,
    *,
    label: str | None = None,
    voice: Voice | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Explanation:
    """Which parts of a clip a model's answer rests on.

    Parameters
    ----------
    predictor : Predictor
        The model.
    audio : Audio
        The clip; one that `Predictor.predict` takes.
    label : str, optional
        The emotion to explain; the most probable unless given.
    voice : Voice, optional
        Who speaks, as for `Predictor.predict`.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Returns
    -------
    Explanation

    Raises
    ------
    ConfigError
        If the model does not know `label`, or the clip has no sound.
    CancelledError
        If `cancel` answered true.
    """
    sr = predictor.spec.sr
    occluder = Occluder(resample(audio.signal, sr=audio.sr, to=sr), sr=sr)
    bands, stretches = occluder.shape
    parts = [np.zeros(occluder.shape, bool)]
    for which in np.ndindex(occluder.shape):
        parts.append(_only(occluder.shape, which))
    parts += [_only(occluder.shape, (slice(None), i)) for i in range(stretches)]
    parts += [_only(occluder.shape, i) for i in range(bands)]
    meter = Meter(
        progress, total=len(parts), unit="parts", message="Listening without one part after the other", cancel=cancel
    )
    features = []
    for each in parts:
        features.append(extract(occluder.without(each), sr=sr, spec=predictor.spec))
        meter.add(1)
    given = np.concatenate([predictor.probabilities(batch, voice=voice) for batch in _batches(features)])
    meter.finish()
    names = predictor.card.labels
    label = label or names[int(given[0].argmax())]
    if label not in names:
        raise ConfigError(f"Model {predictor.card.id!r} does not know {label!r}; it knows {', '.join(names)}.")
    given = given[:, names.index(label)]
    cells = 1 + bands * stretches
    return Explanation(
        model=predictor.card.id,
        label=label,
        probability=float(given[0]),
        edges_s=occluder.edges_s,
        edges_hz=occluder.edges_hz,
        without=given[1:cells].reshape(occluder.shape),
        without_stretch=given[cells : cells + stretches],
        without_band=given[cells + stretches :],
    )


def _batches(features: list[np.ndarray]) -> Iterator[np.ndarray]:
    for start in range(0, len(features), _BATCH):
        yield np.stack(features[start : start + _BATCH])


def _only(shape: tuple[int, int], which) -> np.ndarray:
    chosen = np.zeros(shape, bool)
    chosen[which] = True
    return chosen


def log_odds(p: np.ndarray | float) -> np.ndarray:
    """Logarithm of the odds of a probability, which is kept a millionth away from 0 and 1."""
    p = np.clip(p, _TINY, 1 - _TINY)
    return np.log(p / (1 - p))
