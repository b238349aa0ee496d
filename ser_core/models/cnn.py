"""The family `cnn`: a one-dimensional convolutional network over acoustic tracks, in Keras.

Importing this module is quick; TensorFlow comes in with the first `fit`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ser_core.errors import ConfigError
from ser_core.features.spec import FramesSpec
from ser_core.models.base import Data, Family, Fitted, require_enough, without_tensorflow
from ser_core.models.onnx_tools import fit_temperature, softmax

#: Chosen on the sixteen actors outside the first two test folds, in four folds of four, 40 epochs unless said, one
#: seed: UAR .619; with mixup of .2 as well .616-.619; without noise .617; weight decay .1 at 4e-3 .607; wider with
#: more dropout .535; strong noise, dropped tracks and mixup .587. The same on log-mel spectrograms: .46-.56.
CONFIG: dict[str, Any] = {
    # Network: one entry per convolution, then mean, deviation and maximum over time, then a linear layer.
    "channels": [96, 128],
    "kernels": [5, 3],
    "pools": [2, 1],
    "noise": 0.1,  # standard deviation of what is added to the standardised tracks in training
    "spatial_dropout": 0.1,
    "dropout": 0.5,
    # Training.
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


class FittedCNN(Fitted):
    """A trained network with the temperature that calibrates it.

    Parameters
    ----------
    trained : ser_core.models._cnn_training.Trained
        Network and history.
    config : dict
        Hyperparameters.
    validation : Data
        Clips the network was not trained on; they set the temperature.
    """

    def __init__(self, trained, config: dict[str, Any], *, validation: Data):
        self._model = trained.model
        self._statistics = trained.mean, trained.std
        self._config = config
        self._predict = trained.predict
        self.history = trained.history
        self._temperature = fit_temperature(self._predict(validation.x), validation.y)
        self.info = {
            "n_parameters": int(self._model.count_params()),
            "epochs": len(self.history),
            "best_epoch": trained.best_epoch,
            "temperature": self._temperature,
        }

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Calibrated probabilities [shape=(n_clips, 8)] of frame features [shape=(n_clips, n_tracks + 1, n_frames)]."""
        return softmax(self._predict(np.asarray(x, dtype=np.float32)).astype(np.float64) / self._temperature)

    def to_onnx(self) -> bytes:
        """Frame features ``features`` (batch, n_tracks + 1, n_frames) to ``probabilities`` (batch, 8)."""
        from ser_core.models._cnn_onnx import to_onnx

        mean, std = self._statistics
        return to_onnx(self._model, self._config, mean=mean, std=std, temperature=self._temperature)


class CNN(Family):
    """Convolutions along time over acoustic tracks, statistics over time, a linear layer."""

    has_epochs = True
    resumes = True

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
    ) -> FittedCNN:
        """Train on `train`; `validation` decides when to stop and calibrates.

        On one machine and number of threads the same seed gives the same network, also when a training was stopped
        and went on from its `checkpoint`.

        Raises
        ------
        ConfigError
            If there are too few clips, or they are no frame features.
        CancelledError
            When `cancel` answers True.
        """
        config = self.complete(config)
        if train.x.ndim != 3 or train.x.shape[1:] != validation.x.shape[1:]:
            raise ConfigError(
                "The network reads frame features (n_clips, n_tracks + 1, n_frames) of one shape, got "
                f"{train.x.shape} for training and {validation.x.shape} for validation."
            )
        require_enough(train, validation)
        from ser_core.models import _cnn_training

        trained = _cnn_training.train(
            train, validation, config=config, seed=seed, checkpoint=checkpoint, progress=progress, cancel=cancel
        )
        return FittedCNN(trained, config, validation=validation)


FAMILY = CNN(
    name="cnn",
    title="1-D CNN",
    description="A small network that reads pitch, spectrum and voice quality along time, trained from scratch.",
    spec=FramesSpec(),
    config=CONFIG,
)
