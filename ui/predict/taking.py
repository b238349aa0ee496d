"""Upload and recording widgets that are taken from once: the next run draws a new, empty one of another key.

The widget would go on holding its files in memory; with the next turn it is gone, and what it held lies elsewhere.
"""

from typing import Any

import streamlit as st


def key(name: str) -> str:
    """Key of the widget that is drawn now.

    Parameters
    ----------
    name : str
        Names the widget whatever its turn.
    """
    return f"{name}-{st.session_state.setdefault(_turn(name), 0)}"


def taken(name: str, sent: str) -> Any | None:
    """Callback's part: what the widget holds, once.

    Parameters
    ----------
    name : str
        As for `key`.
    sent : str
        Key of the widget whose callback this is.

    Returns
    -------
    object or None
        Its value; None if it holds nothing or was taken from before. The latter happens: until the run after an upload
        has ended, the browser shows the former uploader and sends its files along with every click. Streamlit has
        forgotten them by then, takes them for new and calls back again.
    """
    if sent != key(name):
        return None
    held = st.session_state[sent]
    if not held:
        return None
    st.session_state[_turn(name)] += 1
    return held


def _turn(name: str) -> str:
    return f"{name}-turn"
