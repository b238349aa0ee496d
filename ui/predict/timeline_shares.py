"""A whole timeline on the page: how much of the speech sounds like what, and the most certain moments to hear."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from ser_core.figures import timeline_summary
from ser_core.figures.prediction import percent
from ser_core.figures.style import count
from ser_core.figures.timeline import clock
from ser_core.labels import EMOTIONS
from ser_core.recordings import Segment, Timeline
from ui import figure, theme
from ui.format import seconds_text
from ui.predict import timeline_segment


def show(timeline: Timeline) -> None:
    """The shares on the left, the moments on the right; nothing where there is no answer."""
    summary = timeline.summary()
    if not summary["share"]:
        return
    left, right = st.columns(2, gap="large")
    answered = summary["speech_s"] * (1 - summary["no_answer_share"])
    with left:
        figure.show(
            timeline_summary.shares(
                summary["share"],
                answered_s=answered,
                title="How much of the speech sounds like what",
                note=f"{seconds_text(answered)} of speech with an answer, {count(len(timeline.segments), 'segment')}.",
            ),
            name="timeline-shares",
            alt="Share of the speech per emotion: "
            + ", ".join(f"{EMOTIONS[name].title} {percent(p)}" for name, p in summary["share"].items()),
            data=lambda: _shares(summary, answered),
        )
    with right:
        st.markdown("**The most certain moments**", help="The segments with the highest probability of each emotion.")
        _moments(timeline.segments)


def _shares(summary: dict, answered_s: float) -> pd.DataFrame:
    share = pd.Series(summary["share"], name="share")
    frame = share.rename_axis("emotion").reset_index()
    frame["seconds"] = frame["share"] * answered_s
    frame["expected_share"] = frame["emotion"].map(summary["expected_share"])
    return frame


def _moments(segments: Sequence[Segment]) -> None:
    best: dict[str, int] = {}
    for i, segment in enumerate(segments):
        if segment.abstained:
            continue
        held = best.get(segment.label)
        if held is None or segment.confidence > segments[held].confidence:
            best[segment.label] = i
    for name in EMOTIONS.ordered(best):
        segment = segments[best[name]]
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
            st.button(
                clock(segment.start),
                key=f"timeline-moment-{name}",
                icon=":material/play_arrow:",
                help=f"Hear the segment that sounds {EMOTIONS[name].adjective} most clearly",
                on_click=timeline_segment.pick,
                args=(best[name],),
            )
            doubt = ", uncertain" if segment.uncertain else ""
            st.html(theme.badge(name, text=f"{EMOTIONS[name].title} {percent(segment.confidence)}{doubt}"))
