"""Clips as points of a map, and what their nearest neighbours share."""

import colorsys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ser_core.analysis.neighbours import Purity
from ser_core.describe import UNKNOWN, categories
from ser_core.figures.dots import dot_rows
from ser_core.figures.marks import Mark
from ser_core.figures.style import BASELINE_PX, INK, count, finish, titles
from ser_core.labels import EMOTIONS

COLOURINGS = {"emotion": "feeling", "speaker": "voice", "corpus": "corpus", "sex": "sex"}
"""What points are coloured by -> the column that holds it."""

_SYMBOLS = ("circle", "square", "diamond", "cross", "x", "triangle-up", "triangle-down", "star")
# None of the emotions' colours; each with a contrast of at least 3:1 on white as on the dark ground.
_COLOURS = ("#5B6EE1", "#D6336C", "#2B8A3E", "#A6611A", "#9459BE", "#007C91", "#5F7A00", "#9C5C6B")
_OTHER_SYMBOLS = ("circle-open", "square-open", "diamond-open", "cross-open", "x-open")
# More categories than this share one trace: a legend of them would be longer than the map.
_NAMED = 12
_HEIGHT, _LEGEND_PX, _AXIS_PX, _LONG_NAME = 560, 19, 50, 22
_GOLDEN = 0.61803398875


@dataclass(frozen=True)
class Scatter:
    """A drawn map.

    Attributes
    ----------
    figure : plotly.graph_objects.Figure
        WebGL, coordinates as float32.
    rows : tuple of np.ndarray
        For each of its curves, the positions in the table of the clips that it draws.
    """

    figure: go.Figure
    rows: tuple[np.ndarray, ...]

    def position(self, curve: int, point: int) -> int | None:
        """Position in the table of the clip that is that point of that curve; None if there is none."""
        known = 0 <= curve < len(self.rows) and 0 <= point < len(self.rows[curve])
        return int(self.rows[curve][point]) if known else None


