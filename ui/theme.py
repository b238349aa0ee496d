"""The look that Streamlit's theme cannot express: page width, menu, cards, and badges of emotions."""

from html import escape
from urllib.parse import quote

import streamlit as st

from ser_core.labels import EMOTIONS

# A mark of our own: Streamlit fetches emoji and Material favicons from outside hosts.
FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M3 10v4M7.5 6v12M12 3v18M16.5 7v10M21 10v4"'
    ' fill="none" stroke-width="2.6" stroke-linecap="round" stroke="#2593AA"/></svg>'
)
_MARK = f"url('data:image/svg+xml,{quote(FAVICON)}')"  # st.html drops inline SVG, so the style sheet carries it.

# Streamlit's public hooks where there are some: test ids, and the classes it makes of our own container keys. Greys of
# its figures have none, so they are found by their value; where that changes, they only stay as pale as they were.
_CSS = f"""
<style>
[data-testid="stMainBlockContainer"] {{max-width: 1180px; margin: 0 auto;}}
.st-key-app-header {{border-bottom: 1px solid rgba(128,140,146,.3); padding-bottom: .35rem; margin-bottom: .5rem;}}
/* A way through the page by keyboard that shows where one is, and stops at nothing but what can be used. */
a[data-testid="stPageLink-NavLink"]:focus-visible {{
  outline: 2px solid light-dark(#0E6E83, #6CC5DA); outline-offset: 1px;}}
[data-testid="stHeaderActionElements"] {{display: none;}}
.sel-brand {{display: flex; align-items: center; gap: .5rem; margin: 0; font-weight: 700; white-space: nowrap;}}
.sel-brand::before {{content: ""; width: 1.35rem; height: 1.35rem; background: {_MARK} center / contain no-repeat;}}
[class*="st-key-menu-current-"] a {{background: rgba(128,140,146,.16); font-weight: 600;
  box-shadow: inset 0 -2px 0 #2593AA;}}
/* Streamlit hides the borders on either side of the chosen one of several, though lines may break there. */
[data-testid="stButtonGroup"] button[data-variant="segmented_control"]:has(+ [data-selected="true"]) {{
  border-right-color: light-dark(#D9E1E4, #33424A) !important;}}
[data-testid="stButtonGroup"] [data-selected="true"] + button[data-variant="segmented_control"] {{
  border-left-color: light-dark(#D9E1E4, #33424A) !important;}}
[data-testid="stButtonGroup"] button[data-variant="segmented_control"][data-selected="true"] {{
  position: relative; z-index: 1;}}
.sel-badges {{display: flex; flex-wrap: wrap; gap: .35rem; margin: 0;}}
.sel-badge {{display: inline-flex; align-items: center; gap: .4rem; padding: .1rem .6rem; border-radius: 1rem;
  border: 1.5px solid var(--emotion); font-size: .9rem; line-height: 1.5; white-space: nowrap;}}
.sel-badge::before {{content: ""; width: .65rem; height: .65rem; border-radius: 50%; background: var(--emotion);}}
.sel-figure-title {{margin: .6rem 0 0; font-weight: 600; line-height: 1.35;}}
.sel-figure-note {{margin: .1rem 0 0; font-size: .85rem; opacity: .75; line-height: 1.35;}}
.sel-figure-note span {{font-size: inherit !important;}}
/* Streamlit's own greys and accents fall short of a contrast of 4.5:1 for small text, on one ground or the other. */
[data-testid="stCaptionContainer"] {{opacity: 1; color: color-mix(in srgb, currentColor 74%, transparent);}}
[data-testid="stButtonGroup"] [data-selected="true"], [data-testid="stSliderThumbValue"] {{
  color: light-dark(#0E6E83, #6CC5DA) !important;}}
[data-testid="stCode"] code span {{color: inherit !important;}}
[data-testid="stPlotlyChart"] text[style*="rgb(128, 132, 149)"],
[data-testid="stPlotlyChart"] text[style*="rgb(122, 127, 135)"] {{
  fill: color-mix(in srgb, currentColor 76%, transparent) !important;}}
[class*="st-key-card-"] > :last-child {{margin-top: auto;}}
/* Streamlit cuts what does not fit a line; names of models are told apart by their ends. */
[data-testid="stMetricLabel"] * {{white-space: normal !important; overflow: visible !important;}}
@media (hover: none), (max-width: 640px) {{
  /* Where nothing hovers, tools show all the time: a figure's over its labels, a table's over what stands above. */
  [data-testid="stPlotlyChart"] .modebar-container {{display: none;}}
  .st-key-figure-clip-map [data-testid="stPlotlyChart"] .modebar-container {{display: block;}}
  [data-testid="stElementContainer"]:has([data-testid="stDataFrame"]) {{margin-top: 1.75rem;}}
}}
@media (max-width: 640px) {{
  [data-testid="stMarkdownContainer"] :is(th, td) {{padding: .3rem .4rem; font-size: .85rem;}}
  [data-testid="stButtonGroup"] button {{height: auto; min-height: 2rem;}}
  [data-testid="stButtonGroup"] button * {{white-space: normal !important; overflow: visible !important;}}
  [data-testid="stMainBlockContainer"] {{padding-left: 1rem; padding-right: 1rem;}}
  .st-key-app-menu {{gap: 0 !important;}}
  .st-key-app-menu a {{padding-left: .4rem; padding-right: .4rem;}}
  .st-key-app-menu a > span:has([data-testid="stIconMaterial"]) {{display: none;}}
}}
@media (prefers-reduced-motion: reduce) {{
  *, *::before, *::after {{animation-duration: .01ms !important; animation-iteration-count: 1 !important;
    transition-duration: .01ms !important; scroll-behavior: auto !important;}}
}}
</style>
"""


def apply() -> None:
    """Add the app's style sheet to the page."""
    st.html(_CSS)


def badge(emotion: str, *, text: str | None = None) -> str:
    """A badge of an emotion as HTML: its colour as a dot and a rim, its name in words.

    Parameters
    ----------
    emotion : str
        Name in `ser_core.labels.EMOTIONS`.
    text : str, optional
        What the badge says instead of the emotion's title.

    Returns
    -------
    str
        HTML for `st.html`; `text` is escaped.

    Raises
    ------
    ConfigError
        If the emotion is unknown.

    Examples
    --------
    >>> badge("sad", text="<sad>")
    '<span class="sel-badge" style="--emotion:#0072B2">&lt;sad&gt;</span>'
    """
    entry = EMOTIONS[emotion]
    return f'<span class="sel-badge" style="--emotion:{entry.colour}">{escape(text or entry.title)}</span>'


def badges(emotions) -> str:
    """Badges of several emotions in the order of the label set, wrapping where the line ends (HTML)."""
    return f'<p class="sel-badges">{"".join(badge(name) for name in EMOTIONS.ordered(emotions))}</p>'
