"""A whole recording at a glance: the share of each emotion, and how the shares change over hours."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ser_core.figures.marks import headed, translucent
from ser_core.figures.prediction import percent
from ser_core.figures.style import INK, PATTERNS, TRANSPARENT, titles
from ser_core.figures.timeline import NO_ANSWER, clock, time_axis
from ser_core.labels import EMOTIONS
from ser_core.recordings import Segment

BINS = 96
"""Most bars over the length of a recording: as many as a telephone's screen can tell apart."""

# Lines on the full colour, as the bars of a clip's probabilities have them.
_PATTERN = {"fillmode": "overlay", "size": 7, "solidity": 0.15, "fgcolor": "rgba(255,255,255,0.55)"}
_BAR_PX, _OVERVIEW_PX = 27, 130


def binned(segments: Sequence[Segment], *, duration_s: float, bins: int = BINS) -> dict[str, np.ndarray]:
    """How long each emotion is heard in each part of a recording.

    Parameters
    ----------
    segments : sequence of Segment
        In order.
    duration_s : float
        Length of the recording, seconds.
    bins : int
        Equal parts that it is cut into.

    Returns
    -------
    dict of str to np.ndarray [shape=(bins,)]
        Emotion, or `NO_ANSWER` -> seconds. Those that are never heard are left out.
    """
    width = duration_s / bins
    found: dict[str, np.ndarray] = {}
    for segment in segments:
        row = found.setdefault(NO_ANSWER if segment.abstained else segment.label, np.zeros(bins))
        first = min(bins - 1, int(segment.start / width))
        last = min(bins - 1, int(segment.end / width))
        for i in range(first, last + 1):
            row[i] += max(0.0, min(segment.end, (i + 1) * width) - max(segment.start, i * width))
    order = [*EMOTIONS.ordered(name for name in found if name != NO_ANSWER)]
    return {name: found[name] for name in [*order, *([NO_ANSWER] if NO_ANSWER in found else [])]}


def overview(
    segments: Sequence[Segment], *, duration_s: float, window_s: tuple[float, float] | None, title: str, note: str
) -> go.Figure:
    """Share of the time at which each emotion is heard, part by part of a long recording.

    Parameters
    ----------
    segments : sequence of Segment
        In order.
    duration_s : float
        Length of the recording, seconds.
    window_s : tuple of float or None
        Part that is shown in detail elsewhere, marked by a frame.
    title, note : str
        State what is seen.

    Returns
    -------
    plotly.graph_objects.Figure
        Stacked bars; the rest up to 100% is pause. ``customdata`` of a bar is the start of its part, seconds.
    """
    width = duration_s / BINS
    starts = np.arange(BINS) * width
    figure = go.Figure()
    for name, seconds in binned(segments, duration_s=duration_s).items():
        known = name in EMOTIONS
        colour = EMOTIONS[name].colour if known else INK
        shares = np.round(seconds / width, 4)
        figure.add_bar(
            name=EMOTIONS[name].title if known else name,
            x=starts + width / 2,
            y=shares,
            width=width,
            customdata=starts,
            marker={
                # What has no answer is an empty frame: all patterns stand for emotions.
                "color": colour if known else TRANSPARENT,
                "pattern": {"shape": PATTERNS.get(name, ""), **_PATTERN},
                "line": {"width": 0 if known else 1, "color": colour},
            },
            hovertemplate=f"{EMOTIONS[name].title if known else name}: %{{y:.0%}} from %{{text}}<extra></extra>",
            text=[clock(start) for start in starts],
            textposition="none",
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
        )
    headed(figure, title=title, note=note, plot_px=_OVERVIEW_PX, legend_rows=3)
    figure.update_layout(barmode="stack", bargap=0, clickmode="event+select", dragmode="pan")
    figure.update_xaxes(**time_axis(0.0, duration_s), title={"text": "Time in the recording"})
    figure.update_yaxes(range=[0, 1], tickformat=".0%", nticks=4, title={"text": "Share of time"}, fixedrange=True)
    if window_s is not None:
        figure.add_vrect(
            x0=window_s[0], x1=window_s[1], line={"color": INK, "width": 2}, fillcolor=translucent(INK, 0.12)
        )
    return figure


def shares(share: dict[str, float], *, answered_s: float, title: str, note: str) -> go.Figure:
    """How much of the speech sounds like what, as bars in the fixed order.

    Parameters
    ----------
    share : dict of str to float
        Emotion -> share of the time that was answered, in [0, 1].
    answered_s : float
        That time, seconds.
    title, note : str
        State what is seen.
    """
    names = EMOTIONS.ordered(share)
    figure = go.Figure(
        go.Bar(
            x=[share[name] for name in names],
            y=titles(names),
            orientation="h",
            marker={
                "color": [EMOTIONS[name].colour for name in names],
                "pattern": {"shape": [PATTERNS[name] for name in names], **_PATTERN},
            },
            text=[f"{_shown(share[name])}, {clock(share[name] * answered_s)}" for name in names],
            textposition="outside",
            textangle=0,
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )
    headed(figure, title=title, note=note, plot_px=_BAR_PX * max(3, len(names)))
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True, ticklabelstandoff=6)
    most = max(share.values(), default=1.0)
    # Room on the right for the words beside the longest bar.
    figure.update_xaxes(
        range=[0, most * 1.45], tickformat=".0%", nticks=4, fixedrange=True, title={"text": "Share of the speech"}
    )
    return figure


def _shown(share: float) -> str:
    return percent(share).replace("<", "&lt;").replace(">", "&gt;")
