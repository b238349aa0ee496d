"""What emotion recognition can and cannot tell, and what the law says: one wording for pages, reports and documents."""

import streamlit as st

LIMITS = (
    "A recogniser hears how something is said, not what somebody feels. These were trained on acted speech; real "
    "feelings, other languages and noisy rooms sound different. Never decide about people by it."
)


def show() -> None:
    """The statement at the foot of the page."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(LIMITS)
        st.page_link("streamlit_app.py", label="What it can and cannot tell", icon=":material/info:")
