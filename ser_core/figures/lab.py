"""A clip before and after an augmentation: what a model says, and what a network reads."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ser_core.figures.audio_parts import MAGMA
from ser_core.figures.prediction import percent
from ser_core.figures.style import GRID, PATTERNS, finish, titles
from ser_core.labels import EMOTIONS

_ROW_HEIGHT, _FRAME_HEIGHT = 38, 130


def before_after(before: Mapping[str, float], after: Mapping[str, float], *, title: str | None = None) -> go.Figure:
    """Probability of each emotion before and after, as pairs of bars with the change in percentage points.

    Parameters
    ----------
    before, after : mapping
        Emotion -> probability, in [0, 1]; of the same model.
    title : str, optional
        States what is seen.

    Returns
    -------
    plotly.graph_objects.Figure
        The axis always runs from 0 to 100%, so that figures compare.

    Raises
    ------
    ConfigError
        If an emotion is not in the label set.
    """
    names = EMOTIONS.ordered(before)
    colours = [EMOTIONS[name].colour for name in names]
    figure = go.Figure()
    figure.add_bar(
        x=[before[name] for name in names],
        y=titles(names),
        orientation="h",
        name="before",
        marker={"color": "rgba(128,128,128,0.12)", "line": {"color": colours, "width": 2}},
        hovertemplate="%{y} before: %{x:.1%}<extra></extra>",
    )
    figure.add_bar(
        x=[after[name] for name in names],
        y=titles(names),
        orientation="h",
        name="after",
        marker={
            "color": colours,
            "pattern": {
                "shape": [PATTERNS[name] for name in names],
                "fillmode": "overlay",
                "size": 7,
                "solidity": 0.15,
                "fgcolor": "rgba(255,255,255,0.55)",
            },
        },
        text=[_change(before[name], after[name]) for name in names],
        textposition="outside",
        textangle=0,
        textfont={"size": 12},
        constraintext="none",
        cliponaxis=False,
        hovertemplate="%{y} after: %{x:.1%}<extra></extra>",
    )
    finish(figure, title=title, height=_ROW_HEIGHT * len(names) + _FRAME_HEIGHT, legend=True)
    figure.update_layout(
        barmode="group",
        bargap=0.22,
        bargroupgap=0.05,
        legend={"y": 1.0, "yanchor": "bottom"},
    )
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True, ticklabelstandoff=6)
    figure.update_xaxes(
        # Room on the right for the words beside a full bar.
        range=[0, 1.42],
        tickvals=[0, 0.25, 0.5, 0.75, 1],
        tickformat=".0%",
        title={"text": "Probability"},
        gridcolor=GRID,
        fixedrange=True,
    )
    return figure


def _change(before: float, after: float) -> str:
    text = percent(after).replace("<", "&lt;").replace(">", "&gt;")
    return f"{text} ({points(after - before)})"


def points(change: float) -> str:
    """A change of a probability in percentage points, with its sign.

    Examples
    --------
    >>> points(0.123), points(-0.051), points(0.001)
    ('+12 points', '−5 points', '±0')
    """
    whole = round(100 * change)
    return f"{whole:+d} points".replace("-", "−") if whole else "±0"


def logmels(before: np.ndarray, after: np.ndarray, *, frame_s: float, title: str | None = None) -> go.Figure:
    """Two log-mel spectrograms of one shape, one above the other, as a network reads them.

    Parameters
    ----------
    before, after : np.ndarray [shape=(n_mels, t)]
        dB.
    frame_s : float
        Distance of two frames, seconds.
    title : str, optional
        States what is seen.

    Returns
    -------
    plotly.graph_objects.Figure
        Both share axes and colours.
    """
    low, high = float(before.min()), float(before.max())
    figure = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.1, row_titles=["before", "after"])
    for row, values in enumerate((before, after), start=1):
        figure.add_heatmap(
            z=np.round(values).astype(np.int8),
            x0=0.0,
            dx=frame_s,
            zmin=low,
            zmax=high,
            colorscale=MAGMA,
            showscale=row == 1,
            colorbar={"title": {"text": "dB", "side": "top"}, "thickness": 10, "nticks": 6},
            hovertemplate="%{x:.2f} s, mel band %{y}: %{z} dB<extra></extra>",
            row=row,
            col=1,
        )
    finish(figure, title=title, height=380)
    figure.update_yaxes(title={"text": "Mel band"}, showgrid=False, fixedrange=True)
    figure.update_xaxes(title={"text": "Time (s)"}, row=2, col=1)
    # A narrow screen has no room for words beside the colours.
    figure.update_annotations(font={"size": 12}, xshift=4)
    return figure
