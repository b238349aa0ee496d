"""What a check of a user's corpus found, row by row."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd

KINDS = {
    "missing-column": "A column that the table does not have",
    "missing-file": "A file that is not there",
    "outside": "A path that leads out of the folder",
    "name": "A file name that is no valid text",
    "no-label": "No word for the emotion",
    "unknown-label": "A word for an emotion that is not known",
    "bad-value": "A value that cannot be used",
    "duplicate": "A clip that is listed twice",
    "ragged-row": "A row with too many or too few cells",
    "encoding": "Text in another encoding than UTF-8",
    "lfs-pointer": "A Git-LFS pointer in place of audio",
    "unreadable-audio": "A file that cannot be read as audio",
    "empty-audio": "A file without a single sample",
    "silent": "A silent recording",
    "too-short": "Too little sound to judge",
    "too-large": "More than can be decoded",
}
"""Kind of finding -> what it means."""

LEFT_OUT = {
    "missing-file",
    "outside",
    "name",
    "duplicate",
    "lfs-pointer",
    "unreadable-audio",
    "empty-audio",
    "too-large",
}
"""Kinds whose clip cannot be used; any other leaves the clip in, perhaps without what was wrong."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes
    ----------
    row : int or None
        Row of the table as a spreadsheet counts it (the heading of a CSV is row 1, a JSON line its line, the first
        clip of a Parquet table row 1); None where it concerns no row.
    file : str
        Path as the table or the folder has it, unprintable characters escaped; empty where it concerns no file.
    kind : str
        Key of `KINDS`.
    message : str
        What was found and what to do about it.
    """

    row: int | None
    file: str
    kind: str
    message: str

    def to_dict(self) -> dict:
        """The fields, JSON-ready."""
        return asdict(self)


def by_kind(findings: Iterable[Finding]) -> dict[str, int]:
    """Number of findings of each kind that occurs, in the order of `KINDS`."""
    counts = Counter(finding.kind for finding in findings)
    return {kind: counts[kind] for kind in KINDS if counts[kind]}


def as_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Findings as a table with the columns ``row, file, kind, message``."""
    rows = [finding.to_dict() for finding in findings]
    return pd.DataFrame(rows, columns=["row", "file", "kind", "message"]).astype({"row": "Int64"})
