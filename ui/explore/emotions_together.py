"""Which measures go together, and the clips behind two of them."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ser_core.analysis.acoustics import FEATURES, GROUPS
from ser_core.figures import clickable, together
from ser_core.figures.emotions import number
from ser_core.figures.style import count, plain_title
from ui import figure, state
from ui.explore import emotions_data as data
from ui.explore.emotions_data import Measured, Settings
from ui.explore.panels import clip_card
from ui.explore.selection import Selection

_X, _Y = "emotions-x", "emotions-y"
_FIRST = ("pitch_mean", "level_mean")
# A screen shows no more; the same clips each time.
_MOST_POINTS = 3000


def show(selection: Selection, found: Measured, settings: Settings) -> None:
    """The correlations; two measures and their clips; one clip to hear."""
    table = data.correlations(found.key, settings.by_speaker, _measured=found)
    if table.empty:
        st.info("There are too few clips to say what goes together.", icon=":material/grid_off:")
        return
    # The measures stand above, but follow a click into the correlations.
    place = st.container()
    left, right = st.columns(2)
    with left:
        _correlation(found, settings, table)
    with place:
        x, y = _measures()
    with right:
        clip = _scatter(found, settings, table, x=x, y=y)
    if clip is not None:
        clip_card(selection.row(clip), key="emotions-scatter")


def _correlation(found: Measured, settings: Settings, table: pd.DataFrame) -> None:
    drawn = _draw_correlation(found.key, settings.by_speaker, _table=table, _clips=len(found.clips))
    event = figure.show(
        drawn,
        name="emotions-correlation",
        alt=plain_title(drawn),
        data=lambda: table.rename_axis("measure").reset_index(),
        on_select="rerun",
        selection_mode="points",
    )
    st.caption(
        "Choose a cell to see its two measures." + (" Values relative to their speaker." if settings.by_speaker else "")
    )
    cell = clickable.chosen(event)
    if cell != st.session_state.get("emotions-cell"):
        st.session_state["emotions-cell"] = cell
        names = {FEATURES[name].title: name for name in table.index}
        if cell and set(cell) <= set(names):
            st.session_state[f"choice-{_Y}"], st.session_state[f"choice-{_X}"] = (names[title] for title in cell)


def _measures() -> tuple[str, str]:
    """The two that the clips are drawn by."""
    chosen = []
    for key, label, first, place in zip((_X, _Y), ("Across", "Upwards"), _FIRST, st.columns(2), strict=True):
        with place:
            chosen.append(
                state.choice(
                    label,
                    (first, *(name for name in FEATURES if name != first)),
                    key=key,
                    format_func=lambda name: f"{FEATURES[name].title} · {GROUPS[FEATURES[name].group]}",
                    dropdown=True,
                )
            )
    return chosen[0], chosen[1]


def _scatter(found: Measured, settings: Settings, table: pd.DataFrame, *, x: str, y: str) -> str | None:
    """Clips by two measures; the clip_id of the one that is chosen."""
    rho = table.at[x, y] if {x, y} <= set(table.index) else np.nan
    points = _points(found.key, x, y, settings, _measured=found)
    drawn = _draw_scatter(found.key, x, y, settings, _points=points, _rho=rho, _of=len(found.clips))
    event = figure.show(
        drawn,
        name="emotions-scatter",
        alt=plain_title(drawn),
        data=lambda: points.assign(clip=found.clips["clip_id"].to_numpy()[points["clip"]]).rename(
            columns={"x": x, "y": y}
        ),
        on_select="rerun",
        selection_mode="points",
    )
    st.caption("Choose a point to hear its clip.")
    picked = event["selection"]["points"]
    place = int(picked[0]["customdata"]) if picked else len(found.clips)
    return found.clips["clip_id"].iloc[place] if place < len(found.clips) else None


@st.cache_resource(max_entries=8, show_spinner=False)
def _draw_correlation(key: str, by_speaker: bool, *, _table: pd.DataFrame, _clips: int) -> go.Figure:
    off = _table.where(~np.eye(len(_table), dtype=bool))
    strong = int((off.abs() > 0.8).any(axis=1).sum())
    title = f"{count(strong, 'measure')} of {len(_table)} nearly repeat another (|ρ| above .8)"
    return together.correlation(_table, clips=_clips, title=title)


@st.cache_resource(max_entries=32, show_spinner=False)
def _points(key: str, x: str, y: str, settings: Settings, *, _measured: Measured) -> pd.DataFrame:
    seen = _measured.seen(settings)
    table = pd.DataFrame(
        {
            "clip": np.arange(len(seen)),
            "x": seen[x].to_numpy(),
            "y": seen[y].to_numpy(),
            "emotion": _measured.emotion.to_numpy(),
        }
    ).dropna()
    return table.sample(_MOST_POINTS, random_state=0).sort_index() if len(table) > _MOST_POINTS else table


@st.cache_resource(max_entries=32, show_spinner=False)
def _draw_scatter(
    key: str, x: str, y: str, settings: Settings, *, _points: pd.DataFrame, _rho: float, _of: int
) -> go.Figure:
    first, second = FEATURES[x], FEATURES[y]
    title = f"{second.title} over {first.title.lower()}"
    if not np.isnan(_rho):
        title += f": ρ = {number(_rho)}"
    return together.scatter(_points, x=data.axis(first, settings), y=data.axis(second, settings), of=_of, title=title)
