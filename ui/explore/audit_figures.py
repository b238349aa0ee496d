"""The figures of the audit's view: level, silence, rates, and who says how much of what."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ser_core import corpora
from ser_core.audit import Report
from ser_core.figures import audit as figures
from ser_core.figures.style import plain_title
from ui import figure, state


def show(report: Report, *, key: str) -> None:
    """The figures of a report; `key` tells it from all others."""
    clips = report.clips
    if clips.empty or not clips["level_db"].notna().any():
        return
    st.subheader("How loud, how much silence, which rates, who says what?", anchor=False)
    drawn = _draw(key, _clips=clips)
    left, right = st.columns(2)
    with left:
        _show(*drawn["levels"], name="audit-levels")
    with right:
        _show(*drawn["edges"], name="audit-silence")
    _show(*drawn["rates"], name="audit-rates")
    names = [name for name in report.facts["corpora"] if f"balance {name}" in drawn]
    if names:
        several = len(names) > 1
        chosen = state.choice("Speakers of", names, key="audit-balance", format_func=_title) if several else names[0]
        _show(*drawn[f"balance {chosen}"], name=f"audit-balance-{chosen}")


def _title(name: str) -> str:
    """A corpus' title; a folder that is none keeps its name."""
    return corpora.get(name).title if name in corpora.names() else name


def _show(drawn: go.Figure, data: pd.DataFrame, *, name: str) -> None:
    figure.show(drawn, name=name, alt=plain_title(drawn), data=lambda: data)


# Shared by all visitors, so none is changed.
@st.cache_resource(max_entries=8, show_spinner=False)
def _draw(key: str, *, _clips: pd.DataFrame) -> dict[str, tuple[go.Figure, pd.DataFrame]]:
    """Figures by name, each with its data."""
    titled = _clips.assign(corpus=_clips["corpus"].map(_title))
    levels = figures.spread(titled, ["level_db"])
    edges = figures.spread(titled, ["lead_s", "trail_s"])
    rates = titled.dropna(subset=["sampling_rate"]).groupby(["corpus", "sampling_rate"], sort=False).size()
    rates = rates.rename("clips").reset_index()
    drawn = {
        "levels": (figures.levels(levels), levels),
        "edges": (figures.edges(edges), edges),
        "rates": (figures.rates(rates), rates),
    }
    for name, own in _clips.dropna(subset=["emotion", "speaker"]).groupby("corpus", sort=False):
        table = pd.crosstab(own["speaker"], own["emotion"])
        drawn[f"balance {name}"] = figures.balance(table), table.reset_index()
    return drawn
