"""What the families share that read spectrograms as images, by networks that learnt from ImageNet.

Importing this module is quick; TensorFlow comes in with the first `fit`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ser_core.errors import ConfigError, ModelError
from ser_core.features.spec import LogMelSpec
from ser_core.models._allowed import Allowed, Rule
from ser_core.models._allowed_networks import IMAGES, SIDE
from ser_core.models._imagenet_backbones import BACKBONES, Backbone
from ser_core.models._imagenet_weights import weights_file
from ser_core.models._networks import FittedNetwork, NetworkFamily

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


class FittedImageNet(FittedNetwork):
    """See `FittedNetwork`; it tells the weights that the training started from."""

    def __init__(self, trained, *, validation):
        super().__init__(trained, validation=validation)
        self.info["weights"] = trained.weights


class ImageNet(NetworkFamily):
    """A network that learnt to see, over a spectrogram as an image, and a linear layer."""

    precision = np.float16
    takes = "log-mel spectrograms (n_clips, n_mels, n_frames) of one shape"
    fitted = FittedImageNet

    @property
    def backbone(self) -> Backbone:
        """The network it starts from."""
        return BACKBONES[self.name]

    @property
    def allowed(self) -> Mapping[str, Rule]:
        """See `Family.allowed`; images that are smaller leave nothing of the last map."""
        side = Allowed(low=self.backbone.smallest, high=SIDE, whole=True)
        return {**IMAGES, "height": side, "width": side}

    def find_weights(self) -> None:
        """Look for a file of them, unless a download brings them."""
        weights_file(self.backbone)

    def check(self, config: dict[str, Any]) -> None:
        """Refuse weights that are no name of a file that is here, or stated for a network of random ones."""
        named = config["weights"]
        if named is not None and not (isinstance(named, str) and config["pretrained"]):
            raise ConfigError(
                f"weights names a file to start from, as text, and takes pretrained to be true; got {named!r} and "
                f"{config['pretrained']!r}."
            )
        if named:
            try:
                weights_file(self.backbone, named)
            except ModelError as error:
                raise ConfigError(str(error)) from None

    def _train(self, *data, **options):
        from ser_core.models import _imagenet_training

        return _imagenet_training.train(*data, self.backbone, **options)


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
