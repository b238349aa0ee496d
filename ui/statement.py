"""What emotion recognition can and cannot tell, and what the law says, as pages show it."""

import streamlit as st

from ser_core import statement
from ser_core.statement import Point
from ui.markdown import plain


def folded() -> None:
    """The statement in two sentences, and in full one click away: for the foot of a page."""
    with st.container(key="statement"):
        st.caption(plain(statement.SHORT))
        with st.expander(statement.TITLE, icon=":material/gavel:"):
            for point in statement.POINTS:
                st.markdown(_words(point))


def in_full() -> None:
    """All of it under a heading of its own: what can be told in boxes of equal height, below them the law."""
    st.header(statement.TITLE, anchor=False)
    st.markdown(plain(statement.SHORT))
    for column, point in zip(st.columns(len(statement.TELLS)), statement.TELLS, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(_words(point))
    with st.container(border=True, key="statement-law"):
        for point in statement.LAW:
            st.markdown(_words(point))


def _words(point: Point) -> str:
    return f"**{plain(point.title)}.** {plain(point.text)}"
