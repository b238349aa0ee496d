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
    calibrates: bool = False,
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
    calibrates : bool
        Whether it can be calibrated to a voice: a network of the same weights then sees features as they differ from
        their mean over the clips of the voice, shrunk as `ser_core.voices.share_of` says. The spec is to be of images.

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
        voice_onnx=voice_softmax(weights, bias, shape=size) if calibrates else None,
        card={
            **({"voice": {"half_clips": 4.0, "most": 1.0, "temperature": 1.0}} if calibrates else {}),
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
    nodes = [
        ("Flatten", ["features"], "flat", {"axis": 1}),
        ("Gemm", ["flat", "weights", "bias"], "scores", {}),
        ("Softmax", ["scores"], "probabilities", {"axis": 1}),
    ]
    return _model(nodes, {"weights": weights, "bias": bias}, shape=shape)


def voice_softmax(weights: np.ndarray, bias: np.ndarray, *, shape: Sequence[int]) -> bytes:
    """As `linear_softmax`, of features less the ``statistics`` of a voice, which it gives as ``statistics_used``.

    Its optional inputs are those of `ser_core.voices.voice_inputs`.
    """
    nodes = [
        ("Flatten", ["features"], "flat", {"axis": 1}),
        ("ReduceMean", ["flat"], "mean", {"axes": [0], "keepdims": 0}),
        ("Sub", ["mean", "statistics"], "change", {}),
        ("Mul", ["own", "change"], "part", {}),
        ("Add", ["statistics", "part"], "statistics_used", {}),
        ("Sub", ["flat", "statistics"], "centred", {}),
        ("Gemm", ["centred", "weights", "bias"], "scores", {}),
        ("Softmax", ["scores"], "probabilities", {"axis": 1}),
    ]
    optional = {"statistics": np.zeros(len(weights)), "spectrum": np.zeros(shape[0] - 1)}
    optional |= {name: np.zeros(1) for name in ("reference", "share", "own")}
    return _model(nodes, {"weights": weights, "bias": bias}, optional, outputs={"statistics_used": ["n"]}, shape=shape)


def _model(nodes, constants, optional=None, *, shape, outputs=None) -> bytes:
    """A graph of (operator, inputs, output, attributes) from ``features`` to ``probabilities``, serialised."""
    from onnx import TensorProto, checker, helper, numpy_helper

    def value(name, dimensions):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(dimensions))

    optional = optional or {}
    graph = helper.make_graph(
        [helper.make_node(kind, inputs, [output], **rest) for kind, inputs, output, rest in nodes],
        "linear_softmax",
        [value("features", ["batch", *shape]), *(value(name, array.shape) for name, array in optional.items())],
        [
            value("probabilities", ["batch", len(constants["bias"])]),
            *(value(name, dimensions) for name, dimensions in (outputs or {}).items()),
        ],
        [numpy_helper.from_array(np.asarray(a, np.float32), name) for name, a in {**constants, **optional}.items()],
    )
    # A runtime reads models up to its own versions; these are old enough for all that are in use.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    checker.check_model(model)
    return model.SerializeToString()
