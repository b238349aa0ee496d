"""Countplots and distributions of the clips of one or several corpora."""

from collections.abc import Mapping
from typing import Literal

import pandas as pd
import plotly.graph_objects as go

from ser_core.describe import UNKNOWN
from ser_core.figures.corpus_titles import NOUNS, balance, extremes, on_axis, shares
from ser_core.figures.style import INK, PATTERNS, finish
from ser_core.labels import EMOTIONS

Mode = Literal["stack", "group", "share"]
MEASURES = {
    "duration_s": ("Length of the clip", "s", "longest", "shortest"),
    "sound_s": ("Length of the sound", "s", "longest", "shortest"),
    "level_db": ("Level of the sound", "dB of full scale", "loudest", "softest"),
    "peak_db": ("Peak of the clip", "dB of full scale", "loudest", "softest"),
}
"""Column -> its title, its unit, and the words for its greatest and its least value."""

_HEIGHT = 340
#: Of one of several countplots below each other, and of their title and legend.
_FACET_PX, _AROUND_PX = 150, 90
#: Of a countplot: room for bars above a legend of all emotions, which takes five rows on a telephone.
_COUNTS_PX = 400
_NUMBERS = ",.2~f"
"""Ticks of an axis of clips or hours, with the thousands set apart as everywhere else."""
_UNITS = {"clips": "Clips", "hours": "Hours"}
# As many speakers as a facet names below its bars; of more, the hover tells.
_NAMED = 30


def countplot(
    counts: pd.DataFrame,
    *,
    mode: Mode = "stack",
    title: str | None = None,
    names: Mapping[str, str] | None = None,
    height: int = _COUNTS_PX,
) -> go.Figure:
    """Number of clips, or hours, as bars.

    Parameters
    ----------
    counts : pd.DataFrame
        From `ser_core.describe.counts`: the column on the axis, the column that splits the bars if any, and
        ``clips`` or ``hours``.
    mode : str
        Where bars are split: ``"stack"``, ``"group"`` (side by side) or ``"share"`` (stacked, each bar its 100%).
    title : str, optional
        Replaces the one made from the numbers.
    names : mapping, optional
        Value on the axis -> what is written there, as a corpus' title.
    height : int
        Pixels.

    Returns
    -------
    plotly.graph_objects.Figure
        Emotions in their colours, in their order and with their patterns.
    """
    by, *split, unit = counts.columns
    figure = go.Figure(_bars(counts, names=names))
    figure.update_layout(
        # Speakers are names even where they look like numbers.
        xaxis={"type": "category", "title": {"text": NOUNS.get(by, by).capitalize()}, "showgrid": False},
        yaxis={"title": {"text": _UNITS[unit]}, "rangemode": "tozero", "tickformat": _NUMBERS},
    )
    words = shares if split and mode == "share" else balance
    return _finish(figure, mode=mode, title=title or words(counts, names=names), height=height, split=bool(split))


def facets(
    counts: Mapping[str, pd.DataFrame],
    *,
    mode: Mode = "stack",
    title: str | None = None,
    row_px: int = _FACET_PX,
) -> go.Figure:
    """Countplots one below the other, each with an axis of its own: the speakers of several corpora.

    Side by side they would lie over each other on a telephone.

    Parameters
    ----------
    counts : mapping
        Heading -> counts as for `countplot`, all by and split by the same columns.
    mode, title
        As for `countplot`.
    row_px : int
        Height of each, pixels.
    """
    from plotly.subplots import make_subplots

    by, *split, unit = next(iter(counts.values())).columns
    rows = len(counts)
    figure = make_subplots(rows=rows, subplot_titles=list(counts), vertical_spacing=0.42 / rows)
    seen = set()
    for row, each in enumerate(counts.values(), start=1):
        for bars in _bars(each, names=None):
            bars |= {"showlegend": bars.get("name") not in seen, "legendgroup": bars.get("name")}
            seen.add(bars.get("name"))
            figure.add_trace(bars, row=row, col=1)
        few = each[by].nunique() <= _NAMED
        figure.update_xaxes(type="category", showgrid=False, showticklabels=few, tickfont={"size": 10}, row=row)
    figure.update_annotations(font={"size": 12}, x=0, xanchor="left")
    figure.update_yaxes(
        rangemode="tozero", nticks=4, tickformat=_NUMBERS, title={"text": _UNITS[unit], "font": {"size": 12}}
    )
    # Two facets may both hold a speaker "03".
    together = pd.concat([each.assign(**{by: name + " " + each[by]}) for name, each in counts.items()])
    title = title or (shares if split and mode == "share" else balance)(together, names=None)
    height = row_px * rows + _AROUND_PX
    return _finish(figure, mode=mode, title=title, height=height, split=bool(split), headings=True)


