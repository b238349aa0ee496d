"""The networks along time of `ser_core.models._sequence_blocks` as ONNX graphs, written node by node.

Standardisation and temperature are part of the graph, batch normalisation is folded into what stands beside it.
"""

from typing import Any

import numpy as np
from onnx import TensorProto

from ser_core.labels import EMOTIONS
from ser_core.models._cnn_network import VARIANCE_EPSILON
from ser_core.models._cnn_onnx import affine
from ser_core.models._sequence_blocks import CLIP, Conv, Design, Lstm, Standard
from ser_core.models._sequence_network import NORM_EPSILON, UNHEARD
from ser_core.models.onnx_tools import INPUT, Graph

_SLOPE = np.array([-0.2, -0.1, 0.0, 0.1, 0.2])
_TIME = np.array([2], dtype=np.int64)
#: Keras keeps the gates of an LSTM as input, forget, cell, output; ONNX as input, output, forget, cell.
_GATES = (0, 3, 1, 2)


def to_onnx(model: Any, design: Design, *, standard: Standard, n_tracks: int, temperature: float) -> bytes:
    """Serialise a trained network.

    Parameters
    ----------
    model : keras.Model
        Built by `ser_core.models._sequence_network.build` with `design`.
    design : Design
        What it is built of.
    standard : Standard
        Which tracks it reads and how they are standardised.
    n_tracks : int
        Tracks of the frame features, without the row that marks sound.
    temperature : float
        Divides the logits before the softmax.

    Returns
    -------
    bytes
        Input ``features`` float32 (batch, n_tracks + 1, n_frames), output ``probabilities`` float32 (batch, 8).
    """
    n_frames = model.input_shape[2]
    graph = Graph(shape=[n_tracks + 1, n_frames])
    tracks = graph.add("Gather", INPUT, standard.rows.astype(np.int64), axis=1)
    sound = graph.add("Gather", INPUT, np.array([n_tracks], dtype=np.int64), axis=1)
    sound = graph.add("Cast", graph.add("Greater", sound, np.float32(0)), to=TensorProto.FLOAT)
    sound = graph.add("Max", sound, np.eye(1, n_frames, dtype=np.float32)[None])
    x = graph.add("Div", graph.add("Sub", tracks, _single(standard.mean[:, None])), _single(standard.std[:, None]))
    x = graph.add("Mul", graph.add("Clip", x, np.float32(-CLIP), np.float32(CLIP)), sound)
    if design.deltas:
        x = _with_deltas(graph, x, sound, model, n_rows=len(standard.rows))
    for i, block in enumerate(design.blocks):
        if isinstance(block, Conv):
            x, sound = _convolved(graph, x, sound, block, model, i)
        else:
            x = _remembered(graph, x, sound, block, model, i)
    pooled = _pooled(graph, x, sound, model, design.pooling)
    scale, offset = affine(model.get_layer("norm"))
    kernel, bias = (np.asarray(weights) for weights in model.get_layer("dense").weights)
    logits = graph.add("Gemm", pooled, _single(scale[:, None] * kernel), _single(offset @ kernel + bias))
    return graph.finish(graph.softmax(logits, temperature=temperature), n_labels=len(EMOTIONS))


def _single(values: Any) -> np.ndarray:
    return np.ascontiguousarray(values, dtype=np.float32)


def _with_deltas(graph: Graph, x: str, sound: str, model: Any, *, n_rows: int) -> str:
    weights = _single(np.tile(_SLOPE, (n_rows, 1, 1)))
    parts = [x]
    for _ in range(2):
        slope = graph.add("Conv", parts[-1], weights, group=n_rows, kernel_shape=[5], pads=[2, 2])
        parts.append(graph.add("Mul", slope, sound))
    scale, offset = affine(model.get_layer("norm_deltas"))
    x = graph.add("Mul", graph.add("Concat", *parts, axis=1), _single(scale[:, None]))
    return graph.add("Mul", graph.add("Add", x, _single(offset[:, None])), sound)


