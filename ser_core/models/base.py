"""The interface that every model family implements: `Data` in, a `Fitted` recogniser out."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from ser_core.errors import ConfigError
from ser_core.labels import EMOTIONS
from ser_core.models._allowed import Rule, require
from ser_core.side_tasks import SIDE_TASKS


@dataclass(frozen=True)
class Data:
    """Features and labels of some clips.

    Attributes
    ----------
    x : np.ndarray [shape=(n_clips, ...)], float32
        Features, one row per clip.
    y : np.ndarray [shape=(n_clips,)], int
        Positions of the emotions in ``EMOTIONS``.
    group : np.ndarray [shape=(n_clips,)], str
        What must not stand on both sides of an inner split: the speaker where the protocol is speaker-independent,
        else the clip.
    voice : np.ndarray [shape=(n_clips,)], str
        Who speaks, whatever the protocol; `group` unless given.
    corpus : np.ndarray [shape=(n_clips,)], str
        Where each clip comes from: corpora differ in the emotions that they hold. One of no name unless given.
    side : np.ndarray [shape=(n_clips, len(SIDE_TASKS))], float32, or None
        What is known of each clip besides its emotion, see `ser_core.side_tasks.targets`; for families that ask for it
        (`Family.side_tasks`).
    """

    x: np.ndarray
    y: np.ndarray
    group: np.ndarray
    voice: np.ndarray | None = None
    corpus: np.ndarray | None = None
    side: np.ndarray | None = None

    def __post_init__(self):
        if self.voice is None:
            object.__setattr__(self, "voice", self.group)
        if self.corpus is None:
            object.__setattr__(self, "corpus", np.full(len(self.y), ""))
        lengths = [len(part) for part in (self.x, self.y, self.group, self.voice, self.corpus)]
        if len(set(lengths)) != 1:
            raise ConfigError(
                f"x, y, group, voice and corpus must be of one length, got {', '.join(map(str, lengths))}."
            )
        if self.side is not None and self.side.shape != (len(self.y), len(SIDE_TASKS)):
            raise ConfigError(
                f"Side targets must have a row per clip and a column for each of {', '.join(SIDE_TASKS)}, got shape "
                f"{self.side.shape} for {len(self.y)} clips."
            )
        if len(self.y) and not (self.y.min() >= 0 and self.y.max() < len(EMOTIONS)):
            raise ConfigError(f"Labels must lie in 0..{len(EMOTIONS) - 1}, got {self.y.min()}..{self.y.max()}.")

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: np.ndarray) -> "Data":
        """The clips at `index`."""
        side = None if self.side is None else self.side[index]
        return Data(self.x[index], self.y[index], self.group[index], self.voice[index], self.corpus[index], side)

    @staticmethod
    def join(first: "Data", second: "Data") -> "Data":
        """Both, one after the other."""
        return Data(
            np.concatenate([first.x, second.x]),
            np.concatenate([first.y, second.y]),
            np.concatenate([first.group, second.group]),
            np.concatenate([first.voice, second.voice]),
            np.concatenate([first.corpus, second.corpus]),
            None if first.side is None or second.side is None else np.concatenate([first.side, second.side]),
        )


class Fitted(ABC):
    """A trained recogniser.

    Attributes
    ----------
    history : list of dict
        One row per epoch (``epoch, loss, accuracy, val_loss, val_accuracy``); empty for models without epochs.
    info : dict
        What the training found (best parameters, grid-search table, number of parameters, temperature); JSON-ready.
    held_out : np.ndarray or None
        Of families that learn from the validation clips as well (by folds of their own): calibrated probabilities
        [shape=(n_validation, len(EMOTIONS))] of these clips by models that did not learn from them. None where
        `predict_proba` of the validation clips is that.
    """

    history: list[dict[str, float]]
    info: dict[str, Any]
    held_out: np.ndarray | None = None

    @abstractmethod
    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Calibrated probabilities [shape=(n_clips, len(EMOTIONS))]; each row sums to 1."""

    def adapted(self, x: np.ndarray) -> "Fitted":
        """The same recogniser, adapted to one voice by some unlabelled clips of it (features as in `predict_proba`).

        Families whose `Family.adapts` is False do not change: theirs is calibrated through its features.
        """
        return self

    def predict_side(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """What it tells besides the emotion, see `ser_core.side_tasks`.

        Returns
        -------
        dict of str to np.ndarray [shape=(n_clips,)]
            Side task -> probability of its second class, or rating; only tasks that it has learnt.
        """
        return {}

    @abstractmethod
    def to_onnx(self) -> bytes:
        """The model as ONNX: input ``features`` float32 (batch, ...), output ``probabilities`` float32 (batch, k)."""


@dataclass(frozen=True)
class Family(ABC):
    """A kind of model: what it is called, what it reads and how it is trained.

    Attributes
    ----------
    name : str
        Identifier for the command line and run folders.
    title : str
        Name as shown.
    description : str
        One sentence for the page.
    spec : FeatureSpec or None
        Features that it reads by default; None where its hyperparameters decide (`features`).
    config : dict
        Complete default hyperparameters, JSON-ready.
    """

    name: str
    title: str
    description: str
    spec: Any
    config: dict[str, Any] = field(default_factory=dict)

    #: Whether the training shows epochs (learning rate, loss) or a grid search.
    has_epochs: ClassVar[bool] = False
    #: Whether speaker calibration is up to the model (`Fitted.adapted`), instead of features standardised by speaker.
    adapts: ClassVar[bool] = False
    #: Whether `fit` takes a ``checkpoint``, a file from which a training that was stopped goes on.
    resumes: ClassVar[bool] = False
    #: Names in `ser_core.side_tasks.SIDE_TASKS` of what it may learn besides emotions; its `Data` have targets then.
    side_tasks: ClassVar[tuple[str, ...]] = ()
    #: Hyperparameters without a default: what only the user can give.
    required: ClassVar[tuple[str, ...]] = ()
    #: Precision that features are held in: half of it is enough for images, and half the memory.
    precision: ClassVar[type] = np.float32

    @property
    def allowed(self) -> Mapping[str, Rule]:
        """What its hyperparameters may be, by name; of those that are not named anything."""
        return {}

    @property
    def searches(self) -> Iterable[str]:
        """Hyperparameters of which a list may be given, all of whose values are tried."""
        return ()

    def complete(self, config: dict[str, Any] | None) -> dict[str, Any]:
        """`config` filled up with the defaults; 0 where they have 0.0 is 0.0, so that it is the same experiment.

        Raises
        ------
        ConfigError
            If a name is not one of the family's hyperparameters, or a value is not allowed.
        """
        config = config or {}
        unknown = sorted(set(config) - set(self.config))
        if unknown:
            raise ConfigError(
                f"{self.name} has no hyperparameter {', '.join(unknown)}; it has {', '.join(sorted(self.config))}."
            )
        found = {**self.config, **config}
        require(self.name, found, allowed=self.allowed, searched=self.searches)
        is_whole = {name: type(value) is int and isinstance(self.config[name], float) for name, value in found.items()}
        return {name: float(value) if is_whole[name] else value for name, value in found.items()}

    def features(self, config: dict[str, Any]) -> Any:
        """The feature spec that it reads under complete hyperparameters: `spec`, where none of them decides that."""
        return self.spec

    def obstacle(self) -> str | None:
        """Why it cannot be trained on this machine and what to do; None where nothing is known to be in the way."""
        return None

    @abstractmethod
    def fit(
        self,
        train: Data,
        validation: Data,
        *,
        config: dict[str, Any],
        seed: int,
        progress: Callable | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Fitted:
        """Train on `train`, choose and calibrate on `validation`; the same seed gives the same model.

        Raises
        ------
        CancelledError
            When `cancel` answers True.
        """
