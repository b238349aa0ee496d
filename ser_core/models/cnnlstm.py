"""The family `cnnlstm`: convolutions over a log-mel spectrogram, then LSTM in both directions, in Keras.

With ``recurrent`` off it is its own baseline: the same network without the LSTM.
"""

from typing import Any

from ser_core.features.spec import FramesSpec
from ser_core.models._sequence import TRAINING, SequenceFamily
from ser_core.models._sequence_blocks import Design, Lstm, convolutions

CONFIG: dict[str, Any] = {
    # Network: one entry per convolution, then the LSTM, then how frames become a vector, then a linear layer.
    "channels": [64, 96],
    "kernels": [5, 3],
    "pools": [2, 2],
    "recurrent": True,  # False: the network without its LSTM, to see what that gains
    "units": 48,  # of the LSTM, in each direction
    "pooling": "attention",  # mean | statistics | attention
    "spatial_dropout": 0.1,
    "recurrent_dropout": 0.2,
    "dropout": 0.5,
    **TRAINING,
    "epochs": 30,
}


class CnnLstm(SequenceFamily):
    """Convolutions along time over mel bands, an LSTM, a learnt mean over time."""

    def design(self, config: dict[str, Any]) -> Design:
        """Convolutions, the LSTM unless it is off, then the pooling."""
        blocks = convolutions(config["channels"], config["kernels"], config["pools"])
        memory = (Lstm(config["units"]),) if config["recurrent"] else ()
        return Design(blocks + memory, config["pooling"])

    def reads(self, track: str) -> bool:
        """Levels of the mel bands alone."""
        return track.startswith("mel")


FAMILY = CnnLstm(
    name="cnnlstm",
    title="CNN-LSTM",
    description="Convolutions over a log-mel spectrogram, then a recurrent network that hears their order.",
    spec=FramesSpec(step=2, n_frames=140),
    config=CONFIG,
)
