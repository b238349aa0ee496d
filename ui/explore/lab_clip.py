"""The clip that is changed in the lab: one of the corpora, or a file of the visitor's own."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from ser_core import corpora, settings
from ser_core.audio import Audio, decode, sha256
from ser_core.errors import AudioError
from ser_core.figures.style import INK
from ui.explore.finding import find
from ui.explore.panels import choose
from ui.explore.selection import CHOSEN, Selection
from ui.explore.sounds import SAMPLING_RATE, Sound, colour_of, load, title_of
from ui.markdown import plain

_UPLOADED = "lab-uploaded"


@dataclass(frozen=True)
class Voice:
    """A clip to change.

    Attributes
    ----------
    key : str
        Identifies its bytes.
    name : str
        For files that are made of it.
    title : str
        What a reader calls it.
    colour : str
        It is drawn in.
    audio : Audio
        As the models hear it, at 16 kHz.
    """

    key: str
    name: str
    title: str
    colour: str
    audio: Audio


def pick(selection: Selection) -> Voice | None:
    """Draw what chooses the clip; the clip, or None where it cannot be read."""
    if _UPLOADED in st.session_state:
        name, content = st.session_state[_UPLOADED]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Your file **{plain(name)}**")
            st.button("Back to the corpora", type="tertiary", key="lab-back", on_click=_forget_upload)
        return _uploaded(name, content)
    row, playable, is_demo = _row(selection)
    if row is None:
        st.warning("No recording can be read here, not even the demo voices. Give a file of your own.")
        _upload()
        return None
    if is_demo:
        st.caption("No recording of this selection is on this machine, so a synthetic demo voice stands in.")
    st.markdown(f"**{plain(title_of(row))}**")
    st.caption(plain(row["clip_id"] if pd.isna(row["text"]) else f"“{row['text']}” · {row['clip_id']}"))
    with st.popover("Another clip", icon=":material/search:"):
        find(playable, key="lab", take=lambda clip_id: choose("a", clip_id), hint="Choose the clip to change")
        _upload()
    sound = load(row)
    if not isinstance(sound, Sound):
        st.warning(sound, icon=":material/volume_off:")
        return None
    name = row["clip_id"].replace("/", "-")
    return Voice(sound.key, name, title_of(row), colour_of(row), sound.audio)


def _row(selection: Selection) -> tuple[pd.Series | None, pd.DataFrame, bool]:
    """The clip, all that could be chosen, and whether they are the demo's."""
    playable = selection.clips[selection.clips["here"]]
    anywhere = selection.table[selection.table["here"]]
    wanted = st.query_params.get("a") or st.session_state.get(CHOSEN, {}).get("a")
    if wanted is not None and (anywhere["clip_id"] == wanted).any():
        return selection.row(wanted), anywhere, False
    for candidates in (playable, anywhere):
        if len(candidates):
            return candidates.iloc[0], anywhere, False
    demo = _demo()
    chosen = demo[demo["clip_id"] == wanted] if wanted is not None else demo
    chosen = chosen if len(chosen) else demo
    return (chosen.iloc[0] if len(chosen) else None), demo, True


@st.cache_resource(max_entries=1, show_spinner=False)
def _demo() -> pd.DataFrame:
    from ser_core import describe

    found = [corpora.get(name).manifest() for name in corpora.names() if corpora.get(name).synthetic]
    return describe.prepared(pd.concat(found, ignore_index=True)) if found else pd.DataFrame({"clip_id": []})


def _upload() -> None:
    limits = settings.LIMITS
    st.file_uploader(
        "Or a file of your own",
        key="lab-file",
        on_change=_keep_upload,
        max_upload_size=limits.max_bytes // 2**20,
        help="Nothing is stored: the file stays in this session's memory until you leave. WAV, MP3, FLAC, OGG, Opus, "
        f"M4A or WebM, at most {limits.max_duration_s:g} s.",
    )


def _keep_upload() -> None:
    if (file := st.session_state["lab-file"]) is not None:
        st.session_state[_UPLOADED] = (file.name, file.getvalue())


def _forget_upload() -> None:
    st.session_state.pop(_UPLOADED, None)


def _uploaded(name: str, content: bytes) -> Voice | None:
    try:
        audio = _decoded(sha256(content), _content=content)
    except AudioError as error:
        st.warning(f"**{error.message}** {error.advice}", icon=":material/volume_off:")
        return None
    return Voice(sha256(content), "your-file", name, INK, audio)


@st.cache_data(max_entries=4, show_spinner=False)
def _decoded(key: str, *, _content: bytes) -> Audio:
    return decode(_content, sr=SAMPLING_RATE)
