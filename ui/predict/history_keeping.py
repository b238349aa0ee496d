"""What is kept, where and for how long, and the visitor's say in it."""

import streamlit as st

from ser_core import settings
from ser_core.errors import ConfigError, SERError
from ser_core.figures.style import count
from ser_core.history import History, Stats
from ser_core.history.feedback import refresh_corpus
from ui.format import bytes_text
from ui.predict import kept


def show(history: History, stats: Stats) -> None:
    """Where things stand in a sentence, and the two switches."""
    try:
        offered = kept.offered()
    except ConfigError:  # Told above as trouble.
        offered = False
    heard = f", {stats.clips:,} with audio ({bytes_text(stats.audio_bytes)})" if stats.clips else ""
    with st.container(border=True, key="history-keeping"):
        if history.folder is None:
            limits = settings.SESSION_LIMITS
            st.markdown(
                f"**{count(stats.entries, 'prediction')} of this visit{heard}, in memory only.** All is gone when "
                "you leave or reload the page."
            )
            st.caption(
                f"At most {limits.max_entries:,} predictions and {bytes_text(limits.max_audio_bytes)} of audio; what "
                "is oldest goes first."
            )
            if offered:
                st.button("Keep them on this machine", icon=":material/save:", key="history-keep", on_click=kept.keep)
                st.caption(
                    f"Then names, answers and corrections are written to `{settings.history_dir()}` on the machine "
                    "that runs this app, found again by this browser alone. Audio is written only if you ask for that "
                    "as well."
                )
            else:
                st.caption(
                    "Keeping them on disk is offered to who sits at the machine that runs this app; its owner may "
                    "offer it to everybody (`SER_HISTORY=on`)."
                )
            return
        st.markdown(f"**{count(stats.entries, 'prediction')} kept on this machine{heard}.**")
        limits = settings.HISTORY_LIMITS
        st.caption(
            f"In `{history.folder}`, known to this browser alone; nothing leaves the machine. At most "
            f"{limits.max_entries:,} predictions and {bytes_text(limits.max_audio_bytes)} of audio: what is oldest "
            "goes first, what was corrected last."
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.toggle(
                "Keep the audio too",
                value=history.keeps_audio,
                key="history-audio",
                on_change=_keep_audio,
                help="Needed to hear predictions of earlier visits and to make a corpus of corrections. Switched off, "
                "the audio is deleted from the disk.",
            )
            with st.popover("Stop keeping", icon=":material/delete:", key="history-stop-ask"):
                st.markdown(
                    "Deletes everything of yours from the disk. The predictions stay here in memory until you leave."
                )
                st.button("Delete from the disk", type="primary", key="history-stop", on_click=kept.stop_keeping)


def _keep_audio() -> None:
    """Callback: write audio to disk, or delete it there."""
    history = kept.history()
    try:
        history.keep_audio(st.session_state["history-audio"])
        refresh_corpus(history)
    except SERError as error:
        kept.report(str(error))
