"""A microphone -> timed predictions, while somebody speaks."""

from collections.abc import Iterable

import numpy as np
import soxr

from ser_core.errors import ConfigError
from ser_core.recordings.cutter import Cutter
from ser_core.recordings.segment import Segment, Timeline
from ser_core.recordings.spans import Cutting, Span
from ser_core.recordings.timeline import judge
from ser_core.recordings.working_copy import WorkingCopy
from ser_core.serving import Predictor
from ser_core.settings import LIMITS
from ser_core.speech import FRAME, SAMPLING_RATE

CUTTING = Cutting(silence_s=0.3, max_s=4.0)
"""How live speech is cut: sooner than a recording's, for somebody is waiting. The models were trained on sentences of 2
to 5 s, so that less than 4 would cost answers."""

MAX_S = 4 * 3600
"""Longest that is listened to, seconds: what is known of the segments stays in memory."""


class Listener:
    """Judges sound as it comes. One instance per microphone; not safe under several threads.

    Memory holds the last seconds of the signal and the segments (1 kB each); the sound goes to the working copy.

    Parameters
    ----------
    predictor : Predictor
        The model; may be used elsewhere at the same time.
    copy : WorkingCopy, optional
        Keeps what was heard.
    cutting : Cutting
        How speech is cut into segments.

    Examples
    --------
    >>> from ser_core.testing import speechlike
    >>> listener = Listener(Predictor.load())  # doctest: +SKIP
    >>> listener.hear(speechlike(2.0), sr=16_000)  # doctest: +SKIP
    []
    """

    def __init__(self, predictor: Predictor, *, copy: WorkingCopy | None = None, cutting: Cutting = CUTTING):
        self.predictor = predictor
        self.copy = copy
        self.segments: list[Segment] = []
        self._cutter = Cutter(cutting)
        self._sr = SAMPLING_RATE
        self._resampler: soxr.ResampleStream | None = None

    @property
    def heard_s(self) -> float:
        """What was heard so far, seconds."""
        return self._cutter.heard_s

    @property
    def is_full(self) -> bool:
        """Whether as much was heard as is listened to."""
        return self.heard_s >= MAX_S

    @property
    def timeline(self) -> Timeline:
        """What is known by now."""
        return Timeline(tuple(self.segments), self.heard_s, self.predictor.card.id)

    def hear(self, block: np.ndarray, *, sr: int) -> list[Segment]:
        """The next part of the sound.

        Parameters
        ----------
        block : np.ndarray [shape=(t,)]
            float32 in [-1, 1], of any length.
        sr : int
            Its sampling rate, Hz. A change of it, as when another microphone is plugged in, is followed.

        Returns
        -------
        list of Segment
            Those that are known to have ended with it. Nothing is heard any more once `is_full`.

        Raises
        ------
        ConfigError
            If the rate is none that is allowed, or the block has several channels.
        """
        block = np.asarray(block, dtype=np.float32)
        if block.ndim != 1 or not LIMITS.min_sampling_rate <= sr <= LIMITS.max_sampling_rate:
            raise ConfigError(
                f"One channel at {LIMITS.min_sampling_rate} to {LIMITS.max_sampling_rate} Hz is asked for, got shape "
                f"{block.shape} at {sr} Hz."
            )
        if self.is_full:
            return []
        found: list[Segment] = []
        if sr != self._sr:
            found += self._take(self._rest())
            self._sr = sr
            self._resampler = (
                None if sr == SAMPLING_RATE else soxr.ResampleStream(sr, SAMPLING_RATE, 1, dtype="float32")
            )
        block = np.clip(np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0), -1.0, 1.0)
        return found + self._take(block if self._resampler is None else self._resampler.resample_chunk(block))

    def finish(self) -> list[Segment]:
        """The segments that the end cuts off; hearing may go on afterwards."""
        found = self._take(self._rest())
        # A frame that is filled up with silence here keeps the times of what is heard afterwards exact.
        found += self._take(np.zeros(-round(self.heard_s * SAMPLING_RATE) % FRAME, np.float32))
        return found + self._known(self._cutter.finish())

    def _rest(self) -> np.ndarray:
        """What the resampler still holds."""
        if self._resampler is None:
            return np.empty(0, np.float32)
        rest, self._resampler, self._sr = self._resampler.resample_chunk(np.empty(0, np.float32), last=True), None, 0
        return rest

    def _take(self, block: np.ndarray) -> list[Segment]:
        if not len(block):
            return []
        block = np.clip(block, -1.0, 1.0)
        if self.copy is not None:
            self.copy.add(block)
        return self._known(self._cutter(block))

    def _known(self, spans: Iterable[tuple[Span, np.ndarray]]) -> list[Segment]:
        judged = [judge(self.predictor, span, signal) for span, signal in spans]
        found = [segment for segment in judged if segment is not None]
        self.segments += found
        return found
