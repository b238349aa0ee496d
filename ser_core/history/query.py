"""What is looked for in a history."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

#: What a reader looks for beside the emotions.
ANSWERS = ("sure", "uncertain", "abstained", "corrected")
_MEANT = {
    "sure": "uncertain = 0",
    "uncertain": "uncertain = 1 AND abstained = 0",
    "abstained": "abstained = 1",
    "corrected": "corrected IS NOT NULL",
}

EMOTION = "ifnull(corrected, CASE abstained WHEN 1 THEN '' ELSE label END)"
"""`ser_core.history.Entry.emotion` in SQL."""


@dataclass(frozen=True)
class Query:
    """Conditions that all have to hold; empty ones always do.

    Attributes
    ----------
    text : str
        Words that the name, the reason or the speaker holds, whatever their case; all of them.
    emotions : tuple of str
        What a person says, else what the model says.
    models, views : tuple of str
        Identifiers of models; views.
    answers : tuple of str
        Some of `ANSWERS`; one of them has to fit.
    first, last : date or None
        Days in UTC, both included.
    """

    text: str = ""
    emotions: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None

    def to_sql(self) -> tuple[str, list]:
        """Conditions for SQLite and their values; the function ``folded`` has to be there."""
        parts, values = [], []
        for word in self.text.casefold().split():
            parts.append("instr(folded(name || ' ' || ifnull(reason, '') || ' ' || speaker), ?) > 0")
            values.append(word)
        named = ((EMOTION, self.emotions), ("model", self.models), ("view", self.views))
        for column, wanted in named:
            if wanted:
                parts.append(f"{column} IN ({', '.join('?' * len(wanted))})")
                values += wanted
        if self.answers:
            parts.append("(" + " OR ".join(f"({_MEANT[answer]})" for answer in self.answers) + ")")
        if self.first is not None:
            parts.append("made >= ?")
            values.append(_midnight(self.first))
        if self.last is not None:
            parts.append("made < ?")
            values.append(_midnight(self.last + timedelta(days=1)))
        return " AND ".join(parts) or "1", values


def _midnight(day: date) -> str:
    return datetime.combine(day, time(), UTC).isoformat(timespec="microseconds")
