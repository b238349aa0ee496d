"""The network of the family `cnn` as an ONNX graph, written node by node.

A network of this kind is a handful of operators, so that no converter is needed: batch normalisation is folded into
the convolution or linear layer beside it, dropout is gone, and standardisation and temperature are part of the graph.
"""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ser_core.labels import EMOTIONS
from ser_core.models._cnn_network import BATCH_NORM_EPSILON, CLIP, STD_EPSILON

OPSET = 17
IR_VERSION = 8
"""Of ONNX 1.12 (2022), so that runtimes of several years read the file."""


class _Graph:
    """Nodes and weights as they are added; every method gives the name of its result."""

    def __init__(self):
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, value: np.ndarray) -> str:
        name = f"weight{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype=np.float32), name))
        return name

    def add(self, operator: str, *inputs: str, output: str | None = None, **attributes) -> str:
        output = output or f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output


def to_onnx(model: Any, config: dict[str, Any], *, mean: np.ndarray, std: np.ndarray, temperature: float) -> bytes:
    """Serialise a trained network.

    Parameters
    ----------
    model : keras.Model
        Built by `ser_core.models._cnn_network.build` with `config`, `mean` and `std`.
    config : dict
        Its hyperparameters.
    mean, std : np.ndarray [shape=(n_mels,)]
        Level per band it standardises by, dB.
    temperature : float
        Divides the logits before the softmax.

    Returns
    -------
    bytes
        Input ``features`` float32 (batch, n_mels, n_frames), output ``probabilities`` float32 (batch, 8).
    """
    graph = _Graph()
    n_mels, n_frames = model.input_shape[1:]
    x = graph.add("Sub", "features", graph.constant(mean[:, None]))
    x = graph.add("Div", x, graph.constant(std[:, None]))
    x = graph.add("Clip", x, graph.constant(np.array(CLIP[0])), graph.constant(np.array(CLIP[1])))
    logits = [_member(graph, x, model, config, number) for number in range(config["members"])]
    summed = graph.add("Sum", *logits)
    scaled = graph.add("Mul", summed, graph.constant(np.array(1.0 / (len(logits) * temperature))))
    graph.add("Softmax", scaled, output="probabilities", axis=1)
    proto = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "cnn",
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", n_mels, n_frames])],
            [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", len(EMOTIONS)])],
            graph.weights,
        ),
        producer_name="ser_core",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(proto, full_check=True)
    return proto.SerializeToString()


def _member(graph: _Graph, x: str, model: Any, config: dict[str, Any], number: int) -> str:
    def layer(name: str):
        return model.get_layer(f"member{number}_{name}")

    for i, (kernel, pool) in enumerate(zip(config["kernels"], config["pools"], strict=True)):
        scale, offset = _affine(layer(f"norm{i}"))
        # Keras keeps (time, in, out), ONNX wants (out, in, time).
        weights = np.asarray(layer(f"conv{i}").kernel).transpose(2, 1, 0) * scale[:, None, None]
        pads = [(kernel - 1) // 2, kernel // 2]
        x = graph.add("Conv", x, graph.constant(weights), graph.constant(offset), kernel_shape=[kernel], pads=pads)
        x = graph.add("Relu", x)
        if pool > 1:
            x = graph.add("MaxPool", x, kernel_shape=[pool], strides=[pool])
    mean = graph.add("ReduceMean", x, axes=[2], keepdims=1)
    deviation = graph.add("Sub", x, mean)
    variance = graph.add("ReduceMean", graph.add("Mul", deviation, deviation), axes=[2], keepdims=0)
    spread = graph.add("Sqrt", graph.add("Add", variance, graph.constant(np.array(STD_EPSILON))))
    largest = graph.add("ReduceMax", x, axes=[2], keepdims=0)
    pooled = graph.add("Concat", graph.add("Flatten", mean), spread, largest, axis=1)
    scale, offset = _affine(layer("norm"))
    kernel, bias = (np.asarray(weights) for weights in layer("dense").weights)
    return graph.add("Gemm", pooled, graph.constant(scale[:, None] * kernel), graph.constant(offset @ kernel + bias))


def _affine(normalisation) -> tuple[np.ndarray, np.ndarray]:
    """Factor and offset per channel that a trained batch normalisation amounts to."""
    gamma, beta, mean, variance = (np.asarray(weights, dtype=np.float64) for weights in normalisation.weights)
    scale = gamma / np.sqrt(variance + BATCH_NORM_EPSILON)
    return scale, beta - mean * scale
