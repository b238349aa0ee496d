"""Many clips at once: what each sounds like, what is not to be relied on, and the whole to take along."""

import streamlit as st

from ser_core import settings
from ser_core.errors import SERError
from ui import working
from ui.format import seconds_text
from ui.markdown import plain
from ui.predict import batch_results, kept, models, taking
from ui.predict.batch_work import Work

_WORK, _UPLOADER, _FAILED = "batch-work", "batch-upload", "batch-failed"
_POLL_S = 1.0
_NAMES_SHOWN = 20
_CSS = """
<style>
.sel-batch-answer {font-size: 1.25rem; line-height: 1.35; font-weight: 600; margin: 0;}
.st-key-batch-answer {min-height: 9rem;}
.st-key-batch-answer [data-testid="stMetric"] {margin-right: 1.2rem;}
</style>
"""


def show() -> None:
    """The view: the way in, then what was found."""
    st.html(_CSS)
    _upload()
    work = st.session_state.get(_WORK)
    if work is None:
        with st.container(border=True, key="batch-answer"):
            st.html(
                '<p class="sel-answer-then" role="status">A table with one row per recording will stand here, and how '
                "often each emotion was heard.</p>"
            )
        return
    st.fragment(_result, run_every=_POLL_S if work.is_running else None)(work, work.is_running)


def _upload() -> None:
    limits = settings.BATCH_LIMITS
    key = taking.key(_UPLOADER)
    st.file_uploader(
        "Recordings, or a zip file of them",
        accept_multiple_files=True,
        key=key,
        on_change=_take,
        args=(key,),
        max_upload_size=limits.max_upload_bytes >> 20,
        help="They are kept in a temporary folder of this server until you remove them or leave.",
    )
    st.caption(
        f"At most {limits.max_clips:,} recordings of up to {settings.LIMITS.max_duration_s:.0f} s each, "
        f"{limits.max_upload_bytes >> 20} MB per file and {limits.max_unpacked_bytes >> 30} GB unpacked. For whole "
        "folders of this machine: `python -m ser_core predict FOLDER --out results.parquet`, which goes on where it "
        "was stopped and can use a cluster (`--dask`)."
    )
    failed = st.session_state.pop(_FAILED, None)
    if failed:
        st.error(failed, icon=":material/error:")


def _take(key: str) -> None:
    """Callback: begin with what was dropped."""
    files = taking.taken(_UPLOADER, key)
    if files is None:
        return
    _forget()
    try:
        work = Work(files)
        work.judge(models.chosen())
    except SERError as error:
        st.session_state[_FAILED] = plain(str(error))
    except OSError as error:
        st.session_state[_FAILED] = f"The files cannot be written to this server's disk: {error.strerror}."
    else:
        st.session_state[_WORK] = work


def _forget() -> None:
    """Callback: drop the files and the table."""
    former = st.session_state.pop(_WORK, None)
    if former is not None:
        former.remove()


def _result(work: Work, was_running: bool) -> None:
    running = work.is_running
    if was_running and not running:
        st.rerun(scope="app")
    _state(work, running)
    if work.done.table is not None:
        _record(work)
        batch_results.show(work)


def _state(work: Work, running: bool) -> None:
    """Which files they are, how far the work is, and what to do with it."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        took = f" in {seconds_text(work.done.seconds)}" if work.done.table is not None else ""
        st.markdown(f"**{plain(work.name)}**{_of(work)}, judged by {plain(work.card.title)}{took}.", width="stretch")
        if not running and (models.chosen().id != work.card.id or work.done.table is None):
            another = models.chosen().id != work.card.id
            st.button(
                f"Judge them by {plain(models.chosen().title)}" if another else "Go on",
                icon=":material/refresh:",
                key="batch-again",
                on_click=work.judge,
                args=(models.chosen(),),
            )
        st.button(
            "Remove",
            icon=":material/delete:",
            key="batch-remove",
            on_click=_forget,
            help="Deletes the recordings and the table from this server.",
        )
    job = work.job
    if running:
        working.progress(job, key="batch-cancel", hint="What was judged until then is kept; you may go on with it.")
    elif job.state == "failed":
        st.error(plain(job.message), icon=":material/error:")
    elif job.state == "cancelled":
        st.info("Stopped. What was judged by then is kept; “Go on” judges the rest.", icon=":material/info:")
    if work.left_out and not running:
        with st.expander(f"{len(work.left_out):,} of the files left out", icon=":material/warning:"):
            shown = work.left_out[:_NAMES_SHOWN]
            st.markdown("\n".join(f"- {plain(each)}" for each in shown))
            if len(work.left_out) > len(shown):
                st.caption(f"and {len(work.left_out) - len(shown):,} more")


def _of(work: Work) -> str:
    """How many files that is, where they came packed."""
    found = 0 if work.done.table is None else len(work.done.table)
    return f", {found:,} files in all" if found > 1 and found != work.uploads else ""


def _record(work: Work) -> None:
    """Note every answer in the history, once; the audio where the visitor asked for audio to be kept on disk, or where
    all of it fits in what a session may hold in memory."""
    if work.is_recorded:
        return
    work.is_recorded = True
    try:
        keeps = kept.history().keeps_audio or work.bytes <= settings.SESSION_LIMITS.max_audio_bytes
    except SERError as error:
        kept.report(str(error))
        return
    with st.spinner("Noting the answers …"):
        kept.remember_all("batch", batch_results.answers(work, with_audio=keeps))
