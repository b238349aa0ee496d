"""Calibration by temperature, and ONNX graphs that end in calibrated probabilities."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ser_core.errors import ConfigError

OPSET = 17
#: Operators of classical machine learning, of a domain of their own.
ML_DOMAIN = "ai.onnx.ml"
ML_OPSET = 3
#: Highest version of the file format that every ONNX Runtime since 1.14 reads.
IR_VERSION = 8
INPUT = "features"
OUTPUT = "probabilities"

_TEMPERATURES = (0.02, 50.0)
#: Values of a constant from which on half precision is worth a node.
_LARGE = 256


def softmax(scores: np.ndarray) -> np.ndarray:
    """Scores to probabilities along the last axis.

    Examples
    --------
    >>> softmax(np.array([0.0, 0.0])).tolist()
    [0.5, 0.5]
    """
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def log_loss(scores: np.ndarray, y: np.ndarray) -> float:
    """Mean negative log-likelihood of the labels `y` under ``softmax(scores)``, nats."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    return float((np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y]).mean())


def fit_temperature(scores: np.ndarray, y: np.ndarray) -> float:
    """The temperature T for which ``softmax(scores / T)`` gives the labels the highest likelihood.

    Guo et al., "On calibration of modern neural networks", ICML 2017. Fit it on clips the scores were not trained on.

    Parameters
    ----------
    scores : np.ndarray [shape=(n_clips, n_labels)]
        Scores or logits.
    y : np.ndarray [shape=(n_clips,)], int
        Labels.

    Returns
    -------
    float
        Between 0.02 and 50.

    Raises
    ------
    ConfigError
        If there are no clips, or not one label per row of finite scores.
    """
    scores, y = np.asarray(scores, dtype=np.float64), np.asarray(y)
    if not len(scores) or len(scores) != len(y) or not np.isfinite(scores).all():
        raise ConfigError(f"Temperature needs finite scores with one label each, got {scores.shape} and {y.shape}.")
    # The loss is convex in 1 / T, so it has one minimum along log T: golden-section search finds it.
    low, high = np.log(_TEMPERATURES)
    ratio = (np.sqrt(5) - 1) / 2
    for _ in range(60):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if log_loss(scores / np.exp(left), y) < log_loss(scores / np.exp(right), y):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


class Graph:
    """Builds an ONNX graph node by node; every method returns the name of its output.

    Examples
    --------
    >>> graph = Graph(shape=[2])
    >>> content = graph.finish(graph.softmax(INPUT, temperature=2.0), n_labels=2)
    >>> run(content, np.zeros((1, 2), np.float32)).tolist()
    [[0.5, 0.5]]
    """

    def __init__(self, *, shape: list[int]):
        self.shape = shape
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._optional: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def optional(self, name: str, default: np.ndarray) -> str:
        """An input that callers may leave out."""
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(default), name))
        kind = helper.np_dtype_to_tensor_dtype(default.dtype)
        self._optional.append(helper.make_tensor_value_info(name, kind, default.shape))
        return name

    def output(self, name: str, value: str, *, shape: list[int | str]) -> None:
        """One more output, float32, besides the probabilities."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def constant(self, value: np.ndarray) -> str:
        """A stored array."""
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operator: str, *inputs: str | np.ndarray, **attributes) -> str:
        """A node; arrays among its inputs become constants."""
        return self.add_many(operator, *inputs, n_outputs=1, **attributes)[0]

    def add_many(self, operator: str, *inputs: str | np.ndarray, n_outputs: int, **attributes) -> list[str]:
        """A node of several outputs, by name."""
        names = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        base = f"n{len(self._nodes)}"
        outputs = [base, *(f"{base}_{i}" for i in range(1, n_outputs))]
        self._nodes.append(helper.make_node(operator, names, outputs, **attributes))
        return outputs

    def softmax(self, scores: str, *, temperature: float) -> str:
        """Probabilities of float32 scores at a temperature."""
        return self.add("Softmax", self.add("Div", scores, np.float32([temperature])), axis=-1)

    def finish(self, probabilities: str, *, n_labels: int) -> bytes:
        """The model whose output is `probabilities`, checked."""
        self._nodes.append(helper.make_node("Identity", [probabilities], [OUTPUT]))
        graph = helper.make_graph(
            self._nodes,
            "ser_core",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", *self.shape]), *self._optional],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", n_labels]), *self._outputs],
            self._constants,
        )
        opsets = [helper.make_opsetid("", OPSET)]
        if any(node.domain == ML_DOMAIN for node in self._nodes):
            opsets.append(helper.make_opsetid(ML_DOMAIN, ML_OPSET))
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="ser_core")
        onnx.checker.check_model(model, full_check=True)
        return model.SerializeToString()


def halved(content: bytes) -> bytes:
    """A model whose large weights are stored as float16, which halves its file; it computes with float32 as before.

    Inputs that callers may leave out keep their defaults as they are.
    """
    model = onnx.load_from_string(content)
    graph = model.graph
    inputs = {value.name for value in graph.input}
    constants, casts = [], []
    for constant in graph.initializer:
        value = numpy_helper.to_array(constant)
        if value.dtype != np.float32 or value.size < _LARGE or constant.name in inputs:
            constants.append(constant)
            continue
        half = f"{constant.name}_half"
        constants.append(numpy_helper.from_array(value.astype(np.float16), half))
        casts.append(helper.make_node("Cast", [half], [constant.name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(constants)
    graph.node.extend(nodes)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def session(content: bytes):
    """An ONNX Runtime session on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # Optional inputs are no constants, of which it would warn.
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def run(content: bytes, x: np.ndarray) -> np.ndarray:
    """Probabilities that ONNX Runtime gives for some features, on one thread."""
    return session(content).run([OUTPUT], {INPUT: np.asarray(x, dtype=np.float32)})[0]
