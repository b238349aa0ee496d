"""Numbers as the pages write them: a score never without its interval and what guessing would score."""

import streamlit as st

from ser_core.evaluation import Interval
from ser_core.figures.marks import score_text

__all__ = ["PROBABILITY", "bytes_text", "headline_text", "interval_text", "score_text", "seconds_text"]

PROBABILITY = st.column_config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100)
"""Column of a table that holds probabilities in percent: whole ones, for no model knows its own better."""


def interval_text(interval: Interval) -> str:
    """A score with its 95% interval.

    Examples
    --------
    >>> interval_text(Interval(0.58, 0.54, 0.62))
    '.58 [.54, .62]'
    """
    return f"{score_text(interval.value)} [{score_text(interval.low)}, {score_text(interval.high)}]"


def headline_text(name: str, interval: Interval, chance: float) -> str:
    """A score with its name, interval and chance level.

    Examples
    --------
    >>> headline_text("UAR", Interval(0.58, 0.54, 0.62), 0.125)
    'UAR .58 [.54, .62], chance .125'
    """
    return f"{name} {interval_text(interval)}, chance {score_text(chance, digits=3)}"


def bytes_text(size: int) -> str:
    """A size in decimal units, as download pages state it.

    Examples
    --------
    >>> bytes_text(208_468_073), bytes_text(15_300_000), bytes_text(900)
    ('208 MB', '15.3 MB', '1 kB')
    """
    value, unit = next(((size / f, u) for f, u in ((1e9, "GB"), (1e6, "MB")) if size >= f), (size / 1e3, "kB"))
    return f"{value:.0f} {unit}" if value >= 100 or unit == "kB" else f"{value:.1f} {unit}"


def seconds_text(seconds: float) -> str:
    """A span of time, rounded as a person would say it.

    Examples
    --------
    >>> seconds_text(0.0123), seconds_text(4.6), seconds_text(75), seconds_text(7300)
    ('12 ms', '4.6 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