def _convolved(graph: Graph, x: str, sound: str, block: Conv, model: Any, i: int) -> tuple[str, str]:
    scale, offset = affine(model.get_layer(f"norm{i}"))
    # Keras keeps (time, in, out), ONNX wants (out, in, time).
    weights = np.asarray(model.get_layer(f"conv{i}").kernel).transpose(2, 1, 0) * scale[:, None, None]
    pads = [(block.kernel - 1) // 2, block.kernel // 2]
    x = graph.add("Conv", x, _single(weights), _single(offset), kernel_shape=[block.kernel], pads=pads)
    x = graph.add("Mul", graph.add("Relu", x), sound)
    if block.pool > 1:
        options = {"kernel_shape": [block.pool], "strides": [block.pool]}
        x, sound = (graph.add("MaxPool", part, **options) for part in (x, sound))
    return x, sound


def _remembered(graph: Graph, x: str, sound: str, block: Lstm, model: Any, i: int) -> str:
    layer = model.get_layer(f"lstm{i}")
    cells = [layer.forward_layer.cell, layer.backward_layer.cell]
    kernels, recurrent, biases = (
        np.stack([_gates(np.asarray(getattr(cell, name)).T, block.units) for cell in cells])
        for name in ("kernel", "recurrent_kernel", "bias")
    )
    # ONNX has a second bias, for the recurrent part.
    biases = np.concatenate([biases, np.zeros_like(biases)], axis=1)
    length = graph.add("Squeeze", graph.add("ReduceSum", sound, _TIME), np.array([1, 2], dtype=np.int64))
    found = graph.add(
        "LSTM",
        graph.add("Transpose", x, perm=[2, 0, 1]),
        _single(kernels),
        _single(recurrent),
        _single(biases),
        graph.add("Cast", length, to=TensorProto.INT32),
        direction="bidirectional",
        hidden_size=block.units,
    )
    # (time, direction, batch, units) to (batch, channels, time)
    y = graph.add("Transpose", found, perm=[2, 1, 3, 0])
    y = graph.add("Reshape", y, np.array([0, 2 * block.units, -1], dtype=np.int64))
    if block.residual:
        norm = model.get_layer(f"norm{i}")
        total = graph.add("Transpose", graph.add("Add", x, y), perm=[0, 2, 1])
        scale, offset = (_single(weights) for weights in (norm.gamma, norm.beta))
        total = graph.add("LayerNormalization", total, scale, offset, axis=-1, epsilon=NORM_EPSILON)
        y = graph.add("Transpose", total, perm=[0, 2, 1])
    return graph.add("Mul", y, sound)


def _gates(weights: np.ndarray, units: int) -> np.ndarray:
    """Rows of an LSTM [shape=(4 * units, ...)] in the order of ONNX."""
    return np.concatenate([weights[gate * units : (gate + 1) * units] for gate in _GATES])


def _pooled(graph: Graph, x: str, sound: str, model: Any, pooling: str) -> str:
    silence = graph.add("Mul", graph.add("Sub", sound, np.float32(1)), np.float32(UNHEARD))
    if pooling == "attention":
        frames = graph.add("Transpose", x, perm=[0, 2, 1])
        for name, then in (("attention", "Tanh"), ("attention_score", None)):
            kernel, bias = (_single(weights) for weights in model.get_layer(name).weights)
            frames = graph.add("Add", graph.add("MatMul", frames, kernel), bias)
            frames = graph.add(then, frames) if then else frames
        scores = graph.add("Add", graph.add("Transpose", frames, perm=[0, 2, 1]), silence)
        weighted = graph.add("Mul", x, graph.add("Softmax", scores, axis=2))
        return graph.add("ReduceSum", weighted, _TIME, keepdims=0)
    count = graph.add("ReduceSum", sound, _TIME)
    mean = graph.add("Div", graph.add("ReduceSum", graph.add("Mul", x, sound), _TIME), count)
    if pooling == "mean":
        return graph.add("Flatten", mean)
    deviation = graph.add("Sub", x, mean)
    squares = graph.add("Mul", graph.add("Mul", deviation, deviation), sound)
    variance = graph.add("Div", graph.add("ReduceSum", squares, _TIME), count)
    spread = graph.add("Sqrt", graph.add("Add", variance, np.float32(VARIANCE_EPSILON)))
    largest = graph.add("ReduceMax", graph.add("Add", x, silence), axes=[2])
    return graph.add("Flatten", graph.add("Concat", mean, spread, largest, axis=1))
