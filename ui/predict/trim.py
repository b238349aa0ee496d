"""The part of a clip that is judged: chosen on the waveform or by a slider, in the address as ``part=0.52-1.30``."""

import plotly.graph_objects as go
import streamlit as st

from ser_core.audio import SAMPLING_RATE, Audio
from ser_core.errors import AudioError
from ser_core.figures.audio import waveplot
from ser_core.figures.style import CONFIG, INK
from ui import cached
from ui.explore import spans
from ui.explore.spans import Span

PART = "part"
"""Name in the address."""
_LAST = "predict-part-of"
_CHART = "predict-part"
_EDGE = {"color": INK, "width": 1.5}


def part_of(digest: str, content: bytes) -> Span | None:
    """The part of a clip that is to be judged, seconds; None for all of it. Another clip is judged as a whole.

    Parameters
    ----------
    digest : str
        SHA-256 of the clip.
    content : bytes
        The encoded clip.
    """
    last = st.session_state.get(_LAST)
    if last is not None and last != digest:
        spans.put(PART, None)
    st.session_state[_LAST] = digest
    audio = _audio(digest, content)
    return None if audio is None else spans.current(PART, duration_s=audio.duration)


def choose(digest: str, content: bytes) -> None:
    """The waveform to drag across, and a slider that the keyboard moves."""
    audio = _audio(digest, content)
    if audio is None:
        return
    part = spans.current(PART, duration_s=audio.duration)
    words = "Judge only a part" if part is None else f"Judged: {part[0]:.2f} to {part[1]:.2f} s"
    with st.expander(words, icon=":material/content_cut:", key="predict-trim"):
        spans.controls(
            duration_s=audio.duration,
            name=PART,
            label="Part that is judged, in seconds",
            help="Or drag across the waveform. The arrow keys move the handles.",
            zoom=None,
        )
        st.plotly_chart(
            _drawn(digest, part, _audio=audio),
            key=_CHART,
            config={**CONFIG, "modeBarButtonsToRemove": ["lasso2d", "autoScale2d"]},
            on_select=spans.box_selection(_CHART, name=PART),
            selection_mode="box",
            alt=f"Waveform of the whole clip, {audio.duration:.1f} seconds; drag across it to judge a part",
        )


def _audio(digest: str, content: bytes) -> Audio | None:
    try:
        return cached.decoded(digest, sr=SAMPLING_RATE, _content=content)
    except AudioError:
        return None


@st.cache_resource(max_entries=16, show_spinner=False)
def _drawn(digest: str, part: Span | None, *, _audio: Audio) -> go.Figure:
    figure = waveplot(_audio.signal, sr=_audio.sr).update_layout(dragmode="select", selectdirection="h")
    if part is not None:
        marked = {"type": "rect", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "line": _EDGE}
        figure.add_shape(**marked, x0=part[0], x1=part[1], fillcolor="rgba(140,200,255,0.16)")
    return figure
