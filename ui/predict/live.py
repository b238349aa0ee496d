"""Live: the microphone feeds the timeline while somebody speaks, and the page says how late each answer is."""

from html import escape
from statistics import median

import pandas as pd
import streamlit as st

from ser_core.errors import SERError
from ser_core.figures import timeline as figures
from ser_core.figures.prediction import percent
from ser_core.figures.style import CONFIG, count
from ser_core.figures.timeline import clock
from ser_core.labels import EMOTIONS
from ser_core.recordings.live import MAX_S
from ui.format import seconds_text
from ui.markdown import plain
from ui.predict import models, recording_kept, timeline_view
from ui.predict.live_microphone import microphone, read
from ui.predict.live_work import LiveWork

KEY = "live-work"
"""Where a visitor's live recording lies in the session."""

_MICROPHONE = "live-microphone"
_PROBLEM = "live-problem"
# What is drawn while somebody speaks, seconds and segments: enough to see where it goes.
_WINDOW_S, _LAST = 60.0, 5


def show() -> None:
    """The view."""
    st.fragment(_live)()


def _live() -> None:
    problem = st.session_state.pop(_PROBLEM, None)
    if problem:
        st.error(problem, icon=":material/error:")
    # Its place is the first, but it is drawn last: the delay that it measures then holds the time the rest takes.
    place = st.container()
    work: LiveWork | None = st.session_state.get(KEY)
    st.caption(
        "Your browser asks for the microphone; the sound goes to this server only, into a temporary file that is "
        f"deleted when you clear it or leave; the answers stand in *History*. At most {MAX_S / 3600:.0f} hours are "
        "listened to."
    )
    if work is None or not work.heard.copy.duration_s:
        with st.container(border=True, key="timeline-answer"):
            st.html(
                '<p class="sel-answer-then" role="status">Press <strong>Start listening</strong> and speak: the '
                "answers will stand here while you do.</p>"
            )
    elif work.is_running:
        _listening(work)
    else:
        _heard(work)
    if work is not None:
        recording_kept.note(work, work.heard.known(), view="live", name=work.name_in_history)
    with place:
        microphone(key=_MICROPHONE, told=work.told() if work is not None else {}, on_heard=_take)


def _take() -> None:
    """Callback: hear what the browser sent."""
    value = st.session_state[_MICROPHONE].get("heard")
    if value is None:
        return
    try:
        message = read(value)
        if KEY not in st.session_state:
            st.session_state[KEY] = LiveWork(models.predictor())
        st.session_state[KEY].take(message)
    except SERError as error:
        st.session_state[_PROBLEM] = plain(str(error))


def _clear() -> None:
    st.session_state.pop(KEY, None)


def _listening(work: LiveWork) -> None:
    segments, now = work.heard.segments, work.listener.heard_s
    with st.container(border=True, key="timeline-answer"):
        if not segments:
            st.html('<p class="sel-answer-then" role="status">Listening; an answer comes after the first pause.</p>')
        else:
            last = segments[-1]
            colour = "transparent" if last.abstained else EMOTIONS[last.label].colour
            sure = "" if last.abstained else f" <span>({escape(percent(last.confidence))})</span>"
            st.html(
                f'<div role="status" aria-live="polite"><p class="sel-answer" style="--emotion:{colour}">'
                f"{escape(last.opening)}{sure}</p></div>"
            )
            late = f" {_late(work)}" if work.delays else ""
            st.markdown(
                f"Segment {len(segments)}, {clock(last.start, tenths=True)} to {clock(last.end, tenths=True)}"
                f"{': ' + plain(last.reason) if last.reason else ''}.{late}"
            )
    start = max(0.0, now - _WINDOW_S)
    st.plotly_chart(
        figures.lanes(
            segments,
            labels=work.heard.labels,
            window_s=(start, max(now, _WINDOW_S)),
            title=None,
            note="",
        ),
        config={**CONFIG, "displayModeBar": False},
        key="live-lanes",
        alt=f"Timeline of the last {_WINDOW_S:.0f} seconds; the last segments are a table below",
    )
    _last(work)


def _last(work: LiveWork) -> None:
    """The last segments with the delay of each."""
    segments = work.heard.segments
    rows = [
        {
            "Segment": i + 1,
            "From": clock(segments[i].start, tenths=True),
            "To": clock(segments[i].end, tenths=True),
            "Sounds": EMOTIONS[segments[i].label].adjective if segments[i].answer else "no answer",
            "Confidence": "" if segments[i].abstained else percent(segments[i].confidence),
            "Delay": f"{work.delays[i]:.1f} s" if i in work.delays else "",
        }
        for i in range(len(segments) - 1, max(-1, len(segments) - 1 - _LAST), -1)
    ]
    if rows:
        st.table(pd.DataFrame(rows).set_index("Segment"))


def _heard(work: LiveWork) -> None:
    """After the microphone was turned off: all that a recording has."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        late = _late(work) if work.delays else ""
        st.markdown(
            f"**{seconds_text(work.listener.heard_s)} heard**, judged by {plain(work.heard.title)}. {late}",
            width="stretch",
        )
        st.button("Clear", icon=":material/delete:", key="live-clear", on_click=_clear, help="Deletes what was heard.")
    timeline = work.heard.known()
    if not timeline.segments:
        st.info("No speech was heard, or too softly or briefly to be judged.", icon=":material/voice_over_off:")
        return
    timeline_view.show(work, timeline, duration_s=timeline.duration_s, running=False)


def _late(work: LiveWork) -> str:
    """How late the answers were, from the end of the words to the browser."""
    delays = sorted(work.delays.values())
    return (
        f"Delay from the end of the words to the answer in this browser: median {median(delays):.1f} s, longest "
        f"{delays[-1]:.1f} s ({count(len(delays), 'segment')})."
    )
