"""A clip found by its words: the way to choose one without a mouse."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from ser_core import describe
from ser_core.figures.style import count
from ui.explore.sounds import title_of

# As many as a list of matches shows: of more, the visitor adds a word.
_MATCHES = 40


def find(clips: pd.DataFrame, *, key: str, take: Callable[[str], None], hint: str) -> None:
    """A search field, and a list of the clips that have its words.

    Parameters
    ----------
    clips : pd.DataFrame
        Rows of `Selection.table` to choose from.
    key : str
        Begins the keys of the widgets.
    take : callable
        Called with the clip_id that was chosen.
    hint : str
        What choosing one does.
    """
    text = st.text_input(
        "Find a clip",
        key=f"{key}-search",
        placeholder="angry female 1001",
        help="Words that occur in the clip's name, labels or sentence, in any order",
        icon=":material/search:",
    )
    if not text:
        return
    found = describe.select(clips, text=text)
    if found.empty:
        st.caption("No clip of the selection has these words.")
        return
    shown = found.head(_MATCHES)
    labels = {row["clip_id"]: f"{title_of(row)} · {row['clip_id']}" for _, row in shown.iterrows()}
    chosen = f"{key}-match-{text}"
    more = "" if len(found) <= _MATCHES else f", the first {_MATCHES} of them"
    st.selectbox(
        f"{count(len(found), 'clip')} found{more}",
        list(labels),
        index=None,
        format_func=labels.get,
        key=chosen,
        placeholder=hint,
        on_change=lambda: take(st.session_state[chosen]) if st.session_state[chosen] else None,
    )
