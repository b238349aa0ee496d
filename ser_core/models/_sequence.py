"""What the families that read acoustic tracks along time share: only design and hyperparameters differ.

Importing this module is quick; TensorFlow comes in with the first `fit`.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from ser_core.features.frames import feature_names
from ser_core.models._allowed import Rule
from ser_core.models._allowed_networks import ALONG_TIME
from ser_core.models._networks import NetworkFamily
from ser_core.models._sequence_batches import CHANGES
from ser_core.models._sequence_blocks import Design, require_frames

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


class SequenceFamily(NetworkFamily):
    """A family of networks along time over the tracks of `FramesSpec`."""

    @property
    def allowed(self) -> Mapping[str, Rule]:
        """See `Family.allowed`."""
        return ALONG_TIME

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

    @property
    def takes(self) -> str:
        """All tracks of the spec, whichever of them it reads."""
        return f"frame features (n_clips, {len(self._tracks) + 1}, n_frames) of one shape"

    @property
    def _tracks(self) -> list[str]:
        return feature_names(self.spec)[:-1]

    def accepts(self, train: tuple[int, ...], validation: tuple[int, ...]) -> bool:
        """Whether the network reads features of these shapes."""
        return super().accepts(train, validation) and train[1] == len(self._tracks) + 1

    def check(self, config: dict[str, Any]) -> None:
        """Refuse hyperparameters that fit no network."""
        require_frames(self.design(config).blocks, n_frames=self.spec.n_frames)

    def _train(self, *data, config, **options):
        from ser_core.models import _sequence_training

        rows = np.array([i for i, track in enumerate(self._tracks) if self.reads(track)])
        return _sequence_training.train(*data, design=self.design(config), rows=rows, config=config, **options)
