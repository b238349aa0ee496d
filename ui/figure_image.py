"""A figure as a picture, drawn by the visitor's browser: PNG or SVG, with the title that the page writes above it."""

import plotly.graph_objects as go
import streamlit as st

from ser_core.figures.style import BASELINE_PX

_SOURCE = "Speech Emotion Lab"
_NOTE_PX = 16
TOP_PX = 26
"""Room above the plot for what stands on its upper edge, pixels; the chart on the page has no more."""

_HTML = """
<div class="pictures" role="group">
  <button type="button" data-format="png">Picture (PNG)</button>
  <button type="button" data-format="svg">Drawing (SVG)</button>
</div>
"""
_CSS = """
.pictures {display: flex; gap: .5rem;}
button {flex: 1; min-height: 2.5rem; padding: .25rem .75rem; font: inherit; cursor: pointer;
  color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius, .5rem);}
button:hover {color: var(--st-primary-color); border-color: var(--st-primary-color);}
button:focus-visible {outline: 2px solid var(--st-primary-color); outline-offset: 1px;}
"""
# Plotly keeps itself to itself on this page, but the button of its tool bar draws whatever the chart holds at that
# moment: for that moment the chart holds the title, its room, and the page's ground (else transparent).
_JS = """
export default function({ data, parentElement }) {
  const save = (format) => {
    const chart = document.querySelector(`.st-key-${data.chart} .js-plotly-plot`);
    const buttons = chart?._fullLayout?._modeBar?.buttons?.flat() ?? [];
    const camera = buttons.find((button) => button.name === "toImage" || button.name === "downloadImage");
    if (!camera) return;
    const { layout, _context: context } = chart, options = context.toImageButtonOptions;
    const full = chart._fullLayout, height = full.height + data.room;
    const ground = getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor;
    chart.layout = {
      ...layout,
      // Plotly hangs the first of several lines by its baseline.
      title: {
        ...data.title,
        y: 1 - data.baseline / height,
        font: { ...data.title.font, color: full.font.color, family: full.font.family },
      },
      margin: { ...layout.margin, t: (layout.margin?.t ?? 0) + data.room },
      height,
      paper_bgcolor: ground,
    };
    context.toImageButtonOptions = {
      ...options, format, filename: data.name, width: full.width, height,
    };
    try {
      camera.click(chart);
    } finally {
      chart.layout = layout;
      context.toImageButtonOptions = options;
    }
  };
  for (const button of parentElement.querySelectorAll("button")) {
    button.onclick = () => save(button.dataset.format);
  }
}
"""
_buttons = st.components.v2.component("figure-image", html=_HTML, css=_CSS, js=_JS)


def image_buttons(figure: go.Figure, *, chart: str, name: str) -> None:
    """Buttons that save a chart of the page as a picture.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        With its title, which the chart on the page lacks.
    chart : str
        Key of the chart.
    name : str
        Of the file, without its ending.
    """
    text = figure.layout.title.text or ""
    note = f'<br><span style="font-size:12px;font-weight:400">{_SOURCE}</span>'
    place = {"x": 0, "xanchor": "left", "xref": "container", "yanchor": "top", "yref": "container"}
    _buttons(
        key=f"image-{name}",
        data={
            "chart": chart,
            "name": name,
            "title": {"text": f"{text}{note}", "font": {"size": 15, "weight": 600}, "pad": {"l": 8}, **place},
            "baseline": BASELINE_PX + 4,
            "room": max((figure.layout.margin.t or 0) + _NOTE_PX - TOP_PX, _NOTE_PX) if text else 2 * _NOTE_PX,
        },
    )
