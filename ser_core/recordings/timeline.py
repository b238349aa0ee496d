"""A recording -> timed predictions, one stretch of speech after the other, in bounded memory."""

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ser_core.audio import Audio, Recording, open_recording
from ser_core.errors import AudioError
from ser_core.labels import EMOTIONS
from ser_core.progress import CancelCallback, Meter, ProgressCallback
from ser_core.recordings.smoothing import smooth
from ser_core.recordings.spans import Cutting, Span, SpanFinder
from ser_core.serving import Predictor
from ser_core.speech import SAMPLING_RATE, SpeechDetector

# Seconds decoded at a time: the first answer comes after one block, and blocks are all that is held.
_BLOCK_S = 10.0
_WORKERS = 2
# Spans that may wait for their answer: enough to keep the workers busy, little to hold in memory.
_AHEAD = 8


@dataclass(frozen=True)
class Segment:
    """What one stretch of speech sounds like.

    Attributes
    ----------
    start, end : float
        Seconds from the start of the recording.
    turn : int
        Segments of one uninterrupted stretch of speech share it.
    label : str
        Most probable emotion.
    probabilities : dict of str to float
        Of each emotion, in the order of ``EMOTIONS``; they sum to 1. Smoothed over time where this was asked for.
    uncertain : bool
        Whether the answer should not be relied on.
    reason : str or None
        Why it is uncertain.
    """

    start: float
    end: float
    turn: int
    label: str
    probabilities: dict[str, float]
    uncertain: bool
    reason: str | None

    @property
    def duration_s(self) -> float:
        """Length, seconds."""
        return self.end - self.start

    @property
    def confidence(self) -> float:
        """Probability of `label`, in [0, 1]."""
        return self.probabilities[self.label]

    @property
    def valence(self) -> float:
        """Expected valence, in [-1, 1]: the emotions' coordinates weighted by their probabilities."""
        return sum(p * EMOTIONS[name].valence for name, p in self.probabilities.items())

    @property
    def arousal(self) -> float:
        """Expected arousal, in [-1, 1], likewise."""
        return sum(p * EMOTIONS[name].arousal for name, p in self.probabilities.items())

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values; times to the millisecond."""
        return {
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "turn": self.turn,
            "label": self.label,
            "probabilities": dict(self.probabilities),
            "valence": self.valence,
            "arousal": self.arousal,
            "uncertain": self.uncertain,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Timeline:
    """A recording as it was judged.

    Attributes
    ----------
    segments : tuple of Segment
        In order; between them nobody speaks.
    duration_s : float
        Length of the recording, seconds.
    model : str
        Identifier of the model.
    smoothing_s : float
        As asked for.
    """

    segments: tuple[Segment, ...]
    duration_s: float
    model: str
    smoothing_s: float = 0.0

    def summary(self) -> dict[str, Any]:
        """The recording in figures.

        Returns
        -------
        dict
            ``duration_s, speech_s`` (seconds); ``share`` (emotion -> share of the time that is spoken, in [0, 1]);
            ``expected_share`` (the same by probability, which counts doubts); ``changes`` (how often the label
            changes from one segment to the next); ``uncertain_share`` (of the spoken time); ``certain`` (the three
            most certain segments of each emotion that occurs, as ``to_dict`` gives them).
        """
        speech_s = sum(segment.duration_s for segment in self.segments)
        spoken: Counter[str] = Counter()
        expected: Counter[str] = Counter()
        for segment in self.segments:
            spoken[segment.label] += segment.duration_s
            for name, p in segment.probabilities.items():
                expected[name] += p * segment.duration_s
        labels = [segment.label for segment in self.segments]
        by_certainty = sorted(self.segments, key=lambda segment: -segment.confidence)
        return {
            "duration_s": self.duration_s,
            "speech_s": speech_s,
            "share": {name: spoken[name] / speech_s for name in EMOTIONS.ordered(spoken)},
            "expected_share": {name: expected[name] / speech_s for name in EMOTIONS.ordered(expected)},
            "changes": sum(a != b for a, b in pairwise(labels)),
            "uncertain_share": sum(s.duration_s for s in self.segments if s.uncertain) / speech_s if speech_s else 0.0,
            "certain": {
                name: [segment.to_dict() for segment in by_certainty if segment.label == name][:3]
                for name in EMOTIONS.ordered(spoken)
            },
        }


def segments(
    source: bytes | Path | str,
    predictor: Predictor,
    *,
    cutting: Cutting | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Generator[Segment, None, float]:
    """Judge a recording while it is read: each segment comes as soon as it is known.

    Memory stays bounded whatever the length, for only the last seconds of the signal are held.

    Parameters
    ----------
    source : bytes or path
        The recording, of any length that `settings.RECORDING_LIMITS` allows.
    predictor : Predictor
        The model; may be used elsewhere at the same time.
    cutting : Cutting, optional
        How speech is cut into segments.
    progress : callable, optional
        Gets a `Progress` in seconds of the recording.
    cancel : callable, optional
        Answers true to stop.

    Yields
    ------
    Segment
        In order. Speech that cannot be judged, such as half a second of whisper, is left out.

    Returns
    -------
    float
        Length of the recording, seconds.

    Raises
    ------
    AudioError
        If the recording cannot be read.
    CancelledError
        If `cancel` answered true.
    """
    with open_recording(source, sr=SAMPLING_RATE, block_s=_BLOCK_S) as recording:
        total = round(recording.duration_s) if recording.duration_s else None
        meter = Meter(progress, total=total, unit="seconds", message="Listening", cancel=cancel)
        spans = _Spans(recording, cutting=cutting, meter=meter)
        pending: deque[Future[Segment | None]] = deque()
        pool = ThreadPoolExecutor(_WORKERS)
        try:
            for span, signal in spans:
                pending.append(pool.submit(_judge, predictor, span, signal))
                while len(pending) > _AHEAD or (pending and pending[0].done()):
                    yield from _known(pending.popleft())
            for future in pending:
                yield from _known(future)
            meter.finish()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return spans.heard_s


def make_timeline(
    source: bytes | Path | str,
    predictor: Predictor,
    *,
    cutting: Cutting | None = None,
    smoothing_s: float = 0.0,
    heard: Callable[[Segment], None] | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Timeline:
    """Judge a whole recording, see `segments`.

    Parameters
    ----------
    smoothing_s : float
        How long an emotion is expected to last, seconds, see `smooth`; 0 judges each segment by itself.
    heard : callable, optional
        Gets each segment as soon as it is known, before any smoothing.
    """
    found: list[Segment] = []
    listening = segments(source, predictor, cutting=cutting, progress=progress, cancel=cancel)
    while True:
        try:
            found.append(next(listening))
        except StopIteration as end:
            duration_s = end.value
            break
        if heard is not None:
            heard(found[-1])
    if smoothing_s:
        found = smooth(found, lasting_s=smoothing_s)
    return Timeline(tuple(found), duration_s, predictor.card.id, smoothing_s)


class _Spans:
    """Spans with their signals; of the recording only what a later span may need is held."""

    def __init__(self, recording: Recording, *, cutting: Cutting | None, meter: Meter):
        self._recording, self._meter = recording, meter
        self._detector, self._finder = SpeechDetector(), SpanFinder(cutting)
        self._held, self._first = np.empty(0, np.float32), 0

    @property
    def heard_s(self) -> float:
        """What was read so far, seconds."""
        return (self._first + len(self._held)) / SAMPLING_RATE

    def __iter__(self) -> Iterator[tuple[Span, np.ndarray]]:
        for block in self._recording.blocks:
            self._held = np.concatenate([self._held, block])
            for span in self._finder(self._detector(block)):
                yield self._cut(span)
            self._meter.set(round(self.heard_s))
            self._forget()
        for span in (*self._finder(self._detector.finish()), *self._finder.finish()):
            yield self._cut(span)

    def _cut(self, span: Span) -> tuple[Span, np.ndarray]:
        start, stop = (round(seconds * SAMPLING_RATE) - self._first for seconds in (span.start, span.end))
        signal = self._held[max(0, start) : stop].copy()
        return replace(span, end=min(span.end, self.heard_s)), signal

    def _forget(self) -> None:
        keep = round(self._finder.needed_from_s * SAMPLING_RATE)
        if keep > self._first:
            self._held, self._first = self._held[keep - self._first :], keep


def _known(future: "Future[Segment | None]") -> Iterator[Segment]:
    segment = future.result()
    if segment is not None:
        yield segment


def _judge(predictor: Predictor, span: Span, signal: np.ndarray) -> Segment | None:
    try:
        prediction = predictor.predict(Audio(signal, SAMPLING_RATE))
    except AudioError:  # Too short or too quiet to be judged: there is nothing to say about it.
        return None
    return Segment(
        start=span.start,
        end=span.end,
        turn=span.turn,
        label=prediction.label,
        probabilities=prediction.probabilities,
        uncertain=prediction.uncertain,
        reason=prediction.reason,
    )
