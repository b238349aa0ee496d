"""Likely speakers of a timeline: off unless asked for, worked out in the background, named by letters."""

import time
from dataclasses import replace

import streamlit as st

from ser_core.recordings import Timeline
from ser_core.recordings.speakers import MOST, likely_speakers
from ui import state, working
from ui.format import seconds_text
from ui.markdown import plain
from ui.predict.recording_work import Work

OFF, AUTO = "off", "auto"
_POLL_S = 1.0
_HELP = (
    "Who may be speaking, told apart by how voices sound on average (pitch, formants, spectrum), not by who they are. "
    "Give the number of speakers if you know it. Mistakes are frequent where voices are alike or moods change, and a "
    "segment in which two people speak is given to one. Nothing of it is kept but the letters."
)


def told_apart(work: Work, timeline: Timeline, *, running: bool) -> tuple[Timeline, str]:
    """The choice, and the timeline with likely speakers where they are asked for and known.

    Returns
    -------
    tuple
        The timeline, and what is to be said of its speakers.
    """
    asked = state.choice(
        "Likely speakers",
        (OFF, AUTO, *map(str, range(2, MOST + 1))),
        key="speakers",
        format_func=lambda option: {OFF: "do not tell apart", AUTO: "find out how many"}.get(option, option),
        help=_HELP,
        dropdown=True,
    )
    if asked == OFF:
        return timeline, ""
    if running:
        return timeline, "Likely speakers are told apart once the whole recording is heard."
    if work.voices is None:
        work.compare_voices()
    if not _done(work):
        return timeline, ""
    segments = likely_speakers(timeline.segments, work.voices.heard, n_speakers=None if asked == AUTO else int(asked))
    timeline = replace(timeline, segments=tuple(segments))
    return timeline, _words(timeline)


def _done(work: Work) -> bool:
    """Whether it is known how each segment's voice sounds; until then, how far the work is."""
    job = work.voices.job
    until = time.monotonic() + working.PATIENCE_S
    while job.state == "running" and time.monotonic() < until:
        time.sleep(0.01)
    if job.state == "running":
        st.fragment(_watch, run_every=_POLL_S)(work)
    elif job.state != "done":
        show = st.info if job.state == "cancelled" else st.error
        show(plain(job.message))
        st.button("Try again", key="speakers-again", icon=":material/refresh:", on_click=work.compare_voices)
    return job.state == "done"


def _watch(work: Work) -> None:
    job = work.voices.job
    if job.state != "running":
        st.rerun(scope="app")
    working.progress(job, key="speakers-cancel", hint="The timeline stays as it is.")


def _words(timeline: Timeline) -> str:
    """Who speaks how much."""
    found = timeline.summary()["speakers"]
    if not found:
        return "No segment is long enough to tell speakers apart."
    if len(found) == 1:
        return "All segments sound like one likely speaker."
    told = ", ".join(f"{name} {seconds_text(each['speech_s'])}" for name, each in found.items())
    return f"{len(found)} likely speakers: {told}. They are told apart by how they sound, and often wrongly."
