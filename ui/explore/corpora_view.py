"""Get and add corpora: what of each is here, how to get the rest, and how to add one's own."""

import streamlit as st

from ser_core import corpora
from ser_core.corpora import Corpus
from ui import empty
from ui.explore import own_add, own_list
from ui.explore.selection import Selection

# Counting the files of all corpora takes a second; a download tells of itself meanwhile.
_FRESH_S = 20
_OPEN = "corpora-open"


def show(selection: Selection) -> None:
    """The whole view."""
    st.subheader("Corpora that this app knows", anchor=False)
    with st.container(border=True, gap="xsmall", key="corpora-known"):
        for corpus in map(corpora.get, corpora.builtin_names()):
            if not corpus.synthetic:
                _known(corpus)
    own_list.say()
    own_list.show()
    own_add.show()


def _known(corpus: Corpus) -> None:
    found, expected = _found(corpus.name, str(corpus.folder())), corpus.expected["clips"]
    badge = ":green-badge[complete]" if found >= expected else ":gray-badge[not here]"
    if 0 < found < expected:
        badge = ":orange-badge[in part]"
    licence = f"[{corpus.licence}]({corpus.licence_url})" if corpus.licence_url else corpus.licence
    shown = found < expected and st.session_state.get(_OPEN) == corpus.name
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{corpus.title}** {badge}", width=230)
        st.caption(
            f"{found:,} of {expected:,} clips here · {corpus.expected['speakers']} speakers · {corpus.language_name} · "
            f"{licence}"
        )
        if found < expected:
            st.button(
                "Close" if shown else "How to get it",
                key=f"corpora-how-{corpus.name}",
                type="tertiary",
                icon=":material/close:" if shown else ":material/download:",
                on_click=_open,
                args=(None if shown else corpus.name,),
            )
    if shown:
        empty.missing_corpus(corpus.name)


def _open(name: str | None) -> None:
    """Callback: show how to get a corpus, one at a time."""
    st.session_state[_OPEN] = name


@st.cache_data(ttl=_FRESH_S, max_entries=32, show_spinner=False)
def _found(name: str, folder: str) -> int:
    return corpora.get(name).found()
