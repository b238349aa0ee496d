"""The networks of the family `multitask` as an ONNX graph, written node by node; it takes images of any length."""

from typing import Any

import numpy as np

from ser_core.labels import EMOTIONS
from ser_core.models._audioset_network import HIDDEN as HIDDEN_UNITS
from ser_core.models._audioset_network import LAST
from ser_core.models._audioset_onnx import Writer
from ser_core.models._multitask_network import EMOTION, HIDDEN
from ser_core.models.onnx_tools import INPUT, Graph
from ser_core.side_tasks import SIDE_TASKS

AFFECT = "valence_arousal_dominance"
"""Output that holds the ratings."""


def to_onnx(trained: Any, *, temperature: float, side_temperatures: dict[str, float]) -> bytes:
    """Serialise a trained network, and those beside it.

    Parameters
    ----------
    trained : ser_core.models._multitask_training.TrainedMultitask
        The networks and what they learnt.
    temperature : float
        Divides the logits of the emotions before the softmax.
    side_temperatures : dict of str to float
        The same of each side task of two classes.

    Returns
    -------
    bytes
        Input ``features`` float32 (batch, n_bands + 1, frames), the last row the level, of which only the intensity
        hears; output ``probabilities`` float32 (batch, 8). Further outputs, all float32, of what was learnt: ``sex``
        (batch, 2), probabilities of male and female; ``intensity`` (batch, 2), of normal and strong;
        ``valence_arousal_dominance`` (batch, 3) in [-1, 1], NaN for a rating that was not learnt.
    """
    writers: list[Writer] = []
    for network in trained.networks:
        writers.append(Writer(network.model, after=writers[-1] if writers else None))
    graph, add = writers[0].graph, writers[0].graph.add
    level = _level(graph, trained)
    answers = [
        _answers(writer, network, level=level) for writer, network in zip(writers, trained.networks, strict=True)
    ]
    found = {name: add("Mean", *(each[name] for each in answers)) for name in answers[0]}
    for name, of_one in side_temperatures.items():
        both = add("Concat", add("Sub", found[name], found[name]), found[name], axis=1)
        graph.output(name, graph.softmax(both, temperature=of_one), shape=["batch", 2])
    ratings = [name for name, task in SIDE_TASKS.items() if task.is_rating]
    if learnt := [name for name in ratings if name in found]:
        columns = [
            _rating(graph, found[name], trained, name)
            if name in learnt
            else add("Add", add("Sub", found[learnt[0]], found[learnt[0]]), np.float32([np.nan]))
            for name in ratings
        ]
        graph.output(AFFECT, add("Concat", *columns, axis=1), shape=["batch", len(ratings)])
    return graph.finish(graph.softmax(found[EMOTION], temperature=temperature), n_labels=len(EMOTIONS))


def _answers(writer: Writer, trained: Any, *, level: str) -> dict[str, str]:
    """Write one network; gives the raw answer (batch, n) to each task."""
    model, graph, add = trained.model, writer.graph, writer.graph.add
    places = add("Reshape", writer.maps(), np.array([0, LAST, -1], dtype=np.int64))
    by_place = add("Transpose", places, perm=[0, 2, 1])
    kernel, bias = _weights(model, "attention")
    seen = add("Tanh", add("Add", add("MatMul", by_place, kernel), bias))
    scores = add("Transpose", add("MatMul", seen, _weights(model, "queries")[0]), perm=[0, 2, 1])
    pooled = add("MatMul", add("Softmax", scores, axis=-1), by_place)
    kernel, bias = _weights(model, HIDDEN)
    # One row for each task.
    hidden = add("HardSwish", add("Add", add("MatMul", pooled, kernel), bias))
    return {
        name: add(
            "Gemm",
            _heard(graph, hidden, i, model.get_layer(f"answer.{name}").kernel.shape[0], level),
            *_weights(model, f"answer.{name}"),
        )
        for i, name in enumerate((EMOTION, *trained.side_tasks))
    }


def _level(graph: Graph, trained: Any) -> str:
    """The level of each clip in the unit of the training clips (batch, 1)."""
    n_bands, units = trained.model.input_shape[0][1], trained.units
    ends = [np.array(values, dtype=np.int64) for values in ([n_bands, 0], [n_bands + 1, 1], [1, 2])]
    level = graph.add("Flatten", graph.add("Slice", INPUT, *ends))
    return graph.add("Div", graph.add("Sub", level, np.float32([units.level])), np.float32([units.level_scale]))


def _heard(graph: Graph, hidden: str, task: int, n_units: int, level: str) -> str:
    """What a task answers from, `n_units` wide: its row of `hidden`, and the level where that is told."""
    row = graph.add("Flatten", graph.add("Gather", hidden, np.array([task], dtype=np.int64), axis=1))
    return graph.add("Concat", row, level, axis=1) if n_units > HIDDEN_UNITS else row


def _rating(graph: Graph, found: str, trained: Any, name: str) -> str:
    """A rating in its unit, within its scale."""
    i = trained.side_tasks.index(name)
    scaled = graph.add("Mul", found, np.float32([trained.units.scales[i]]))
    moved = graph.add("Add", scaled, np.float32([trained.units.places[i]]))
    return graph.add("Clip", moved, np.float32(-1), np.float32(1))


def _weights(model: Any, name: str) -> list[np.ndarray]:
    """Kernel and bias of a linear layer."""
    return [np.ascontiguousarray(value, dtype=np.float32) for value in model.get_layer(name).weights]
