"""The family `reslstm`: residual LSTM of fewer than 50,000 parameters over acoustic tracks, in Keras."""

from typing import Any

from ser_core.features.spec import FramesSpec
from ser_core.models._sequence import TRAINING, SequenceFamily
from ser_core.models._sequence_blocks import Conv, Design, Lstm

#: What a residual LSTM of published size may have.
MOST_PARAMETERS = 50_000

CONFIG: dict[str, Any] = {
    # Network: a convolution that brings the tracks to 2 * units channels, residual LSTMs, how frames become a vector,
    # then a linear layer.
    "kernel": 3,
    "pool": 2,
    "units": 24,  # of each LSTM, in each direction
    "depth": 2,  # LSTMs
    "pooling": "statistics",  # mean | statistics | attention
    "spatial_dropout": 0.1,
    "recurrent_dropout": 0.2,
    "dropout": 0.4,
    **TRAINING,
    "epochs": 30,
}


class ResLstm(SequenceFamily):
    """A convolution, residual LSTMs, statistics over time."""

    def design(self, config: dict[str, Any]) -> Design:
        """The convolution, as many residual LSTMs as asked, then the pooling."""
        memory = (Lstm(config["units"], residual=True),) * config["depth"]
        return Design((Conv(2 * config["units"], config["kernel"], config["pool"]), *memory), config["pooling"])


FAMILY = ResLstm(
    name="reslstm",
    title="Residual LSTM",
    description="A recurrent network of fewer than 50,000 parameters whose layers each correct the one before.",
    spec=FramesSpec(),
    config=CONFIG,
)
