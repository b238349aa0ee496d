"""Model folders from a stranger: cards that say something else than they should, models that are none."""

import copy
import functools
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

_VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1, 2**31, 2**63, 10**400, 0.5, 1e308, float("nan"), float("inf"), "", "x", "a" * 10_000, "\0"),
    *(
        "../../etc/passwd",
        "\ud800",
        [],
        [None],
        [[]] * 50,
        {},
        {"": None},
        {"protocol": "x"},
        ["angry", "angry"],
        ["sad"],
    ),
)


@functools.cache
def _valid() -> tuple[bytes, dict[str, Any]]:
    """A model folder to start from."""
    from ser_core.serving.testing import make_model

    with tempfile.TemporaryDirectory() as folder:
        make_model(Path(folder) / "stranger", probabilities={"angry": 0.6}, weight=0.001)
        place = Path(folder) / "stranger"
        return (place / "model.onnx").read_bytes(), json.loads((place / "card.json").read_text())


def _folder(onnx: bytes, card: dict[str, Any]) -> dict[str, bytes]:
    return {"model.onnx": onnx, "card.json": json.dumps(card).encode()}


def _with_true_hash(onnx: bytes, card: dict[str, Any]) -> dict[str, bytes]:
    """The card vouches for the model: whoever makes a folder can make both."""
    return _folder(onnx, {**card, "onnx_sha256": hashlib.sha256(onnx).hexdigest()})


def _value(rng: np.random.Generator) -> Any:
    return copy.deepcopy(_VALUES[int(rng.integers(len(_VALUES)))])


def _changed_card(rng: np.random.Generator) -> dict[str, bytes]:
    """One to three fields, at any depth, hold something else."""
    onnx, card = _valid()
    card = copy.deepcopy(card)
    for _ in range(int(rng.integers(1, 4))):
        place = card
        while True:
            key = (list(place) if isinstance(place, dict) else range(len(place)))[int(rng.integers(len(place)))]
            if not isinstance(place[key], dict | list) or not place[key] or rng.random() < 0.4:
                place[key] = _value(rng)
                break
            place = place[key]
    return _folder(onnx, card)


def _other_features(rng: np.random.Generator) -> dict[str, bytes]:
    """The features are to be computed with absurd settings; the hash is left out, as in old cards."""
    onnx, card = _valid()
    card = copy.deepcopy(card)
    card["feature_hash"] = ""
    names = list(card["features"])
    numbers = (0, -1, 1, 2, 2**31, 2**62, 10**9, 0.5, 1e-9, 1e12)
    for _ in range(int(rng.integers(1, 3))):
        name = names[int(rng.integers(len(names)))]
        card["features"][name] = numbers[int(rng.integers(len(numbers)))] if rng.random() < 0.8 else _value(rng)
    return _folder(onnx, card)


def _missing(rng: np.random.Generator) -> dict[str, bytes]:
    onnx, card = _valid()
    card = copy.deepcopy(card)
    del card[list(card)[int(rng.integers(len(card)))]]
    files = _folder(onnx, card)
    if rng.random() < 0.3:
        del files[list(files)[int(rng.integers(len(files)))]]
    return files


def _no_json(rng: np.random.Generator) -> dict[str, bytes]:
    onnx, card = _valid()
    text = json.dumps(card).encode()
    texts = (
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"\xff\xfe" + text,
        text[: int(rng.integers(len(text)))],
        rng.bytes(500),
        b"1" * 10_000,
        b"-" * 100,
        b"null",
        b'{"id": 1e999999}',
        text.replace(b"{", b'{"id": "twice", ', 1),
        b" " * (2**20 + 1),
        b"",
    )
    return {"model.onnx": onnx, "card.json": texts[int(rng.integers(len(texts)))]}


def _changed_model(rng: np.random.Generator) -> dict[str, bytes]:
    """A model with changed bytes, most of them where the graph is described: the weights are most of the file."""
    onnx, card = _valid()
    data = bytearray(onnx)
    for _ in range(int(rng.integers(1, 6))):
        near = 400
        at = int(rng.integers(min(near, len(data)))) if rng.random() < 0.5 else len(data) - 1 - int(rng.integers(near))
        data[at] = int(rng.integers(256))
    return _with_true_hash(bytes(data), card)


def _no_model(rng: np.random.Generator) -> dict[str, bytes]:
    onnx, card = _valid()
    contents = (b"", rng.bytes(1000), onnx[: int(rng.integers(len(onnx)))], b"\x08\x08" * 5000, b"GGUF" + bytes(100))
    return _with_true_hash(contents[int(rng.integers(len(contents)))], card)


def _untrue_hash(rng: np.random.Generator) -> dict[str, bytes]:
    onnx, card = _valid()
    return _folder(onnx + rng.bytes(1), card)


def _outside_data(rng: np.random.Generator) -> dict[str, bytes]:
    """Weights that the model says lie in another file of the machine."""
    import onnx as onnx_package

    content, card = _valid()
    model = onnx_package.load_model_from_string(content)
    for tensor in model.graph.initializer:
        tensor.ClearField("raw_data")
        tensor.data_location = onnx_package.TensorProto.EXTERNAL
        for key, value in (("location", ("../../../etc/passwd", "/etc/passwd", "/dev/zero")[int(rng.integers(3))]),):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, value
    return _with_true_hash(model.SerializeToString(), card)


def _other_graph(rng: np.random.Generator) -> dict[str, bytes]:
    """A valid model of other operations, sizes or names, or one that asks for a lot of memory."""
    from onnx import TensorProto, helper, numpy_helper

    _, card = _valid()
    way = int(rng.integers(4))
    inputs = [helper.make_tensor_value_info("features" if way else "other", TensorProto.FLOAT, None)]
    outputs = [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, None)]
    nodes = [helper.make_node("Identity", ["features" if way else "other"], ["probabilities"])]
    constants = []
    if way == 2:
        constants = [numpy_helper.from_array(np.array([2**33], np.int64), "shape")]
        nodes = [helper.make_node("ConstantOfShape", ["shape"], ["probabilities"])]
    elif way == 3:
        constants = [numpy_helper.from_array(np.full((1, 8), np.nan, np.float32), "nan")]
        nodes = [helper.make_node("Identity", ["nan"], ["probabilities"])]
    graph = helper.make_graph(nodes, "other", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return _with_true_hash(model.SerializeToString(), card)


WAYS = {
    "changed card": _changed_card,
    "changed card again": _changed_card,
    "other features": _other_features,
    "missing": _missing,
    "no JSON": _no_json,
    "changed model": _changed_model,
    "no model": _no_model,
    "untrue hash": _untrue_hash,
    "data outside": _outside_data,
    "other graph": _other_graph,
}
