"""The leaderboard as a figure: every run a row, the best on top."""

import textwrap
from html import escape

import pandas as pd
import plotly.graph_objects as go

from ser_core.figures.dots import dot_rows
from ser_core.figures.headline import LOOKS
from ser_core.figures.marks import Mark, score_text
from ser_core.figures.style import INK, count

#: Characters of a line of a name.
_LINE = 34


def ranking(table: pd.DataFrame, *, title: str) -> go.Figure:
    """UAR of each run with its 95% interval and what guessing would score.

    Parameters
    ----------
    table : pd.DataFrame
        ``name`` (unique, as shown), ``group`` (protocol, or "raters"), ``group_title``, ``uar, low, high, chance,
        clips, speakers``, from top to bottom.
    title : str
        States what is seen.

    Returns
    -------
    plotly.graph_objects.Figure
        One trace for each group.
    """
    rows = table["name"].tolist()
    shown, looks = {}, {}
    for group, part in table.groupby("group", sort=False):
        colour, symbol = LOOKS.get(group, ("#9C5C6B", "star") if group == "raters" else (INK, "square-open"))
        looks[group] = Mark(part["group_title"].iloc[0], "", colour, symbol, "solid")
        shown[group] = pd.DataFrame(
            {
                "row": part["name"],
                "value": part["uar"],
                "low": part["low"],
                "high": part["high"],
                "hover": [
                    f"{r.name}: {r.uar:.3f} [{r.low:.3f}, {r.high:.3f}]<br>guessing {score_text(r.chance, digits=3)}"
                    f"<br>{count(r.clips, 'clip')} of {count(r.speakers, 'speaker')}"
                    for r in part.itertuples(index=False)
                ],
            }
        )
    note = f"{count(len(rows), 'row')}. Bars: 95% interval over speakers. Ticks: what guessing would score."
    chance = dict(zip(table["name"], table["chance"], strict=True))
    titles = [f"{_lines(r.name)}  <b>{score_text(r.uar)}</b>" for r in table.itertuples(index=False)]
    how = {"title": title, "note": note, "looks": looks, "chance": chance, "titles": titles}
    figure = dot_rows(shown, rows, axis="Average recall (UAR)", **how)
    # Each row holds one dot, so none has to give way.
    place = {name: len(rows) - 1 - i for i, name in enumerate(rows)}
    for trace, part in zip(figure.data, shown.values(), strict=False):
        trace.y = [place[name] for name in part["row"]]
    return figure


def _lines(name: str) -> str:
    """A name in at most two lines that leave a telephone room for the plot."""
    lines = textwrap.wrap(name, max(_LINE, -(-len(name) // 2) + _LINE // 4))
    return "<br>".join(map(escape, lines))
