"""Neighbours help: emotions last longer than a sentence."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ser_core.errors import ConfigError

if TYPE_CHECKING:
    from ser_core.recordings.segment import Segment


def smooth(segments: "Sequence[Segment]", *, lasting_s: float) -> "list[Segment]":
    """Weigh each segment's answer with those around it.

    The emotion is taken for a hidden Markov chain that keeps its state over a time t with probability
    exp(-t / lasting_s) and else draws one anew, all equally likely; each segment's probabilities are its evidence. The
    result are the posteriors given all segments, by the forward-backward algorithm (Rabiner, "A tutorial on hidden
    Markov models", Proc. IEEE 77, 1989, section III).

    Parameters
    ----------
    segments : sequence of Segment
        In order of time.
    lasting_s : float
        How long an emotion is expected to last, seconds, above 0.

    Returns
    -------
    list of Segment
        With the new probabilities and labels; what was said about certainty stays. Segments without an answer are
        returned as they are and tell nothing about their neighbours.

    Raises
    ------
    ConfigError
        If `lasting_s` is not above 0.
    """
    if not lasting_s > 0:
        raise ConfigError(f"lasting_s must be above 0, got {lasting_s}.")
    if len(segments) < 2:
        return list(segments)
    names = list(segments[0].probabilities)
    evidence = np.array(
        [[1.0 if segment.abstained else segment.probabilities[name] for name in names] for segment in segments]
    )
    middles = np.array([(segment.start + segment.end) / 2 for segment in segments])
    stays = np.exp(-np.diff(middles) / lasting_s)
    forward, backward = evidence.copy(), np.ones_like(evidence)
    for i in range(1, len(segments)):
        forward[i] *= _step(forward[i - 1], stays[i - 1])
        forward[i] /= forward[i].sum()
    for i in range(len(segments) - 2, -1, -1):
        backward[i] = _step(evidence[i + 1] * backward[i + 1], stays[i])
        backward[i] /= backward[i].sum()
    posterior = forward * backward
    posterior /= posterior.sum(axis=1, keepdims=True)
    return [
        segment
        if segment.abstained
        else replace(
            segment, label=names[int(row.argmax())], probabilities=dict(zip(names, map(float, row), strict=True))
        )
        for segment, row in zip(segments, posterior, strict=True)
    ]


def _step(state: np.ndarray, stays: float) -> np.ndarray:
    """One transition; it is symmetric, so it serves both directions."""
    return stays * state + (1 - stays) * state.mean()
