"""The part of a clip that is heard, and the part that is looked at: chosen by dragging, by a slider, or in the URL."""

from collections.abc import Callable
from functools import partial

import streamlit as st

SEGMENT, ZOOM = "t", "zoom"
"""Names in the address: what is heard, what is looked at; ``0.52-1.30`` in seconds."""
MIN_S = 0.02
_KEPT = "explore-spans"
_SLIDER = "explore-segment"
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


def controls(*, duration_s: float) -> None:
    """A slider for the segment, and buttons to look closer and back."""
    segment, zoom = current(SEGMENT, duration_s=duration_s), current(ZOOM, duration_s=duration_s)
    end = max(round(duration_s, 2), 2 * MIN_S)
    st.session_state[_SLIDER] = tuple(min(round(x, 2), end) for x in segment or (0.0, end))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.slider(
            "Segment to hear, in seconds",
            0.0,
            end,
            step=0.01,
            format="%.2f",
            key=_SLIDER,
            on_change=partial(_take_slider, end),
            help="Or drag across the waveform: what is marked is what the players play.",
            width=520,
        )
        st.button(
            "Zoom in",
            icon=":material/zoom_in:",
            disabled=segment is None or segment == zoom,
            on_click=put,
            args=(ZOOM, segment),
            help="Look at the segment alone, drawn finer",
        )
        st.button(
            "Whole clip",
            icon=":material/zoom_out_map:",
            disabled=segment is None and zoom is None,
            on_click=_forget,
            help="Hear and see all of it",
        )


def box_selection(chart: str) -> Callable[[], None]:
    """Callback for a chart of that key: the span that was dragged across is the segment."""
    return partial(_take_box, chart)


def listen(chart: str, *, duration_s: float) -> None:
    """Draw a chart anew, finer, when its visitor zooms."""
    key = f"zoom-of-{chart}"
    _listener(
        key=key,
        data={"chart": chart, "duration": duration_s},
        on_span_change=partial(_take_zoom, key),
        height=1,
    )


def _take_slider(end: float) -> None:
    span = st.session_state[_SLIDER]
    put(SEGMENT, None if span == (0.0, end) else span)


def _take_box(chart: str) -> None:
    boxes = st.session_state[chart]["selection"]["box"]
    if boxes:
        start, end = sorted(boxes[-1]["x"])
        put(SEGMENT, (start, end))


def _take_zoom(key: str) -> None:
    span = st.session_state[key]["span"]
    put(ZOOM, tuple(sorted(span)) if span else None)


def _forget() -> None:
    put(SEGMENT, None)
    put(ZOOM, None)


def _parse(text: str) -> Span | None:
    start, dash, end = text.partition("-")
    try:
        span = float(start), float(end)
    except ValueError:
        return None
    return span if dash and 0 <= span[0] < span[1] < float("inf") else None
