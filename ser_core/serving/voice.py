"""Speaker calibration in use: a few unlabelled clips of a voice, and what a model then hears in it.

A model folder that can be calibrated holds ``voice.onnx`` beside ``model.onnx``: a network trained to hear each voice
against its own habits. It says little of a voice that it does not know, and the plain model does not know voices, so
their answers are averaged, the more in favour of the former the more clips of the voice there are.
"""

import io
import math
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ser_core.errors import ConfigError, ModelError
from ser_core.voices import INPUTS, MOST_CLIPS, voice_inputs

#: Largest voice that is read: the shipped model's has about 50 kB.
MAX_VOICE_BYTES = 2**20
_FORMAT = "ser-voice-2"
_TINY = 1e-12


@dataclass(frozen=True)
class Voice:
    """What a model remembers of a voice: its average spectrum and statistics of its network, no sound and no words.

    Attributes
    ----------
    model : str
        Identifier of the model it was made with, and is for.
    n_clips : int
        Clips it was made from.
    seconds : float
        Sound in them, seconds.
    arrays : dict of str to np.ndarray
        float32 vectors, see `ser_core.voices.voice_inputs`.
    network : str
        SHA-256 of the network they belong to: a model trained anew hears otherwise.
    """

    model: str
    n_clips: int
    seconds: float
    arrays: dict[str, np.ndarray]
    network: str

    def to_bytes(self) -> bytes:
        """As a file (``.npz``) that `from_bytes` reads."""
        file = io.BytesIO()
        about = np.array([_FORMAT, self.model, self.network, str(int(self.n_clips)), repr(float(self.seconds))])
        np.savez_compressed(file, about=about, **{name: self.arrays[name] for name in INPUTS})
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Voice":
        """The voice that `to_bytes` wrote.

        Raises
        ------
        ModelError
            If the content is anything else. Nothing in it can run code.
        """
        if len(content) > MAX_VOICE_BYTES:
            raise ModelError(f"A voice has at most {MAX_VOICE_BYTES // 2**20} MiB, got {len(content)} bytes.")
        try:
            return cls._read(content)
        except ModelError:
            raise
        except Exception as error:  # zip, zlib and NumPy each have errors of their own for broken files
            raise ModelError(f"Not a voice that was saved here ({error}). Enrol the voice again.") from error

    @classmethod
    def _read(cls, content: bytes) -> "Voice":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = sorted(member.filename for member in archive.infolist())
            _require(names == sorted(f"{name}.npy" for name in ("about", *INPUTS)), f"it holds {names[:6]}")
            # Small files can unpack to large ones.
            size = sum(member.file_size for member in archive.infolist())
            _require(size <= MAX_VOICE_BYTES, f"it unpacks to {size} bytes")
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            about = stored["about"]
            arrays = {name: stored[name] for name in INPUTS}
        _require(about.shape == (5,) and about.dtype.kind == "U" and about[0] == _FORMAT, "its format is another one")
        _, model, network, n_clips, seconds = (str(value) for value in about)
        for name, array in arrays.items():
            fits = array.ndim == 1 and array.dtype == np.float32 and np.isfinite(array).all()
            _require(fits, f"{name} is no vector of finite numbers")
        _require(all(arrays[name].size == 1 for name in ("reference", "share")), "its level is no number")
        _require(int(n_clips) > 0 and math.isfinite(float(seconds)) and float(seconds) > 0, "it was made from nothing")
        return cls(model, int(n_clips), float(seconds), arrays, network)


def _require(condition: bool, found: str) -> None:
    if not condition:
        raise ModelError(f"Not a voice that was saved here: {found}. Enrol the voice again.")


