"""Miniature model folders with known answers, for tests here and in projects that build on this one. Needs `onnx`."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ser_core.features import FeatureSpec, LogMelSpec, extract
from ser_core.labels import EMOTIONS
from ser_core.serving.card import Card, write_model

_OPSET = 17


def make_model(
    folder: Path | str,
    *,
    spec: FeatureSpec | None = None,
    labels: Sequence[str] = EMOTIONS.names,
    probabilities: dict[str, float] | None = None,
    weight: float = 0.0,
    uar: float = 0.6,
    min_confidence: float = 0.5,
    seed: int = 0,
) -> Card:
    """Write a model folder with a linear softmax over all features.

    Parameters
    ----------
    folder : Path or str
        Where; its name becomes the model's id.
    spec : FeatureSpec, optional
        Features the model reads; log-mel unless given.
    labels : sequence of str
        Emotions it knows, in the order of its output.
    probabilities : dict of str to float, optional
        What it answers where `weight` is 0, or where all features are 0; equal unless given, and shared out evenly
        among the labels left out.
    weight : float
        Standard deviation of the weights. With 0 every clip gets the same answer.
    uar, min_confidence : float
        For the card.
    seed : int
        Of the weights.

    Returns
    -------
    Card
        As it was written.
    """
    spec = LogMelSpec() if spec is None else spec
    size = extract(np.zeros(spec.sr, np.float32), sr=spec.sr, spec=spec).shape
    given = probabilities or {}
    rest = [name for name in labels if name not in given]
    share = {**given, **{name: (1 - sum(given.values())) / len(rest) for name in rest}}
    bias = np.log(np.array([share[name] for name in labels]))
    weights = np.random.default_rng(seed).normal(0, weight, (int(np.prod(size)), len(labels)))
    return write_model(
        folder,
        onnx=linear_softmax(weights, bias, shape=size),
        card={
            "title": f"Test model {Path(folder).name}",
            "family": "linear",
            "version": "1",
            "labels": list(labels),
            "features": spec.to_dict(),
            "training": {"corpus": "none", "clips": 0, "speakers": 0, "licence": "MIT", "config": {}, "seed": seed},
            "metrics": [
                {
                    "protocol": "speaker-independent",
                    "uar": uar,
                    "uar_low": max(0.0, uar - 0.03),
                    "uar_high": min(1.0, uar + 0.03),
                    "accuracy": uar,
                    "run": "none",
                }
            ],
            "calibration": {"method": "none"},
            "intended_use": "Tests.",
            "limits": "Its answers mean nothing.",
            "licence": "MIT",
            "thresholds": {"min_confidence": min_confidence},
        },
    )


def linear_softmax(weights: np.ndarray, bias: np.ndarray, *, shape: Sequence[int]) -> bytes:
    """An ONNX model: ``features`` (batch, *shape) -> ``probabilities`` (batch, k).

    Parameters
    ----------
    weights : np.ndarray [shape=(prod(shape), k)]
        Of the flattened features.
    bias : np.ndarray [shape=(k,)]
        Added before the softmax.
    shape : sequence of int
        Of the features of one clip.
    """
    from onnx import TensorProto, checker, helper, numpy_helper

    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["features"], ["flat"], axis=1),
            helper.make_node("Gemm", ["flat", "weights", "bias"], ["scores"]),
            helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
        ],
        "linear_softmax",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", *shape])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", len(bias)])],
        [
            numpy_helper.from_array(np.asarray(weights, np.float32), "weights"),
            numpy_helper.from_array(np.asarray(bias, np.float32), "bias"),
        ],
    )
    # A runtime reads models up to its own versions; these are old enough for all that are in use.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    checker.check_model(model)
    return model.SerializeToString()
