"""A timeline on the page: the answer in words, the figures, the chosen segment to hear, summary, table, downloads."""

import math
from collections.abc import Sequence
from dataclasses import replace
from html import escape

import pandas as pd
import streamlit as st

from ser_core.figures import timeline as figures
from ser_core.figures import timeline_summary
from ser_core.figures.prediction import percent
from ser_core.figures.style import count
from ser_core.figures.timeline import clock
from ser_core.labels import EMOTIONS
from ser_core.recordings import Timeline, smooth
from ui import figure, state, theme
from ui.format import seconds_text
from ui.predict import timeline_downloads, timeline_segment, timeline_shares, timeline_speakers
from ui.predict.recording_work import Work

LONG_S = 360.0
"""A recording longer than this is shown as a whole and in parts, seconds."""

WINDOWS = {"120": "2 min", "300": "5 min", "900": "15 min"}
"""Length of a part, seconds -> words; the keys stand in the address."""

_SMOOTHING = {"0": "off", "5": "5 s", "15": "15 s", "60": "1 min"}
_CHART = "timeline"
_OVERVIEW = "timeline-overview"
_CSS = """
<style>
.st-key-timeline-answer {min-height: 9.5rem;}
.st-key-timeline-segment {min-height: 19rem;}
</style>
"""
FROM = "timeline-from"
"""Session key of the start of the window that is shown in detail, seconds."""


_OF = "timeline-of"


def forget_choices() -> None:
    """Forget what was chosen in another timeline: the segment, the part shown."""
    for key in [key for key in st.session_state if str(key).startswith("timeline-")]:
        del st.session_state[key]


def show(work: Work, timeline: Timeline, *, duration_s: float, running: bool) -> None:
    """The whole of it.

    Parameters
    ----------
    work : Work
        The recording.
    timeline : Timeline
        What is known of it, without smoothing.
    duration_s : float
        Length of the recording as far as it is known, seconds.
    running : bool
        Whether more is to come.
    """
    if st.session_state.get(_OF) != work.id:
        forget_choices()
        st.session_state[_OF] = work.id
    st.html(_CSS)
    answer, settings = st.container(key="timeline-answer", border=True), st.container()
    with settings:
        shown, speakers_note = _settings(work, timeline, running=running)
    with answer:
        _answer(shown, running=running)
        if speakers_note:
            st.caption(speakers_note)
    window = _window(shown, duration_s)
    chosen = timeline_segment.chosen(shown.segments)
    _lanes(work, shown, window, chosen)
    timeline_segment.show(work, shown.segments, chosen)
    if not running:
        timeline_shares.show(shown)
    timeline_downloads.table(shown)
    timeline_downloads.buttons(shown, name=work.name)


