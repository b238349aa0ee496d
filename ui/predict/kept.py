"""The history of this visitor: every prediction of the session in memory, on disk only where the visitor asked for it.

What is on disk is found by a secret that only the visitor's browser knows, so that visitors of one server never see
each other's.
"""

import logging
import secrets
import threading
from collections.abc import Iterable

import streamlit as st

from ser_core import settings
from ser_core.audio import sha256 as digest_of
from ser_core.errors import ConfigError, SERError
from ser_core.history import Entry, History
from ser_core.history.entry import Answer
from ui import visitor
from ui.predict import browser_secret

_LOG = logging.getLogger(__name__)
_KEEPING = threading.Lock()
_HISTORY, _SEEN, _SECRET, _STORE, _GIVEN_UP, _TROUBLE = (
    f"history-{name}" for name in ("held", "seen", "secret", "store", "given-up", "trouble")
)


def remember(
    view: str,
    name: str,
    answer: Answer,
    *,
    model: str | None = None,
    audio: bytes | None = None,
    sha256: str | None = None,
) -> None:
    """Record one prediction; may be called at every rerun, for it is recorded once.

    Parameters
    ----------
    view : str
        Where it was made: one of `ser_core.history.VIEWS`.
    name : str
        What the visitor calls the clip or recording.
    answer : Prediction or Segment
        What the model said.
    model : str, optional
        Identifier of the model; a segment does not say it.
    audio : bytes, optional
        What was judged, encoded, so that it can be heard again: of a segment the stretch alone.
    sha256 : str, optional
        Digest of `audio`, where it is known already.
    """
    remember_all(view, [(name, answer, audio, sha256)], model=model)


def remember_all(
    view: str, found: Iterable[tuple[str, Answer, bytes | None, str | None]], *, model: str | None = None
) -> None:
    """Record several predictions at once: ``(name, answer, audio, sha256)`` each, see `remember`."""
    seen = st.session_state.setdefault(_SEEN, set())
    entries, sounds = [], {}
    for name, answer, audio, sha256 in found:
        digest = sha256 or (digest_of(audio) if audio is not None else "")
        entry = Entry.of(answer, view=view, name=name, model=model, sha256=digest)
        if entry.key not in seen:
            seen.add(entry.key)
            entries.append(entry)
            if audio is not None:
                sounds[digest] = audio
    if not entries:
        return
    try:
        history().add(entries, audio=sounds)
    except SERError as error:
        # The answer on the page matters more than its record; the view History tells.
        _LOG.warning("A prediction was not recorded: %s", error)
        st.session_state[_TROUBLE] = f"Predictions of this session were not recorded: {error}"


def history() -> History:
    """The history that this session writes to."""
    if _HISTORY not in st.session_state:
        st.session_state[_HISTORY] = History()
    return st.session_state[_HISTORY]


def trouble() -> str | None:
    """What went wrong since this was asked last, for the view that shows the history."""
    return st.session_state.pop(_TROUBLE, None)


def report(message: str) -> None:
    """Callback: something went wrong; the view that shows the history tells it."""
    st.session_state[_TROUBLE] = message


def offered() -> bool:
    """Whether this visitor may have predictions kept on the machine that runs the app.

    Raises
    ------
    ConfigError
        If SER_HISTORY is set to something unknown.
    """
    return visitor.may(settings.history_offered())


def is_kept() -> bool:
    """Whether this session writes to disk."""
    return history().folder is not None


def connect() -> None:
    """Find what this browser had kept; belongs on every view of the page."""
    try:
        if not offered():
            return
    except ConfigError as error:
        st.session_state[_TROUBLE] = str(error)
        return
    state = st.session_state
    told = browser_secret.exchange(store=state.get(_STORE), known=state.get(_SECRET, ""))
    if told == browser_secret.BLOCKED:
        if is_kept():
            stop_keeping()
        state[_SECRET] = told
        state[_TROUBLE] = (
            "This browser stores nothing for this page (private window, or storage is blocked), so that kept "
            "predictions could not be found again: they stay in memory."
        )
    elif told and told not in state.get(_GIVEN_UP, ()) and not is_kept():
        _open(told)


def keep() -> None:
    """Callback: keep predictions on disk from now on, those of this session included."""
    # A second click may come before the button is gone; another secret would orphan what the first one wrote.
    with _KEEPING:
        secret = secrets.token_hex(32)
        if not is_kept() and _open(secret):
            st.session_state[_STORE] = secret


def stop_keeping() -> None:
    """Callback: delete all that is on disk; what the session's memory can hold of it stays there."""
    # Brings the readers of corpora along, which no page needs to open.
    from ser_core.history.feedback import forget_corpus

    kept = history()
    memory = History()
    try:
        _copy(kept, memory)
        forget_corpus(kept)
        kept.clear()
        kept.close()
    except SERError as error:
        st.session_state[_TROUBLE] = str(error)
        return
    state = st.session_state
    # The browser's last word is the old secret until it has heard of this.
    state.setdefault(_GIVEN_UP, set()).add(state.get(_SECRET))
    state[_HISTORY] = memory
    state[_SECRET] = state[_STORE] = ""


def _open(secret: str) -> bool:
    """Go over to the history of that secret; whether that went well."""
    former = history()
    try:
        kept = History(settings.history_dir(), secret=secret)
        _copy(former, kept)
    except SERError as error:
        st.session_state[_TROUBLE] = str(error)
        return False
    former.close()
    st.session_state[_HISTORY] = kept
    st.session_state[_SECRET] = secret
    st.session_state.pop(_TROUBLE, None)
    return True


def _copy(source: History, target: History) -> None:
    """Entries and their audio, the oldest first, as far as the target's limits go."""
    entries = source.find()[: target.limits.max_entries]
    sounds, room = {}, target.limits.max_audio_bytes
    for digest, size in reversed(source.shelf.sizes().items()):
        if size > room:
            break
        content = source.audio(digest)
        if content is not None:
            sounds[digest] = content
            room -= size
    target.add(reversed(entries), audio=sounds)
