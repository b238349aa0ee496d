"""Feature specs: what is computed from a signal, as a frozen object with a stable hash.

A spec is all that is needed to compute the same features again. Its hash names them in the cache, in run folders and
in model cards, so a change of any field, or of `version` when the code changes what it computes, is a new spec.
"""

import dataclasses
import re
from dataclasses import dataclass
from typing import Any, ClassVar

from ser_core.errors import ConfigError
from ser_core.hashing import canonical_hash


@dataclass(frozen=True)
class FeatureSpec:
    """Base of the feature specs. Numbers are cast to the declared type, so that ``40`` and ``40.0`` hash alike."""

    kind: ClassVar[str] = ""

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.type is str:
                if not isinstance(value, str):
                    raise ConfigError(f"{field.name} must be a text, got {value!r}.")
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ConfigError(f"{field.name} must be a number, got {value!r}.")
            if field.type is int and value != int(value):
                raise ConfigError(f"{field.name} must be a whole number, got {value!r}.")
            object.__setattr__(self, field.name, field.type(value))

    def to_dict(self) -> dict[str, Any]:
        """All fields, with `kind` first; `spec_from_dict` takes it back."""
        return {"kind": self.kind, **dataclasses.asdict(self)}

    @property
    def hash(self) -> str:
        """16 hexadecimal digits of the SHA-256 of the canonical JSON of `to_dict`."""
        return canonical_hash(self.to_dict())

    def _require(self, condition: bool, message: str):
        if not condition:
            raise ConfigError(f"{type(self).__name__}: {message}; got {self.to_dict()}.")

    def _require_stft(self):
        """Checks the fields that every spec with an STFT has."""
        ordered = 0 < self.hop_length <= self.win_length <= self.n_fft
        self._require(ordered, "0 < hop_length <= win_length <= n_fft is needed")
        self._require(0 <= self.f_min < self.f_max <= self.sr / 2, "0 <= f_min < f_max <= sr / 2 is needed")


@dataclass(frozen=True)
class FunctionalsSpec(FeatureSpec):
    """Statistics of acoustic tracks over the whole clip: one vector per clip.

    Attributes
    ----------
    version : int
        Raised whenever the same fields give other numbers.
    sr : int
        Sampling rate the features are computed at, Hz.
    n_fft, win_length, hop_length : int
        Transform, window and hop of the one STFT that feeds all tracks, samples.
    n_mels, n_mfcc : int
        Mel bands from `f_min` to `f_max` (Hz) and cepstral coefficients kept.
    trim_db : float
        Leading and trailing frames this many dB below the loudest are left out; 0 leaves the silence in.
    """

    kind: ClassVar[str] = "functionals"

    version: int = 2
    sr: int = 16_000
    n_fft: int = 1024
    win_length: int = 640
    hop_length: int = 256
    n_mels: int = 40
    n_mfcc: int = 20
    f_min: float = 50.0
    f_max: float = 8_000.0
    trim_db: float = 40.0

    def __post_init__(self):
        super().__post_init__()
        self._require_stft()
        self._require(self.sr >= 16_000, "bands up to 8 kHz need sr of at least 16000")
        self._require(0 < self.n_mfcc <= self.n_mels, "0 < n_mfcc <= n_mels is needed")
        self._require(self.trim_db >= 0, "trim_db must be 0 or above")


@dataclass(frozen=True)
class FramesSpec(FunctionalsSpec):
    """The acoustic tracks themselves, in frames: one image of fixed shape per clip.

    Attributes
    ----------
    version, sr, n_fft, win_length, hop_length, n_mels, n_mfcc, f_min, f_max, trim_db
        As in `FunctionalsSpec`.
    step : int
        Frames of the STFT that are averaged into one of the result.
    n_frames : int
        Frames of the result; longer clips are cut, shorter ones padded.
    """

    kind: ClassVar[str] = "frames"

    version: int = 1
    hop_length: int = 160
    step: int = 3
    n_frames: int = 80

    def __post_init__(self):
        super().__post_init__()
        self._require(self.step > 0 and self.n_frames > 0, "step and n_frames must be above 0")


@dataclass(frozen=True)
class LogMelSpec(FeatureSpec):
    """Log-mel spectrogram of fixed shape: one image per clip.

    Attributes
    ----------
    version : int
        Raised whenever the same fields give other numbers.
    sr : int
        Sampling rate the features are computed at, Hz.
    n_fft, win_length, hop_length : int
        Transform, window and hop of the STFT, samples.
    n_mels : int
        Mel bands from `f_min` to `f_max`, Hz.
    n_frames : int
        Frames of the result; longer clips are cut, shorter ones padded.
    top_db : float
        Dynamic range kept below the loudest bin, dB.
    trim_db : float
        Leading and trailing frames this many dB below the loudest are left out; 0 leaves the silence in.
    """

    kind: ClassVar[str] = "logmel"

    version: int = 1
    sr: int = 16_000
    n_fft: int = 1024
    win_length: int = 640
    hop_length: int = 256
    n_mels: int = 64
    f_min: float = 50.0
    f_max: float = 8_000.0
    n_frames: int = 188
    top_db: float = 80.0
    trim_db: float = 40.0

    def __post_init__(self):
        super().__post_init__()
        self._require_stft()
        self._require(self.n_mels > 0 and self.n_frames > 0, "n_mels and n_frames must be above 0")
        self._require(self.top_db > 0 and self.trim_db >= 0, "top_db must be above 0, trim_db 0 or above")


