"""What stands in a user's file as values of a manifest."""

import math
import os
from dataclasses import dataclass
from pathlib import Path

SCALE = (-1.0, 1.0)
"""Ends of the scale of valence, arousal and dominance in every manifest."""

LONGEST = {"text": 2_000}
"""Most characters that are kept of a value, by field; `_LONGEST` of the others."""

_LONGEST = 100
_SEXES = {
    "female": ("female", "f", "w", "woman", "girl", "fem", "weiblich", "frau", "femme", "mujer", "donna"),
    "male": ("male", "m", "man", "boy", "masc", "mannlich", "männlich", "mann", "homme", "hombre", "uomo"),
}
_SEX = {word: sex for sex, words in _SEXES.items() for word in words}
_OLDEST = 120


@dataclass(frozen=True)
class Wrong:
    """Why a value cannot be used."""

    message: str


def clean(text: str, *, field: str = "") -> str | None:
    """A value as one line of valid, visible text; None if nothing is left.

    Control and direction characters become spaces, halves of characters (which no file of ours could hold) a
    replacement mark, and what exceeds `LONGEST` is cut.

    Examples
    --------
    >>> clean(" two\\nlines\\u202e "), clean("\\u200b"), clean("\\ud800")
    ('two lines', None, '\ufffd')
    """
    visible = text
    if not text.isprintable():
        whole = ("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
        visible = "".join(c if c.isprintable() else " " for c in whole)
    limit = LONGEST.get(field, _LONGEST)
    return " ".join(visible.split())[:limit] or None


def shown(path: str | Path) -> str:
    """A path as text that shows what is in it: unprintable characters and broken bytes escaped.

    Examples
    --------
    >>> shown("a\\nb.wav")
    'a\\\\nb.wav'
    """
    text = str(path)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def is_text(path: str | Path) -> bool:
    """Whether a path is valid Unicode: a file system may hold any bytes, a table may not."""
    try:
        os.fspath(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def sex(text: str) -> str | Wrong:
    """``"female"`` or ``"male"``."""
    found = _SEX.get(text.casefold())
    return found or Wrong(f"The sex {text!r} is not understood: female or male is; it stays unknown.")


def age(text: str) -> int | Wrong:
    """Whole years."""
    value = _number(text)
    if value is None or not 0 <= value <= _OLDEST:
        return Wrong(f"The age {text!r} is no number of years from 0 to {_OLDEST}; it stays unknown.")
    return int(value)


def rating(text: str, *, scale: tuple[float, float], field: str) -> float | Wrong:
    """A rating brought from its scale to [-1, 1].

    Parameters
    ----------
    text : str
        Number on the scale.
    scale : tuple of float
        Its ends.
    field : str
        What is rated, for the message.

    Examples
    --------
    >>> rating("4", scale=(1, 5), field="valence")
    0.5
    """
    low, high = scale
    value = _number(text)
    if value is None or not low <= value <= high:
        return Wrong(
            f"The {field} {text!r} is no number from {low:g} to {high:g}; it stays unknown. "
            "State the ends of the scale if they are others."
        )
    return 2.0 * (value - low) / (high - low) - 1.0


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
