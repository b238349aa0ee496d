"""Get and add corpora: what of each is here, how to get the rest, and how to add one's own."""

import streamlit as st

from ser_core import corpora
from ser_core.corpora import Corpus
from ui import empty
from ui.explore import own_add, own_list
from ui.explore.selection import Selection

# Counting the files of all corpora takes a second; a download tells of itself meanwhile.
_FRESH_S = 20


def show(selection: Selection) -> None:
    """The whole view."""
    own_list.say()
    st.subheader("Corpora that this app knows", anchor=False)
    for name in corpora.builtin_names():
        corpus = corpora.get(name)
        if not corpus.synthetic:
            with st.container(border=True, key=f"corpora-{name}"):
                _known(corpus)
    own_list.show()
    own_add.show()


def _known(corpus: Corpus) -> None:
    found, expected = _found(corpus.name, str(corpus.folder())), corpus.expected["clips"]
    badge = ":green-badge[complete]" if found >= expected else ":gray-badge[not here]"
    if 0 < found < expected:
        badge = ":orange-badge[in part]"
    licence = f"[{corpus.licence}]({corpus.licence_url})" if corpus.licence_url else corpus.licence
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{corpus.title}** {badge}", width="content")
        st.caption(
            f"{found:,} of {expected:,} clips here · {corpus.expected['speakers']} speakers · {corpus.language_name} · "
            f"{licence}",
            width="content",
        )
    if found < expected:
        panel = st.expander("How to get it", key=f"corpora-how-{corpus.name}", on_change="rerun")
        if panel.open:
            with panel:
                empty.missing_corpus(corpus.name)


@st.cache_data(ttl=_FRESH_S, max_entries=32, show_spinner=False)
def _found(name: str, folder: str) -> int:
    return corpora.get(name).found()
