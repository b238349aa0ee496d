"""The fine-tuned AudioSet network as an ONNX graph, written node by node; it takes images of any length.

A network trained by voice keeps its batch normalisation: the graph takes the statistics of a voice, and gives them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ser_core.features.audioset import SCALE
from ser_core.labels import EMOTIONS
from ser_core.models._audioset_equaliser import OF_VOICES, Equaliser
from ser_core.models._audioset_network import BATCH_NORM_EPSILON, N_BLOCKS, Block, affine, blocks
from ser_core.models._audioset_offset import offset_value
from ser_core.models._tensorflow import keras
from ser_core.models.onnx_tools import INPUT, Graph

if TYPE_CHECKING:
    from ser_core.models._audioset_training import TrainedAudioSet

_AXES = [0, 2, 3]


def to_onnx(networks: "Sequence[TrainedAudioSet]", *, temperature: float) -> bytes:
    """Serialise trained networks as one, whose logits are the mean of theirs.

    Parameters
    ----------
    networks : sequence of TrainedAudioSet
        One or more, all trained by voice or none, on the same clips.
    temperature : float
        Divides the logits before the softmax.

    Returns
    -------
    bytes
        Input ``features`` float32 (batch, n_bands + 1, frames), the last row the level; output ``probabilities``
        float32 (batch, 8).

        By voice there are optional inputs, all float32: ``statistics`` (n,), means and variances of a voice after each
        convolution; ``spectrum`` (n_bands,) and ``reference`` (1,), its long-term average spectrum and mean level, and
        ``share`` (1,), how far these two count; ``own`` (1,), how far the statistics of this batch count against
        ``statistics``. Output ``statistics_used`` (n,) are the statistics so mixed. Without any of them each clip is
        taken alone, by the statistics of training.
    """
    writers: list[Writer] = []
    for network in networks:
        how = {"equaliser": network.equaliser, "offset_db": network.offset_db}
        writers.append(Writer(network.model, after=writers[-1] if writers else None, **how))
    graph = writers[0].graph
    logits = graph.add("Mean", *(writer.logits() for writer in writers))
    if (equaliser := networks[0].equaliser) is not None:
        graph.optional("statistics", np.concatenate([writer.statistics for writer in writers]))
        graph.optional("spectrum", equaliser.typical)
        for name in ("reference", "share", "own"):
            graph.optional(name, np.zeros(1, np.float32))
        used = [name for writer in writers for name in writer.used]
        graph.output("statistics_used", graph.add("Concat", *used, axis=0), shape=["n"])
    return graph.finish(graph.softmax(logits, temperature=temperature), n_labels=len(EMOTIONS))


class Writer:
    """Writes a network of `ser_core.models._audioset_network.build`, or one that begins as such, into a graph.

    Parameters
    ----------
    model : keras.Model
        The network.
    equaliser : Equaliser, optional
        Of the clips that it was trained on, if the graph shall adapt to voices.
    offset_db : float
        See `ser_core.models._audioset_offset`.
    after : Writer, optional
        Of another network, into whose graph it is written too.

    Attributes
    ----------
    statistics : np.ndarray [shape=(n,)]
        Means and variances after each convolution as training left them, float32; empty unless it adapts to voices.
    used : list of str
        Names of those that the graph uses.
    """

    def __init__(
        self,
        model: Any,
        *,
        equaliser: Equaliser | None = None,
        offset_db: float = 0.0,
        after: "Writer | None" = None,
    ):
        self._layers = {layer.name: layer for layer in model.layers}
        self._n_bands = self._layers["features"].batch_shape[1]
        self._graph = Graph(shape=[self._n_bands + 1, "frames"]) if after is None else after.graph
        self._equaliser, self._offset_db = equaliser, offset_db
        self.statistics, self.used = np.zeros(0, np.float32), []
        self._places = {}
        if equaliser is not None:
            self._place(0 if after is None else after._end)

    def _place(self, start: int) -> None:
        normalised = [layer for layer in self._layers.values() if isinstance(layer, keras.layers.BatchNormalization)]
        own = [np.asarray(value) for layer in normalised for value in (layer.moving_mean, layer.moving_variance)]
        self.statistics = np.concatenate(own).astype(np.float32)
        ends = start + np.cumsum([len(value) for value in own])
        self._places = {
            layer.name: tuple((int(ends[k] - len(own[k])), int(ends[k])) for k in (2 * i, 2 * i + 1))
            for i, layer in enumerate(normalised)
        }
        self._end = int(ends[-1])

    @property
    def graph(self) -> Graph:
        """The graph that is written."""
        return self._graph

    def maps(self) -> str:
        """Write all blocks; gives the last feature map (batch, 384, bands / 32, frames / 32)."""
        add = self._graph.add
        x = self._slice(INPUT, 0, self._n_bands, axis=1)
        if self._equaliser is not None:
            level = self._slice(INPUT, self._n_bands, self._n_bands + 1, axis=1)
            lacking = add("Sub", self._equaliser.typical - np.float32(OF_VOICES), "spectrum")
            lacking = add("Mul", add("Relu", lacking), np.float32([self._equaliser.share]))
            lacking = add("Unsqueeze", lacking, np.array([1], dtype=np.int64))
            x = add("Add", x, add("Mul", add("Add", add("Sub", level, "reference"), lacking), "share"))
        if self._offset_db:
            place, scale = np.reshape(offset_value(self._offset_db), 1), np.float32([SCALE])
            above = add("Softplus", add("Mul", add("Sub", x, place), scale))
            x = add("Add", add("Div", above, scale), place)
        x = add("Unsqueeze", x, np.array([1], dtype=np.int64))
        x = self._activate(self._convolve(x, "features.0", stride=2), hard_swish=True)
        for block in blocks():
            x = self._block(x, block)
        return self._activate(self._convolve(x, f"features.{N_BLOCKS + 1}"), hard_swish=True)

    def logits(self) -> str:
        """Write the whole network of the family `audioset`; gives its logits (batch, 8)."""
        x = self._graph.add("Flatten", self._graph.add("GlobalAveragePool", self.maps()))
        x = self._activate(self._dense(x, "classifier.2"), hard_swish=True)
        return self._dense(x, "classifier.5")

    def _block(self, x: str, block: Block) -> str:
        add, before = self._graph.add, x
        if block.expands:
            x = self._activate(self._convolve(x, f"{block.name}.0"), hard_swish=block.hard_swish)
        x = self._convolve(x, block.depthwise, stride=block.stride, groups=block.expanded)
        x = self._activate(x, hard_swish=block.hard_swish)
        if block.squeezed:
            share = add("Flatten", add("GlobalAveragePool", x))
            share = add("Relu", self._dense(share, f"{block.excite}.fc1"))
            share = add("Sigmoid", self._dense(share, f"{block.excite}.fc2"))
            x = add("Mul", x, add("Unsqueeze", share, np.array([2, 3], dtype=np.int64)))
        x = self._convolve(x, block.project)
        return add("Add", before, x) if block.adds else x

    def _activate(self, x: str, *, hard_swish: bool) -> str:
        return self._graph.add("HardSwish" if hard_swish else "Relu", x)

    def _convolve(self, x: str, name: str, *, stride: int = 1, groups: int = 1) -> str:
        layer = self._layers[f"{name}.0"]
        kernel, *bias = (np.asarray(value) for value in layer.weights)
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            # Keras keeps (height, width, channels, 1), ONNX wants (channels, 1, height, width).
            kernel = kernel.transpose(2, 3, 0, 1)
        else:
            kernel = kernel.transpose(3, 2, 0, 1)
        after = None
        if not bias and self._equaliser is not None:
            after, bias = self._layers[f"{name}.1"], [np.zeros(len(kernel), np.float32)]
        elif not bias:
            factor, offset = affine(*(np.asarray(value) for value in self._layers[f"{name}.1"].weights))
            kernel, bias = kernel * factor[:, None, None, None], [offset]
        size = kernel.shape[-1]
        x = self._graph.add(
            "Conv",
            x,
            np.ascontiguousarray(kernel, dtype=np.float32),
            bias[0],
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[(size - 1) // 2] * 4,
            group=groups,
        )
        return x if after is None else self._normalise(x, after)

    def _normalise(self, x: str, layer: Any) -> str:
        """Batch normalisation by the statistics given, mixed with those of the batch itself.

        After Schneider et al., "Improving robustness against common corruptions by covariate shift adaptation",
        NeurIPS 2020, with a voice in the place of a corruption.
        """
        add = self._graph.add
        mean = add("ReduceMean", x, axes=_AXES, keepdims=1)
        variance = add("ReduceMean", add("Pow", add("Sub", x, mean), np.float32([2.0])), axes=_AXES, keepdims=1)
        used = []
        for found, (start, end) in zip((mean, variance), self._places[layer.name], strict=True):
            given = self._slice("statistics", start, end, axis=0)
            change = add("Sub", add("Reshape", found, np.array([-1], dtype=np.int64)), given)
            used.append(add("Add", given, add("Mul", "own", change)))
        self.used += used
        gamma, beta = (np.asarray(value, dtype=np.float32) for value in (layer.gamma, layer.beta))
        return add("BatchNormalization", x, gamma, beta, *used, epsilon=BATCH_NORM_EPSILON)

    def _slice(self, x: str, start: int, end: int, *, axis: int) -> str:
        return self._graph.add("Slice", x, *(np.array([value], dtype=np.int64) for value in (start, end, axis)))

    def _dense(self, x: str, name: str) -> str:
        kernel, bias = (np.asarray(value) for value in self._layers[name].weights)
        return self._graph.add("Gemm", x, kernel, bias)
