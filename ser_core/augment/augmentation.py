"""An augmentation as a value: it can be named, stored, hashed and applied again with the same result."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ser_core.augment import waveform
from ser_core.errors import ConfigError
from ser_core.hashing import canonical_hash


@dataclass(frozen=True)
class Kind:
    """A kind of augmentation.

    Attributes
    ----------
    name, title : str
        Identifier, and name as shown to a reader.
    parameter : str
        Its one parameter; `ser_core.augment.RANGES` has what is allowed.
    default : float
        Value of the parameter where none is given.
    unit : str
        Unit of the parameter, as names show it.
    function : callable
        ``function(signal, *, sr, <parameter>)``, with `rng` too if `random`.
    random : bool
        Whether it draws random numbers.
    version : int
        Raised whenever the same parameter gives other samples.
    """

    name: str
    title: str
    parameter: str
    default: float
    unit: str
    function: Callable[..., np.ndarray]
    random: bool = False
    version: int = 1


KINDS = {
    kind.name: kind
    for kind in (
        Kind("noise", "White noise", "snr_db", 20.0, "dB", waveform.noise, random=True),
        Kind(
            "pink-noise",
            "Pink noise",
            "snr_db",
            20.0,
            "dB",
            functools.partial(waveform.noise, colour="pink"),
            random=True,
        ),
        Kind("shift", "Time shift", "seconds", 0.2, "s", waveform.shift),
        Kind("pitch", "Pitch shift", "semitones", 1.0, "st", waveform.pitch),
        Kind("stretch", "Time stretch", "rate", 0.9, "x", waveform.stretch),
        Kind("gain", "Gain", "gain_db", -6.0, "dB", waveform.gain),
    )
}
"""Name -> kind of augmentation."""


@dataclass(frozen=True)
class Augmentation:
    """One augmentation with its parameter.

    Parameters
    ----------
    kind : str
        Name from `KINDS`.
    params : mapping
        Value of the kind's parameter; left out, its default.

    Raises
    ------
    ConfigError
        If the kind is unknown or the parameter is not allowed.

    Examples
    --------
    >>> augmentation = Augmentation("noise", {"snr_db": 10})
    >>> augmentation.name
    'noise-10dB'
    >>> Augmentation.from_dict(augmentation.to_dict()) == augmentation
    True
    """

    kind: str
    params: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ConfigError(f"Unknown augmentation {self.kind!r}; there are {', '.join(KINDS)}.")
        kind = KINDS[self.kind]
        unknown = sorted(set(self.params) - {kind.parameter})
        if unknown:
            raise ConfigError(f"{self.kind} takes {kind.parameter}, got {', '.join(map(repr, unknown))}.")
        value = waveform.require_in_range(kind.parameter, self.params.get(kind.parameter, kind.default))
        object.__setattr__(self, "params", {kind.parameter: value})

    def __hash__(self) -> int:
        return hash(self.hash)

    @property
    def name(self) -> str:
        """Kind and value, such as "noise-10dB" or "pitch--2st": a name for rows, files and legends."""
        kind = KINDS[self.kind]
        return f"{self.kind}-{self.params[kind.parameter]:g}{kind.unit}"

    @property
    def hash(self) -> str:
        """16 hexadecimal digits of the SHA-256 of the canonical JSON of `to_dict`."""
        return canonical_hash(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Kind, version and parameter; `from_dict` takes it back."""
        return {"kind": self.kind, "version": KINDS[self.kind].version, **self.params}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Augmentation":
        """The augmentation that `to_dict` wrote.

        Raises
        ------
        ConfigError
            If the kind or parameter is not allowed, or another version wrote it, which gave other samples.
        """
        params = dict(values)
        augmentation = cls(params.pop("kind", ""), {k: v for k, v in params.items() if k != "version"})
        version = KINDS[augmentation.kind].version
        if params.get("version", version) != version:
            raise ConfigError(f"{augmentation.kind} is at version {version}, got version {params['version']!r}.")
        return augmentation

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
            float32 in [-1, 1]; "stretch" changes the length to ``round(t / rate)``.
        """
        kind = KINDS[self.kind]
        chance = {"rng": np.random.default_rng(seed)} if kind.random else {}
        return kind.function(signal, sr=sr, **self.params, **chance)
