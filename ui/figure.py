"""A figure on a page, with its numbers, a copy to keep and the command that makes it again, one click away."""

from collections.abc import Callable

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ser_core.figures.style import CONFIG, to_html

#: Room above the plot for what stands on its upper edge, pixels.
_TOP_PX = 26


def show(
    figure: go.Figure, *, name: str, alt: str, data: Callable[[], pd.DataFrame], command: str | None = None
) -> None:
    """Draw a figure and offer its data (CSV), itself (HTML; PNG by the tool bar) and its command.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        Drawn in the page's theme.
    name : str
        Tells this figure from the page's others; also the name of the files.
    alt : str
        What the figure shows, for who cannot see it.
    data : callable
        Gives the numbers behind the figure; called only when they are asked for.
    command : str, optional
        Command line that makes the runs behind the figure again.
    """
    _heading(figure)
    config = {**CONFIG, "toImageButtonOptions": {**CONFIG["toImageButtonOptions"], "filename": name}}
    st.plotly_chart(_without_title(figure), key=f"figure-{name}", theme="streamlit", config=config, alt=alt)
    with st.popover("Data and source", type="tertiary", icon=":material/download:", key=f"source-{name}"):
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
        st.caption("The camera in a figure's tool bar saves a PNG; that of the HTML file includes the title.")
        if command:
            st.markdown("Make it again (needs the corpus):")
            st.code(command, language="bash", wrap_lines=True)


def _heading(figure: go.Figure) -> None:
    """The figure's title as text of the page, for plotly breaks no lines and cuts what is too long for a telephone."""
    title, _, note = (figure.layout.title.text or "").partition("<br><span")
    if title:
        note = f"<span{note}".replace("<br>", " ") if note else ""
        st.html(f'<p class="sel-figure-title">{title.replace("<br>", " ")}</p><p class="sel-figure-note">{note}</p>')


def _without_title(figure: go.Figure) -> go.Figure:
    """A copy without the title and the room it took."""
    shown = go.Figure(figure)
    if not shown.layout.title.text:
        return shown
    spare = max(0, (shown.layout.margin.t or 0) - _TOP_PX)
    return shown.update_layout(
        title=None, height=shown.layout.height - spare, margin={"t": shown.layout.margin.t - spare}
    )
