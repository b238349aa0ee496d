"""How many clips of what, how long and how loud."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ser_core import describe
from ser_core.figures import corpus as figures
from ser_core.figures.style import plain_title
from ui import figure
from ui.explore.selection import Selection

_MEASURES = {"sound": "sound_s", "clip": "duration_s", "level": "level_db", "peak": "peak_db"}


def show(selection: Selection) -> None:
    """Countplots and distributions of the chosen clips."""
    selected = selection.clips
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("How many clips of what?", anchor=False)
        bars = st.segmented_control(
            "Emotions within a bar",
            ("stacked", "side by side"),
            default="stacked",
            required=True,
            key="bars",
            bind="query-params",
            label_visibility="collapsed",
            help="Whether the emotions within a bar stand on top of each other or side by side",
        )
    mode = "stack" if bars == "stacked" else "group"
    left, right = st.columns(2)
    with left:
        _countplot(selected, "emotion")
    with right:
        _countplot(selected, "sex", split="emotion", mode=mode)
    left, right = st.columns(2)
    with left:
        _countplot(selected, "intensity", split="emotion", mode=mode)
    with right:
        _countplot(selected, "speaker", split="emotion", mode=mode)
    st.subheader("How long and how loud?", anchor=False)
    left, right = st.columns(2)
    with left:
        _distribution(selected, ("sound", "clip"), label="Length of", key="length")
    with right:
        _distribution(selected, ("level", "peak"), label="Loudness by", key="loudness")


def _countplot(selected: pd.DataFrame, by: str, *, split: str | None = None, mode: str = "stack") -> None:
    counted = describe.counts(selected, by=by, split=split)
    drawn = _draw_counts(counted, mode=mode)
    figure.show(drawn, name=f"clips-by-{by}", alt=plain_title(drawn), data=lambda: counted)


def _distribution(selected: pd.DataFrame, names: tuple[str, ...], *, label: str, key: str) -> None:
    name = st.segmented_control(
        label,
        names,
        default=names[0],
        required=True,
        key=key,
        bind="query-params",
        label_visibility="collapsed",
        help="The sound is the clip without the silence before and after it (40 dB below its loudest 32 ms). "
        "0 dB of full scale is the loudest that a recording can hold.",
    )
    column = _MEASURES[name]
    spread = describe.spread(selected, column)
    if spread.empty:
        st.info(f"{figures.MEASURES[column][0]} is not known for these clips.", icon=":material/info:")
        return
    drawn = _draw_spread(spread, column=column)
    figure.show(drawn, name=f"{column}-by-emotion", alt=plain_title(drawn), data=lambda: spread)


# Drawing costs more than counting, and most reruns change one figure of six. The figures are shared: none is changed.


@st.cache_resource(max_entries=64, show_spinner=False)
def _draw_counts(counted: pd.DataFrame, *, mode: str) -> go.Figure:
    return figures.countplot(counted, mode=mode)


@st.cache_resource(max_entries=64, show_spinner=False)
def _draw_spread(spread: pd.DataFrame, *, column: str) -> go.Figure:
    return figures.distribution(spread, column=column)
