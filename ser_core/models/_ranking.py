"""Features as ranks: where a clip stands among the clips of its voice, or among those of all voices."""

import numpy as np
from scipy.stats import rankdata

from ser_core.models.onnx_tools import INPUT, Graph

#: Quantiles that stand for the clips of all voices.
N_QUANTILES = 200


def ranks_by(x: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Rank of each value among those of its group, from -1 (the lowest) to 1, equals sharing their mean.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_features)]
        Features.
    groups : np.ndarray [shape=(n_clips,)]
        The voice of each clip.

    Returns
    -------
    np.ndarray [shape=(n_clips, n_features)], float32
        Share of the group's clips below less the share above; 0 for a group of one.

    Examples
    --------
    >>> ranks_by(np.array([[3.0], [1.0], [2.0], [7.0]]), np.array(["a", "a", "b", "b"])).ravel().tolist()
    [0.5, -0.5, -0.5, 0.5]
    """
    out = np.empty(x.shape, dtype=np.float32)
    for group in np.unique(groups):
        rows = groups == group
        out[rows] = (2 * rankdata(x[rows], axis=0) - 1) / rows.sum() - 1
    return out


def ranks_against(x: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Rank of each value among those of `reference`, as `ranks_by` has it.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_features)]
        Features.
    reference : np.ndarray [shape=(n_reference, n_features)]
        Features of the clips to compare with.

    Examples
    --------
    >>> ranks_against(np.array([[2.5], [9.0]]), np.array([[1.0], [2.0], [3.0], [4.0]])).ravel().tolist()
    [0.0, 1.0]
    """
    out = np.empty(x.shape, dtype=np.float32)
    ordered = np.sort(reference.astype(np.float32), axis=0)
    for j, column in enumerate(x.astype(np.float32).T):
        below = np.searchsorted(ordered[:, j], column, side="left")
        out[:, j] = (below + np.searchsorted(ordered[:, j], column, side="right")) / len(ordered) - 1
    return out


def quantiles(x: np.ndarray) -> np.ndarray:
    """What stands for all clips `x` where a single one is ranked [shape=(N_QUANTILES, n_features)], float32."""
    places = (np.arange(N_QUANTILES) + 0.5) / N_QUANTILES
    return np.quantile(x, places, axis=0, method="inverted_cdf").astype(np.float32)


def write_ranks(graph: Graph, reference: np.ndarray) -> str:
    """`ranks_against` of the graph's features as ONNX operators; gives the name of the ranks, float32."""
    apart = graph.add("Sub", graph.add("Unsqueeze", INPUT, np.int64([1])), reference.astype(np.float32)[None])
    return graph.add("ReduceMean", graph.add("Sign", apart), axes=[1], keepdims=0)
