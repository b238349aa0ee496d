"""The microphone as a component of the page: samples in, what was taken of them and which answers they led to out.

Streamlit's own recorder gives its sound when it is stopped; this one gives it while somebody speaks. It is a component
of this app: no outside request, no library.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from ser_core.errors import ConfigError
from ser_core.settings import LIMITS

NAME = "speech-emotion-lab-microphone"
MOST_S = 6
"""Most sound of a message, seconds: a little more than the page sends."""

_HTML = """
<div class="row">
  <button type="button"><span class="dot" aria-hidden="true"></span><span class="label">Start listening</span></button>
  <span class="level" aria-hidden="true"><span></span></span>
</div>
<p role="status">Not listening.</p>
"""
_CSS = """
.row {display: flex; align-items: center; gap: .8rem;}
button {display: inline-flex; align-items: center; gap: .5rem; min-height: 2.5rem; padding: .25rem .9rem;
  border: 1px solid var(--st-primary-color); border-radius: var(--st-button-radius, .5rem); cursor: pointer;
  font: inherit; font-weight: 600; color: #fff; background: #0E6E83;}
button:focus-visible {outline: 3px solid var(--st-primary-color); outline-offset: 2px;}
button:disabled {opacity: .6; cursor: default;}
button.on {background: #B3261E; border-color: #B3261E;}
.dot {width: .7rem; height: .7rem; border-radius: 50%; background: #fff;}
button.on .dot {border-radius: 0;}
.level {flex: 1 1 auto; max-width: 16rem; height: .5rem; border-radius: .25rem; overflow: hidden;
  background: rgba(128,140,146,.3);}
.level > span {display: block; width: 0; height: 100%; background: var(--st-primary-color);}
p {margin: .5rem 0 0; font-size: .9rem; color: var(--st-text-color); min-height: 1.4em;}
"""


@dataclass(frozen=True)
class Message:
    """Sound that a browser sends.

    Attributes
    ----------
    run : str
        From one start to the next stop.
    rate : int
        Sampling rate, Hz.
    start : int
        Index of the first sample in the run.
    samples : np.ndarray [shape=(t,)]
        float32 in [-1, 1].
    end : bool
        Whether the run ends with it.
    delays : dict of int to float
        Answer -> seconds from the end of its words to its arrival in the browser.
    """

    run: str
    rate: int
    start: int
    samples: np.ndarray
    end: bool
    delays: dict[int, float]


def read(value: Any) -> Message:
    """What a browser sent, checked: anything may come from outside.

    Raises
    ------
    ConfigError
        If it is no such message.
    """
    refused = ConfigError("The microphone sent something that is no sound. Load the page again.")
    if not isinstance(value, dict):
        raise refused
    run, rate, start, text = (value.get(key) for key in ("run", "rate", "start", "samples"))
    whole = all(isinstance(number, int) and not isinstance(number, bool) for number in (rate, start))
    if not (isinstance(run, str) and len(run) <= 64 and whole and isinstance(text, str)):
        raise refused
    if not (LIMITS.min_sampling_rate <= rate <= LIMITS.max_sampling_rate and 0 <= start < 2**40):
        raise refused
    if len(text) > 4 * MOST_S * rate:
        raise refused
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise refused from None
    if len(content) % 2:
        raise refused
    samples = np.frombuffer(content, "<i2").astype(np.float32) / np.float32(32768)
    return Message(run, rate, start, samples, value.get("end") is True, _delays(value.get("delays")))


def _delays(value: Any) -> dict[int, float]:
    pairs = value if isinstance(value, list) else []
    return {
        pair[0]: pair[1] / 1000
        for pair in pairs[:1000]
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(n, int) and 0 <= n < 2**31 for n in pair)
    }


@lru_cache(maxsize=1)
def _component() -> Callable:
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    return st.components.v2.component(NAME, html=_HTML, css=_CSS, js=script)


def microphone(*, key: str, told: dict, on_heard: Callable[[], None]) -> None:
    """Draw it.

    Parameters
    ----------
    key : str
        ``st.session_state[key]["heard"]`` holds what it sent, within `on_heard`; `read` checks it.
    told : dict
        What the browser is to know, see `ui.predict.live_work.LiveWork.told`.
    on_heard : callable
        Called when it has sent something.
    """
    _component()(key=key, data=told, on_heard_change=on_heard)
