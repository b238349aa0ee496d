"""Where an answer lies between unpleasant and pleasant, calm and excited."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ser_core.labels import EMOTIONS


@dataclass(frozen=True)
class Affect:
    """Expected valence and arousal of an answer: the emotions' coordinates weighted by their probabilities.

    Attributes
    ----------
    valence, arousal : float
        In [-1, 1].
    covariance : np.ndarray [shape=(2, 2)]
        Of both, over the emotions: how far apart the emotions lie that are probable.
    """

    valence: float
    arousal: float
    covariance: np.ndarray

    def ellipse(self, points: int = 60) -> tuple[np.ndarray, np.ndarray]:
        """Outline one standard deviation around the place, closed [shape=(points,)] each: valence, arousal."""
        values, vectors = np.linalg.eigh(self.covariance)
        angle = np.linspace(0, 2 * np.pi, points)
        circle = np.stack([np.cos(angle), np.sin(angle)])
        outline = vectors @ (np.sqrt(np.maximum(values, 0))[:, None] * circle)
        return self.valence + outline[0], self.arousal + outline[1]


def affect(probabilities: Mapping[str, float]) -> Affect:
    """Valence and arousal that the probabilities of emotions make.

    Parameters
    ----------
    probabilities : mapping of str to float
        Emotion -> probability; they sum to 1.

    Examples
    --------
    >>> found = affect({"angry": 1.0})
    >>> found.valence, found.arousal
    (-0.51, 0.59)
    """
    places = np.array([(EMOTIONS[name].valence, EMOTIONS[name].arousal) for name in probabilities])
    weights = np.array(list(probabilities.values()), dtype=np.float64)
    centre = weights @ places
    away = places - centre
    return Affect(float(centre[0]), float(centre[1]), (weights[:, None] * away).T @ away)
