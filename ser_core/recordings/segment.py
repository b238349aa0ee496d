"""What is known of a recording once it is judged: its segments, and the whole in figures."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ser_core.labels import EMOTIONS
from ser_core.serving.prediction import opening


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
    abstained : bool
        Whether the model gives no answer, see `ser_core.serving.Prediction`: label and probabilities are then not to
        be shown as an answer. Implies `uncertain`.
    speaker : str or None
        Likely speaker, "A", "B", ... in the order in which they are first heard; None where nobody asked or the
        segment is too short to tell.
    """

    start: float
    end: float
    turn: int
    label: str
    probabilities: dict[str, float]
    uncertain: bool
    reason: str | None
    abstained: bool = False
    speaker: str | None = None

    @property
    def answer(self) -> str | None:
        """The emotion, None where the model gives no answer."""
        return None if self.abstained else self.label

    @property
    def duration_s(self) -> float:
        """Length, seconds."""
        return self.end - self.start

    @property
    def confidence(self) -> float:
        """Probability of `label`, in [0, 1]."""
        return self.probabilities[self.label]

    @property
    def opening(self) -> str:
        """What it sounds like in a few words, hedged by the probability."""
        return opening(self.label, confidence=self.confidence, uncertain=self.uncertain, abstained=self.abstained)

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
            "abstained": self.abstained,
            "speaker": self.speaker,
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
            ``duration_s, speech_s`` (seconds); ``share`` (emotion -> share of the time that is spoken and was answered,
            in [0, 1]); ``expected_share`` (the same by probability, which counts doubts); ``changes`` (how often the
            label changes from one answer to the next); ``uncertain_share`` (of the spoken time, segments without an
            answer among them); ``no_answer_share`` (of the spoken time); ``speakers`` (likely speaker -> ``speech_s``
            and ``share``; empty where nobody asked); ``certain`` (the three most certain segments of each emotion that
            occurs, as ``to_dict`` gives them).
        """
        speech_s = sum(segment.duration_s for segment in self.segments)
        answered = [segment for segment in self.segments if not segment.abstained]
        expected: Counter[str] = Counter()
        for segment in answered:
            for name, p in segment.probabilities.items():
                expected[name] += p * segment.duration_s
        answered_s = sum(segment.duration_s for segment in answered)
        by_certainty = sorted(answered, key=lambda segment: -segment.confidence)
        share = _share(answered)
        speakers = sorted({segment.speaker for segment in self.segments if segment.speaker})
        return {
            "duration_s": self.duration_s,
            "speech_s": speech_s,
            "share": share,
            "expected_share": {name: expected[name] / answered_s for name in EMOTIONS.ordered(expected)},
            "changes": sum(a.label != b.label for a, b in pairwise(answered)),
            "uncertain_share": _part(self.segments, speech_s, lambda segment: segment.uncertain),
            "no_answer_share": _part(self.segments, speech_s, lambda segment: segment.abstained),
            "speakers": {
                speaker: {
                    "speech_s": sum(segment.duration_s for segment in self.segments if segment.speaker == speaker),
                    "share": _share([segment for segment in answered if segment.speaker == speaker]),
                }
                for speaker in speakers
            },
            "certain": {
                name: [segment.to_dict() for segment in by_certainty if segment.label == name][:3] for name in share
            },
        }


def _share(segments: Sequence[Segment]) -> dict[str, float]:
    """Emotion -> share of the segments' time."""
    spoken: Counter[str] = Counter()
    for segment in segments:
        spoken[segment.label] += segment.duration_s
    return {name: spoken[name] / spoken.total() for name in EMOTIONS.ordered(spoken)}


def _part(segments: Sequence[Segment], whole_s: float, which: Callable[[Segment], bool]) -> float:
    return sum(segment.duration_s for segment in segments if which(segment)) / whole_s if whole_s else 0.0
