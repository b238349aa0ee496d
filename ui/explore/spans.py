"""The part of a clip that is heard, and the part that is looked at: chosen by dragging, by a slider, or in the URL."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from ui import state

SEGMENT, ZOOM = "t", "zoom"
"""Names in the address: what is heard, what is looked at; ``0.52-1.30`` in seconds."""
MIN_S = 0.02
_KEPT = "explore-spans"
Span = tuple[float, float]

# Dragging with the zoom tool, the wheel and a double click change the axis in the browser alone. This tells the server,
# which draws the part anew, finer.
_JS = """
export default function({ data, setTriggerValue }) {
  let chart = null, timer = null, waiting = null;
  const changed = (event) => {
    const names = Object.keys(event).filter((name) => /^xaxis\\d*\\.(range|autorange)/.test(name));
    if (!names.length) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      const [start, end] = chart._fullLayout.xaxis.range;
      const whole = start <= 0.005 && end >= data.duration - 0.005;
      setTriggerValue("span", whole ? [] : [start, end]);
    }, 300);
  };
  const attach = () => {
    const found = document.querySelector(`.st-key-${data.chart} .js-plotly-plot`);
    if (found?.on && found !== chart) {
      chart?.removeListener?.("plotly_relayout", changed);
      chart = found;
      chart.on("plotly_relayout", changed);
    }
  };
  attach();
  waiting = setInterval(attach, 250);
  return () => {
    clearInterval(waiting);
    clearTimeout(timer);
    chart?.removeListener?.("plotly_relayout", changed);
  };
}
"""
_listener = st.components.v2.component("chart-zoom", html="<span></span>", js=_JS)


def current(name: str, *, duration_s: float) -> Span | None:
    """The chosen span within a clip of that length, seconds; None for all of it."""
    text = st.query_params.get(name) or st.session_state.get(_KEPT, {}).get(name, "")
    span = _parse(text)
    if span is None:
        return None
    start, end = max(0.0, span[0]), min(duration_s, span[1])
    if end - start < MIN_S or (start <= 0 and end >= duration_s):
        return None
    if st.query_params.get(name) != text:
        put(name, span)
    return start, end


def put(name: str, span: Span | None) -> None:
    """Callback: choose a span, None for all; the URL says which, and the session remembers."""
    kept = st.session_state.setdefault(_KEPT, {})
    if span is None or span[1] - span[0] < MIN_S:
        kept.pop(name, None)
        st.query_params.pop(name, None)
    else:
        kept[name] = st.query_params[name] = f"{max(0.0, span[0]):.2f}-{span[1]:.2f}"


def controls(
    *,
    duration_s: float,
    name: str = SEGMENT,
    label: str = "Segment to hear, in seconds",
    help: str = "Or drag across the waveform: what is marked is what the players play.",
    zoom: str | None = ZOOM,
) -> None:
    """A slider for the segment, and buttons to look closer and back.

    Parameters
    ----------
    duration_s : float
        Of the clip, seconds.
    name : str
        Of the segment in the address.
    label, help : str
        What the slider chooses.
    zoom : str or None
        Name in the address of what is looked at; None offers no closer look.
    """
    segment = current(name, duration_s=duration_s)
    closer = None if zoom is None else current(zoom, duration_s=duration_s)
    end = max(round(duration_s, 2), 2 * MIN_S)
    slider = f"segment-{name}"
    shown = state.follow(slider, tuple(min(round(x, 2), end) for x in segment or (0.0, end)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.slider(
            label,
            0.0,
            end,
            shown,
            step=0.01,
            format="%.2f",
            key=slider,
            on_change=partial(_take_slider, slider, name, end),
            help=help,
            width=520,
        )
        if zoom is not None:
            st.button(
                "Zoom in",
                icon=":material/zoom_in:",
                disabled=segment is None or segment == closer,
                on_click=put,
                args=(zoom, segment),
                help="Look at the segment alone, drawn finer",
            )
        st.button(
            "Whole clip",
            icon=":material/zoom_out_map:",
            disabled=segment is None and closer is None,
            on_click=_forget,
            args=(name, zoom),
            help="Hear and see all of it" if zoom is not None else "Take all of it",
        )


def box_selection(chart: str, *, name: str = SEGMENT) -> Callable[[], None]:
    """Callback for a chart of that key: the span that was dragged across is the segment of that name."""
    return partial(_take_box, chart, name)


def listen(chart: str, *, duration_s: float) -> None:
    """Draw a chart anew, finer, when its visitor zooms."""
    key = f"zoom-of-{chart}"
    _listener(
        key=key,
        data={"chart": chart, "duration": duration_s},
        on_span_change=partial(_take_zoom, key),
        height=1,
    )


def _take_slider(slider: str, name: str, end: float) -> None:
    span = st.session_state[slider]
    put(name, None if span == (0.0, end) else span)


def _take_box(chart: str, name: str) -> None:
    boxes = st.session_state[chart]["selection"]["box"]
    if boxes:
        start, end = sorted(boxes[-1]["x"])
        put(name, (start, end))


def _take_zoom(key: str) -> None:
    span = st.session_state[key]["span"]
    put(ZOOM, tuple(sorted(span)) if span else None)


def _forget(*names: str | None) -> None:
    for name in names:
        if name is not None:
            put(name, None)


def _parse(text: str) -> Span | None:
    start, dash, end = text.partition("-")
    try:
        span = float(start), float(end)
    except ValueError:
        return None
    return span if dash and 0 <= span[0] < span[1] < float("inf") else None
