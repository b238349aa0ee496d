"""What all figures share: transparent ground, margins, the emotions' colours and patterns, and small tools."""

import re
import textwrap
from collections.abc import Iterable
from html import unescape

import plotly.graph_objects as go

from ser_core.labels import EMOTIONS

TRANSPARENT = "rgba(0,0,0,0)"
GRID = "rgba(128,128,128,0.22)"
INK = "#7a7f87"
"""A grey with a contrast of at least 3:1 on white as on Streamlit's dark ground."""

# Characters that fit a telephone of 360 pixels, at the title's and the note's type.
_TITLE_SIZE, _TITLE_LINE, _NOTE_LINE = 15, 44, 58

PATTERNS = dict(zip(EMOTIONS, ("", ".", "/", "\\", "x", "+", "-", "|"), strict=True))
"""Emotion -> plotly fill pattern, so that stacked bars are told apart without colour."""

CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    "toImageButtonOptions": {"format": "png", "scale": 2},
}
"""Configuration for ``st.plotly_chart``: a slim tool bar with the download as PNG."""


#: Plotly hangs the first of several lines by its baseline, so it must lie this far below the edge, pixels.
BASELINE_PX = 14


def finish(figure: go.Figure, *, title: str | None, height: int, legend: bool = False) -> go.Figure:
    """Give a figure the common looks.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        Changed in place.
    title : str or None
        States what is seen; a note in smaller type may follow as ``<br><sup>...</sup>``. Broken into lines that fit a
        telephone.
    height : int
        Pixels, reserved before the figure is drawn so that nothing jumps.
    legend : bool
        Whether a legend stands below the plot.

    Returns
    -------
    plotly.graph_objects.Figure
        `figure` itself.
    """
    heading, top = _heading(title) if title else (None, 12)
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": top, "b": 8},
        paper_bgcolor=TRANSPARENT,
        plot_bgcolor=TRANSPARENT,
        showlegend=legend,
        legend={"orientation": "h", "yanchor": "top", "y": -0.22, "x": 0, "title": None, "traceorder": "normal"},
        bargap=0.25,
    )
    if heading:
        place = {"x": 0, "xanchor": "left", "y": 1 - BASELINE_PX / height, "yref": "container", "yanchor": "top"}
        figure.update_layout(title={"text": heading, "font": {"size": _TITLE_SIZE}, **place})
    figure.update_xaxes(gridcolor=GRID, zeroline=False, automargin=True)
    figure.update_yaxes(gridcolor=GRID, zeroline=False, automargin=True)
    return figure


def _heading(title: str) -> tuple[str, int]:
    """Title and note in lines that fit a telephone, and the pixels they take."""
    text, _, note = title.partition("<br><sup>")
    lines = textwrap.wrap(text, _TITLE_LINE)
    notes = textwrap.wrap(note.removesuffix("</sup>"), _NOTE_LINE)
    heading = "<br>".join(lines)
    if notes:
        heading += f'<br><span style="font-size:12px;font-weight:400">{"<br>".join(notes)}</span>'
    return heading, 20 * len(lines) + 16 * len(notes) + 30


def broken(text: str, width: int) -> str:
    """Text in lines of at most so many characters, as plotly draws them, which cuts or overlaps what is longer.

    Examples
    --------
    >>> broken("Linear discriminant analysis", 20)
    'Linear discriminant<br>analysis'
    """
    return "<br>".join(textwrap.wrap(text, width))


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
    >>> plain_title(finish(go.Figure(), title="60 clips<br><sup>n = 60</sup>", height=300))
    '60 clips; n = 60'
    """
    text = (figure.layout.title.text or "").replace("<br><span", "; <span").replace("<br>", " ")
    return unescape(re.sub(r"<[^>]+>", "", text))


def to_html(figure: go.Figure) -> str:
    """The figure as one HTML page that needs no network: plotly's script is inside (about 5 MB)."""
    # On white ground: an app's own template may stand for colours that only the app fills in.
    page = go.Figure(figure).update_layout(template="plotly_white")
    return page.to_html(include_plotlyjs=True, full_html=True, config=CONFIG)
