"""What an experiment is: everything that decides its outcome, in one frozen object with a stable hash."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ser_core.errors import ConfigError
from ser_core.hashing import canonical_hash

#: Shares of the training clips at which learning curves are measured, besides all of them.
LEARNING_CURVE = (0.125, 0.25, 0.5)


@dataclass(frozen=True)
class ExperimentConfig:
    """Complete configuration of a run.

    Attributes
    ----------
    corpus : str or tuple of str
        Name in the registry, or several whose clips are put together.
    protocol, model : str
        Names in their registries.
    features : dict
        Feature spec (`FeatureSpec.to_dict`).
    hyperparameters : dict
        All hyperparameters of the model family.
    seeds : tuple of int
        Each repeats every fold.
    fractions : tuple of float
        Shares in (0, 1) of the training clips for the learning curve, run for the first seed; all clips always are.
    speaker_calibration : bool
        Whether each speaker's features are standardised by the statistics of that speaker's unlabelled clips.
    """

    corpus: str | tuple[str, ...]
    protocol: str
    model: str
    features: dict[str, Any] = field(default_factory=dict)
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] = (0,)
    fractions: tuple[float, ...] = ()
    speaker_calibration: bool = False

    def __post_init__(self):
        object.__setattr__(self, "corpus", _corpora(self.corpus))
        object.__setattr__(self, "seeds", tuple(int(seed) for seed in self.seeds))
        object.__setattr__(self, "fractions", tuple(float(fraction) for fraction in self.fractions))
        if not self.seeds or len(set(self.seeds)) != len(self.seeds):
            raise ConfigError(f"An experiment needs one or more different seeds, got {self.seeds}.")
        if not all(0 < fraction < 1 for fraction in self.fractions):
            raise ConfigError(f"Learning-curve fractions must lie between 0 and 1, got {self.fractions}.")

    @classmethod
    def of(
        cls, corpus: str | Iterable[str], protocol: str, model: str, *, hyperparameters: dict | None = None, **rest
    ) -> "ExperimentConfig":
        """A configuration filled up with the model family's own features and hyperparameters."""
        from ser_core import models
        from ser_core.evaluation import protocols

        family = models.get(model)
        return cls(
            corpus,
            protocols.get(protocol).name,
            family.name,
            features=rest.pop("features", None) or family.spec.to_dict(),
            hyperparameters=family.complete(hyperparameters),
            **rest,
        )

    @property
    def id(self) -> str:
        """Name of the run folder."""
        return f"{'+'.join(self.corpora)}-{self.protocol}-{self.model}" + (
            "-calibrated" if self.speaker_calibration else ""
        )

    @property
    def corpora(self) -> tuple[str, ...]:
        """Names of all its corpora."""
        return (self.corpus,) if isinstance(self.corpus, str) else self.corpus

    @property
    def trainings(self) -> tuple[tuple[int, float], ...]:
        """(seed, fraction) of every round over the folds, the full ones first."""
        full = tuple((seed, 1.0) for seed in self.seeds)
        return full + tuple((self.seeds[0], fraction) for fraction in sorted(self.fractions, reverse=True))

    def to_dict(self) -> dict[str, Any]:
        """All fields, JSON-ready; `from_dict` takes it back."""
        corpus = self.corpus if isinstance(self.corpus, str) else list(self.corpus)
        return {
            **dataclasses.asdict(self),
            "corpus": corpus,
            "seeds": list(self.seeds),
            "fractions": list(self.fractions),
        }

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "ExperimentConfig":
        """The configuration that `to_dict` described.

        Raises
        ------
        ConfigError
            If a field is unknown or missing.
        """
        try:
            return cls(**fields)
        except TypeError as error:
            raise ConfigError(f"Not a run's configuration: {error}.") from None

    @property
    def hash(self) -> str:
        """16 hexadecimal digits of the SHA-256 of the canonical JSON."""
        return canonical_hash(self.to_dict())

    def extends(self, other: "ExperimentConfig") -> bool:
        """Whether it asks for all that `other` does, and at most for further seeds and training sizes."""
        same = dataclasses.replace(other, seeds=self.seeds, fractions=self.fractions) == self
        more = set(self.seeds) >= set(other.seeds) and set(self.fractions) >= set(other.fractions)
        # The first seed is the one of the learning curve.
        return same and more and (self.seeds[0] == other.seeds[0] or not other.fractions)


def _corpora(given: str | Iterable[str]) -> str | tuple[str, ...]:
    """One name as it is, several sorted, so that their order does not make another experiment."""
    if isinstance(given, str):
        return given
    names = tuple(sorted(str(name) for name in given))
    if not names or len(set(names)) != len(names):
        raise ConfigError(f"An experiment needs one or more different corpora, got {', '.join(names) or 'none'}.")
    return names[0] if len(names) == 1 else names
