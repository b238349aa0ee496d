"""The fine-tuned AudioSet network as an ONNX graph, written node by node; it takes images of any length."""

from typing import Any

import numpy as np

from ser_core.labels import EMOTIONS
from ser_core.models._audioset_network import N_BLOCKS, Block, affine, blocks
from ser_core.models._tensorflow import keras
from ser_core.models.onnx_tools import INPUT, Graph


def to_onnx(model: Any, *, temperature: float) -> bytes:
    """Serialise a trained network, batch normalisation folded into the convolutions.

    Parameters
    ----------
    model : keras.Model
        Built by `ser_core.models._audioset_network.build` with one output per emotion.
    temperature : float
        Divides the logits before the softmax.

    Returns
    -------
    bytes
        Input ``features`` float32 (batch, n_bands, frames), output ``probabilities`` float32 (batch, 8).
    """
    return _Writer(model).write(temperature)


class _Writer:
    def __init__(self, model: Any):
        self._layers = {layer.name: layer for layer in model.layers}
        self._graph = Graph(shape=[model.input_shape[1], "frames"])

    def write(self, temperature: float) -> bytes:
        add = self._graph.add
        x = add("Unsqueeze", INPUT, np.array([1], dtype=np.int64))
        x = self._activate(self._convolve(x, "features.0", stride=2), hard_swish=True)
        for block in blocks():
            x = self._block(x, block)
        x = self._activate(self._convolve(x, f"features.{N_BLOCKS + 1}"), hard_swish=True)
        x = add("Flatten", add("GlobalAveragePool", x))
        x = self._activate(self._dense(x, "classifier.2"), hard_swish=True)
        logits = self._dense(x, "classifier.5")
        return self._graph.finish(self._graph.softmax(logits, temperature=temperature), n_labels=len(EMOTIONS))

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
        if not bias:
            factor, offset = affine(*(np.asarray(value) for value in self._layers[f"{name}.1"].weights))
            kernel, bias = kernel * factor[:, None, None, None], [offset]
        size = kernel.shape[-1]
        return self._graph.add(
            "Conv",
            x,
            np.ascontiguousarray(kernel, dtype=np.float32),
            bias[0],
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[(size - 1) // 2] * 4,
            group=groups,
        )

    def _dense(self, x: str, name: str) -> str:
        kernel, bias = (np.asarray(value) for value in self._layers[name].weights)
        return self._graph.add("Gemm", x, kernel, bias)
