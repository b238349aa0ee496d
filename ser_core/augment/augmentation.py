"""An augmentation as a value: it can be named, stored, hashed and applied again with the same result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ser_core.augment.kinds import KINDS, Kind
from ser_core.augment.parameters import PARAMETERS
from ser_core.errors import ConfigError
from ser_core.hashing import canonical_hash


@dataclass(frozen=True)
class Augmentation:
    """One augmentation with its parameters.

    Parameters
    ----------
    kind : str
        Name from `KINDS`.
    params : mapping
        Values of the kind's parameters; those left out have their defaults.

    Raises
    ------
    ConfigError
        If the kind is unknown or a parameter is not allowed.

    Examples
    --------
    >>> augmentation = Augmentation("noise", {"snr_db": 10})
    >>> augmentation.name, augmentation.text
    ('noise-10dB', 'noise:snr_db=10')
    >>> Augmentation.from_dict(augmentation.to_dict()) == augmentation == Augmentation.from_text(augmentation.text)
    True
    """

    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ConfigError(f"Unknown augmentation {self.kind!r}; there are {', '.join(KINDS)}.")
        defaults = KINDS[self.kind].defaults
        if unknown := sorted(set(self.params) - set(defaults)):
            raise ConfigError(f"{self.kind} takes {', '.join(defaults)}, got {', '.join(map(repr, unknown))}.")
        values = {**defaults, **self.params}
        object.__setattr__(self, "params", {name: PARAMETERS[name].require(value) for name, value in values.items()})

    def __hash__(self) -> int:
        return hash(self.hash)

    @property
    def of(self) -> Kind:
        """Its kind."""
        return KINDS[self.kind]

    @property
    def name(self) -> str:
        """Kind and values, such as "noise-10dB" or "pitch--2st": a name for rows, files and legends."""
        return "-".join([self.kind, *(PARAMETERS[name].text(value) for name, value in self.params.items())])

    @property
    def text(self) -> str:
        """Kind and parameters as the command line and the address of a page have them; `from_text` takes it back."""
        return f"{self.kind}:" + ",".join(f"{name}={_text(value)}" for name, value in self.params.items())

    @property
    def hash(self) -> str:
        """16 hexadecimal digits of the SHA-256 of the canonical JSON of `to_dict`."""
        return canonical_hash(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Kind, version and parameters; `from_dict` takes it back."""
        return {"kind": self.kind, "version": self.of.version, **self.params}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Augmentation":
        """The augmentation that `to_dict` wrote.

        Raises
        ------
        ConfigError
            If the kind or a parameter is not allowed, or another version wrote it, which gave other samples.
        """
        params = dict(values)
        augmentation = cls(params.pop("kind", ""), {k: v for k, v in params.items() if k != "version"})
        version = augmentation.of.version
        if params.get("version", version) != version:
            raise ConfigError(f"{augmentation.kind} is at version {version}, got version {params['version']!r}.")
        return augmentation

    @classmethod
    def from_text(cls, text: str) -> "Augmentation":
        """The augmentation that `text` describes; parameters left out have their defaults.

        Raises
        ------
        ConfigError
            If it is no ``KIND:PARAMETER=VALUE,...`` or something in it is not allowed.

        Examples
        --------
        >>> Augmentation.from_text("room:rt60_s=1").params
        {'rt60_s': 1.0, 'drr_db': 0.0}
        """
        kind, _, rest = text.strip().partition(":")
        params = {}
        for part in filter(None, (part.strip() for part in rest.split(","))):
            name, sign, value = (piece.strip() for piece in part.partition("="))
            if not sign:
                raise ConfigError(f"Write an augmentation as KIND:PARAMETER=VALUE,..., got {text!r}.")
            params[name] = _number(value)
        return cls(kind, params)

    def apply(self, signal: np.ndarray, *, sr: int, seed: int = 0) -> np.ndarray:
        """The changed signal.

        Parameters
        ----------
        signal : np.ndarray [shape=(t,)]
            Signal in [-1, 1].
        sr : int
            Sampling rate, Hz.
        seed : int
            Not negative; the same seed gives the same samples. Without effect on kinds that are not random.

        Returns
        -------
        np.ndarray [shape=(t,)]
            float32 in [-1, 1]; "stretch" and "speed" change the length to ``round(t / rate)``, "crop" shortens it.

        Raises
        ------
        ConfigError
            If it is of a kind that changes spectrograms.
        """
        self._require("waveform", "use apply_logmel")
        return self.of.function(signal, sr=sr, **self.params, **self._chance(seed))

    def apply_logmel(self, logmel: np.ndarray, *, seed: int = 0) -> np.ndarray:
        """The changed log-mel spectrogram.

        Parameters
        ----------
        logmel : np.ndarray [shape=(..., n_mels, t)]
            Log-mel spectrogram, dB.
        seed : int
            As for `apply`.

        Returns
        -------
        np.ndarray [shape=(..., n_mels, t)]
            float32.

        Raises
        ------
        ConfigError
            If it is of a kind that changes waveforms, or its parameters do not fit the spectrogram.
        """
        self._require("spectrogram", "use apply")
        return self.of.function(logmel, **self.params, **self._chance(seed))

    def _require(self, domain: str, advice: str) -> None:
        if self.of.domain != domain:
            raise ConfigError(f"{self.kind} changes the {self.of.domain}, not the {domain}: {advice}.")

    def _chance(self, seed: int) -> dict[str, np.random.Generator]:
        return {"rng": np.random.default_rng(seed)} if self.of.random else {}


def _text(value) -> str:
    return value if isinstance(value, str) else f"{value:.12g}"


def _number(value: str):
    try:
        return float(value)
    except ValueError:
        return value
