"""The network of the family `cnn` as an ONNX graph, written node by node.

A network of this kind is a handful of operators, so that no converter is needed: batch normalisation is folded into
the convolution or linear layer beside it, dropout is gone, and standardisation and temperature are part of the graph.
"""

from typing import Any

import numpy as np

from ser_core.labels import EMOTIONS
from ser_core.models._cnn_network import VARIANCE_EPSILON
from ser_core.models._sequence_blocks import CLIP
from ser_core.models.onnx_tools import INPUT, Graph


def to_onnx(model: Any, config: dict[str, Any], *, mean: np.ndarray, std: np.ndarray, temperature: float) -> bytes:
    """Serialise a trained network.

    Parameters
    ----------
    model : keras.Model
        Built by `ser_core.models._cnn_network.build` with `config`, `mean` and `std`.
    config : dict
        Its hyperparameters.
    mean, std : np.ndarray [shape=(n_tracks,)]
        What it standardises by.
    temperature : float
        Divides the logits before the softmax.

    Returns
    -------
    bytes
        Input ``features`` float32 (batch, n_tracks + 1, n_frames), output ``probabilities`` float32 (batch, 8).
    """

    def constant(values: Any) -> np.ndarray:
        return np.ascontiguousarray(values, dtype=np.float32)

    graph = Graph(shape=list(model.input_shape[1:]))
    tracks, sound = (
        graph.add("Slice", INPUT, *(np.array([value], dtype=np.int64) for value in (start, stop, 1)))
        for start, stop in ((0, len(mean)), (len(mean), len(mean) + 1))
    )
    x = graph.add("Div", graph.add("Sub", tracks, constant(mean[:, None])), constant(std[:, None]))
    x = graph.add("Mul", graph.add("Clip", x, np.float32(-CLIP), np.float32(CLIP)), sound)
    for i, (kernel, pool) in enumerate(zip(config["kernels"], config["pools"], strict=True)):
        scale, offset = affine(model.get_layer(f"norm{i}"))
        # Keras keeps (time, in, out), ONNX wants (out, in, time).
        weights = np.asarray(model.get_layer(f"conv{i}").kernel).transpose(2, 1, 0) * scale[:, None, None]
        pads = [(kernel - 1) // 2, kernel // 2]
        x = graph.add("Conv", x, constant(weights), constant(offset), kernel_shape=[kernel], pads=pads)
        x = graph.add("Relu", x)
        if pool > 1:
            x, sound = (graph.add("MaxPool", part, kernel_shape=[pool], strides=[pool]) for part in (x, sound))
    axes = np.array([2], dtype=np.int64)
    count = graph.add("Max", graph.add("ReduceSum", sound, axes, keepdims=1), np.float32(1))
    heard = graph.add("Mul", x, sound)
    centre = graph.add("Div", graph.add("ReduceSum", heard, axes, keepdims=1), count)
    deviation = graph.add("Sub", x, centre)
    squares = graph.add("Mul", graph.add("Mul", deviation, deviation), sound)
    variance = graph.add("Div", graph.add("ReduceSum", squares, axes, keepdims=1), count)
    spread = graph.add("Sqrt", graph.add("Add", variance, np.float32(VARIANCE_EPSILON)))
    largest = graph.add("ReduceMax", heard, axes=[2], keepdims=1)
    pooled = graph.add("Flatten", graph.add("Concat", centre, spread, largest, axis=1))
    scale, offset = affine(model.get_layer("norm"))
    kernel, bias = (np.asarray(weights) for weights in model.get_layer("dense").weights)
    logits = graph.add("Gemm", pooled, constant(scale[:, None] * kernel), constant(offset @ kernel + bias))
    return graph.finish(graph.softmax(logits, temperature=temperature), n_labels=len(EMOTIONS))


def affine(normalisation: Any) -> tuple[np.ndarray, np.ndarray]:
    """Factor and offset per channel that a trained batch normalisation amounts to."""
    gamma, beta, mean, variance = (np.asarray(weights, dtype=np.float64) for weights in normalisation.weights)
    scale = gamma / np.sqrt(variance + normalisation.epsilon)
    return scale, beta - mean * scale
