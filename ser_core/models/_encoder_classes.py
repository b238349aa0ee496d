"""An encoder that gives scores of classes: its emotions, with a temperature of their own."""

from typing import Any

import numpy as np

from ser_core.errors import ConfigError
from ser_core.features.encoder_store import open_encoder
from ser_core.labels import EMOTIONS
from ser_core.models._pipelines import ABSENT, FittedClassical
from ser_core.models.base import Data
from ser_core.models.onnx_tools import INPUT, Graph, fit_temperature, softmax


class FittedClasses(FittedClassical):
    """Scores of classes; that of an emotion is the highest of its classes.

    Parameters
    ----------
    classes : dict of int to list of int
        Position of an emotion in ``EMOTIONS`` -> positions of its classes among the features.
    n_inputs : int
        Features of a clip.
    """

    def __init__(self, classes: dict[int, list[int]], *, n_inputs: int):
        self.classes = classes
        self.n_inputs = n_inputs
        self.temperature = 1.0
        self.history = []
        self.info: dict[str, Any] = {}

    def scores(self, x: np.ndarray) -> np.ndarray:
        """Scores of the emotions [shape=(n_clips, 8)]."""
        scores = np.full((len(x), len(EMOTIONS)), ABSENT)
        for emotion, positions in self.classes.items():
            scores[:, emotion] = x[:, positions].max(axis=1)
        return scores

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Calibrated probabilities [shape=(n_clips, 8)]; an emotion that no class means has 0."""
        return softmax(self.scores(x) / self.temperature)

    def write(self, graph: Graph) -> str:
        """See `FittedClassical`."""
        highest = [
            graph.add("ReduceMax", graph.add("Gather", INPUT, np.int64(positions), axis=1), axes=[1], keepdims=1)
            for positions in self.classes.values()
        ]
        columns = np.eye(len(EMOTIONS), dtype=np.float32)[list(self.classes)]
        absent = np.where(columns.any(axis=0), 0, ABSENT).astype(np.float32)
        scores = graph.add("MatMul", graph.add("Concat", *highest, axis=1), columns)
        return graph.softmax(graph.add("Add", scores, absent), temperature=self.temperature)


def calibrated(train: Data, validation: Data, *, config: dict[str, Any]) -> FittedClasses:
    """The encoder's own classes; the clips that validate, or those that train where none do, give the temperature.

    Raises
    ------
    ConfigError
        If a label stands for a class that the encoder does not have.
    """
    encoder = open_encoder(config["encoder"])
    classes: dict[int, list[int]] = {}
    for position, emotion in sorted((int(key), emotion) for key, emotion in config["labels"].items()):
        if position >= encoder.dim:
            raise ConfigError(
                f"The encoder gives {encoder.dim} classes, 0 to {encoder.dim - 1}; labels names {position}."
            )
        classes.setdefault(EMOTIONS.index(emotion), []).append(position)
    fitted = FittedClasses(classes, n_inputs=train.x.shape[1])
    held = validation if len(validation) else train
    # Of emotions that it does not know nothing can be learnt about how sure to be.
    known = np.isin(held.y, list(classes))
    if known.any():
        fitted.temperature = fit_temperature(fitted.scores(held.x[known]), held.y[known])
    fitted.info = {"temperature": fitted.temperature, "n_classes": encoder.dim}
    return fitted
