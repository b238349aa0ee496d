"""What the families that read acoustic tracks along time share: only design and hyperparameters differ.

Importing this module is quick; TensorFlow comes in with the first `fit`.
"""

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ser_core.errors import ConfigError
from ser_core.features.frames import feature_names
from ser_core.models._sequence_batches import CHANGES
from ser_core.models._sequence_blocks import Design
from ser_core.models.base import Data, Family, Fitted, require_enough, without_tensorflow
from ser_core.models.onnx_tools import fit_temperature, softmax

#: Hyperparameters of training and of its changes to the clips; a family says what it has otherwise.
TRAINING: dict[str, Any] = {
    **CHANGES,
    "batch_size": 32,
    "epochs": 40,
    "min_steps": 600,  # batches that small training sets get at least, by more epochs
    "patience": 0.4,  # share of the epochs without a better validation loss after which training stops
    "learning_rate": 2e-3,  # peak of the cycle
    "weight_decay": 0.02,
    "label_smoothing": 0.1,
    "average_decay": 0.98,  # of the running average of the weights, per batch
    "deterministic": False,  # forbid TensorFlow operators that may sum in any order
}


class FittedSequence(Fitted):
    """A trained network along time with the temperature that calibrates it.

    Parameters
    ----------
    trained : ser_core.models._sequence_training.Trained
        Network and history.
    design : Design
        What it is built of.
    validation : Data
        Clips the network was not trained on; they set the temperature.
    """

    def __init__(self, trained, design: Design, *, validation: Data):
        self._trained, self._design = trained, design
        self._n_tracks = validation.x.shape[1] - 1
        self.history = trained.history
        self._temperature = fit_temperature(trained.predict(validation.x), validation.y)
        self.info = {
            "n_parameters": int(trained.model.count_params()),
            "epochs": len(self.history),
            "best_epoch": trained.best_epoch,
            "temperature": self._temperature,
        }

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Calibrated probabilities [shape=(n_clips, 8)] of frame features [shape=(n_clips, n_tracks + 1, n_frames)]."""
        return softmax(self._trained.predict(x).astype(np.float64) / self._temperature)

    def to_onnx(self) -> bytes:
        """Frame features ``features`` (batch, n_tracks + 1, n_frames) to ``probabilities`` (batch, 8)."""
        from ser_core.models._sequence_onnx import to_onnx

        return to_onnx(
            self._trained.model,
            self._design,
            standard=self._trained.standard,
            n_tracks=self._n_tracks,
            temperature=self._temperature,
        )


class SequenceFamily(Family):
    """A family of networks along time over the tracks of `FramesSpec`."""

    has_epochs = True
    resumes = True

    @abstractmethod
    def design(self, config: dict[str, Any]) -> Design:
        """What the network of complete hyperparameters is built of.

        Raises
        ------
        ConfigError
            If they fit no network.
        """

    def reads(self, track: str) -> bool:
        """Whether the network reads the track of this name; all unless a family says otherwise."""
        return True

    def obstacle(self) -> str | None:
        """Without TensorFlow there is no training."""
        return without_tensorflow()

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
    ) -> FittedSequence:
        """Train on `train`; `validation` decides which epoch is kept and calibrates.

        On one machine and number of threads the same seed gives the same network, also when a training was stopped
        and went on from its `checkpoint`.

        Raises
        ------
        ConfigError
            If there are too few clips, or they are no frame features with the tracks of the family's own spec.
        CancelledError
            When `cancel` answers True.
        """
        config = self.complete(config)
        design = self.design(config)
        tracks = feature_names(self.spec)[:-1]
        if train.x.ndim != 3 or train.x.shape[1:] != validation.x.shape[1:] or train.x.shape[1] != len(tracks) + 1:
            raise ConfigError(
                f"The network reads frame features (n_clips, {len(tracks) + 1}, n_frames) of one shape, got "
                f"{train.x.shape} for training and {validation.x.shape} for validation."
            )
        require_enough(train, validation)
        from ser_core.models import _sequence_training

        trained = _sequence_training.train(
            train,
            validation,
            design=design,
            rows=np.array([i for i, track in enumerate(tracks) if self.reads(track)]),
            config=config,
            seed=seed,
            checkpoint=checkpoint,
            progress=progress,
            cancel=cancel,
        )
        return FittedSequence(trained, design, validation=validation)
