"""Support-vector machines: the grid search, the machine and its ONNX form."""

from itertools import combinations
from typing import Any

import numpy as np
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from ser_core.labels import EMOTIONS
from ser_core.models._pipelines import ABSENT, FittedClassical
from ser_core.models._preparation import preparation, write_preparation
from ser_core.models._search import Fold, candidates, first_best, search_table
from ser_core.models.base import Data
from ser_core.models.onnx_tools import Graph, fit_temperature, softmax
from ser_core.progress import Meter

# Steepness of the logistic vote of each pair. In grouped and random folds over sixteen actors 4 was best of 2, 4, 8,
# 16, 32: UAR as from 8 on, log loss as at 2.
_STEEPNESS = 4.0


def _machine(C: float, *, gamma: float = 1.0, kernel: str = "rbf") -> SVC:
    return SVC(C=C, gamma=gamma, kernel=kernel, class_weight="balanced", decision_function_shape="ovo", cache_size=200)


def _votes(n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Which class gains from a high, which from a low decision value of each pair [shape=(n_pairs, n_classes)]."""
    pairs = list(combinations(range(n_classes), 2))
    gains, losses = np.zeros((2, len(pairs), n_classes))
    gains[range(len(pairs)), [i for i, _ in pairs]] = 1
    losses[range(len(pairs)), [j for _, j in pairs]] = 1
    return gains, losses


def _decisions(machine: SVC, z: np.ndarray) -> np.ndarray:
    """Decision value of each pair of classes, positive for the first [shape=(n_clips, n_pairs)]."""
    values = machine.decision_function(z)
    # With two classes scikit-learn gives one column, positive for the second.
    return -values[:, None] if values.ndim == 1 else values


def _scores(machine: SVC, z: np.ndarray) -> np.ndarray:
    """Log of the product of each emotion's pairwise logistic votes [shape=(n_clips, len(EMOTIONS))].

    Smooth, unlike a count of votes: a rounding error cannot turn a vote, and the scores calibrate well.
    """
    decisions = _STEEPNESS * _decisions(machine, z)
    gains, losses = _votes(len(machine.classes_))
    scores = np.full((len(z), len(EMOTIONS)), ABSENT)
    scores[:, machine.classes_] = -(np.logaddexp(0, -decisions) @ gains + np.logaddexp(0, decisions) @ losses)
    return scores


def _pair_coefficients(machine: SVC) -> tuple[np.ndarray, np.ndarray]:
    """Weights [shape=(n_support, n_pairs)] and offsets of the decision values, positive for the first class."""
    n_classes = len(machine.classes_)
    if n_classes == 2:
        return -machine.dual_coef_.T, -machine.intercept_
    ends = np.concatenate([[0], np.cumsum(machine.n_support_)])
    weights = np.zeros((ends[-1], len(machine.intercept_)))
    for pair, (i, j) in enumerate(combinations(range(n_classes), 2)):
        # libsvm's layout: row j - 1 holds class i's part against j, row i holds class j's part against i.
        weights[ends[i] : ends[i + 1], pair] = machine.dual_coef_[j - 1, ends[i] : ends[i + 1]]
        weights[ends[j] : ends[j + 1], pair] = machine.dual_coef_[i, ends[j] : ends[j + 1]]
    return weights, machine.intercept_


class FittedSVM(FittedClassical):
    """A trained pipeline and the temperature of its probabilities."""

    def __init__(self, pipeline: Pipeline, *, temperature: float, info: dict[str, Any], held_out: np.ndarray):
        self.pipeline = pipeline
        self.held_out = held_out
        self.temperature = temperature
        self.history = []
        self.info = info
        self.n_inputs = int(pipeline[0].n_features_in_)

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Calibrated probabilities [shape=(n_clips, len(EMOTIONS))]; an emotion without training clips has 0."""
        z = self.pipeline[:-1].transform(x)
        return softmax(_scores(self.pipeline[-1], z) / self.temperature)

    def write(self, graph: Graph) -> str:
        """The pipeline in plain ONNX operators; see `FittedClassical`.

        The large products are float32, as the file stores them; the scaling before and the sum over support vectors
        after are double, where float32 would lose what matters.
        """
        machine = self.pipeline[-1]
        z = write_preparation(graph, self.pipeline[:-1])
        support = machine.support_vectors_.astype(np.float32)
        product_ = graph.add("Cast", graph.add("MatMul", z, support.T), to=11)
        wide = graph.add("Cast", z, to=11)
        # |z - s|^2 = |z|^2 + |s|^2 - 2 z s
        norms = graph.add("ReduceSumSquare", wide, axes=[1], keepdims=1)
        distance = graph.add("Sub", graph.add("Add", norms, (support.astype(np.float64) ** 2).sum(axis=1)), product_)
        distance = graph.add("Sub", distance, product_)
        kernel = graph.add("Exp", graph.add("Mul", distance, np.float64([-machine.gamma])))
        weights, offsets = _pair_coefficients(machine)
        pairs = graph.add("Add", graph.add("MatMul", kernel, _STEEPNESS * weights), _STEEPNESS * offsets)
        gains, losses = _votes(len(machine.classes_))
        pairs = graph.add("Cast", pairs, to=1)
        won = graph.add("MatMul", graph.add("Softplus", graph.add("Neg", pairs)), self._columns(-gains))
        lost = graph.add("MatMul", graph.add("Softplus", pairs), self._columns(-losses))
        absent = np.full(len(EMOTIONS), ABSENT, dtype=np.float32)
        absent[machine.classes_] = 0
        scores = graph.add("Add", graph.add("Add", won, lost), absent)
        return graph.softmax(scores, temperature=self.temperature)

    def _columns(self, votes: np.ndarray) -> np.ndarray:
        """Votes with a column for every emotion, float32 [shape=(n_pairs, len(EMOTIONS))]."""
        out = np.zeros((len(votes), len(EMOTIONS)), dtype=np.float32)
        out[:, self.pipeline[-1].classes_] = votes
        return out


def searched(data: Data, folds: list[Fold], *, n_train, config, progress, cancel) -> FittedSVM:
    """The best C and gamma over `folds`, and a machine of them on all of `data`."""
    grid = candidates(config, names=("C", "gamma"))
    meter = Meter(
        progress, total=len(folds) * len(grid) + 1, unit="fits", message="Searching C and gamma", cancel=cancel
    )
    scores = np.zeros((len(grid), len(data), len(EMOTIONS)))
    for inner, outer in folds:
        prepare = preparation(config)
        z = prepare.fit_transform(data.x[inner], data.y[inner])
        held = prepare.transform(data.x[outer])
        # The distances serve the whole grid: several times faster than a machine that computes its own.
        near, far = euclidean_distances(z, squared=True), euclidean_distances(held, z, squared=True)
        for k, point in enumerate(grid):
            machine = _machine(point["C"], kernel="precomputed").fit(np.exp(-point["gamma"] * near), data.y[inner])
            scores[k, outer] = _scores(machine, np.exp(-point["gamma"] * far))
            meter.add()
    table = search_table(grid, scores, data.y, folds)
    best = first_best(table)
    temperature = fit_temperature(scores[best], data.y)
    pipeline = Pipeline([*preparation(config).steps, ("machine", _machine(**grid[best]))])
    pipeline.fit(data.x, data.y)
    meter.add()
    info = {
        "best": grid[best],
        "grid": table,
        "n_folds": len(folds),
        "n_support_vectors": int(pipeline[-1].n_support_.sum()),
        "n_components": int(pipeline[1].projection_.shape[1]),
        "temperature": temperature,
    }
    held_out = softmax(scores[best] / temperature)[n_train:]
    return FittedSVM(pipeline, temperature=temperature, info=info, held_out=held_out)
