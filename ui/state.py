"""Choices that a colleague may want to share: they stand in the address and last when the page is left."""

from collections.abc import Callable, Sequence

import streamlit as st


def choice(
    label: str, options: Sequence[str], *, key: str, format_func: Callable[[str], str], help: str | None = None
) -> str:
    """A choice of one, the first unless the address or an earlier visit says otherwise.

    Streamlit's own binding writes the label into the address; here it is the option, which stays when a label is
    reworded.

    Parameters
    ----------
    label : str
        What is chosen.
    options : sequence of str
        At least one; the first is the default and does not show in the address.
    key : str
        Name in the address.
    format_func : callable
        Option -> words on the button.
    help : str, optional
        The field's term and its definition.
    """
    widget, kept = f"choice-{key}", f"kept-{key}"
    if st.session_state.get(widget) not in options:
        wanted = st.query_params.get(key) or st.session_state.get(kept)
        st.session_state[widget] = wanted if wanted in options else options[0]
    chosen = st.segmented_control(label, options, format_func=format_func, required=True, key=widget, help=help)
    st.session_state[kept] = chosen
    if chosen == options[0]:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = chosen
    return chosen
