"""The family `mfccnet`: one-dimensional convolutions over cepstral coefficients and their differences, in Keras."""

from typing import Any

from ser_core.features.spec import FramesSpec
from ser_core.models._sequence import TRAINING, SequenceFamily
from ser_core.models._sequence_blocks import Design, convolutions

CONFIG: dict[str, Any] = {
    # Network: one entry per convolution, then how frames become a vector, then a linear layer.
    "channels": [96, 128],
    "kernels": [5, 3],
    "pools": [2, 1],
    "pooling": "statistics",  # mean | statistics | attention
    "deltas": True,  # first and second differences in time as well
    "spatial_dropout": 0.1,
    "dropout": 0.5,
    **TRAINING,
}


class MfccNet(SequenceFamily):
    """Convolutions along time over MFCC."""

    def design(self, config: dict[str, Any]) -> Design:
        """Convolutions, then the pooling."""
        blocks = convolutions(config["channels"], config["kernels"], config["pools"])
        return Design(blocks, config["pooling"], deltas=config["deltas"])

    def reads(self, track: str) -> bool:
        """Cepstral coefficients alone."""
        return track.startswith("mfcc")


FAMILY = MfccNet(
    name="mfccnet",
    title="MFCC Conv1D",
    description="Convolutions over cepstral coefficients and their changes: the network of many published projects.",
    spec=FramesSpec(),
    config=CONFIG,
)
