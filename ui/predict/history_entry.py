"""One prediction of the history: its sound, its probabilities, what a person hears, and the way out."""

from collections.abc import Callable

import streamlit as st

from ser_core import settings
from ser_core.audio import decode
from ser_core.errors import AudioError, SERError
from ser_core.figures.prediction import probability_bars
from ser_core.figures.style import CONFIG
from ser_core.history import Entry, History
from ser_core.history.feedback import refresh_corpus
from ser_core.labels import EMOTIONS
from ui.markdown import plain
from ui.predict import kept
from ui.predict.answer import player

_UNSAID = ""


def show(history: History, entry: Entry, *, said: Callable[[str], None]) -> None:
    """All about it.

    Parameters
    ----------
    history, entry
        Where it stands, and what.
    said : callable
        Takes what a step did, to be told once.
    """
    with st.container(border=True, key="history-entry"):
        left, right = st.columns([2, 3], gap="large")
        with left:
            st.markdown(f"**{plain(entry.name)}**")
            _sound(history, entry)
            if entry.uncertain:
                st.caption(f"{'No answer' if entry.abstained else 'Uncertain'}: {plain(entry.reason or '')}.")
            _correct(entry, said)
        with right:
            if entry.probabilities and not entry.abstained:
                st.plotly_chart(
                    probability_bars(entry.probabilities, title=f"Probability of each emotion, by {entry.model}"),
                    config={**CONFIG, "displayModeBar": False},
                    key="history-bars",
                    alt="Probabilities: "
                    + ", ".join(f"{EMOTIONS[name].title} {p:.0%}" for name, p in entry.probabilities.items()),
                )
        st.button(
            "Delete this prediction",
            icon=":material/delete:",
            key=f"history-delete-{entry.key}",
            on_click=_delete,
            args=(entry, said),
        )


def _sound(history: History, entry: Entry) -> None:
    content = history.audio(entry.sha256) if entry.sha256 else None
    if content is None:
        st.caption("Its audio is not kept.")
        return
    try:
        player(decode(content, limits=settings.LIMITS))
    except AudioError as error:
        st.caption(plain(str(error)))


def _correct(entry: Entry, said: Callable[[str], None]) -> None:
    options = [_UNSAID, *EMOTIONS]
    with st.form(f"history-form-{entry.key}", border=False):
        st.selectbox(
            "What do you hear?",
            options,
            index=options.index(entry.corrected or _UNSAID),
            format_func=lambda name: EMOTIONS[name].title if name else "Not said",
            key=f"history-corrected-{entry.key}",
            help="The same as the answer confirms it.",
        )
        st.text_input(
            "Who speaks?",
            entry.speaker,
            key=f"history-speaker-{entry.key}",
            max_chars=60,
            placeholder="optional",
            help="A word for the speaker, so that a model can be tested on voices that it has not learned from.",
        )
        st.form_submit_button("Save", icon=":material/check:", on_click=_save, args=(entry, said))


def _save(entry: Entry, said: Callable[[str], None]) -> None:
    """Callback: note what a person hears."""
    emotion = st.session_state[f"history-corrected-{entry.key}"] or None
    speaker = st.session_state[f"history-speaker-{entry.key}"]
    history = kept.history()
    try:
        history.correct(entry.key, emotion, speaker=speaker)
        refresh_corpus(history)
    except SERError as error:
        kept.report(str(error))
        return
    words = f"sounds {EMOTIONS[emotion].adjective} to a person" if emotion else "is as the model said"
    said(f"Noted: {entry.name} {words}.")


def _delete(entry: Entry, said: Callable[[str], None]) -> None:
    """Callback: delete it."""
    history = kept.history()
    try:
        history.delete([entry.key])
        refresh_corpus(history)
    except SERError as error:
        kept.report(str(error))
        return
    said(f"The prediction for {entry.name} was deleted.")
