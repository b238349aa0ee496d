"""What the families share that train a network in Keras: the way through `fit`, and the calibrated network it gives.

Importing this module, or a family, is quick; TensorFlow comes in with the first `fit`.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ser_core.errors import ConfigError, ModelError
from ser_core.models._allowed import Rule
from ser_core.models._allowed_networks import NETWORKS
from ser_core.models.base import Data, Family, Fitted
from ser_core.models.onnx_tools import fit_temperature, softmax

if TYPE_CHECKING:
    from ser_core.models._trained import Trained


class FittedNetwork(Fitted):
    """A trained network with the temperature that calibrates it.

    Parameters
    ----------
    trained : ser_core.models._trained.Trained
        Network and history.
    validation : Data
        Clips the network was not trained on; they set the temperature.
    """

    def __init__(self, trained: "Trained", *, validation: Data):
        self._trained = trained
        self.history = trained.history
        self._temperature = fit_temperature(trained.validation_logits(validation), validation.y)
        self.info = {
            "n_parameters": trained.n_parameters,
            "epochs": len(self.history),
            "best_epoch": trained.best_epoch,
            "temperature": self._temperature,
        }

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Calibrated probabilities [shape=(n_clips, 8)] of features as the family reads them, each clip alone."""
        return softmax(self._trained.predict(x).astype(np.float64) / self._temperature)

    def to_onnx(self) -> bytes:
        """Features ``features`` (batch, ...) as the family reads them to ``probabilities`` (batch, 8)."""
        return self._trained.to_onnx(temperature=self._temperature)


class NetworkFamily(Family):
    """A family of networks; each says what it reads, what its hyperparameters rule out, and how it is trained."""

    has_epochs = True
    resumes = True
    #: What it takes, in words.
    takes: ClassVar[str]
    #: Whether clips that train and clips that validate may differ in their number of frames.
    any_length: ClassVar[bool] = False
    #: What a trained network becomes.
    fitted: ClassVar[type[FittedNetwork]] = FittedNetwork

    @property
    def allowed(self) -> Mapping[str, Rule]:
        """See `Family.allowed`."""
        return NETWORKS

    def complete(self, config: dict[str, Any] | None) -> dict[str, Any]:
        """As `Family.complete`, with an eye to what does not go together.

        Raises
        ------
        ConfigError
            If a name is not one of the family's hyperparameters, a value is not allowed, or one takes another.
        """
        complete = super().complete(config)
        self.check(complete)
        return complete

    def find_weights(self) -> None:
        """Look for the weights to start from; most families have none.

        Raises
        ------
        ModelError
            If they are not on this machine and no download brings them; the message says what to do.
        """

    def obstacle(self) -> str | None:
        """Without TensorFlow, or without weights that no download brings, there is no training."""
        try:
            self.find_weights()
        except ModelError as error:
            return _without_tensorflow() or str(error)
        return _without_tensorflow()

    def fit(
        self,
        train: Data,
        validation: Data,
        *,
        config: dict[str, Any],
        seed: int,
        checkpoint: Path | str | None = None,
        progress: Callable | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> FittedNetwork:
        """Train on `train`; `validation` decides which epoch is kept, by its emotions, and calibrates.

        On one machine and number of threads the same seed gives the same network, also when a training was stopped
        and went on from its `checkpoint`.

        Raises
        ------
        ConfigError
            If there are too few clips, they are not what the network reads, or a hyperparameter is not allowed.
        CancelledError
            When `cancel` answers True.
        ModelError
            If weights to start from cannot be had; the message says what to do.
        """
        config = self.complete(config)
        if not self.accepts(train.x.shape, validation.x.shape):
            raise ConfigError(
                f"The network reads {self.takes}, got {train.x.shape} for training and {validation.x.shape} for "
                "validation."
            )
        if len(train) < 2 or not len(validation):
            raise ConfigError(
                f"At least 2 training clips and 1 for validation, got {len(train)} and {len(validation)}."
            )
        trained = self._train(
            train, validation, config=config, seed=seed, checkpoint=checkpoint, progress=progress, cancel=cancel
        )
        return self.fitted(trained, validation=validation)

    def accepts(self, train: tuple[int, ...], validation: tuple[int, ...]) -> bool:
        """Whether the network reads features of these shapes."""
        alike = slice(1, 2 if self.any_length else None)
        return len(train) == 3 and train[alike] == validation[alike]

    def check(self, config: dict[str, Any]) -> None:
        """Refuse complete hyperparameters, each allowed by itself, that do not go together.

        Raises
        ------
        ConfigError
            If they do not.
        """

    @abstractmethod
    def _train(self, train: Data, validation: Data, *, config: dict[str, Any], seed: int, **options) -> "Trained":
        """Train a network; `options` are ``checkpoint``, ``progress`` and ``cancel`` of `fit`."""


def _without_tensorflow() -> str | None:
    """What a network lacks on a machine without TensorFlow, and what to do; None where it is there. Imports nothing."""
    if find_spec("tensorflow") is not None:
        return None
    return "It needs TensorFlow, which is not installed: `pip install -r requirements.txt` brings it."
