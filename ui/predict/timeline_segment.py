"""The chosen segment of a timeline: to hear, in words, and with all its probabilities."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from ser_core.audio import encode_wav
from ser_core.figures.prediction import percent, probability_bars
from ser_core.figures.style import CONFIG
from ser_core.figures.timeline import clock
from ser_core.labels import EMOTIONS
from ser_core.recordings import Segment
from ser_core.speech import SAMPLING_RATE
from ui import state
from ui.markdown import plain
from ui.predict.recording_work import Work

_CHOSEN, _PLAY, _NUMBER = "timeline-chosen", "timeline-play", "timeline-number"
JUMP = "timeline-jump"
"""Session key: the position of a segment that the window is to be moved to, once."""

_AROUND_S = 2.0


def pick(position: int) -> None:
    """Callback: choose a segment by its position, play it, and bring it into view."""
    st.session_state[_CHOSEN] = position
    st.session_state[_PLAY] = True
    st.session_state[JUMP] = position


def chosen(segments: Sequence[Segment]) -> int:
    """Position of the chosen segment, the first unless one was chosen; there is at least one."""
    return min(int(st.session_state.get(_CHOSEN, 0)), len(segments) - 1)


def _step() -> None:
    pick(int(st.session_state[_NUMBER]) - 1)


def show(work: Work, segments: Sequence[Segment], position: int) -> None:
    """Draw it, with a way to step through the segments by keyboard."""
    segment = segments[position]
    with st.container(border=True, key="timeline-segment"):
        left, right = st.columns(2, gap="large")
        with left:
            st.number_input(
                f"Segment, 1 to {len(segments):,}",
                value=state.follow(_NUMBER, position + 1),
                min_value=1,
                max_value=len(segments),
                step=1,
                key=_NUMBER,
                on_change=_step,
                help="Arrow up and down step through the segments; or click one in the figure or in the table.",
            )
            st.html(f'<div role="status" aria-live="polite"><p style="margin:0">{_words(segment)}</p></div>')
            around = st.checkbox(f"With {_AROUND_S:g} s before and after", key="timeline-around")
            pad = _AROUND_S if around else 0.0
            sound = work.heard.copy.excerpt(segment.start - pad, segment.end + pad)
            st.audio(
                encode_wav(sound, sr=SAMPLING_RATE),
                autoplay=bool(st.session_state.pop(_PLAY, False)),
                alt=f"Segment {position + 1}, from {clock(segment.start)} to {clock(segment.end)}",
            )
            if segment.reason:
                words = "No answer" if segment.abstained else "Do not rely on this answer"
                st.warning(f"{words}: {plain(segment.reason)}.", icon=":material/help:")
            _script(work, segment)
        with right:
            if segment.abstained:
                st.markdown("The model gives no answer here, so there are no probabilities to show.")
                return
            st.plotly_chart(
                probability_bars(segment.probabilities),
                config={**CONFIG, "displayModeBar": False},
                key="timeline-bars",
                alt="Probabilities of the segment: "
                + ", ".join(f"{EMOTIONS[name].title} {percent(p)}" for name, p in segment.probabilities.items()),
            )


def _words(segment: Segment) -> str:
    length = f"{segment.duration_s:.1f}\N{NO-BREAK SPACE}s"
    when = f"{clock(segment.start, tenths=True)} to {clock(segment.end, tenths=True)}, {length}"
    by = f", likely speaker {segment.speaker}" if segment.speaker else ""
    sure = "" if segment.abstained else f", {percent(segment.confidence)}"
    return f"<strong>{escape(segment.opening + sure)}</strong> ({escape(when + by)})"


def _script(work: Work, segment: Segment) -> None:
    """What the demo's voice is meant to sound like there."""
    middle = (segment.start + segment.end) / 2
    meant = next((each for each in work.script if each.start - 0.3 <= middle <= each.end + 0.3), None)
    if meant is not None:
        st.caption(f"Meant to sound {EMOTIONS[meant.clip.emotion].adjective} (voice {meant.clip.speaker}).")
