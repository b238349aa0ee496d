"""Choices that a colleague may want to share: they stand in the address and last when the page is left."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

_T = TypeVar("_T")


def choice(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    format_func: Callable[[str], str],
    help: str | None = None,
    dropdown: bool = False,
    hidden: bool = False,
    page: str = "",
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
    dropdown : bool
        For more options than a row of buttons can hold.
    hidden : bool
        Whether only who cannot see the page is told the label, for the buttons speak for themselves.
    page : str
        Where the choice is meant, if other pages have another one under the same name: each is remembered.
    """
    widget, kept = f"choice-{key}", f"kept-{page}{key}"
    if st.session_state.get(widget) not in options:
        wanted = st.query_params.get(key) or st.session_state.get(kept)
        st.session_state[widget] = wanted if wanted in options else options[0]
    # Told with every run: the value that is set is told with one run only, which the next may replace before a slow
    # browser has drawn it, and the browser would then send back the first option.
    now = st.session_state[widget]
    how = {"format_func": format_func, "key": widget, "help": help}
    how["label_visibility"] = "collapsed" if hidden else "visible"
    if dropdown:
        chosen = st.selectbox(label, options, index=options.index(now), **how)
    else:
        chosen = st.segmented_control(label, options, default=now, required=True, wrap=True, **how)
    st.session_state[kept] = chosen
    if chosen == options[0]:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = chosen
    return chosen


def choices(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    default: Sequence[str],
    format_func: Callable[[str], str],
    on_change: Callable[[], None] | None = None,
    hidden: bool = True,
) -> tuple[str, ...]:
    """A choice of several, `default` unless the address or an earlier visit says otherwise or none is left.

    Parameters
    ----------
    label : str
        What is chosen.
    options : sequence of str
        All of them.
    key : str
        Name in the address, which stays short where the choice is the default.
    default : sequence of str
        Some of `options`.
    format_func : callable
        Option -> words on the button.
    on_change : callable, optional
        Called when the visitor has changed the choice.
    hidden : bool
        Whether only who cannot see the page is told the label, for the buttons speak for themselves.

    Returns
    -------
    tuple of str
        In the order of `options`, never empty.
    """
    widget, kept = f"choice-{key}", f"kept-{key}"
    if widget not in st.session_state:
        wanted = st.query_params.get_all(key) or st.session_state.get(kept, ())
        st.session_state[widget] = [option for option in options if option in wanted] or list(default)
    st.pills(
        label,
        options,
        selection_mode="multi",
        default=[option for option in options if option in st.session_state[widget]],  # As in `choice`.
        format_func=format_func,
        key=widget,
        on_change=on_change,
        label_visibility="collapsed" if hidden else "visible",
        wrap=True,
    )
    chosen = tuple(option for option in options if option in st.session_state[widget]) or tuple(default)
    usual = set(chosen) == set(default)
    st.session_state[kept] = () if usual else chosen
    wanted = [] if usual else list(chosen)
    if st.query_params.get_all(key) != wanted:
        if wanted:
            st.query_params[key] = wanted
        else:
            st.query_params.pop(key, None)
    return chosen


def follow(widget: str, value: _T) -> _T:
    """Let the widget of that key show a value that is kept elsewhere.

    Said again on every run, the server's value would undo what its visitor moved while the page was drawn.

    Returns
    -------
    object
        The value, to be the widget's default as well, for a slow browser may miss what is set (see `choice`).
    """
    if st.session_state.get(widget) != value:
        st.session_state[widget] = value
    return value


def choose(key: str, options: Sequence[str]) -> None:
    """Callback: set what `choices` of that key gives."""
    st.session_state[f"choice-{key}"] = list(options)
