"""The family `cnn`: a one-dimensional convolutional network over log-mel spectrograms, in Keras.

Importing this module is quick; TensorFlow comes in with the first `fit`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ser_core.errors import ConfigError
from ser_core.features.spec import LogMelSpec
from ser_core.models.base import Data, Family, Fitted

#: A window of 64 ms resolves the harmonics of a voice, and with them its pitch, which one of 25 ms blurs.
SPEC = LogMelSpec(n_fft=1024, win_length=1024, hop_length=512, n_mels=80, n_frames=80)

CONFIG: dict[str, Any] = {
    # Network: one entry per convolution, then mean, deviation and maximum over time, then a linear layer.
    "channels": [64, 96, 128],
    "kernels": [3, 5, 3],
    "pools": [2, 2, 1],
    "members": 1,  # networks trained side by side whose logits are averaged
    "dropout": 0.3,
    "spatial_dropout": 0.1,
    # Training.
    "batch_size": 32,
    "steps": 2200,  # batches in all, whatever the number of clips; sets the epochs, within the next two
    "min_epochs": 10,
    "max_epochs": 120,
    "patience": 0.4,  # share of the epochs without a better validation loss after which training stops
    "learning_rate": 3e-3,  # peak of the cycle
    "weight_decay": 0.02,
    "label_smoothing": 0.1,
    "average_decay": 0.99,  # of the running average of the weights, per batch
    "deterministic": False,  # forbid TensorFlow operators that may sum in any order
    # Changes of the training spectrograms, see `ser_core.models._cnn_augment.augment`.
    "time_warp": 0.12,
    "time_shift": 4.0,
    "freq_warp": 0.05,
    "freq_shift": 1.5,
    "gain_db": 2.0,
    "freq_masks": 1,
    "freq_width": 8,
    "time_masks": 1,
    "time_width": 8,
    "mixup": 0.2,
}

TEMPERATURES = (0.25, 4.0)
"""Range of the calibration: few validation clips must not make a model absurdly sure or unsure."""


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
        self._temperature = best_temperature(self._predict(validation.x), validation.y)
        self.info = {
            "n_parameters": int(self._model.count_params()),
            "epochs": len(self.history),
            "best_epoch": trained.best_epoch,
            "temperature": self._temperature,
        }

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Calibrated probabilities [shape=(n_clips, 8)] of log-mel spectrograms [shape=(n_clips, n_mels, n_frames)]."""
        return softmax(self._predict(np.asarray(x, dtype=np.float32)) / self._temperature)

    def to_onnx(self) -> bytes:
        """Log-mel spectrograms ``features`` (batch, n_mels, n_frames), dB, to ``probabilities`` (batch, 8)."""
        from ser_core.models._cnn_onnx import to_onnx

        mean, std = self._statistics
        return to_onnx(self._model, self._config, mean=mean, std=std, temperature=self._temperature)


class CNN(Family):
    """Convolutions along time over mel bands, statistics over time, a linear layer."""

    has_epochs = True

    def fit(
        self,
        train: Data,
        validation: Data,
        *,
        config: dict[str, Any],
        seed: int,
        progress: Callable | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> FittedCNN:
        """Train on `train`; `validation` decides when to stop and calibrates.

        On one machine and number of threads the same seed gives the same network.

        Raises
        ------
        ConfigError
            If there are too few clips, or they are no spectrograms.
        CancelledError
            When `cancel` answers True.
        """
        config = self.complete(config)
        if train.x.ndim != 3 or train.x.shape[1:] != validation.x.shape[1:]:
            raise ConfigError(
                "The network reads spectrograms (n_clips, n_mels, n_frames) of one shape, got "
                f"{train.x.shape} for training and {validation.x.shape} for validation."
            )
        if len(train) < 2 or not len(validation):
            raise ConfigError(
                f"At least 2 training clips and 1 for validation, got {len(train)} and {len(validation)}."
            )
        from ser_core.models import _cnn_training

        trained = _cnn_training.train(train, validation, config=config, seed=seed, progress=progress, cancel=cancel)
        return FittedCNN(trained, config, validation=validation)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis, in double precision."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def best_temperature(logits: np.ndarray, y: np.ndarray) -> float:
    """Temperature of the lowest negative log-likelihood (Guo et al., "On calibration", ICML 2017), in `TEMPERATURES`.

    Examples
    --------
    >>> best_temperature(np.array([[9.0, 0.0], [9.0, 0.0]]), np.array([0, 0]))
    0.25
    """
    candidates = np.geomspace(*TEMPERATURES, 161)
    costs = [-np.log(softmax(logits / t)[np.arange(len(y)), y] + 1e-12).mean() for t in candidates]
    return round(float(candidates[int(np.argmin(costs))]), 4)


FAMILY = CNN(
    name="cnn",
    title="1-D CNN",
    description="A small convolutional network that reads the log-mel spectrogram along time, trained from scratch.",
    spec=SPEC,
    config=CONFIG,
)
