"""Work that may take a while, on a page: its result, or how far it is and a way to stop it."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from ui.format import bytes_text, seconds_text
from ui.jobs import Job, jobs
from ui.markdown import plain

PATIENCE_S = 0.8
"""How long a page waits for a result before it shows progress instead."""

KEPT = "What was done is kept; the next start goes on from there."

_POLL_S = 1.0
_RESULTS = 12


@st.cache_resource(max_entries=1, show_spinner=False)
def _shelf() -> dict[str, Any]:
    """The latest results, shared by all visitors."""
    return {}


def result(key: str, work: Callable[..., Any], *, words: str) -> Any | None:
    """What `work` gives, once it has; until then its progress is shown.

    Parameters
    ----------
    key : str
        Names the result: the same key never means other work.
    work : callable
        Takes ``progress`` and ``cancel`` as all long work in `ser_core` does; called on a thread of its own.
    words : str
        What is being done, for the reader.

    Returns
    -------
    object or None
        The result; None while it is not there, or if it failed or was stopped, which is told with a way to try again.
    """
    if key in _shelf():
        return _shelf()[key]
    job = jobs().get(key) or jobs().start(key, partial(_keep, key, work))
    until = time.monotonic() + PATIENCE_S
    while job.state == "running" and time.monotonic() < until:
        time.sleep(0.01)
    if job.state == "running":
        st.fragment(_watch, run_every=_POLL_S)(key, words)
    elif job.state == "done":
        jobs().forget(key)
        return _shelf().get(key)
    else:
        show = st.info if job.state == "cancelled" else st.error
        show(plain(job.message), icon=":material/info:" if job.state == "cancelled" else ":material/error:")
        st.button("Try again", key=f"again-{key}", icon=":material/refresh:", on_click=jobs().forget, args=(key,))
    return None


def forget(key: str) -> None:
    """Drop a result, as when what it stands for is gone."""
    _shelf().pop(key, None)


def _keep(key: str, work: Callable[..., Any], **how) -> None:
    found = work(**how)
    shelf = _shelf()
    for old in list(shelf)[: max(0, len(shelf) - _RESULTS + 1)]:
        shelf.pop(old, None)
    shelf[key] = found


def _watch(key: str, words: str) -> None:
    job = jobs().get(key)
    if job is None or job.state != "running":
        st.rerun(scope="app")
    progress(job, key=f"cancel-{key}", words=words)


def progress(job: Job, *, key: str, words: str | None = None, hint: str = KEPT) -> None:
    """How far a running job is, how long it may take, and a way to stop it; belongs into a fragment that runs again.

    Parameters
    ----------
    job : Job
        What runs.
    key : str
        Of the button that stops it.
    words : str, optional
        What is being done; the job's own words unless given.
    hint : str
        What stopping means.
    """
    step = job.progress
    words = words or (step.message if step is not None else "Starting")
    if step is not None and step.total:
        words += f": {_amount(step.done, step.unit)} of {_amount(step.total, step.unit)}"
    elif step is not None and step.done:
        words += f": {_amount(step.done, step.unit)}{', of unknown size' if step.unit == 'bytes' else ''}"
    if step is not None and step.unit != "bytes" and (step.done or step.total):
        words += f" {step.unit}"
    if step is not None and step.seconds_left:
        words += f", about {seconds_text(max(1.0, step.seconds_left))} left"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress((step.fraction if step is not None else None) or 0.0, text=words)
        st.button(
            "Stopping …" if job.is_stopping else "Cancel",
            key=key,
            icon=":material/close:",
            disabled=job.is_stopping,
            help=hint,
            on_click=job.cancel,
        )


def _amount(number: int, unit: str) -> str:
    return bytes_text(number) if unit == "bytes" else f"{number:,}"
