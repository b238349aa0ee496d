"""Decision trees of forests and of boosting as one ONNX operator."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier

from ser_core.models.onnx_tools import ML_DOMAIN, Graph


@dataclass(frozen=True)
class Tree:
    """A binary tree over feature vectors: go left where the feature is at most the threshold.

    Attributes
    ----------
    feature : np.ndarray [shape=(n_nodes,)], int
        Feature that is looked at; of leaves anything.
    threshold : np.ndarray [shape=(n_nodes,)], float64
        Where it is split; of leaves anything.
    left, right : np.ndarray [shape=(n_nodes,)], int
        Positions of the children.
    is_leaf : np.ndarray [shape=(n_nodes,)], bool
        Which nodes are leaves.
    value : np.ndarray [shape=(n_nodes, n_outputs)]
        What a leaf adds to each output.
    """

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    is_leaf: np.ndarray
    value: np.ndarray


def forest_trees(forest: RandomForestClassifier | ExtraTreesClassifier) -> Iterator[Tree]:
    """The trees of a fitted forest; their leaves' values sum to its probabilities."""
    for member in forest.estimators_:
        tree = member.tree_
        share = tree.value[:, 0, :] / tree.value[:, 0, :].sum(axis=1, keepdims=True)
        yield Tree(
            tree.feature,
            tree.threshold,
            tree.children_left,
            tree.children_right,
            tree.children_left < 0,
            share / len(forest.estimators_),
        )


def boosted_trees(model: HistGradientBoostingClassifier) -> Iterator[Tree]:
    """The trees of fitted gradient boosting; their leaves' values and the baseline sum to its logits."""
    n_outputs = model.n_trees_per_iteration_
    for step in model._predictors:
        for output, predictor in enumerate(step):
            nodes = predictor.nodes
            value = np.zeros((len(nodes), n_outputs))
            value[:, output] = nodes["value"]
            yield Tree(
                nodes["feature_idx"],
                nodes["num_threshold"],
                nodes["left"],
                nodes["right"],
                nodes["is_leaf"].astype(bool),
                value,
            )


def write_trees(graph: Graph, x: str, trees: Iterator[Tree], *, offsets: np.ndarray) -> str:
    """Put trees into `graph`, reading `x` (float32); gives the name of the sum of their leaves and `offsets`."""
    columns: dict[str, list[np.ndarray]] = {}

    def add(**parts: np.ndarray) -> None:
        for name, part in parts.items():
            columns.setdefault(name, []).append(part)

    for number, tree in enumerate(trees):
        nodes = np.arange(len(tree.feature))
        add(
            nodes_treeids=np.full(len(nodes), number),
            nodes_nodeids=nodes,
            nodes_featureids=np.where(tree.is_leaf, 0, tree.feature),
            nodes_values=_at_most(np.where(tree.is_leaf, 0, tree.threshold)),
            nodes_truenodeids=np.where(tree.is_leaf, 0, tree.left),
            nodes_falsenodeids=np.where(tree.is_leaf, 0, tree.right),
            nodes_modes=np.where(tree.is_leaf, "LEAF", "BRANCH_LEQ"),
        )
        leaf, output = np.nonzero(tree.value * tree.is_leaf[:, None])
        add(
            target_treeids=np.full(len(leaf), number),
            target_nodeids=leaf,
            target_ids=output,
            target_weights=tree.value[leaf, output].astype(np.float32),
        )
    attributes = {name: np.concatenate(parts).tolist() for name, parts in columns.items()}
    return graph.add(
        "TreeEnsembleRegressor",
        x,
        domain=ML_DOMAIN,
        n_targets=len(offsets),
        base_values=offsets.astype(np.float32).tolist(),
        aggregate_function="SUM",
        **attributes,
    )


def _at_most(threshold: np.ndarray) -> np.ndarray:
    """The largest float32 numbers that are not above `threshold`: float32 features fall to the same side of both."""
    rounded = threshold.astype(np.float32)
    return np.where(rounded > threshold, np.nextafter(rounded, np.float32(-np.inf)), rounded)