def scatter(
    clips: pd.DataFrame,
    xy: np.ndarray,
    *,
    by: str,
    frame: tuple[float, float, float, float],
    title: str,
    axes: Sequence[str] = ("", ""),
    names: Mapping[str, str] | None = None,
    found: int | None = None,
) -> Scatter:
    """Draw clips where a map puts them.

    Parameters
    ----------
    clips : pd.DataFrame
        With ``clip_id`` and the columns of `COLOURINGS`.
    xy : np.ndarray [shape=(n_clips, 2)]
        Coordinates; NaN leaves a clip out.
    by : str
        From `COLOURINGS`. More than twelve speakers are told apart by colours alone, their corpora by symbols.
    frame : tuple of float
        Left, right, lower and upper end of the axes, so that two maps compare.
    title : str
        States what is seen.
    axes : sequence of str
        Titles of both axes.
    names : mapping, optional
        Name of a corpus -> its title.
    found : int, optional
        Position of a clip to mark with a ring.

    Returns
    -------
    Scatter
    """
    names = names or {}
    xy = np.asarray(xy, dtype=np.float32)
    shown = np.isfinite(xy).all(axis=1)
    size = float(np.clip(160 / np.sqrt(max(1, shown.sum())), 4.0, 9.0))
    groups = _groups(clips, by=by, names=names)
    figure, rows = go.Figure(), []
    hover = _hover(clips)
    for group in groups:
        place = np.flatnonzero(shown & group.chosen)
        if not len(place):
            continue
        marker = {"size": size, "opacity": 0.75, "symbol": group.symbol, "line": {"width": 0}, **group.colour(place)}
        if group.symbol.endswith("-open"):
            marker["line"] = {"width": 1}
        figure.add_scattergl(
            x=xy[place, 0],
            y=xy[place, 1],
            mode="markers",
            name=f"{escape(group.name)} ({len(place):,})",
            marker=marker,
            text=hover[place].tolist(),
            hovertemplate="%{text}<extra></extra>",
            # A clip that was clicked stands out without taking the others away.
            selected={"marker": {"size": size + 4, "opacity": 1.0}},
            unselected={"marker": {"opacity": 0.3}},
        )
        rows.append(place)
    if found is not None and shown[found]:
        figure.add_scattergl(
            x=xy[[found], 0],
            y=xy[[found], 1],
            mode="markers",
            name="chosen by name",
            marker={"size": 18, "symbol": "circle-open", "color": INK, "line": {"width": 3}},
            text=[hover[found]],
            hovertemplate="%{text}<extra></extra>",
        )
        rows.append(np.array([found]))
    finish(figure, title=title, height=_HEIGHT, legend=True)
    read = bool(axes[0])
    # On a telephone two short names stand in a line; what stays free on a wider screen is below the figure.
    in_a_line = 1 if any(len(trace.name) > _LONG_NAME for trace in figure.data) else 2
    legend_px = _LEGEND_PX * -(-len(figure.data) // in_a_line) + (_AXIS_PX if read else 12)
    height = figure.layout.margin.t + _HEIGHT + legend_px
    left, right, lower, upper = frame
    figure.update_xaxes(range=[left, right], title={"text": axes[0]}, showticklabels=read, showgrid=read)
    figure.update_yaxes(range=[lower, upper], title={"text": axes[1]}, showticklabels=read, showgrid=read)
    if read:
        # Only where distances mean something must both axes have one scale.
        figure.update_yaxes(scaleanchor="x", scaleratio=1)
    figure.update_layout(
        height=height,
        title={"y": 1 - BASELINE_PX / height},
        margin={"b": legend_px},
        legend={"y": -(_AXIS_PX if read else 4) / _HEIGHT, "itemsizing": "constant"},
        # What a visitor zoomed to stays when the colours change.
        uirevision="map",
        dragmode="pan",
        hovermode="closest",
    )
    return Scatter(figure, tuple(rows))


@dataclass(frozen=True)
class _Group:
    """Clips that are drawn alike."""

    name: str
    chosen: np.ndarray
    symbol: str
    colours: str | np.ndarray
    steps: int = 0

    def colour(self, place: np.ndarray) -> dict:
        """Of the marker; many colours as small numbers and their scale, a hundredth of their names."""
        if isinstance(self.colours, str):
            return {"color": self.colours}
        return {
            "color": self.colours[place],
            "cmin": -0.5,
            "cmax": self.steps - 0.5,
            "colorscale": _wheel(self.steps),
            "showscale": False,
        }


def _groups(clips: pd.DataFrame, *, by: str, names: Mapping[str, str]) -> list[_Group]:
    column = COLOURINGS[by]
    values = categories(clips, column)
    if by == "speaker" and len(values) > _NAMED:
        speakers = clips[column].fillna(UNKNOWN)
        codes = pd.Categorical(speakers, categories=values).codes.astype(np.uint8 if len(values) < 256 else np.uint16)
        corpora = categories(clips, "corpus")
        return [
            _Group(
                f"{count(clips.loc[clips['corpus'] == corpus, 'speaker'].nunique(), 'speaker')} of "
                f"{names.get(corpus, corpus)}, a colour each",
                (clips["corpus"] == corpus).to_numpy(),
                _SYMBOLS[i % len(_SYMBOLS)],
                codes,
                steps=len(values),
            )
            for i, corpus in enumerate(corpora)
        ]
    groups, others = [], 0
    for i, value in enumerate(values):
        chosen = (clips[column].isna() if value == UNKNOWN else clips[column] == value).to_numpy(bool)
        if by == "emotion":
            known = value in EMOTIONS
            symbol = EMOTIONS[value].symbol if known else _OTHER_SYMBOLS[others % len(_OTHER_SYMBOLS)]
            colour, others = (EMOTIONS[value].colour, others) if known else (INK, others + 1)
            name = titles([value])[0].capitalize()
        else:
            symbol, colour = _SYMBOLS[i % len(_SYMBOLS)], _COLOURS[i % len(_COLOURS)]
            colour = INK if value == UNKNOWN else colour
            name = names.get(value, value)
        groups.append(_Group(name, chosen, symbol, colour))
    return groups


def _wheel(steps: int) -> list[list]:
    """A scale of so many colours in which neighbours differ: hues a golden angle apart, at three lightnesses."""
    scale = []
    for i in range(steps):
        hue, light = (i * _GOLDEN) % 1.0, (0.45, 0.6, 0.52)[i % 3]
        red, green, blue = (round(255 * part) for part in colorsys.hls_to_rgb(hue, light, 0.65))
        colour = f"rgb({red},{green},{blue})"
        scale += [[i / steps, colour], [(i + 1) / steps, colour]]
    return scale


def _hover(clips: pd.DataFrame) -> np.ndarray:
    """Emotion, speaker and name of each clip."""
    emotions = {value: titles([value])[0].capitalize() for value in clips["feeling"].dropna().unique()}
    columns = (clips["feeling"].map(emotions).fillna("Unknown emotion"), clips["voice"].fillna("unknown"))
    words = zip(*columns, clips["clip_id"], strict=True)
    # Names of files and words of a table are text, whatever they look like.
    return np.array([f"{escape(a)}, speaker {escape(b)}<br>{escape(c)}" for a, b, c in words], dtype=object)


# what neighbours share

_ROW_LABELS = {
    "speaker": "by the same speaker",
    "emotion": "of the same emotion",
    "emotion-others": "of the same emotion<br>(other speakers only)",
}
_LOOKS = {
    "raw": Mark("measures as they are", "", "#5B6EE1", "circle", "solid"),
    "speaker": Mark("each speaker standardised", "", "#D6336C", "diamond", "dash"),
}


def neighbours(purities: Sequence[Purity], *, k: int) -> go.Figure:
    """What the nearest neighbours share with a clip, raw and with each speaker standardised, against chance.

    Parameters
    ----------
    purities : sequence of Purity
        From `ser_core.analysis.neighbours.purities`.
    k : int
        Neighbours that counted.

    Returns
    -------
    plotly.graph_objects.Figure
        One trace of dots with intervals for each normalisation, then one for chance.
    """
    shared = list(dict.fromkeys(each.shared for each in purities))
    tables = {
        normalisation: pd.DataFrame(
            {
                "row": [each.shared for each in mine],
                "value": [each.purity for each in mine],
                "low": [each.low for each in mine],
                "high": [each.high for each in mine],
                "hover": [f"{each.purity:.1%} [{each.low:.1%}, {each.high:.1%}]" for each in mine],
            }
        )
        for normalisation in _LOOKS
        if (mine := [each for each in purities if each.normalisation == normalisation])
    }
    first = {each.shared: each.chance for each in reversed(purities)}
    n = max((each.n for each in purities), default=0)
    note = (
        f"The {k} clips nearest to each of {count(n, 'clip')}, by all measures, not by the drawn map. "
        "Bars: 95% intervals (bootstrap over speakers)."
    )
    figure = dot_rows(
        tables,
        shared,
        titles=[_ROW_LABELS[each] for each in shared],
        axis="Share of neighbours",
        title=_finding(purities),
        note=note,
        looks=_LOOKS,
        chance={each: first[each] for each in shared},
        values="%{x:.0%}",
    )
    figure.data[-1].name = "Chance: among all other clips"
    ticks = [i / 5 for i in range(6)]
    return figure.update_xaxes(tickvals=ticks, ticktext=[f"{tick:.0%}" for tick in ticks])


def _finding(purities: Sequence[Purity]) -> str:
    """The figure's title: what standardising changes."""
    found = {(each.shared, each.normalisation): each.purity for each in purities}
    pair = [found.get(("speaker", each)) for each in _LOOKS]
    if None in pair:
        return "What a clip's nearest neighbours share with it"
    return f"Standardising each speaker: neighbours by the same speaker from {pair[0]:.0%} to {pair[1]:.0%}"
