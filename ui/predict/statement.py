"""What emotion recognition can and cannot tell, and what the law says, at the foot of every view."""

import streamlit as st

from ser_core import statement
from ui.markdown import plain


def show() -> None:
    """The statement in two sentences, and in full one click away."""
    with st.container(key="predict-statement"):
        st.caption(plain(statement.SHORT))
        with st.expander(statement.TITLE, icon=":material/gavel:"):
            for point in statement.POINTS:
                st.markdown(f"**{plain(point.title)}.** {plain(point.text)}")