def distribution(
    spread: pd.DataFrame,
    *,
    column: str,
    title: str | None = None,
    names: Mapping[str, str] | None = None,
    height: int = _HEIGHT,
) -> go.Figure:
    """A measure by emotion, or another column, as boxes: the middle half of the clips, with whiskers from the 5th to
    the 95th percentile.

    Parameters
    ----------
    spread : pd.DataFrame
        From `ser_core.describe.spread`.
    column : str
        What was measured, one of `MEASURES`.
    title : str, optional
        Replaces the one made from the numbers.
    names : mapping, optional
        As for `countplot`.
    height : int
        Pixels.
    """
    by = spread.columns[0]
    name, unit, most, least = MEASURES[column]
    boxes = []
    for value, row in zip(spread[by], spread.to_dict("records"), strict=True):
        fences = {"lowerfence": "p5", "q1": "q1", "median": "median", "q3": "q3", "upperfence": "p95"}
        box = {place: [round(row[quantile], 3)] for place, quantile in fences.items()}
        looks = {"fillcolor": _colour(value), "line": {"color": INK, "width": 1.5}, "width": 0.6, "hoverinfo": "y"}
        shown = on_axis(by, value, names)
        boxes.append({"type": "box", "x": [shown], "name": shown, **box, **looks})
    layout = {
        "xaxis": {"title": {"text": NOUNS.get(by, by).capitalize()}, "showgrid": False},
        "yaxis": {"title": {"text": f"{name} ({unit})"}},
    }
    title = title or extremes(spread, name=name, unit=unit, most=most, least=least, names=names)
    return finish(go.Figure(boxes, layout), title=title, height=height)


def _finish(
    figure: go.Figure, *, mode: Mode, title: str, height: int, split: bool, headings: bool = False
) -> go.Figure:
    figure.update_layout(barmode="group" if mode == "group" else "stack")
    if split and mode == "share":
        figure.update_layout(barnorm="percent")
        figure.update_yaxes(ticksuffix="%", title=None)
    finish(figure, title=title, height=height, legend=split)
    if headings:
        figure.update_layout(margin={"t": figure.layout.margin.t + 22})
    # Below the axis title however many rows the legend takes.
    place = {"yref": "container", "yanchor": "bottom", "y": 0}
    return figure.update_layout(legend={**place, "font": {"size": 11}, "entrywidth": 54})


def _bars(counts: pd.DataFrame, *, names: Mapping[str, str] | None) -> list[dict]:
    """Traces of bars: one for each part where they are split, else whole bars with their numbers on top."""
    by, *split, unit = counts.columns
    hover = f"%{{y:,}} {unit}" if unit == "clips" else "%{y:.2f} hours"
    if split:
        return [
            {
                **_axis(part, names),
                "name": on_axis(split[0], value),
                # Facets may begin with different emotions; their order is the same everywhere.
                "legendrank": 1000 + (EMOTIONS.index(value) if value in EMOTIONS else len(EMOTIONS)),
                "marker": {"color": _colour(value), "line": {"width": 0}, "pattern": _pattern(value)},
                "hovertemplate": f"%{{x}}, %{{fullData.name}}: {hover}<extra></extra>",
            }
            for value, part in counts.groupby(split[0], sort=False)
        ]
    marker = {"color": [_colour(value) for value in counts[by]], "line": {"width": 0}}
    text = [f"{number:,}" if unit == "clips" else f"{number:.1f}" for number in counts[unit]]
    numbers = {"text": text, "textposition": "outside", "cliponaxis": False}
    return [{**_axis(counts, names), **numbers, "marker": marker, "hovertemplate": f"%{{x}}: {hover}<extra></extra>"}]


def _axis(counts: pd.DataFrame, names: Mapping[str, str] | None) -> dict:
    by, unit = counts.columns[0], counts.columns[-1]
    numbers = counts[unit] if unit == "clips" else counts[unit].round(3)
    return {"type": "bar", "x": [on_axis(by, value, names) for value in counts[by]], "y": numbers.tolist()}


def _colour(value: str) -> str:
    return EMOTIONS[value].colour if value in EMOTIONS else INK


def _pattern(value: str) -> dict:
    # Labels without counterpart share a grey: a pattern that no emotion has tells them from "neutral".
    shape = PATTERNS.get(value, "" if value == UNKNOWN else "x")
    return {"shape": shape, "fillmode": "overlay", "fgcolor": "rgba(255,255,255,0.75)", "size": 7}
