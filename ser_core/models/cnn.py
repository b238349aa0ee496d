"""The family `cnn`: a one-dimensional convolutional network over acoustic tracks, in Keras.

Importing this module is quick; TensorFlow comes in with the first `fit`.
"""

from collections.abc import Mapping
from typing import Any

from ser_core.features.spec import FramesSpec
from ser_core.models._allowed import Rule
from ser_core.models._allowed_networks import ALONG_TIME
from ser_core.models._networks import NetworkFamily
from ser_core.models._sequence_blocks import convolutions, require_frames

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


class CNN(NetworkFamily):
    """Convolutions along time over acoustic tracks, statistics over time, a linear layer."""

    takes = "frame features (n_clips, n_tracks + 1, n_frames) of one shape"

    @property
    def allowed(self) -> Mapping[str, Rule]:
        """See `Family.allowed`."""
        return ALONG_TIME

    def check(self, config: dict[str, Any]) -> None:
        """Refuse convolutions that fit no network."""
        blocks = convolutions(config["channels"], config["kernels"], config["pools"])
        require_frames(blocks, n_frames=self.spec.n_frames)

    def _train(self, *data, **options):
        from ser_core.models import _cnn_training

        return _cnn_training.train(*data, **options)


FAMILY = CNN(
    name="cnn",
    title="1-D CNN",
    description="A small network that reads pitch, spectrum and voice quality along time, trained from scratch.",
    spec=FramesSpec(),
    config=CONFIG,
)
