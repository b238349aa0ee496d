"""What a report is made of, before it is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
import plotly.graph_objects as go


@dataclass(frozen=True)
class Badge:
    """A cell of a table with a dot in a colour, as for an emotion; the text says the same."""

    text: str
    colour: str


@dataclass(frozen=True)
class Heading:
    """A heading below the report's title."""

    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph of plain text."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Facts:
    """Names with their values, as figures of a summary."""

    items: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Code:
    """A command line or the like."""

    text: str


@dataclass(frozen=True)
class Table:
    """A table of texts, numbers and badges.

    Attributes
    ----------
    columns : sequence of str
        Heads of the columns.
    rows : sequence of sequence
        Cells: text, numbers (written as they are given, to the right), `Badge`, or None for nothing. Only the first
        `ser_core.reports.page.MAX_ROWS` are shown, which is told.
    caption : str
        What the table shows, with its n.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    caption: str

    @classmethod
    def of(cls, frame: pd.DataFrame, caption: str) -> "Table":
        """A data frame as it is, without its index; unknown values stay empty."""
        rows = [[None if pd.isna(value) else value for value in row] for row in frame.itertuples(index=False)]
        return cls([str(name) for name in frame.columns], rows, caption)


@dataclass(frozen=True)
class Figure:
    """A figure that can be zoomed and hovered over, with its numbers below.

    Attributes
    ----------
    figure : plotly.graph_objects.Figure
        With its title; its ground is transparent, so that it suits light and dark.
    alt : str
        What it shows, for who cannot see it; its title unless given.
    numbers : pd.DataFrame or None
        What is drawn, folded away below it.
    """

    figure: go.Figure
    alt: str = ""
    numbers: pd.DataFrame | None = None


@dataclass(frozen=True)
class Download:
    """A file within the report.

    Attributes
    ----------
    name : str
        Of the file, with its ending.
    content : str or bytes
        What it holds.
    mime : str
        Its media type.
    """

    name: str
    content: str | bytes
    mime: str = "text/csv"


@dataclass(frozen=True)
class Downloads:
    """Files to take out of the report."""

    files: Sequence[Download]


Block = Heading | Text | Facts | Code | Table | Figure | Downloads


@dataclass(frozen=True)
class Report:
    """A report before it is written.

    Attributes
    ----------
    title : str
        States what is reported.
    blocks : sequence
        In the order to be read.
    lead : str
        One or two sentences below the title: the answer.
    made : datetime
        When it was made, with its time zone; now unless given.
    statement : bool
        Whether the statement on limits and law stands at the end.
    """

    title: str
    blocks: Sequence[Block]
    lead: str = ""
    made: datetime = field(default_factory=lambda: datetime.now().astimezone())
    statement: bool = True
