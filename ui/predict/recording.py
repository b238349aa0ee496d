"""A long recording: how it sounds, stretch by stretch, from the first seconds on while the rest is still heard."""

import time

import streamlit as st

from ui import working
from ui.format import seconds_text
from ui.markdown import plain
from ui.predict import models, recording_kept, recording_source, timeline_view
from ui.predict.recording_work import Work

_POLL_S = 1.0


def show() -> None:
    """The view: the way in, then what is known of the recording."""
    work = recording_source.work()
    recording_source.choose()
    if work is None:
        with st.container(border=True, key="timeline-answer"):
            st.html(
                '<p class="sel-answer-then" role="status">The timeline will stand here: the first segments after a '
                "moment, the rest as it is heard.</p>"
            )
        return
    st.fragment(_result, run_every=_POLL_S if work.is_running else None)(work, work.is_running)


def _result(work: Work, was_running: bool) -> None:
    running = work.is_running
    if was_running and not running:
        st.rerun(scope="app")
    _state(work, running)
    timeline = work.heard.known()
    if not timeline.segments:
        if not running and work.job.state != "failed":
            st.info(
                "Nobody speaks in this recording, or too softly or briefly to be judged.",
                icon=":material/voice_over_off:",
            )
        return
    if not running:
        recording_kept.note(work, timeline)
    total = work.job.progress.total if running and work.job.progress else None
    timeline_view.show(work, timeline, duration_s=float(total or timeline.duration_s), running=running)


def _state(work: Work, running: bool) -> None:
    """Which recording it is, how far the work is, and what to do with it."""
    heard = work.heard
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{plain(work.name)}**, judged by {plain(heard.title)}. {work.about}", width="stretch")
        if not running and models.chosen().id != heard.model:
            st.button(
                f"Judge it by {plain(models.chosen().title)}",
                icon=":material/refresh:",
                key="recording-again",
                on_click=_again,
                args=(work,),
            )
        st.button(
            "Remove",
            icon=":material/delete:",
            key="recording-remove",
            on_click=recording_source.forget,
            help="Deletes the recording and what was heard in it from this server.",
        )
    job = work.job
    if running:
        hint = "What was heard until then stays."
        working.progress(job, key="recording-cancel", words=_words(work), hint=hint)
    elif job.state == "failed":
        st.error(plain(job.message), icon=":material/error:")
    elif job.state == "cancelled":
        st.info(
            f"Stopped after {seconds_text(heard.copy.duration_s)} of the recording; what was heard by then is shown.",
            icon=":material/info:",
        )


def _words(work: Work) -> str:
    waiting = work.job.progress is not None and work.job.progress.message.startswith("Waiting")
    if waiting:
        return work.job.progress.message
    spent = time.monotonic() - work.heard.started
    return f"Listening for {seconds_text(spent)}" if spent >= 1 else "Listening"


def _again(work: Work) -> None:
    work.judge(models.predictor())
