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
    if split:
        parts = [(value, part.set_index(by)["clips"]) for value, part in counts.groupby(split[0], sort=False)]
        bars = [_bars(by, clips, split=value) for value, clips in parts]
    else:
        bars = [_bars(by, totals)]
    layout = {
        "barmode": mode,
        # Speakers are names even where they look like numbers.
        "xaxis": {"type": "category", "title": {"text": by.capitalize()}, "showgrid": False},
        "yaxis": {"title": {"text": "Clips"}, "rangemode": "tozero"},
    }
    figure = finish(go.Figure(bars, layout), title=title or _balance(by, totals), height=height, legend=bool(split))
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
    boxes = []
    for value, row in zip(spread[by], spread.to_dict("records"), strict=True):
        fences = {"lowerfence": "p5", "q1": "q1", "median": "median", "q3": "q3", "upperfence": "p95"}
        box = {place: [round(row[quantile], 3)] for place, quantile in fences.items()}
        looks = {"fillcolor": _colour(value), "line": {"color": INK, "width": 1.5}, "width": 0.6, "hoverinfo": "y"}
        boxes.append({"type": "box", "x": titles([value]), "name": titles([value])[0], **box, **looks})
    layout = {
        "xaxis": {"title": {"text": by.capitalize()}, "showgrid": False},
        "yaxis": {"title": {"text": f"{name} ({unit})"}},
    }
    return finish(go.Figure(boxes, layout), title=title or _extremes(spread, column), height=height)


_HOVER = "%{x}: %{y:,} clips<extra></extra>"
_HOVER_SPLIT = "%{x}, %{fullData.name}: %{y:,} clips<extra></extra>"


def _bars(by: str, clips: pd.Series, *, split: str | None = None) -> dict:
    """A trace of bars: one part of each where they are split, else whole bars with their numbers on top."""
    bars = {
        "type": "bar",
        "x": titles(clips.index) if by == "emotion" else [str(value) for value in clips.index],
        "y": clips.tolist(),
    }
    if split is None:
        marker = {"color": [_colour(value) for value in clips.index], "line": {"width": 0}}
        numbers = {"text": [f"{number:,}" for number in clips], "textposition": "outside", "cliponaxis": False}
        return {**bars, **numbers, "marker": marker, "hovertemplate": _HOVER}
    marker = {"color": _colour(split), "line": {"width": 0}, "pattern": _pattern(split)}
    return {**bars, "name": titles([split])[0], "marker": marker, "hovertemplate": _HOVER_SPLIT}


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
