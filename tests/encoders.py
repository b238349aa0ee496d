"""A speech encoder in small: random convolutions over the waveform, as ONNX, with knobs for what can be wrong."""

from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

STRIDE = 320


def make_encoder(
    file: Path,
    *,
    dim: int = 12,
    frames: bool = True,
    samples: int | str = "samples",
    mask: bool = False,
    operator: str | None = None,
    scale: float = 1.0,
    seed: int = 0,
) -> Path:
    """Write an encoder whose rectified embeddings grow with the level in random bands.

    Parameters
    ----------
    file : Path
        Where.
    dim : int
        Numbers per frame, or classes.
    frames : bool
        Whether it gives (batch, frames, dim); else (batch, dim).
    samples : int or str
        Length of the waveform that it states.
    mask : bool
        Whether it takes an ``attention_mask`` as well, as many exports do.
    operator : str, optional
        Of an unknown library, put at the end.
    scale : float
        Of the embeddings.
    seed : int
        Of the weights.
    """
    rng = np.random.default_rng(seed)
    weights = {
        "first": rng.normal(0, 0.1, (16, 1, 400)),
        "second": scale * rng.normal(0, 0.3, (dim, 16, 3)),
        "axis": np.int64([1]),
    }
    nodes = [
        helper.make_node("Unsqueeze", ["input_values", "axis"], ["wave"]),
        helper.make_node("Conv", ["wave", "first"], ["bands"], strides=[STRIDE]),
        helper.make_node("Abs", ["bands"], ["levels"]),
        helper.make_node("Conv", ["levels", "second"], ["mixed"], pads=[1, 1]),
        helper.make_node("Transpose", ["mixed"], ["rows"], perm=[0, 2, 1]),
    ]
    last = "rows"
    if not frames:
        nodes.append(helper.make_node("ReduceMean", [last], ["mean"], axes=[1], keepdims=0))
        last = "mean"
    if operator:
        nodes.append(helper.make_node(operator, [last], ["strange"], domain="com.example"))
        last = "strange"
    nodes.append(helper.make_node("Identity", [last], ["last_hidden_state"]))
    inputs = [helper.make_tensor_value_info("input_values", TensorProto.FLOAT, ["batch", samples])]
    if mask:
        inputs.append(helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["batch", samples]))
        nodes.append(helper.make_node("Cast", ["attention_mask"], ["counted"], to=1))
        nodes.append(helper.make_node("ReduceSum", ["counted"], ["count"], keepdims=0))
    shape = ["batch", "frames", dim] if frames else ["batch", dim]
    graph = helper.make_graph(
        nodes,
        "encoder",
        inputs,
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, shape)],
        [
            numpy_helper.from_array(value if value.dtype == np.int64 else value.astype(np.float32), name)
            for name, value in weights.items()
        ],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.example", 1)]
    model = helper.make_model(graph, opset_imports=opsets[: 1 + bool(operator)], ir_version=8)
    if not operator:
        checker.check_model(model)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(model.SerializeToString())
    return file
