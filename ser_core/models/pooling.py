"""Answers of several models as one: a weighted mean of their log-probabilities, calibrated.

A log-linear pool (Genest and Zidek, "Combining probability distributions: a critique and an annotated bibliography",
Statistical Science 1, 1986): with equal weights the calibrated average, with weights found on clips that no member was
trained on, stacking (Wolpert, "Stacked generalization", Neural Networks 5, 1992) by one number per member.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from ser_core.errors import ConfigError
from ser_core.models.onnx_tools import fit_temperature, log_loss, softmax

#: Least probability that a member is believed to mean.
LEAST = 1e-6
#: A score that gives a probability of nothing.
_IMPOSSIBLE = -1e4
_PRIOR_CLIPS = 2
_LEAST_WEIGHT = 1e-3


@dataclass(frozen=True)
class Pool:
    """Weights of the members, which sum to 1, and the temperature of their mean.

    Attributes
    ----------
    weights : tuple of float
        One for each member.
    temperature : float
        Divides the weighted mean.
    """

    weights: tuple[float, ...]
    temperature: float

    def combine(self, probabilities: np.ndarray) -> np.ndarray:
        """Probabilities of the members [shape=(n_members, n_clips, n_labels)] as one [shape=(n_clips, n_labels)]."""
        return softmax(_mean(log(probabilities), self.weights) / self.temperature)


def log(probabilities: np.ndarray) -> np.ndarray:
    """Logarithms; what is below `LEAST` counts as much."""
    return np.log(np.maximum(np.asarray(probabilities, dtype=np.float64), LEAST))


def average(
    probabilities: np.ndarray, y: np.ndarray, *, weights: tuple[float, ...] | None = None, possible=None
) -> Pool:
    """A mean of given weights, its temperature fitted.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(n_members, n_clips, n_labels)]
        Answers to clips that no member was trained on.
    y : np.ndarray [shape=(n_clips,)], int
        Labels.
    weights : tuple of float, optional
        At least 0, of any sum above 0; equal unless given.
    possible : np.ndarray [shape=(n_clips, n_labels)], bool, optional
        Labels that a clip can have: of a corpus without disgust no clip is disgusted. All unless given.

    Raises
    ------
    ConfigError
        If there is not one weight for each member, or they are below 0.
    """
    n_members = len(probabilities)
    weights = np.ones(n_members) if weights is None else np.asarray(weights, dtype=np.float64)
    if len(weights) != n_members or not (weights >= 0).all() or not weights.sum() > 0:
        raise ConfigError(f"{n_members} members need as many weights of at least 0, got {list(map(float, weights))}.")
    weights = weights / weights.sum()
    scores = _among(_mean(log(probabilities), weights), possible)
    return Pool(tuple(map(float, weights)), fit_temperature(scores, y))


def stack(probabilities: np.ndarray, y: np.ndarray, *, possible=None) -> Pool:
    """The weights, and the temperature, that give the labels the highest likelihood.

    As validation clips may be few, a penalty worth `_PRIOR_CLIPS` of them draws to equal weights at a temperature of 1.

    Parameters
    ----------
    probabilities, y, possible
        See `average`.
    """
    logs = log(probabilities)
    n_members, n_clips = logs.shape[:2]
    equal = np.full(n_members, 1 / n_members)

    def loss(factors: np.ndarray) -> float:
        apart = ((factors / equal - 1) ** 2).sum()
        return log_loss(_among(_mean(logs, factors), possible), y) + _PRIOR_CLIPS * apart / (2 * n_clips)

    found = minimize(loss, equal, method="L-BFGS-B", bounds=[(_LEAST_WEIGHT, None)] * n_members).x
    return Pool(tuple(map(float, found / found.sum())), float(1 / found.sum()))


def aligned(probabilities: np.ndarray, voices: np.ndarray, frequencies: np.ndarray, *, share: float) -> np.ndarray:
    """Probabilities whose mean over the clips of a voice is drawn towards how often emotions occur.

    Distribution alignment (Berthelot et al., "ReMixMatch: semi-supervised learning with distribution matching and
    augmentation anchoring", ICLR 2020), for each voice. It uses no labels of the voice, but takes it that its clips
    show the emotions about as often as `frequencies` say.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(n_clips, n_labels)]
        What was said of the clips.
    voices : np.ndarray [shape=(n_clips,)]
        Who speaks.
    frequencies : np.ndarray [shape=(n_clips, n_labels)]
        How often each label occurs where the clip comes from.
    share : float
        How far, in [0, 1].

    Returns
    -------
    np.ndarray [shape=(n_clips, n_labels)]
        Probabilities.

    Examples
    --------
    >>> said, often = np.array([[0.9, 0.1], [0.6, 0.4]]), np.full((2, 2), 0.5)
    >>> aligned(said, np.array(["a", "a"]), often, share=1.0).round(2).tolist()
    [[0.75, 0.25], [0.33, 0.67]]
    """
    scores = log(probabilities)
    for voice in np.unique(voices):
        clips = voices == voice
        scores[clips] += share * (log(frequencies[clips]) - log(probabilities[clips].mean(axis=0)))
    return softmax(scores)


def _mean(logs: np.ndarray, weights: np.ndarray | tuple[float, ...]) -> np.ndarray:
    return np.tensordot(np.asarray(weights, dtype=np.float64), logs, axes=1)


def _among(scores: np.ndarray, possible: np.ndarray | None) -> np.ndarray:
    return scores if possible is None else np.where(possible, scores, _IMPOSSIBLE)
