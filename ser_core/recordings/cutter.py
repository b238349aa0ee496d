"""Sound in, stretches of speech out, as it comes: from a file as from a microphone."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ser_core.recordings.spans import Cutting, Span, SpanFinder
from ser_core.speech import SAMPLING_RATE, SpeechDetector


class Cutter:
    """Spans of speech with their signals; of what was heard only what a later span may need is held.

    One instance per recording.

    Parameters
    ----------
    cutting : Cutting, optional
        How speech is cut.
    """

    def __init__(self, cutting: Cutting | None = None):
        self._detector, self._finder = SpeechDetector(), SpanFinder(cutting)
        self._held, self._first = np.empty(0, np.float32), 0

    @property
    def heard_s(self) -> float:
        """What was heard so far, seconds."""
        return (self._first + len(self._held)) / SAMPLING_RATE

    def __call__(self, block: np.ndarray) -> Iterator[tuple[Span, np.ndarray]]:
        """The spans that are known to end with the next part of the recording.

        Parameters
        ----------
        block : np.ndarray [shape=(t,)]
            float32 in [-1, 1] at `SAMPLING_RATE`, of any length.

        Yields
        ------
        tuple
            `Span`, and the signal that it is judged by [shape=(t,)].
        """
        self._held = np.concatenate([self._held, block])
        for span in self._finder(self._detector(block)):
            yield self._cut(span)
        self._forget()

    def finish(self) -> Iterator[tuple[Span, np.ndarray]]:
        """The spans that the end of the recording cuts off."""
        for span in (*self._finder(self._detector.finish()), *self._finder.finish()):
            yield self._cut(span)

    def _cut(self, span: Span) -> tuple[Span, np.ndarray]:
        start, stop = (round(seconds * SAMPLING_RATE) - self._first for seconds in (span.heard_from, span.heard_to))
        signal = self._held[max(0, start) : stop].copy()
        return replace(span, end=min(span.end, self.heard_s), heard_to=min(span.heard_to, self.heard_s)), signal

    def _forget(self) -> None:
        keep = round(self._finder.needed_from_s * SAMPLING_RATE)
        if keep > self._first:
            self._held, self._first = self._held[keep - self._first :], keep