class VoiceNetwork:
    """The network of a model folder that hears voices. Safe under several threads.

    Parameters
    ----------
    model : str
        Identifier of the model.
    settings : dict
        What the card says: ``onnx_sha256``, ``half_clips`` and ``most`` (see `voice_share`) and ``temperature`` (of the
        average).
    load : callable
        Gives the ONNX Runtime session; called when it is first needed.
    """

    def __init__(self, model: str, settings: dict[str, Any], *, load: Callable[[], Any]):
        self._model, self._settings, self._load = model, settings, load
        self._lock = threading.Lock()
        self._loaded = None

    @property
    def _session(self):
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def enrol(self, features: np.ndarray, *, seconds: float) -> Voice:
        """What is to be known of a voice.

        Parameters
        ----------
        features : np.ndarray [shape=(n_clips, ...)]
            Of clips of one voice, as the model reads them. Of very many, some from all over are used.
        seconds : float
            Sound in them, seconds.

        Raises
        ------
        ConfigError
            If there are no clips.
        """
        if not len(features):
            raise ConfigError(f"To know a voice takes one or more clips of it, up to {MOST_CLIPS}, got none.")
        arrays = voice_inputs(self._session, np.asarray(features, dtype=np.float32))
        return Voice(self._model, len(features), seconds, arrays, self._settings["onnx_sha256"])

    def calibrated(self, features: np.ndarray, plain: np.ndarray, voice: Voice) -> np.ndarray:
        """Probabilities of clips of a voice.

        Parameters
        ----------
        features : np.ndarray [shape=(n_clips, ...)]
            As for `enrol`.
        plain : np.ndarray [shape=(n_clips, n_labels)]
            Probabilities by the plain model.
        voice : Voice
            From `enrol`.

        Returns
        -------
        np.ndarray [shape=(n_clips, n_labels)], float64
            Each row sums to 1.

        Raises
        ------
        ConfigError
            If the voice is for another model.
        ModelError
            If it does not fit the network in spite of what it says.
        """
        if voice.model != self._model or voice.network != self._settings["onnx_sha256"]:
            raise ConfigError(
                f"This voice was made with {voice.model!r} as it was then, not with this {self._model!r}. Enrol the "
                "voice again."
            )
        inputs = {"features": np.asarray(features, dtype=np.float32), **voice.arrays}
        try:
            (of_voice,) = self._session.run(["probabilities"], inputs)
        except Exception as error:  # ONNX Runtime has a class per cause, all bare RuntimeErrors
            raise ModelError(f"This voice does not fit {self._model!r} ({error}). Enrol the voice again.") from error
        return averaged(
            plain,
            of_voice,
            share=voice_share(voice.n_clips, half_clips=self._settings["half_clips"], most=self._settings["most"]),
            temperature=self._settings["temperature"],
        )


def voice_share(n_clips: int, *, half_clips: float, most: float = 1.0) -> float:
    """How much the network that hears voices counts in the average, in [0, 1].

    Parameters
    ----------
    n_clips : int
        Clips of the voice.
    half_clips : float
        With so many it counts half of what it counts with very many.
    most : float
        What it counts with very many, in (0, 1].

    Examples
    --------
    >>> voice_share(0, half_clips=3.0), voice_share(3, half_clips=3.0), voice_share(27, half_clips=3.0, most=0.5)
    (0.0, 0.5, 0.45)
    """
    return most * n_clips / (n_clips + half_clips)


def averaged(plain: np.ndarray, of_voice: np.ndarray, *, share: float, temperature: float) -> np.ndarray:
    """The weighted geometric mean of two sets of probabilities, calibrated by a temperature.

    Parameters
    ----------
    plain, of_voice : np.ndarray [shape=(n_clips, n_labels)]
        Probabilities.
    share : float
        Weight of `of_voice`, in [0, 1].
    temperature : float
        Divides the logarithms.

    Examples
    --------
    >>> averaged(np.array([[0.5, 0.5]]), np.array([[0.9, 0.1]]), share=0.5, temperature=1.0).round(2).tolist()
    [[0.75, 0.25]]
    """
    first, second = (np.log(np.maximum(np.asarray(p, dtype=np.float64), _TINY)) for p in (plain, of_voice))
    scores = ((1 - share) * first + share * second) / temperature
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return scores / scores.sum(axis=-1, keepdims=True)
