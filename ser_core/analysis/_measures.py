"""The measures of `ser_core.analysis.acoustics`: what each is called and means, and which functional it is.

They stand in ``measures.csv`` beside this file, one per row.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

GROUPS = {
    "pitch": "Pitch",
    "loudness": "Loudness",
    "timing": "Tempo and pauses",
    "voice": "Voice quality",
    "spectrum": "Brightness and spectrum",
    "formants": "Formants (vowel colour)",
    "timbre": "Timbre (MFCC)",
}
"""Group of a measure -> its title, in reading order."""


@dataclass(frozen=True)
class Feature:
    """One measure of a clip.

    Attributes
    ----------
    name : str
        Identifier, in addresses and tables.
    group : str
        One of `GROUPS`.
    title : str
        In words for a reader.
    unit : str
        Unit of the values; empty for a number without one.
    column : str
        The functional it is, see `ser_core.features.functionals.feature_names`.
    scale : float
        The functional is multiplied by this.
    needs_voice : bool
        Whether it means nothing in a clip without a voice.
    higher, lower : str
        More and less of it in words that complete "sounds ...".
    term : str
        What the field calls it, and what it says.
    """

    name: str
    group: str
    title: str
    unit: str
    column: str
    scale: float
    needs_voice: bool
    higher: str
    lower: str
    term: str

    @property
    def label(self) -> str:
        """The title with the unit, as an axis says it."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


def _read() -> dict[str, Feature]:
    with Path(__file__).with_name("measures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    typed = [{**row, "scale": float(row["scale"]), "needs_voice": row["needs_voice"] == "yes"} for row in rows]
    return {row["name"]: Feature(**row) for row in typed}


FEATURES = _read()
"""Name -> measure, group by group."""
