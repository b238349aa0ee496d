"""Several augmentations, one after the other, as one value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ser_core.augment.augmentation import Augmentation
from ser_core.errors import ConfigError
from ser_core.hashing import canonical_hash

MAX_STEPS = 8
"""More steps than this are taken for a mistake."""
_BETWEEN = "+"


@dataclass(frozen=True)
class Chain:
    """Augmentations in the order in which they are applied.

    Wherever features are computed, a chain may stand in place of an `Augmentation`; a chain of one step has that
    step's hash, for it gives the same samples.

    Parameters
    ----------
    steps : iterable of Augmentation
        At most `MAX_STEPS`; those that change spectrograms come last.

    Raises
    ------
    ConfigError
        If there are too many, or one that changes waveforms follows one that changes spectrograms.

    Examples
    --------
    >>> chain = Chain.from_text("room:rt60_s=0.8+noise:snr_db=10")
    >>> chain.name
    'room-0.8s-0dB+noise-10dB'
    >>> Chain.from_list(chain.to_list()) == chain
    True
    """

    steps: tuple[Augmentation, ...] = ()

    def __post_init__(self):
        object.__setattr__(self, "steps", tuple(self.steps))
        if len(self.steps) > MAX_STEPS:
            raise ConfigError(f"A chain has at most {MAX_STEPS} augmentations, got {len(self.steps)}.")
        domains = [step.of.domain for step in self.steps]
        if domains != sorted(domains, reverse=True):
            raise ConfigError(
                "Augmentations of the spectrogram come after those of the waveform, got "
                f"{', '.join(step.kind for step in self.steps)}. Change their order."
            )

    @property
    def waveform(self) -> "Chain":
        """The steps that change the waveform."""
        return Chain(step for step in self.steps if step.of.domain == "waveform")

    @property
    def spectrogram(self) -> "Chain":
        """The steps that change the spectrogram."""
        return Chain(step for step in self.steps if step.of.domain == "spectrogram")

    @property
    def name(self) -> str:
        """Names of the steps."""
        return _BETWEEN.join(step.name for step in self.steps)

    @property
    def text(self) -> str:
        """The chain as the command line and the address of a page have it; `from_text` takes it back."""
        return _BETWEEN.join(step.text for step in self.steps)

    @property
    def hash(self) -> str:
        """16 hexadecimal digits: of one step its own, of more that of their list."""
        return self.steps[0].hash if len(self.steps) == 1 else canonical_hash({"chain": self.to_list()})

    def to_list(self) -> list[dict[str, Any]]:
        """The steps as JSON-ready values; `from_list` takes it back."""
        return [step.to_dict() for step in self.steps]

    @classmethod
    def from_list(cls, steps: Iterable[Mapping[str, Any]]) -> "Chain":
        """The chain that `to_list` wrote.

        Raises
        ------
        ConfigError
            If a step is not allowed, see `Augmentation.from_dict`.
        """
        return cls(Augmentation.from_dict(step) for step in steps)

    @classmethod
    def from_text(cls, text: str) -> "Chain":
        """The chain that `text` describes: ``KIND:PARAMETER=VALUE,...`` joined by ``+``; no text, no steps.

        Raises
        ------
        ConfigError
            If a step is not allowed, see `Augmentation.from_text`.
        """
        # An address that was typed by hand turns a plus into a space.
        parts = text.replace(" ", _BETWEEN).split(_BETWEEN)
        return cls(Augmentation.from_text(part) for part in parts if part)

    def apply(self, signal: np.ndarray, *, sr: int, seed: int = 0) -> np.ndarray:
        """The signal changed by each step in turn; see `Augmentation.apply`. Step i, from 0, draws by ``seed + i``.

        Raises
        ------
        ConfigError
            If a step changes spectrograms: take `waveform` first.
        """
        changed = np.array(signal, dtype=np.float32)
        for i, step in enumerate(self.steps):
            changed = step.apply(changed, sr=sr, seed=seed + i)
        return changed

    def apply_logmel(self, logmel: np.ndarray, *, seed: int = 0) -> np.ndarray:
        """The log-mel spectrogram changed by each step in turn; see `Augmentation.apply_logmel`.

        Raises
        ------
        ConfigError
            If a step changes waveforms: take `spectrogram` first.
        """
        changed = np.array(logmel, dtype=np.float32)
        for i, step in enumerate(self.steps):
            changed = step.apply_logmel(changed, seed=seed + i)
        return changed
