"""Ways to bring a recording to the page: the demo, an upload, a file of this machine. Each starts the work at once."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from ser_core import settings
from ser_core.corpora.own import paths
from ser_core.errors import SERError
from ui import state
from ui.format import bytes_text
from ui.markdown import plain
from ui.predict import models, taking
from ui.predict.recording_work import Work

KEY = "recording-work"
"""Where a visitor's recording lies in the session."""

_UPLOADER = "recording-upload"
_FAILED = "recording-failed"
_DEMO_SEED = 7
_WAYS = {"demo": "Demo recording", "upload": "Upload", "file": "File on this machine"}


def work() -> Work | None:
    """This visitor's recording, None while there is none."""
    return st.session_state.get(KEY)


def choose() -> None:
    """Draw the ways in."""
    way = state.choice("Where is the recording?", tuple(_WAYS), key="recording", format_func=_WAYS.get)
    with st.container(key="recording-input"):
        {"demo": _demo, "upload": _upload, "file": _file}[way]()
    failed = st.session_state.pop(_FAILED, None)
    if failed:
        st.error(failed, icon=":material/error:")


def forget() -> None:
    """Callback: drop the recording and everything known of it."""
    former = st.session_state.pop(KEY, None)
    if former is not None:
        former.remove()


def _take(name: str, content: bytes | Path | Callable, *, about: str = "") -> None:
    forget()
    made = Work(name, content, about=about)
    made.judge(models.predictor())
    st.session_state[KEY] = made


def _demo() -> None:
    from ser_core import corpora

    if not corpora.get("demo").is_present():
        st.info("The demo voices are not here: restore data/demo from the repository, or upload a recording.")
        return
    st.button(
        "Take the demo recording",
        type="primary",
        icon=":material/play_circle:",
        key="recording-demo",
        on_click=_take_demo,
    )
    st.caption(
        "Synthetic voices, made by a machine, one after the other with pauses between: it shows how this view works "
        "and says nothing about how people sound."
    )


def _take_demo() -> None:
    try:
        _take(
            "Demo recording",
            _stitch_demo,
            about="Synthetic voices, stitched together: what each is meant to sound like is known.",
        )
    except SERError as error:
        st.session_state[_FAILED] = plain(str(error))


def _stitch_demo(file: Path):
    from ser_core import corpora
    from ser_core.recordings.stitching import clips_of, stitch

    demo = corpora.get("demo")
    table = demo.manifest().sample(frac=0.4, random_state=_DEMO_SEED).sort_values("speaker", kind="stable")
    return stitch(file, clips_of(demo, table), seed=_DEMO_SEED)


def _upload() -> None:
    limit = settings.RECORDING_UPLOAD_BYTES
    key = taking.key(_UPLOADER)
    st.file_uploader(
        "A recording of any length",
        key=key,
        on_change=_take_upload,
        args=(key,),
        max_upload_size=limit >> 20,
        help="It is kept in a temporary file of this server until you remove it or leave.",
    )
    st.caption(
        f"WAV, MP3, FLAC, OGG, Opus, M4A or WebM, up to {limit >> 20} MB (about 3 hours of MP3, 14 of speech in "
        f"Opus) and {settings.RECORDING_LIMITS.max_duration_s / 3600:.0f} hours. For more, take a file on this machine "
        "or `python -m ser_core timeline`."
    )


def _take_upload(key: str) -> None:
    file = taking.taken(_UPLOADER, key)
    if file is None:
        return
    try:
        _take(file.name, file.getvalue())
    except SERError as error:
        st.session_state[_FAILED] = plain(str(error))


def _file() -> None:
    st.text_input(
        "Path of the recording",
        key="recording-path",
        placeholder="/home/me/interviews/first.flac",
        help="A file of the machine that this app runs on. It is read where it lies and not copied.",
    )
    st.button("Take this file", icon=":material/folder_open:", key="recording-take-file", on_click=_take_file)
    st.caption(f"Up to {bytes_text(settings.RECORDING_LIMITS.max_bytes)}; only the first seconds are needed to begin.")


def _take_file() -> None:
    try:
        place = paths.allowed(st.session_state["recording-path"])
        if not place.is_file():
            st.session_state[_FAILED] = f"{plain(str(place))} is a folder. Name a file."
            return
        _take(place.name, place)
    except SERError as error:
        st.session_state[_FAILED] = plain(str(error))
