"""A figure on a page, with its numbers, a copy to keep and the command that makes it again, one click away."""

import re
from collections.abc import Callable

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ser_core.figures.style import CONFIG, to_html
from ui.figure_image import TOP_PX, image_buttons


def show(
    figure: go.Figure,
    *,
    name: str,
    alt: str,
    data: Callable[[], pd.DataFrame],
    command: str | None = None,
    config: dict | None = None,
    heading: bool = True,
    height: int | None = None,
    **selecting,
) -> object:
    """Draw a figure and offer its data (CSV), itself (PNG, SVG, HTML) and its command.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        Drawn in the page's theme. Give the same object at every rerun (from ``st.cache_resource``): what is drawn of it
        is kept with it.
    name : str
        Tells this figure from the page's others; also the name of the files.
    alt : str
        What the figure shows, for who cannot see it.
    data : callable
        Gives the numbers behind the figure; called only when they are asked for.
    command : str, optional
        Command line that makes the runs behind the figure again.
    config : dict, optional
        Configuration of plotly beyond `ser_core.figures.style.CONFIG`.
    heading : bool
        Whether the page writes the figure's title above it.
    height : int, optional
        Pixels that it takes without its title, its own unless given: that of `level` for figures side by side.
    **selecting
        ``on_select`` and ``selection_mode`` of ``st.plotly_chart``.

    Returns
    -------
    object
        What ``st.plotly_chart`` returns: the selection, where it can be selected from.
    """
    if heading:
        _heading(figure)
    key = key_of(name)
    image = {**CONFIG["toImageButtonOptions"], "filename": name}
    result = st.plotly_chart(
        _without_title(figure, height),
        key=key,
        theme="streamlit",
        config={**CONFIG, **(config or {}), "toImageButtonOptions": image},
        alt=alt,
        **selecting,
    )
    with st.popover("Data and source", type="tertiary", icon=":material/download:", key=f"source-{_safe(name)}"):
        st.download_button(
            "Numbers (CSV)",
            lambda: data().to_csv(index=False),
            file_name=f"{name}.csv",
            mime="text/csv",
            key=f"csv-{name}",
            on_click="ignore",
            icon=":material/table:",
            width="stretch",
        )
        image_buttons(figure, chart=key, name=name)
        st.download_button(
            "Interactive figure (HTML, 5 MB)",
            lambda: to_html(figure),
            file_name=f"{name}.html",
            mime="text/html",
            key=f"html-{name}",
            on_click="ignore",
            icon=":material/bar_chart:",
            width="stretch",
        )
        if command:
            st.markdown("Make it again (needs the corpus):")
            st.code(command, language="bash", wrap_lines=True)
    return result


def level(*figures: go.Figure) -> int:
    """Height of the tallest of several figures without their titles, pixels: what those side by side are given."""
    return max(figure.layout.height - _spare(figure) for figure in figures)


def key_of(name: str) -> str:
    """Key of the chart that `show` draws under that name, and the end of its class ``st-key-...`` on the page."""
    return f"figure-{_safe(name)}"


def _safe(name: str) -> str:
    """The name in the characters that Streamlit keeps when it makes a class of a key."""
    return re.sub(r"[^a-zA-Z0-9_-]", "-", name)


def _heading(figure: go.Figure) -> None:
    """The figure's title as text of the page, for plotly breaks no lines and cuts what is too long for a telephone."""
    title, _, note = (figure.layout.title.text or "").partition("<br><span")
    if title:
        note = f"<span{note}".replace("<br>", " ") if note else ""
        st.html(f'<p class="sel-figure-title">{title.replace("<br>", " ")}</p><p class="sel-figure-note">{note}</p>')


class _Drawn(go.Figure):
    """A figure that changes no more: copied and encoded once, not at every rerun."""

    _encoded = None

    def to_dict(self) -> dict:
        if self._encoded is None:
            self._encoded = super().to_dict()
        return self._encoded


def _spare(figure: go.Figure) -> int:
    """Pixels that the title takes."""
    return max(0, (figure.layout.margin.t or 0) - TOP_PX) if figure.layout.title.text else 0


def _without_title(figure: go.Figure, height: int | None) -> go.Figure:
    """The figure without the title and the room it took, as tall as asked for."""
    # Plotly checks every value of a copy, which takes longer than the rest of a rerun: once for each figure.
    drawn = figure.__dict__.setdefault("_shown", {})
    shown = drawn.get(height)
    if shown is None:
        shown = drawn[height] = _Drawn(figure)
        spare = _spare(figure)
        if spare:
            shown.update_layout(
                title=None, height=figure.layout.height - spare, margin={"t": figure.layout.margin.t - spare}
            )
        if height is not None:
            _stretch(shown, height)
        if figure.layout.dragmode is None:
            # A thumb that scrolls the page would zoom instead, and stay there; who wants to zoom has the tools for it.
            shown.update_layout(dragmode=False)
    return shown


def _stretch(figure: go.Figure, height: int) -> None:
    """Another height for the plot; what stands below it keeps its distance, which plotly measures in plots."""
    layout = figure.layout
    around = (layout.margin.t or 0) + (layout.margin.b or 0)
    below = layout.legend.y
    if below is not None and below < 0:
        layout.legend.y = below * (layout.height - around) / (height - around)
    layout.height = height
