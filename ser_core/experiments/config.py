"""What an experiment is: everything that decides its outcome, in one frozen object with a stable hash."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ser_core.augment import Chain
from ser_core.errors import ConfigError
from ser_core.features.spec import KINDS, spec_from_dict
from ser_core.hashing import canonical_hash

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

#: Shares of the training clips at which learning curves are measured, besides all of them.
LEARNING_CURVE = (0.125, 0.25, 0.5)
#: Numbers of training speakers at which learning curves over speakers are measured.
SPEAKER_CURVE = (4, 8, 12, 16)
#: Protocols whose split is not one over the clips of all corpora: copies come first, or each corpus trains by turns.
_NOT_TOGETHER = ("leaky", "cross-corpus")
_LATER = ("augmentation", "speaker_counts", "split_with")


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
    augmentation : tuple of str
        Chains of augmentations, as `ser_core.augment.Chain.from_text` reads them; each adds a changed copy of every
        training clip. Clips that validate or test are never copied.
    speaker_counts : tuple of int
        Numbers of training speakers for the learning curve over speakers, run for the first seed.
    split_with : tuple of str
        Further corpora: who trains, validates and tests is decided as if they were among its own, whose clips alone
        are trained and tested on. So it is split as a run of all of them, and an ensemble can hold both.
    """

    corpus: str | tuple[str, ...]
    protocol: str
    model: str
    features: dict[str, Any] = field(default_factory=dict)
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] = (0,)
    fractions: tuple[float, ...] = ()
    speaker_calibration: bool = False
    augmentation: tuple[str, ...] = ()
    speaker_counts: tuple[int, ...] = ()
    split_with: tuple[str, ...] = ()

    def __post_init__(self):
        object.__setattr__(self, "corpus", _corpora(self.corpus))
        object.__setattr__(self, "seeds", tuple(int(seed) for seed in self.seeds))
        object.__setattr__(self, "fractions", tuple(float(fraction) for fraction in self.fractions))
        object.__setattr__(self, "augmentation", _chains(self.augmentation))
        object.__setattr__(self, "speaker_counts", tuple(sorted({int(count) for count in self.speaker_counts})))
        object.__setattr__(self, "split_with", self._split_with())
        if self.speaker_counts and self.speaker_counts[0] < 1:
            raise ConfigError(f"Learning curves over speakers need one speaker or more, got {self.speaker_counts}.")
        if self.augmentation and self.protocol == "leaky":
            raise ConfigError("The protocol leaky makes copies of its own before it splits; leave augmentation out.")
        if not self.seeds or len(set(self.seeds)) != len(self.seeds):
            raise ConfigError(f"An experiment needs one or more different seeds, got {self.seeds}.")
        if not all(0 < fraction < 1 for fraction in self.fractions):
            raise ConfigError(f"Learning-curve fractions must lie between 0 and 1, got {self.fractions}.")

    @classmethod
    def of(
        cls,
        corpus: str | Iterable[str],
        protocol: str,
        model: str,
        *,
        hyperparameters: dict | None = None,
        trim_db: float | None = None,
        **rest,
    ) -> "ExperimentConfig":
        """A configuration filled up with the model family's own features and hyperparameters.

        With `trim_db` its features leave out silence that far below the loudest frame, dB, or with 0 none.
        """
        from ser_core import models
        from ser_core.evaluation import protocols

        family = models.get(model)
        complete = family.complete(hyperparameters)
        features = rest.pop("features", None) or family.features(complete).to_dict()
        return cls(
            corpus,
            protocols.get(protocol).name,
            family.name,
            features=features if trim_db is None else _trimmed(features, trim_db),
            hyperparameters=complete,
            **rest,
        )

    @property
    def id(self) -> str:
        """Name of the run folder."""
        trim = self.unusual_trim_db
        marks = {
            "-untrimmed": trim == 0,
            f"-trimmed{trim:g}" if trim else "": bool(trim),
            "-augmented": self.augmentation,
            f"-split-with-{'+'.join(self.split_with)}": self.split_with,
            "-calibrated": self.speaker_calibration,
        }
        named = f"{'+'.join(self.corpora)}-{self.protocol}-{self.model}"
        named += f"-{self.encoder_name}" if self.encoder_name else ""
        return named + "".join(mark for mark, on in marks.items() if on)

    @property
    def is_ensemble(self) -> bool:
        """Whether it joins the answers of other runs, see `ser_core.experiments.ensembles`."""
        return "how" in self.hyperparameters

    @property
    def encoder_name(self) -> str:
        """Name of the user's speech encoder that gave the features; empty where none did."""
        return str(self.hyperparameters.get("encoder_name", ""))

    @property
    def unusual_trim_db(self) -> float | None:
        """How far below the loudest frame silence around a clip is left out, dB, 0 for not at all; None where that is
        as usual for its kind of features."""
        kind = KINDS.get(self.features.get("kind"))
        usual = getattr(kind, "trim_db", None)
        found = self.features.get("trim_db", usual)
        return None if found == usual else float(found)

    @property
    def corpora(self) -> tuple[str, ...]:
        """Names of all its corpora."""
        return (self.corpus,) if isinstance(self.corpus, str) else self.corpus

    def _split_with(self) -> tuple[str, ...]:
        """The further corpora in the order of their names, checked."""
        names = tuple(sorted({str(name) for name in self.split_with}))
        if own := sorted(set(names) & set(self.corpora)):
            raise ConfigError(
                f"Splits are drawn together with further corpora, not with {', '.join(own)}, which this run trains on."
            )
        if names and self.protocol in _NOT_TOGETHER:
            raise ConfigError(f"The protocol {self.protocol} cannot be split together with corpora that do not train.")
        return names

    @property
    def trainings(self) -> tuple[tuple[int, float], ...]:
        """(seed, fraction) of every round over the folds, the full ones first."""
        full = tuple((seed, 1.0) for seed in self.seeds)
        return full + tuple((self.seeds[0], fraction) for fraction in sorted(self.fractions, reverse=True))

    def to_dict(self) -> dict[str, Any]:
        """All fields, JSON-ready; `from_dict` takes it back."""
        fields = {
            name: list(value) if isinstance(value, tuple) else value for name, value in dataclasses.asdict(self).items()
        }
        # Later than the first runs, whose hashes stand: left out where they say nothing.
        return {name: value for name, value in fields.items() if value or name not in _LATER}

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

    def asks_for(self, table: "pd.DataFrame") -> "np.ndarray":
        """Which rows of a table of a run are of its trainings [shape=(n_rows,)], bool."""
        asked = table["seed"].isin(self.seeds)
        if "fraction" in table:
            of_clips = table["fraction"].isin((1.0, *self.fractions))
            n_speakers = table["n_speakers"].fillna(0) if "n_speakers" in table else 0 * table["seed"]
            asked &= ((n_speakers == 0) & of_clips) | n_speakers.isin(self.speaker_counts)
        return asked.to_numpy(dtype=bool)

    def extends(self, other: "ExperimentConfig") -> bool:
        """Whether it asks for all that `other` does, and at most for further seeds and training sizes."""
        grows = ("seeds", "fractions", "speaker_counts")
        same = dataclasses.replace(other, **{name: getattr(self, name) for name in grows}) == self
        more = all(set(getattr(self, name)) >= set(getattr(other, name)) for name in grows)
        # The first seed is the one of the learning curve.
        return same and more and (self.seeds[0] == other.seeds[0] or not (other.fractions or other.speaker_counts))