def _settings(work: Work, timeline: Timeline, *, running: bool) -> tuple[Timeline, str]:
    """The timeline as it is to be shown, and what is to be said of the speakers."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        smoothing = state.choice(
            "Smoothing",
            tuple(_SMOOTHING),
            key="smooth",
            format_func=_SMOOTHING.get,
            help="How long an emotion is expected to last. Neighbouring segments then help each other (a hidden Markov "
            "model, forward-backward); off: each segment is judged by itself.",
        )
        timeline, note = timeline_speakers.told_apart(work, timeline, running=running)
    seconds = float(smoothing)
    if seconds:
        timeline = replace(timeline, segments=tuple(smooth(timeline.segments, lasting_s=seconds)), smoothing_s=seconds)
    return timeline, note


# the answer


def _answer(timeline: Timeline, *, running: bool) -> None:
    summary = timeline.summary()
    share = summary["share"]
    speech = f"{seconds_text(summary['speech_s'])} of speech in {seconds_text(timeline.duration_s)}"
    if not share:
        st.html(f'<p class="sel-answer-then" role="status">No answer for any of the {escape(speech)}.</p>')
        return
    label = max(share, key=share.get)
    mostly = "Sounds" if share[label] > 0.95 else "Sounds mostly" if share[label] >= 0.5 else "Sounds most often"
    st.html(
        f'<div role="status"><p class="sel-answer" style="--emotion:{EMOTIONS[label].colour}">'
        f"{mostly} {EMOTIONS[label].adjective} <span>({escape(percent(share[label]))} of the speech)</span></p></div>"
    )
    top = sorted(share, key=share.get, reverse=True)[:3]
    st.html(
        '<p class="sel-badges" aria-label="The most frequent emotions">'
        + "".join(theme.badge(name, text=f"{EMOTIONS[name].title} {percent(share[name])}") for name in top)
        + "</p>"
    )
    none = f", {percent(summary['no_answer_share'])} without an answer" if summary["no_answer_share"] else ""
    so_far = " so far" if running else ""
    st.markdown(
        f"{speech}{so_far}, {count(len(timeline.segments), 'segment')}; the emotion changes "
        f"{count(summary['changes'], 'time')}. **{percent(summary['uncertain_share'])}** of the speech is uncertain"
        f"{none}: hatched below."
    )


# the figures


def _window(timeline: Timeline, duration_s: float) -> tuple[float, float]:
    """What is shown in detail: all of a short recording, a part of a long one that the visitor chooses."""
    if duration_s <= LONG_S:
        return 0.0, duration_s
    length = float(st.session_state.get("choice-window") or next(iter(WINDOWS)))
    starts = _starts(duration_s, length)
    start = _nearest(starts, _wanted(timeline, length))
    drawn = timeline_summary.overview(
        timeline.segments,
        duration_s=duration_s,
        window_s=(start, min(duration_s, start + length)),
        title=f"Where emotions are heard in {seconds_text(duration_s)}",
        note=f"{count(len(timeline.segments), 'segment')}; bars of {seconds_text(duration_s / timeline_summary.BINS)}. "
        "The frame is the part shown below; click a bar to move it.",
    )
    figure.show(
        drawn,
        name=_OVERVIEW,
        alt=f"Share of time per emotion over the recording, {seconds_text(duration_s)}",
        data=lambda: _binned(timeline, duration_s),
        on_select=_jump,
        selection_mode="points",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        state.choice("Shown in detail", tuple(WINDOWS), key="window", format_func=WINDOWS.get)
        if len(starts) == 1:
            return start, min(duration_s, start + length)
        # The slider follows the window, which a click on the overview and the choice of a segment move, too.
        st.select_slider(
            "From",
            starts,
            state.follow("timeline-slider", start),
            key="timeline-slider",
            format_func=clock,
            on_change=_slid,
        )
    return start, min(duration_s, start + length)


def _starts(duration_s: float, length_s: float) -> list[float]:
    """Where a window may start, half a window apart, so that every segment lies whole in one."""
    step = length_s / 2
    return [i * step for i in range(math.ceil(max(0.0, duration_s - length_s) / step) + 1)]


def _nearest(starts: Sequence[float], wanted: float) -> float:
    return max((each for each in starts if each <= wanted), default=starts[0])


def _wanted(timeline: Timeline, length_s: float) -> float:
    """Start of the window that the visitor asked for, seconds."""
    start = float(st.session_state.get(FROM, 0.0))
    position = st.session_state.pop(timeline_segment.JUMP, None)
    if position is not None and position < len(timeline.segments):
        segment = timeline.segments[position]
        if segment.start < start or segment.end > start + length_s:
            start = max(0.0, segment.start - length_s / 4)
            st.session_state[FROM] = start
    return start


def _slid() -> None:
    st.session_state[FROM] = st.session_state["timeline-slider"]


def _jump() -> None:
    place = clicked(_OVERVIEW)
    if place is not None:
        st.session_state[FROM] = float(place)


def clicked(name: str) -> float | None:
    """What the point stands for that was clicked in the chart of that name."""
    event = st.session_state.get(figure.key_of(name))
    points = event["selection"]["points"] if event else []
    found = points[0].get("customdata") if points else None
    return found[0] if isinstance(found, (list, tuple)) and found else found


def _pick() -> None:
    place = clicked(_CHART)
    if place is not None:
        timeline_segment.pick(int(place))


def _lanes(work: Work, timeline: Timeline, window: tuple[float, float], chosen: int | None) -> None:
    inside = sum(segment.end > window[0] and segment.start < window[1] for segment in timeline.segments)
    drawn = figures.lanes(
        timeline.segments,
        labels=work.heard.labels,
        window_s=window,
        chosen=chosen,
        title=f"What is heard from {clock(window[0])} to {clock(window[1])}",
        note=f"{count(inside, 'segment')}. Hatched or open: uncertain. Click a segment to hear it.",
    )
    figure.show(
        drawn,
        name=_CHART,
        alt=f"Timeline: emotion, confidence, valence and arousal of {count(inside, 'segment')}; a table follows",
        data=lambda: timeline_downloads.frame(timeline),
        on_select=_pick,
        selection_mode="points",
    )


def _binned(timeline: Timeline, duration_s: float) -> pd.DataFrame:
    rows = timeline_summary.binned(timeline.segments, duration_s=duration_s)
    width = duration_s / timeline_summary.BINS
    return pd.DataFrame({"start_s": [i * width for i in range(timeline_summary.BINS)], **rows})
