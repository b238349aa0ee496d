"""One prediction as a history holds it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from ser_core.errors import ConfigError
from ser_core.hashing import canonical_hash
from ser_core.labels import EMOTIONS

VIEWS = ("clip", "recording", "live", "batch")
"""Where predictions come from."""

_LONGEST_NAME = 300
_LONGEST_SPEAKER = 60


class Answer(Protocol):
    """What `ser_core.serving.Prediction` and `ser_core.recordings.Segment` have in common."""

    label: str
    probabilities: Mapping[str, float]
    uncertain: bool
    reason: str | None


@dataclass(frozen=True)
class Entry:
    """A prediction, and what a person said about it.

    Attributes
    ----------
    view : str
        Where it was made: one of `VIEWS`.
    name : str
        Of the file or recording, as the visitor calls it.
    model : str
        Identifier of the model.
    label : str
        Most probable emotion; empty where the model abstained and it is not known.
    probabilities : dict of str to float
        Emotion -> calibrated probability.
    uncertain, abstained : bool
        Whether the answer should not be relied on; whether the model gave none.
    reason : str or None
        Why.
    duration_s : float
        Length of what was judged, seconds.
    start_s : float or None
        Where it begins in a recording, seconds; None for a clip.
    sha256 : str
        Digest of the encoded audio; empty where unknown.
    made : datetime
        When, in UTC.
    corrected : str or None
        The emotion that a person hears instead, or confirms.
    speaker : str
        Who speaks, as that person says; empty where not said.
    """

    view: str
    name: str
    model: str
    label: str
    probabilities: dict[str, float]
    uncertain: bool
    abstained: bool
    reason: str | None
    duration_s: float
    start_s: float | None = None
    sha256: str = ""
    made: datetime = field(default_factory=lambda: datetime.now(UTC))
    corrected: str | None = None
    speaker: str = ""

    def __post_init__(self):
        if self.view not in VIEWS:
            raise ConfigError(f"A prediction comes from {', '.join(VIEWS)}, got {self.view!r}.")
        object.__setattr__(self, "name", _printable(self.name)[:_LONGEST_NAME])
        object.__setattr__(self, "speaker", _printable(self.speaker).strip()[:_LONGEST_SPEAKER])
        check_emotion(self.corrected)

    @classmethod
    def of(
        cls,
        answer: Answer,
        *,
        view: str,
        name: str,
        model: str | None = None,
        sha256: str = "",
        made: datetime | None = None,
    ) -> "Entry":
        """An entry from an answer.

        Parameters
        ----------
        answer : Prediction or Segment
            What the model said; a segment brings its place in the recording along.
        view, name, sha256
            See `Entry`.
        model : str, optional
            Identifier of the model where the answer does not say it.
        made : datetime, optional
            With its time zone; now unless given.
        """
        return cls(
            view=view,
            name=name,
            model=model or getattr(answer, "model", ""),
            label=answer.label,
            probabilities=dict(answer.probabilities),
            uncertain=answer.uncertain,
            abstained=getattr(answer, "abstained", False),
            reason=answer.reason,
            duration_s=answer.duration_s,
            start_s=getattr(answer, "start", None),
            sha256=sha256,
            made=made or datetime.now(UTC),
        )

    @property
    def key(self) -> str:
        """16 hexadecimal digits, the same whenever the same audio is judged by the same model in the same view."""
        start = None if self.start_s is None else round(self.start_s, 3)
        names = ("view", "sha256", "name", "model")
        return canonical_hash({"start": start, **{name: getattr(self, name) for name in names}})

    @property
    def confidence(self) -> float:
        """Probability of `label`, in [0, 1]."""
        return self.probabilities.get(self.label, 0.0)

    @property
    def emotion(self) -> str:
        """What a person says, else what the model says; empty where it gave no answer."""
        return self.corrected or ("" if self.abstained else self.label)

    def corrected_to(self, emotion: str | None, *, speaker: str = "") -> "Entry":
        """The same with what a person hears, and who speaks."""
        return replace(self, corrected=emotion, speaker=speaker)

    def to_row(self) -> dict[str, Any]:
        """The fields as a database holds them."""
        return {
            "key": self.key,
            "made": self.made.astimezone(UTC).isoformat(timespec="microseconds"),
            **{name: getattr(self, name) for name in _AS_THEY_ARE},
            "probabilities": json.dumps(self.probabilities),
            "uncertain": int(self.uncertain),
            "abstained": int(self.abstained),
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Entry":
        """The entry that `to_row` described."""
        return cls(
            made=datetime.fromisoformat(row["made"]),
            probabilities=json.loads(row["probabilities"]),
            uncertain=bool(row["uncertain"]),
            abstained=bool(row["abstained"]),
            **{name: row[name] for name in _AS_THEY_ARE},
        )


_AS_THEY_ARE = (
    *("view", "name", "model", "label", "reason", "duration_s", "start_s"),
    *("sha256", "corrected", "speaker"),
)


def check_emotion(emotion: str | None) -> None:
    """See that a label is one that every corpus shares.

    Raises
    ------
    ConfigError
        If it is another.
    """
    if emotion is not None and emotion not in EMOTIONS:
        raise ConfigError(f"A label is corrected to one of {', '.join(EMOTIONS)}, got {emotion!r}.")


def _printable(text: str) -> str:
    """A text that every table and file can hold, on one line."""
    text = str(text).encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else " " for c in text)