def _chains(given: Iterable[str]) -> tuple[str, ...]:
    """Each chain in its full form, so that the same one told otherwise does not make another experiment."""
    if isinstance(given, str):
        given = (given,)
    chains = [Chain.from_text(text) for text in given]
    if not all(chain.steps for chain in chains):
        raise ConfigError("An augmentation without any step would train on every clip twice; leave it out.")
    if masked := [chain.text for chain in chains if chain.spectrogram.steps]:
        raise ConfigError(
            f"Copies of training clips are changed as sound; networks mask spectrograms themselves while they train. "
            f"Leave the masks out of {', '.join(masked)}."
        )
    texts = tuple(chain.text for chain in chains)
    if len(set(texts)) != len(texts):
        raise ConfigError(f"Each augmentation is made once, got {', '.join(texts)}.")
    return texts


def _trimmed(features: dict[str, Any], trim_db: float) -> dict[str, Any]:
    """Features whose clips are trimmed so, checked."""
    if "trim_db" not in features:
        raise ConfigError(f"Features of kind {features['kind']} read clips as they are: there is nothing to trim.")
    return spec_from_dict({**features, "trim_db": trim_db}).to_dict()


def _corpora(given: str | Iterable[str]) -> str | tuple[str, ...]:
    """One name as it is, several sorted, so that their order does not make another experiment."""
    if isinstance(given, str):
        return given
    names = tuple(sorted(str(name) for name in given))
    if not names or len(set(names)) != len(names):
        raise ConfigError(f"An experiment needs one or more different corpora, got {', '.join(names) or 'none'}.")
    return names[0] if len(names) == 1 else names
