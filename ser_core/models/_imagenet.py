"""What the families share that read spectrograms as images, by networks that learnt from ImageNet.

Importing this module is quick; TensorFlow comes in with the first `fit`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ser_core.errors import ConfigError, ModelError
from ser_core.features.spec import LogMelSpec
from ser_core.models._imagenet_backbones import BACKBONES, Backbone
from ser_core.models._imagenet_weights import weights_file
from ser_core.models.base import Data, Family, Fitted, require_enough, without_tensorflow
from ser_core.models.onnx_tools import fit_temperature, softmax

#: Tried with SqueezeNet on the speakers that validate in RAVDESS' fold of index 1, one seed, UAR: its last layer alone
#: .49; with differences over time as colours .41, and with the mean over the whole image .41 as well; with differences
#: and four blocks trained on for four epochs .47. Of the other networks nothing was tried.
CONFIG: dict[str, Any] = {
    "pretrained": True,  # start from ImageNet's weights; from random ones otherwise
    "weights": None,  # file of weights: a path, or a name in SER_PRETRAINED_DIR; None: the published ones
    # The image, see `ser_core.models._imagenet_image`.
    "height": 96,
    "width": 128,
    "channels": "repeat",
    "pool": "time",
    "dropout": 0.5,
    # First stage: the network is frozen and looks at each clip and this many changed copies, the last layer learns.
    "copies": 2,
    "head_epochs": 20,
    "head_rate": 2e-3,  # peak of the cycle
    # Second stage: the last blocks are trained on, more slowly. 0: none, -1: all.
    "unfreeze": 4,
    "epochs": 8,
    "learning_rate": 5e-4,
    "min_steps": 200,  # batches that small training sets get at least in each stage, by more epochs
    # Changes to the training clips, see `ser_core.models._imagenet_batches.changed`.
    "shift": 0.1,
    "zoom": 0.1,
    "brightness": 0.2,
    "contrast": 0.15,
    "freq_width": 12,
    "time_width": 16,
    "mixup": 0.2,
    # Training.
    "batch_size": 32,
    "patience": 0.5,  # share of the epochs without a better validation loss after which a stage stops
    "weight_decay": 0.02,
    "label_smoothing": 0.1,
    "balance": 1.0,  # 1: every emotion counts the same in the loss; 0: every clip does
    "average_decay": 0.98,  # of the running average of the weights, per batch
    "deterministic": False,  # forbid TensorFlow operators that may sum in any order
}


class FittedImageNet(Fitted):
    """A trained network with the temperature that calibrates it.

    Parameters
    ----------
    trained : ser_core.models._imagenet_training.Trained
        Network and history.
    validation : Data
        Clips the network was not trained on; they set the temperature.
    """

    def __init__(self, trained, *, validation: Data):
        self._trained = trained
        self.history = trained.history
        self._temperature = fit_temperature(trained.predict(validation.x), validation.y)
        self.info = {
            "n_parameters": int(trained.model.count_params()),
            "epochs": len(self.history),
            "best_epoch": trained.best_epoch,
            "temperature": self._temperature,
            "weights": trained.weights,
        }

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Calibrated probabilities [shape=(n_clips, 8)] of spectrograms [shape=(n_clips, n_mels, n_frames)]."""
        return softmax(self._trained.predict(x).astype(np.float64) / self._temperature)

    def to_onnx(self) -> bytes:
        """Spectrograms ``features`` (batch, n_mels, n_frames) to ``probabilities`` (batch, 8)."""
        from ser_core.models._tf_onnx import to_onnx

        return to_onnx(self._trained.model, temperature=self._temperature)


class ImageNet(Family):
    """A network that learnt to see, over a spectrogram as an image, and a linear layer."""

    has_epochs = True
    resumes = True
    precision = np.float16

    @property
    def backbone(self) -> Backbone:
        """The network it starts from."""
        return BACKBONES[self.name]

    def obstacle(self) -> str | None:
        """Without TensorFlow, or without weights that no download brings, there is no training."""
        try:
            weights_file(self.backbone)
        except ModelError as error:
            return without_tensorflow() or str(error)
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
    ) -> FittedImageNet:
        """Train on `train`; `validation` decides which epoch is kept and calibrates.

        On one machine and number of threads the same seed gives the same network, also when a training was stopped
        and went on from its `checkpoint`.

        Raises
        ------
        ConfigError
            If there are too few clips, they are no spectrograms, or a hyperparameter is not allowed.
        CancelledError
            When `cancel` answers True.
        ModelError
            If the weights to start from cannot be had; the message says what to do.
        """
        config = self.complete(config)
        if train.x.ndim != 3 or train.x.shape[1:] != validation.x.shape[1:]:
            raise ConfigError(
                "The network reads log-mel spectrograms (n_clips, n_mels, n_frames) of one shape, got "
                f"{train.x.shape} for training and {validation.x.shape} for validation."
            )
        require_enough(train, validation)
        named = config["weights"]
        if named is not None and not (isinstance(named, str) and config["pretrained"]):
            raise ConfigError(
                f"weights names a file to start from, as text, and takes pretrained to be true; got {named!r} and "
                f"{config['pretrained']!r}."
            )
        from ser_core.models import _imagenet_training

        trained = _imagenet_training.train(
            train,
            validation,
            self.backbone,
            config=config,
            seed=seed,
            checkpoint=checkpoint,
            progress=progress,
            cancel=cancel,
        )
        return FittedImageNet(trained, validation=validation)


def family(name: str, description: str, **config: Any) -> ImageNet:
    """The family of a backbone; `config` holds what differs from `CONFIG`."""
    backbone = BACKBONES[name]
    if backbone.application:
        description += f" Its weights ({backbone.megabytes} MB) are downloaded when it is first trained."
    return ImageNet(
        name=name,
        title=f"{backbone.title} on spectrograms",
        description=description,
        # 40 ms windows every 20 ms; 2.6 s hold all speech of nine in ten RAVDESS clips.
        spec=LogMelSpec(n_mels=96, hop_length=320, n_frames=128),
        config={**CONFIG, **config},
    )
