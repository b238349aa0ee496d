"""How the models that runs kept judge clips: each by itself, or with what else is known of its voice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ser_core.experiments.blending import Blend
from ser_core.experiments.kept import probabilities

Fold = tuple[int, int]
"""Seed and fold."""

_OF_FOLD = ("seed", "fold")
_OF_VOICE = (*_OF_FOLD, "speaker")


def halves(n_clips: int, *, seed: int, voice: str) -> list[np.ndarray]:
    """Two halves of the clips of a voice, drawn at random: one is enrolled where the other is judged.

    The draw depends on the voice only, not on what else is measured.

    Examples
    --------
    >>> sorted(len(half) for half in halves(5, seed=0, voice="ravdess/03"))
    [2, 3]
    """
    order = np.random.default_rng([seed, sum(voice.encode())]).permutation(n_clips)
    return np.array_split(order, 2)


@dataclass(frozen=True)
class Alone:
    """Each clip by itself.

    Attributes
    ----------
    models : mapping
        Opened model of each fold.
    """

    models: Mapping[Fold, Any]
    together: ClassVar[tuple[str, ...]] = _OF_FOLD
    """Columns that clips share which are judged in one call."""

    def __call__(self, key: tuple, x: np.ndarray) -> np.ndarray:
        """Probabilities [shape=(n_clips, 8)].

        Parameters
        ----------
        key : tuple
            What the clips share, see `together`.
        x : np.ndarray [shape=(n_clips, ...)]
            Features.
        """
        return probabilities(self.models[key[:2]], x)


@dataclass(frozen=True)
class ByVoice(Alone):
    """All clips of a voice by a network that is adapted to them, without labels."""

    together: ClassVar[tuple[str, ...]] = _OF_VOICE

    def __call__(self, key: tuple, x: np.ndarray) -> np.ndarray:
        """See `Alone`; all clips of the voice."""
        return probabilities(self.models[key[:2]], x, enrolled=x)


@dataclass(frozen=True)
class Served(Alone):
    """As an app does: some clips of a voice are enrolled, others judged, and the answers of two networks averaged.

    Attributes
    ----------
    alone : mapping
        Opened model of each fold for clips alone.
    blends : mapping
        How each fold averages.
    n_clips : int
        Clips enrolled; of voices with few, half of them at most.
    """

    alone: Mapping[Fold, Any]
    blends: Mapping[Fold, Blend]
    n_clips: int
    together: ClassVar[tuple[str, ...]] = _OF_VOICE

    def __call__(self, key: tuple, x: np.ndarray) -> np.ndarray:
        """See `Alone`; all clips of the voice. Those of each half are judged after clips of the other."""
        fold, voice = key[:2], key[2]
        blend = self.blends[fold]
        plain = probabilities(self.alone[fold], x)
        found = np.empty(plain.shape)
        one, other = halves(len(x), seed=fold[0], voice=str(voice))
        for enrolled, judged in ((one, other), (other, one)):
            known = enrolled[: self.n_clips]
            if not len(known):
                # Nobody can enrol a voice of which there is one clip.
                found[judged] = plain[judged]
                continue
            of_voice = probabilities(self.models[fold], x[judged], enrolled=x[known])
            found[judged] = blend.average(plain[judged], of_voice, n_clips=len(known))
        return found
