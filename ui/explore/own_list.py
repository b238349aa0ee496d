"""The visitor's own corpora: what and where they are, and how to let go of them."""

import time

import streamlit as st

from ser_core import corpora
from ser_core.corpora import own
from ser_core.errors import SERError
from ser_core.figures.style import count
from ui import state
from ui.markdown import plain

_SAID = "corpora-said"
# The page may run several times after a step, as while a new corpus is read: what was said stays for a while.
_SAID_S = 60.0


def show() -> None:
    """One card for each, and one for each file that describes none."""
    found = own.all_own()
    broken = own.broken()
    if not found and not broken:
        return
    st.subheader("Your own corpora", anchor=False)
    for corpus in found.values():
        with st.container(border=True, key=f"own-{corpus.name}"):
            _card(corpus)
    for each in broken:
        with st.container(border=True):
            st.error(plain(each.message), icon=":material/error:")
            st.button(
                f"Remove {each.name}",
                key=f"remove-broken-{each.name}",
                on_click=_remove,
                args=(each.name,),
                disabled=not own.is_name(each.name),
                help="Deletes this file of the app, no recordings in place.",
            )


def remember(message: str, *, error: bool = False) -> None:
    """Callback: what a step did, for `say`; plain text."""
    st.session_state[_SAID] = (time.monotonic(), error, message)


def say() -> None:
    """What the last step did, if it was just now."""
    when, error, message = st.session_state.get(_SAID, (float("-inf"), False, ""))
    if time.monotonic() - when < _SAID_S:
        show = st.error if error else st.success
        show(plain(message), icon=":material/error:" if error else ":material/check:")


def _card(corpus: own.OwnCorpus) -> None:
    facts = corpus.expected
    place = corpus.definition.table or corpus.definition.folder
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{plain(corpus.title)}** (`{corpus.name}`)", width="content")
        with st.popover("Remove", icon=":material/delete:", type="tertiary", key=f"corpora-ask-{corpus.name}"):
            uploaded = corpus.definition.uploaded
            st.markdown(
                "The recordings were uploaded: they are deleted too."
                if uploaded
                else "Only the app forgets it; the recordings stay where they are."
            )
            st.button(
                f"Remove {corpus.name}",
                key=f"corpora-remove-{corpus.name}",
                type="primary",
                on_click=_remove,
                args=(corpus.name,),
            )
    here = "" if corpus.is_present() else " :orange-badge[not here now]"
    speakers = count(facts["speakers"], "speaker") if facts["speakers"] else "speakers unknown"
    language = corpus.language_name if corpus.language else "language not stated"
    st.caption(
        f"{count(facts['clips'], 'clip')} when it was added, {speakers}, {language}; licence: "
        f"{plain(corpus.licence)}. {'Uploaded' if corpus.definition.uploaded else plain(f'In {place}')}.{here}"
    )


def _remove(name: str) -> None:
    """Callback: forget a corpus, and choose others where it was chosen."""
    if name not in {*own.all_own(), *(each.name for each in own.broken())}:
        return  # A second click, or another visitor was faster: it is gone as asked.
    try:
        deleted = own.remove(name)
    except SERError as error:
        remember(str(error), error=True)
        return
    left = [each for each in st.session_state.get("choice-corpus", ()) if each in corpora.names()]
    state.choose("corpus", left)
    what = "its uploaded recordings were deleted" if deleted else "its recordings were left alone"
    remember(f"{name} was removed; {what}.")
