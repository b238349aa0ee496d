"""Rows of dots with intervals: the form of every comparison that has names down its side."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ser_core.figures.marks import Mark, headed, marks, score_axis
from ser_core.figures.style import INK

_SPREAD = 0.22  # Of a row's height, over which the models of that row are spread.
_ROW_PX = 34
#: Plotly's dots need room for those of other models in the same row.
_MORE_PX = 9
#: Of a dot with its value above it.
_WRITTEN_PX = 36
#: Of a line of a row's name.
_LINE_PX = 17
#: Characters of a row's name that take half of a telephone.
_LONG_NAME = 24


def offsets(n: int) -> np.ndarray:
    """Vertical places of `n` models within a row of height 1, the first on top."""
    return np.linspace(_SPREAD, -_SPREAD, n) if n > 1 else np.zeros(1)


def errors(value, low, high) -> dict:
    """Error bars of plotly from the ends of intervals; NaN draws none."""
    value, low, high = (np.asarray(each, dtype=float) for each in (value, low, high))
    return {
        "type": "data",
        "symmetric": False,
        "array": np.nan_to_num(high - value),
        "arrayminus": np.nan_to_num(value - low),
        "thickness": 2,
        "width": 4,
    }


def dot_rows(
    tables: Mapping[str, pd.DataFrame],
    rows: Sequence[str],
    *,
    titles: Sequence[str] | None = None,
    axis: str,
    title: str,
    note: str,
    looks: Mapping[str, Mark] | None = None,
    score: bool = True,
    chance: Mapping[str, float] | None = None,
    values: str | None = None,
) -> go.Figure:
    """One row for each name, in it one dot with its interval for each model.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        Model -> ``row`` (one of `rows`), ``value, low, high`` and ``hover`` (text).
    rows : sequence of str
        From top to bottom.
    titles : sequence of str, optional
        Rows as shown to a reader.
    axis : str
        What the values are, with their unit.
    title, note : str
        States what is seen; how many clips, what the bars mean.
    looks : mapping, optional
        Model -> its mark; those of `marks` unless given.
    score : bool
        Whether the values lie in [0, 1] and the axis shows all of it.
    chance : mapping, optional
        Row -> what guessing would reach, drawn as a tick.
    values : str, optional
        Template of plotly that writes the value over each dot, such as ``"%{x:.0%}"``; none is written unless given.

    Returns
    -------
    plotly.graph_objects.Figure
        One trace for each model, then one for guessing.
    """
    looks = looks or marks(tables)
    place = {name: len(rows) - 1 - i for i, name in enumerate(rows)}
    figure = go.Figure()
    for offset, (name, table) in zip(offsets(len(tables)), tables.items(), strict=True):
        mark = looks[name]
        figure.add_scatter(
            name=mark.title,
            x=table["value"],
            y=[place[row] + offset for row in table["row"]],
            mode="markers+text" if values else "markers",
            texttemplate=values,
            textposition="top center",
            marker={"color": mark.colour, "symbol": mark.symbol, "size": 10},
            error_x={**errors(table["value"], table["low"], table["high"]), "color": mark.colour},
            text=table["hover"],
            hovertemplate=f"%{{text}}<extra>{mark.title}</extra>",
        )
    if chance:
        figure.add_scatter(
            name="Guessing",
            x=list(chance.values()),
            y=[place[row] for row in chance],
            mode="markers",
            marker={"color": INK, "symbol": "line-ns-open", "size": 16, "line": {"width": 2}},
            hovertemplate="Guessing: %{x:.3f}<extra></extra>",
        )
    figure.update_xaxes(score_axis(title=axis) if score else {"title": axis})
    names = list(titles) if titles is not None else list(rows)
    figure.update_yaxes(
        tickvals=[place[row] for row in rows], ticktext=names, range=[-0.6, len(rows) - 0.4], showgrid=True
    )
    entries = len(tables) + bool(chance)
    # On a telephone long names leave room for one entry in a line; a legend with too few would lie on the axis' title.
    lines = [re.sub(r"<[^>]+>", "", line) for each in names for line in each.split("<br>")]
    in_a_line = 1 if max(map(len, lines)) > _LONG_NAME else 2
    legend = -(-entries // in_a_line) if entries > 1 else 0
    row_px = _WRITTEN_PX * len(tables) if values else _ROW_PX + _MORE_PX * max(0, len(tables) - 2)
    row_px = max(row_px, _LINE_PX * max(each.count("<br>") + 1 for each in names))
    height = max(110, row_px * len(rows) + 20)
    return headed(figure, title=title, note=note, plot_px=height, legend_rows=legend)
