"""From the probability of speech in each frame to spans of speech that are short enough to be judged one by one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ser_core.errors import ConfigError
from ser_core.speech import FRAME_S


@dataclass(frozen=True)
class Cutting:
    """How speech is cut into spans.

    Attributes
    ----------
    on, off : float
        Probability from which a span begins, and below which it may end: the detector's own rule, which keeps a span
        from flickering (silero-vad, ``get_speech_timestamps``).
    silence_s : float
        Pause that ends a span, seconds.
    speech_s : float
        Shortest span that is kept, seconds.
    pad_s, tail_s : float
        Added before and after, seconds: the detector misses the breath and the consonants before the voice, and goes
        on a little when it ends.
    margin_s : float
        Room around a span that is heard with it when it is judged, seconds; none where speech was cut, and after it no
        more than the pause that ended it. Of 3,032 clips of CREMA-D, two folds, by models that had not heard the
        voices: UAR .550 without, .573 with .2 s, .579 with .3, .574 with .4, .564 with .6; each clip whole .569.
    max_s : float
        Longest span, seconds; longer speech is cut where a pause is likeliest. The models were trained on sentences
        of 2 to 5 s.
    """

    on: float = 0.5
    off: float = 0.35
    silence_s: float = 0.4
    speech_s: float = 0.25
    pad_s: float = 0.15
    tail_s: float = 0.05
    margin_s: float = 0.3
    max_s: float = 6.0

    def __post_init__(self):
        if not 0 < self.off <= self.on < 1:
            raise ConfigError(f"0 < off <= on < 1 is asked for, got off={self.off} and on={self.on}.")
        if min(self.silence_s, self.speech_s, self.pad_s, self.tail_s, self.margin_s) < 0 or self.max_s < 1:
            raise ConfigError("No length may be negative, and max_s must be at least 1 s.")


@dataclass(frozen=True)
class Span:
    """A stretch of speech.

    Attributes
    ----------
    start, end : float
        Seconds from the start of the recording.
    turn : int
        Counts from 0; spans that were cut out of one uninterrupted stretch share it.
    heard_from, heard_to : float
        What is judged, with the room around it; seconds from the start of the recording, which may end before.
    """

    start: float
    end: float
    turn: int
    heard_from: float
    heard_to: float


class SpanFinder:
    """Turns frames into spans as they come; a span is known shortly after its end. One instance per recording."""

    def __init__(self, cutting: Cutting | None = None):
        self.cutting = cutting or Cutting()
        self._silence = max(1, round(self.cutting.silence_s / FRAME_S))
        self._max = round(self.cutting.max_s / FRAME_S)
        self._frame = 0
        self._start: int | None = None
        self._last = 0
        self._open: list[float] = []
        self._turn = 0
        self._cut = False
        self._end_s = 0.0

    @property
    def needed_from_s(self) -> float:
        """Earliest time that a later span may be heard from, seconds: what lies before it need not be kept."""
        first = self._frame if self._start is None else self._start
        return max(self._end_s, first * FRAME_S - self.cutting.pad_s - self.cutting.margin_s)

    def __call__(self, probabilities: Iterable[float]) -> Iterator[Span]:
        """The spans that end with the next frames.

        Parameters
        ----------
        probabilities : iterable of float
            Of speech, in [0, 1], one per `FRAME_S`.
        """
        for p in probabilities:
            yield from self._add(float(p))
            self._frame += 1

    def finish(self) -> Iterator[Span]:
        """The span that the end of the recording cuts off, if there is one."""
        if self._start is not None:
            yield from self._close(self._last + 1, last=True)

    def _add(self, p: float) -> Iterator[Span]:
        if self._start is None:
            if p >= self.cutting.on:
                self._start, self._last, self._open = self._frame, self._frame, [p]
            return
        self._open.append(p)
        if p >= self.cutting.off:
            self._last = self._frame
        elif self._frame - self._last >= self._silence:
            yield from self._close(self._last + 1, last=True)
            return
        if len(self._open) >= self._max:
            # The second half holds the cut, so that neither part is too short to be judged.
            half = self._max // 2
            smooth = np.convolve(self._open, np.ones(5) / 5, mode="same")[half:-2]
            cut = self._start + half + int(np.argmin(smooth))
            held = self._open[cut - self._start :]
            yield from self._close(cut, last=False)
            self._start, self._open, self._cut = cut, held, True

    def _close(self, stop: int, *, last: bool) -> Iterator[Span]:
        start, self._start = self._start, None
        long_enough = (stop - start) * FRAME_S >= self.cutting.speech_s
        if long_enough:
            begin = start * FRAME_S - (0 if self._cut else self.cutting.pad_s)
            end = stop * FRAME_S + (self.cutting.tail_s if last else 0)
            before = 0 if self._cut else self.cutting.margin_s
            # Only what was heard when the pause was long enough: later sound would depend on the length of the blocks.
            after = max(0.0, min(self.cutting.margin_s, self._silence * FRAME_S - self.cutting.tail_s)) if last else 0
            found = Span(
                start=max(self._end_s, begin),
                end=end,
                turn=self._turn,
                heard_from=max(self._end_s, begin - before),
                heard_to=end + after,
            )
            self._end_s = end
            yield found
        if last:
            self._turn += long_enough or self._cut
            self._cut = False
