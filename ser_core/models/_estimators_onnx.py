"""Fitted estimators of scikit-learn as ONNX operators.

skl2onnx, which would do this, turns distances and histogram-based boosting into float32 in ways that change answers
(1.20 with scikit-learn 1.9: neighbours by up to .008, boosting not at all).
"""

from functools import singledispatch

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier

from ser_core.models._trees_onnx import boosted_trees, forest_trees, write_trees
from ser_core.models.onnx_tools import Graph


@singledispatch
def write_probabilities(estimator: ClassifierMixin, graph: Graph, x: str) -> str:
    """Put `estimator` into `graph`, reading `x` (float32); gives the name of its probabilities by class.

    Raises
    ------
    TypeError
        If there is no ONNX form of this estimator.
    """
    raise TypeError(f"No ONNX form of {type(estimator).__name__}.")


@write_probabilities.register(LogisticRegression)
@write_probabilities.register(LinearDiscriminantAnalysis)
def _(estimator, graph: Graph, x: str) -> str:
    return _softmax(graph, _linear(graph, x, estimator.coef_.T, estimator.intercept_), n=len(estimator.coef_))


@write_probabilities.register
def _(estimator: MLPClassifier, graph: Graph, x: str) -> str:
    *hidden, (weights, offsets) = zip(estimator.coefs_, estimator.intercepts_, strict=True)
    for inner, offset in hidden:
        x = graph.add("Relu", _linear(graph, x, inner, offset))
    return _softmax(graph, _linear(graph, x, weights, offsets), n=weights.shape[1])


@write_probabilities.register
def _(estimator: KNeighborsClassifier, graph: Graph, x: str) -> str:
    # Distances in double precision: the nearest of near neighbours stay the nearest.
    known = estimator._fit_X.astype(np.float64)
    x = graph.add("Cast", x, to=11)
    norms = graph.add("ReduceSumSquare", x, axes=[1], keepdims=1)
    products = graph.add("MatMul", x, -2 * known.T)
    squares = graph.add("Add", graph.add("Add", norms, products), (known**2).sum(axis=1))
    distance = graph.add("Sqrt", graph.add("Max", squares, np.float64([0])))
    nearest, which = graph.add_many("TopK", distance, np.int64([estimator.n_neighbors]), largest=0, n_outputs=2)
    farthest = graph.add("ReduceMax", nearest, axes=[1], keepdims=1)
    weights = graph.add("Add", graph.add("Sub", farthest, nearest), np.float64([LEAST_WEIGHT]))
    labels = np.eye(len(estimator.classes_))[estimator._y]
    votes = graph.add("Mul", graph.add("Gather", labels, which), graph.add("Unsqueeze", weights, np.int64([2])))
    votes = graph.add("ReduceSum", votes, np.int64([1]), keepdims=0)
    share = graph.add("Div", votes, graph.add("ReduceSum", weights, np.int64([1]), keepdims=1))
    return graph.add("Cast", share, to=1)


@write_probabilities.register(RandomForestClassifier)
@write_probabilities.register(ExtraTreesClassifier)
def _(estimator, graph: Graph, x: str) -> str:
    return write_trees(graph, x, forest_trees(estimator), offsets=np.zeros(len(estimator.classes_)))


@write_probabilities.register
def _(estimator: HistGradientBoostingClassifier, graph: Graph, x: str) -> str:
    offsets = estimator._baseline_prediction.ravel()
    return _softmax(graph, write_trees(graph, x, boosted_trees(estimator), offsets=offsets), n=len(offsets))


@write_probabilities.register
def _(estimator: BaggingClassifier, graph: Graph, x: str) -> str:
    total = None
    for member, features in zip(estimator.estimators_, estimator.estimators_features_, strict=True):
        part = write_probabilities(member, graph, graph.add("Gather", x, np.int64(features), axis=1))
        # A member's classes are positions among those of the whole.
        part = graph.add("MatMul", part, np.eye(len(estimator.classes_), dtype=np.float32)[np.int64(member.classes_)])
        total = part if total is None else graph.add("Add", total, part)
    return graph.add("Div", total, np.float32([len(estimator.estimators_)]))


#: Keeps the weights of neighbours of one and the same distance from vanishing.
LEAST_WEIGHT = 1e-9


def neighbour_weights(distance: np.ndarray) -> np.ndarray:
    """Weights of neighbours by how much nearer they are than the farthest of them [shape=(n_clips, n_neighbors)].

    After Dudani, "The distance-weighted k-nearest-neighbor rule", IEEE Transactions on Systems, Man and Cybernetics 6,
    1976. The farthest weighs nothing, so the vote does not jump where two clips change places.

    Examples
    --------
    >>> neighbour_weights(np.array([[1.0, 2.0, 4.0]])).round(6).tolist()
    [[3.0, 2.0, 0.0]]
    """
    return distance.max(axis=1, keepdims=True) - distance + LEAST_WEIGHT


def _linear(graph: Graph, x: str, weights: np.ndarray, offsets: np.ndarray) -> str:
    return graph.add("Add", graph.add("MatMul", x, weights.astype(np.float32)), offsets.astype(np.float32))


def _softmax(graph: Graph, logits: str, *, n: int) -> str:
    """Logits by class to probabilities; of two classes scikit-learn keeps one logit, that of the second."""
    if n == 1:
        logits = graph.add("MatMul", logits, np.float32([[0, 1]]))
    return graph.add("Softmax", logits, axis=-1)
