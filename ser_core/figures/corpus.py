"""Countplots and distributions of the clips of a corpus."""

from typing import Literal

import pandas as pd
import plotly.graph_objects as go

from ser_core.describe import UNKNOWN
from ser_core.figures.style import INK, PATTERNS, count, finish, titles
from ser_core.labels import EMOTIONS

MEASURES = {
    "duration_s": ("Length of the clip", "s", "longest", "shortest"),
    "sound_s": ("Length of the sound", "s", "longest", "shortest"),
    "level_db": ("Level of the sound", "dB of full scale", "loudest", "softest"),
    "peak_db": ("Peak of the clip", "dB of full scale", "loudest", "softest"),
}
"""Column -> its title, its unit, and the words for its greatest and its least value."""

_HEIGHT = 340
_UNIT_SHORT = {"s": "s", "dB of full scale": "dB"}


def countplot(
    counts: pd.DataFrame, *, mode: Literal["stack", "group"] = "stack", title: str | None = None, height: int = _HEIGHT
) -> go.Figure:
    """Number of clips as bars.

    Parameters
    ----------
    counts : pd.DataFrame
        From `ser_core.describe.counts`: the column on the axis, the column that splits the bars if any, and
        ``clips``.
    mode : str
        ``"stack"`` or ``"group"`` (side by side) where bars are split.
    title : str, optional
        Replaces the one made from the numbers.
    height : int
        Pixels.

    Returns
    -------
    plotly.graph_objects.Figure
        Emotions in their colours, in their order and with their patterns.
    """
    by, *split = [column for column in counts.columns if column != "clips"]
    totals = counts.groupby(by, sort=False)["clips"].sum()
    figure = go.Figure()
    if not split:
        figure.add_trace(_bars(by, totals, colours=[_colour(value) for value in totals.index]))
        # The numbers stand on the bars, so that none has to be read off the axis.
        figure.update_traces(text=[f"{clips:,}" for clips in totals], textposition="outside", cliponaxis=False)
    else:
        for value, part in counts.groupby(split[0], sort=False):
            bars = _bars(by, part.set_index(by)["clips"], colours=_colour(value))
            bars.update(name=titles([value])[0], marker={"pattern": _pattern(value)}, hovertemplate=_HOVER_SPLIT)
            figure.add_trace(bars)
    # Speakers are names even where they look like numbers.
    figure.update_xaxes(type="category", title={"text": by.capitalize()}, showgrid=False)
    figure.update_yaxes(title={"text": "Clips"}, rangemode="tozero")
    figure.update_layout(barmode=mode)
    finish(figure, title=title or _balance(by, totals), height=height, legend=bool(split))
    # Below the axis title however many rows the legend takes.
    return figure.update_layout(legend={"yref": "container", "yanchor": "bottom", "y": 0})


def distribution(spread: pd.DataFrame, *, column: str, title: str | None = None, height: int = _HEIGHT) -> go.Figure:
    """A measure by emotion as boxes: the middle half of the clips, with whiskers from the 5th to the 95th percentile.

    Parameters
    ----------
    spread : pd.DataFrame
        From `ser_core.describe.spread`.
    column : str
        What was measured, one of `MEASURES`.
    title : str, optional
        Replaces the one made from the numbers.
    height : int
        Pixels.
    """
    by = spread.columns[0]
    name, unit, *_ = MEASURES[column]
    figure = go.Figure()
    for row in spread.itertuples(index=False):
        colour = _colour(getattr(row, by))
        figure.add_trace(
            go.Box(
                x=titles([getattr(row, by)]),
                lowerfence=[round(row.p5, 3)],
                q1=[round(row.q1, 3)],
                median=[round(row.median, 3)],
                q3=[round(row.q3, 3)],
                upperfence=[round(row.p95, 3)],
                fillcolor=colour,
                line={"color": INK, "width": 1.5},
                width=0.6,
                name=titles([getattr(row, by)])[0],
                hoverinfo="y",
            )
        )
    figure.update_xaxes(title={"text": by.capitalize()}, showgrid=False)
    figure.update_yaxes(title={"text": f"{name} ({unit})"})
    return finish(figure, title=title or _extremes(spread, column), height=height)


_HOVER = "%{x}: %{y:,} clips<extra></extra>"
_HOVER_SPLIT = "%{x}, %{fullData.name}: %{y:,} clips<extra></extra>"


def _bars(by: str, clips: pd.Series, *, colours) -> go.Bar:
    labels = titles(clips.index) if by == "emotion" else [str(value) for value in clips.index]
    marker = {"color": colours, "line": {"width": 0}}
    return go.Bar(x=labels, y=clips.tolist(), marker=marker, hovertemplate=_HOVER)


def _colour(value: str) -> str:
    return EMOTIONS[value].colour if value in EMOTIONS else INK


def _pattern(value: str) -> dict:
    return {"shape": PATTERNS.get(value, ""), "fillmode": "overlay", "fgcolor": "rgba(255,255,255,0.75)", "size": 7}


def _subtitle(text: str) -> str:
    return f"<br><sup>{text}</sup>"


def _balance(by: str, totals: pd.Series) -> str:
    """What a countplot shows, in a sentence: equal shares, or the least and the greatest."""
    n = _subtitle(f"n = {count(int(totals.sum()), 'clip')}")
    if totals.empty:
        return f"No clips{n}"
    least, most = int(totals.min()), int(totals.max())
    if len(totals) == 1:
        return f"All clips are {_plain(by, totals.index[0])}{n}"
    if least == most:
        return f"{count(most, 'clip')} of each {by}{n}"
    if len(totals) == 2:
        return ", ".join(f"{clips:,} {_plain(by, value)}" for value, clips in totals.items()) + n
    small = totals.index[totals == least]
    if len(small) == 1 and (totals.drop(small) == most).all():
        return f"{count(least, 'clip')} of {_plain(by, small[0])}, {most:,} of each other {by}{n}"
    return f"From {least:,} to {count(most, 'clip')} per {by}{n}"


def _plain(by: str, value: str) -> str:
    if value == UNKNOWN:
        return f"{by} {UNKNOWN}"
    return f"speaker {value}" if by == "speaker" else f"{value} intensity" if by == "intensity" else str(value)


def _extremes(spread: pd.DataFrame, column: str) -> str:
    """What a distribution shows, in a sentence: where the middle clip lies highest and lowest."""
    name, unit, most, least = MEASURES[column]
    by = spread.columns[0]
    clips = int(spread["clips"].sum())
    n = _subtitle(f"n = {count(clips, 'clip')}; box: middle half, whiskers: 5th to 95th percentile")
    if len(spread) < 2 or spread["median"].nunique() < 2:
        return f"{name}{n}"
    high, low = spread.loc[spread["median"].idxmax()], spread.loc[spread["median"].idxmin()]
    unit = _UNIT_SHORT[unit]
    numbers = [f"{titles([part[by]])[0]} ({part['median']:.1f} {unit})".replace("-", "−") for part in (high, low)]
    return f"{numbers[0]} is {most}, {numbers[1]} {least}{n}"
