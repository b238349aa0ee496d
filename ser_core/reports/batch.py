"""The report of a batch: what many files sound like to a model."""

from typing import TYPE_CHECKING

import pandas as pd

from ser_core.batch.summary import STATES, Summary, state, summarise
from ser_core.figures.batch import answers
from ser_core.figures.prediction import percent
from ser_core.labels import EMOTIONS
from ser_core.reports.blocks import Badge, Block, Download, Downloads, Facts, Figure, Heading, Report, Table, Text
from ser_core.reports.model import about

if TYPE_CHECKING:
    from ser_core.serving import Card


def batch_report(table: pd.DataFrame, card: "Card", *, name: str) -> Report:
    """The report of a table of results.

    Parameters
    ----------
    table : pd.DataFrame
        As `ser_core.batch.predict_all` gives it.
    card : Card
        Of the model that judged.
    name : str
        What the files are called together.

    Returns
    -------
    Report
        For `ser_core.reports.to_html`.
    """
    summary = summarise(table)
    blocks: list[Block] = [Facts(facts(summary))]
    if summary.answered:
        blocks += [Figure(answers(summary), numbers=numbers(summary)), explained()]
    blocks += [
        Downloads(
            [
                Download("results.csv", table.to_csv(index=False)),
                Download("results.json", table.to_json(orient="records", indent=1), "application/json"),
            ]
        ),
        Heading("File by file"),
        _files(table),
        *about(card),
    ]
    return Report(f"What {name} sounds like", blocks, lead=summary.sentence)


def facts(summary: Summary) -> list[tuple[str, str]]:
    """What became of the files, in numbers."""
    found = [("Files", f"{summary.files:,}")]
    found += [(words, f"{summary.states[each]:,}") for each, words in STATES.items()]
    return [*found, ("Length", _length(summary.hours))]


def numbers(summary: Summary) -> pd.DataFrame:
    """The figure of the answers as a table."""
    return pd.DataFrame(
        [
            {
                "emotion": EMOTIONS[name].title,
                **parts,
                "expected": round(summary.expected[name].value, 1),
                "low": round(summary.expected[name].low, 1),
                "high": round(summary.expected[name].high, 1),
            }
            for name, parts in summary.answers.items()
        ]
    )


def _files(table: pd.DataFrame) -> Table:
    rows = []
    for row, found in zip(table.itertuples(), state(table), strict=True):
        answered = found in ("sure", "uncertain")
        emotion = EMOTIONS[row.label] if answered else None
        rows.append(
            [
                row.path,
                Badge(emotion.title, emotion.colour) if emotion else None,
                percent(row.confidence) if answered else None,
                STATES[found],
                _note(row),
            ]
        )
    columns = ["File", "Sounds", "Probability", "Answer", "Why"]
    return Table(columns, rows, f"What each file sounds like (n = {len(table):,}).")


def _note(row) -> str | None:
    return next((text for text in (row.error, row.reason) if isinstance(text, str)), None)


def _length(hours: float) -> str:
    minutes = round(60 * hours)
    if minutes < 2:
        return f"{3600 * hours:.0f} s"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{60 * hours:.1f} min"


def explained() -> Text:
    """What the marks of the figure mean, for who reads no legend."""
    return Text(
        "A bar counts the files with that answer. The diamond sums the probabilities of all files instead, so that "
        "doubtful answers count in part; its line is a 95% interval (normal approximation of the Poisson binomial "
        "distribution)."
    )
