"""What all figures share: transparent ground, margins, the emotions' colours and patterns, and small tools."""

import re
from collections.abc import Iterable

import plotly.graph_objects as go

from ser_core.labels import EMOTIONS

TRANSPARENT = "rgba(0,0,0,0)"
GRID = "rgba(128,128,128,0.22)"
INK = "#7a7f87"
"""A grey with a contrast of at least 3:1 on white as on Streamlit's dark ground."""

PATTERNS = dict(zip(EMOTIONS, ("", ".", "/", "\\", "x", "+", "-", "|"), strict=True))
"""Emotion -> plotly fill pattern, so that stacked bars are told apart without colour."""

CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    "toImageButtonOptions": {"format": "png", "scale": 2},
}
"""Configuration for ``st.plotly_chart``: a slim tool bar with the download as PNG."""


def finish(figure: go.Figure, *, title: str | None, height: int, legend: bool = False) -> go.Figure:
    """Give a figure the common looks.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        Changed in place.
    title : str or None
        States what is seen; may hold plotly's ``<br>`` and ``<sup>``.
    height : int
        Pixels, reserved before the figure is drawn so that nothing jumps.
    legend : bool
        Whether a legend stands below the plot.

    Returns
    -------
    plotly.graph_objects.Figure
        `figure` itself.
    """
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 56 if title else 12, "b": 8},
        paper_bgcolor=TRANSPARENT,
        plot_bgcolor=TRANSPARENT,
        showlegend=legend,
        legend={"orientation": "h", "yanchor": "top", "y": -0.22, "x": 0, "title": None, "traceorder": "normal"},
        bargap=0.25,
    )
    if title:
        figure.update_layout(title={"text": title, "x": 0, "xanchor": "left", "font": {"size": 15}})
    figure.update_xaxes(gridcolor=GRID, zeroline=False, automargin=True)
    figure.update_yaxes(gridcolor=GRID, zeroline=False, automargin=True)
    return figure


def titles(names: Iterable[str]) -> list[str]:
    """Names of emotions as shown to a reader; a name outside the set is shown as it is."""
    return [EMOTIONS[name].title if name in EMOTIONS else str(name) for name in names]


def count(n: int, noun: str) -> str:
    """A number with its noun in the right form.

    Examples
    --------
    >>> count(1, "clip"), count(1440, "clip")
    ('1 clip', '1,440 clips')
    """
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def plain_title(figure: go.Figure) -> str:
    """The title of a figure without its mark-up, for who hears it read.

    Examples
    --------
    >>> plain_title(go.Figure(layout={"title": {"text": "60 clips<br><sup>n = 60</sup>"}}))
    '60 clips: n = 60'
    """
    text = (figure.layout.title.text or "").replace("<br>", ": ")
    return re.sub(r"<[^>]+>", "", text)


def to_html(figure: go.Figure) -> str:
    """The figure as one HTML page that needs no network: plotly's script is inside (about 5 MB)."""
    return figure.to_html(include_plotlyjs=True, full_html=True, config=CONFIG)