@dataclass(frozen=True)
class AudioSetSpec(FeatureSpec):
    """Log-mel image as networks trained on AudioSet read it, see `ser_core.features.audioset`.

    Attributes
    ----------
    version : int
        Raised whenever the same fields give other numbers.
    sr : int
        Sampling rate the image is computed at, Hz.
    n_mels : int
        Mel bands from 0 to `f_max`, Hz; those that `sr` cannot hold are left out.
    n_frames : int
        Frames of the result, 10 ms each; longer clips are cut, shorter ones repeated. 0 for as many as there are.
    trim_db : float
        Leading and trailing frames this many dB below the loudest are left out; 0 leaves the silence in.
    level_row : int
        1: one more row holds how loud the sound was before it was scaled; 0: no such row.
    """

    kind: ClassVar[str] = "audioset"

    version: int = 1
    sr: int = 16_000
    n_mels: int = 128
    f_max: float = 15_000.0
    n_frames: int = 400
    trim_db: float = 40.0
    level_row: int = 0

    def __post_init__(self):
        super().__post_init__()
        self._require(self.sr >= 8_000, "sr of at least 8000 is needed")
        self._require(0 < self.f_max <= 16_000, "0 < f_max <= 16000 is needed")
        self._require(self.level_row in (0, 1), "level_row of 0 or 1 is needed")
        self._require(0 < self.n_mels <= 128 and self.n_frames >= 0, "n_mels 1 to 128, n_frames of at least 0 needed")
        self._require(self.trim_db >= 0, "trim_db must be 0 or above")


@dataclass(frozen=True)
class EncoderSpec(FeatureSpec):
    """What a speech encoder of the user's hears, see `ser_core.features.encoder`.

    Attributes
    ----------
    version : int
        Raised whenever the same fields give other numbers.
    sha256 : str
        SHA-256 of the ONNX file, 64 hexadecimal digits.
    sr : int
        Sampling rate that the encoder hears, Hz.
    normalise : int
        1: the sound is brought to mean 0 and variance 1 first, as most exports of wav2vec 2.0 want it; 0: it is not.
    max_s : float
        Longest stretch that is heard at once, seconds.
    trim_db : float
        Silence around the sound, from this many dB below its loudest part, is left out; 0 leaves it in.
    """

    kind: ClassVar[str] = "encoder"

    sha256: str
    version: int = 1
    sr: int = 16_000
    normalise: int = 1
    max_s: float = 15.0
    trim_db: float = 40.0

    def __post_init__(self):
        super().__post_init__()
        self._require(re.fullmatch(r"[0-9a-f]{64}", self.sha256) is not None, "sha256 of 64 hexadecimal digits needed")
        self._require(self.sr == 16_000, "speech encoders hear 16000 Hz")
        self._require(self.normalise in (0, 1), "normalise of 0 or 1 is needed")
        self._require(1 <= self.max_s <= 60, "1 <= max_s <= 60 is needed")
        self._require(self.trim_db >= 0, "trim_db must be 0 or above")


KINDS: dict[str, type[FeatureSpec]] = {
    cls.kind: cls for cls in (FunctionalsSpec, FramesSpec, LogMelSpec, AudioSetSpec, EncoderSpec)
}


def spec_from_dict(fields: dict[str, Any]) -> FeatureSpec:
    """The spec that `FeatureSpec.to_dict` described.

    Raises
    ------
    ConfigError
        If the kind or a field is not known, or a value is not allowed.

    Examples
    --------
    >>> spec_from_dict(FunctionalsSpec(n_mfcc=13).to_dict()).n_mfcc
    13
    """
    fields = dict(fields)
    kind = fields.pop("kind", None)
    if kind not in KINDS:
        raise ConfigError(f"Unknown kind of features {kind!r}; there are {', '.join(KINDS)}.")
    known = {field.name for field in dataclasses.fields(KINDS[kind])}
    if unknown := sorted(set(fields) - known):
        raise ConfigError(f"Unknown fields {unknown} in a {kind} spec; there are {sorted(known)}.")
    try:
        return KINDS[kind](**fields)
    except TypeError as error:
        raise ConfigError(f"These fields do not make a spec of kind {kind}: {error}.") from None
