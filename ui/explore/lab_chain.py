"""The chain of augmentations that is put together in the lab: kept in the address, changed step by step."""

import itertools
from collections.abc import Callable

import streamlit as st

from ser_core.augment import KINDS, MAX_STEPS, Augmentation, Chain, Parameter
from ser_core.errors import ConfigError

ADDRESS = "lab"
"""Name of the chain in the address."""
DEFAULT = "noise:snr_db=10"
_NONE = "none"
_STEPS, _WRITTEN = "lab-steps", "lab-written"
_ids = itertools.count()


def chain() -> Chain:
    """The chain as it is now: from the address if that is new, else as this session left it."""
    text = st.query_params.get(ADDRESS)
    if _STEPS not in st.session_state or (text is not None and text != st.session_state[_WRITTEN]):
        _put(_read(DEFAULT if text is None else text).steps)
    st.session_state[_STEPS] = steps = _now()
    found = Chain(Augmentation(kind, params) for _, kind, params in steps)
    # An empty chain is a choice too, and must not become the default on another machine.
    st.session_state[_WRITTEN] = written = found.text or _NONE
    if text != written:
        st.query_params[ADDRESS] = written
    return found


def _read(text: str) -> Chain:
    if text == _NONE:
        return Chain()
    try:
        return Chain.from_text(text)
    except ConfigError as error:
        st.warning(f"The address holds settings that cannot be used, so the usual ones stand here. {error}")
        return Chain.from_text(DEFAULT)


def _step(number: int, kind: str, params: dict) -> Augmentation:
    """A step with what its widgets say, where they are drawn."""
    values = {name: st.session_state.get(_key(number, name), value) for name, value in params.items()}
    return Augmentation(kind, values)


def _put(steps) -> None:
    """Replace all steps; they get new numbers, and so new widgets."""
    st.session_state[_STEPS] = [(next(_ids), step.kind, dict(step.params)) for step in steps]


def _key(number: int, name: str) -> str:
    return f"lab-{number}-{name}"


def editor(current: Chain) -> None:
    """The steps in order, each with its parameters, and what adds one."""
    steps = st.session_state[_STEPS]
    for place, ((number, kind, _), step) in enumerate(zip(steps, current.steps, strict=True)):
        with st.container(border=True, key=f"lab-step-{place}"):
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                st.markdown(f"**{place + 1}. {KINDS[kind].title}**", help=KINDS[kind].description)
                with st.container(horizontal=True, width="content", gap=None):
                    _button("Earlier", ":material/arrow_upward:", place, _moved(place, -1))
                    _button("Later", ":material/arrow_downward:", place, _moved(place, +1))
                    _button("Remove", ":material/close:", place, lambda place=place: _without(place))
            columns = st.columns(min(2, max(1, len(step.of.parameters))))
            for i, parameter in enumerate(step.of.parameters):
                with columns[i % len(columns)]:
                    _widget(parameter, step.params[parameter.name], key=_key(number, parameter.name))
    if len(steps) >= MAX_STEPS:
        st.caption(f"{MAX_STEPS} changes are the most.")
        return
    st.selectbox(
        "Add a change",
        list(KINDS),
        index=None,
        format_func=lambda kind: f"{KINDS[kind].title}: {KINDS[kind].description}",
        key="lab-add",
        placeholder="Choose one",
        help="Changes are made in the order in which they stand.",
        on_change=_add,
    )


def _button(label: str, icon: str, place: int, steps: Callable[[], list | None]) -> None:
    st.button(
        "",
        icon=icon,
        key=f"lab-{label.lower()}-{place}",
        type="tertiary",
        help=f"{label} (change {place + 1})",
        disabled=steps() is None,
        on_click=lambda: _change(steps()),
    )


def _change(steps: list | None) -> None:
    """Callback: take these steps."""
    if steps is not None:
        st.session_state[_STEPS] = steps


def _moved(place: int, by: int) -> Callable[[], list | None]:
    """The steps with one moved; None where that cannot be: beyond an end, or a spectrogram before a waveform."""

    def moved() -> list | None:
        steps, to = _now(), place + by
        if not 0 <= to < len(steps) or KINDS[steps[place][1]].domain != KINDS[steps[to][1]].domain:
            return None
        steps[place], steps[to] = steps[to], steps[place]
        return steps

    return moved


def _without(place: int) -> list:
    steps = _now()
    return steps[:place] + steps[place + 1 :]


def _now() -> list:
    """The steps with the values of their widgets, which Streamlit forgets when they are not drawn."""
    return [
        (number, kind, dict(_step(number, kind, params).params)) for number, kind, params in st.session_state[_STEPS]
    ]


def _add() -> None:
    """Callback: the chosen kind joins at the end; what changes the waveform stays before the spectrogram."""
    kind = st.session_state["lab-add"]
    if kind is None:
        return
    steps = [*_now(), (next(_ids), kind, dict(Augmentation(kind).params))]
    st.session_state[_STEPS] = sorted(steps, key=lambda step: KINDS[step[1]].domain, reverse=True)
    st.session_state["lab-add"] = None


def _widget(parameter: Parameter, value, *, key: str) -> None:
    unit = f" ({parameter.unit})" if parameter.unit else ""
    label = f"{parameter.title}{unit}"
    if parameter.choices:
        shown = (lambda choice: f"{choice:g}") if isinstance(value, float) else str
        place = parameter.choices.index(value)
        st.selectbox(label, parameter.choices, index=place, format_func=shown, key=key, help=parameter.help)
        return
    low, high = parameter.usual
    # A value from the address may be allowed and yet outside what people usually meet.
    low, high = min(low, value), max(high, value)
    kind, step = (int, 1) if parameter.whole else (float, parameter.step)
    st.slider(label, kind(low), kind(high), kind(value), step, "%g", key=key, help=parameter.help)
