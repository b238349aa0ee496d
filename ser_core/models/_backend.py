"""A Gaussian back-end over the scores of a classifier, which adapts to a voice by unlabelled clips.

Scores of each emotion are taken as a Gaussian, all of one covariance (Bruemmer and van Leeuwen, "On calibration of
language recognition scores", Odyssey 2006). How often a voice shows each emotion, and where its emotions lie, are then
found from unlabelled clips of it by expectation-maximisation against what is known of all voices (Gauvain and Lee,
"Maximum a posteriori estimation for multivariate Gaussian mixture observations of Markov chains", IEEE Transactions on
Speech and Audio Processing 2, 1994).
"""

from dataclasses import dataclass, replace

import numpy as np

from ser_core.models.onnx_tools import Graph, softmax

#: Share of the mean variance that is added to each: scores that sum to 0 have one direction without any.
_RIDGE = 1e-3
_STEPS = 10


@dataclass(frozen=True)
class Backend:
    """Emotions as Gaussians over whitened scores.

    Attributes
    ----------
    whiten : np.ndarray [shape=(n_classes, n_classes)]
        Takes scores to a space of unit covariance within emotions.
    means : np.ndarray [shape=(n_classes, n_classes)]
        Of each emotion there.
    prior : np.ndarray [shape=(n_classes,)]
        How often each occurs.
    """

    whiten: np.ndarray
    means: np.ndarray
    prior: np.ndarray

    @classmethod
    def of(cls, scores: np.ndarray, y: np.ndarray) -> "Backend":
        """Fitted to scores [shape=(n_clips, n_classes)] of clips their classifier did not learn from.

        Parameters
        ----------
        scores : np.ndarray [shape=(n_clips, n_classes)]
            Scores.
        y : np.ndarray [shape=(n_clips,)], int
            Classes, each of which occurs.
        """
        scores = _centred(scores)
        n_classes = scores.shape[1]
        means = np.stack([scores[y == label].mean(axis=0) for label in range(n_classes)])
        residual = scores - means[y]
        covariance = residual.T @ residual / len(scores)
        covariance += max(_RIDGE * np.trace(covariance) / n_classes, 1e-9) * np.eye(n_classes)
        whiten = np.linalg.inv(np.linalg.cholesky(covariance)).T
        # Emotions as often as each other: how often a corpus shows them says nothing of how often a voice does.
        return cls(whiten, means @ whiten, np.full(n_classes, 1 / n_classes))

    def log_odds(self, scores: np.ndarray) -> np.ndarray:
        """Logarithms of the classes' probabilities, up to a number per clip [shape=(n_clips, n_classes)]."""
        weights, offsets = self._linear()
        return _centred(scores) @ weights + offsets

    def adapted(self, scores: np.ndarray, *, weight: float, temperature: float) -> "Backend":
        """Means and prior of one voice.

        Parameters
        ----------
        scores : np.ndarray [shape=(n_clips, n_classes)]
            Scores of unlabelled clips of the voice.
        weight : float
            Clips of each emotion that what is known of all voices counts for.
        temperature : float
            Exponent of the probabilities by which clips are dealt out to the emotions: below 1, doubts weigh more
            (Ueda and Nakano, "Deterministic annealing EM algorithm", Neural Networks 11, 1998).
        """
        z, known = _centred(scores) @ self.whiten, self
        n_classes = len(self.prior)
        for _ in range(_STEPS):
            shares = softmax(temperature * known.log_odds(scores))
            counts = shares.sum(axis=0)
            known = replace(
                self,
                means=(weight * self.means + shares.T @ z) / (weight + counts)[:, None],
                prior=(weight * n_classes * self.prior + counts) / (weight * n_classes + len(z)),
            )
        return known

    def write(self, graph: Graph, scores: str) -> str:
        """`log_odds` as ONNX operators; gives the name of its output, float32."""
        weights, offsets = self._linear()
        n_classes = len(self.prior)
        weights = (np.eye(n_classes) - 1 / n_classes) @ weights
        return graph.add("Add", graph.add("MatMul", scores, np.float32(weights)), np.float32(offsets))

    def _linear(self) -> tuple[np.ndarray, np.ndarray]:
        """What is the same for all classes drops out of the squares, so the odds are linear in the scores."""
        return self.whiten @ self.means.T, np.log(self.prior) - (self.means**2).sum(axis=1) / 2


def _centred(scores: np.ndarray) -> np.ndarray:
    """Scores of which only the differences within a clip count, summing to 0."""
    return scores - scores.mean(axis=1, keepdims=True)
