"""A recording over time: which emotion is heard when, how sure the model is, where that lies in valence and arousal.

Emotions are told apart by their lane, colour and symbol; doubtful answers are hatched and have open symbols.
"""

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ser_core.figures.marks import headed, translucent
from ser_core.figures.prediction import percent
from ser_core.figures.style import GRID, INK
from ser_core.labels import EMOTIONS
from ser_core.recordings import Segment

NO_ANSWER = "No answer"
SPEAKER = "Speaker"
_LANE_PX, _CONFIDENCE_PX, _AFFECT_PX, _GAP_PX = 22, 84, 96, 16
_PATTERN = {"fillmode": "replace", "size": 6, "solidity": 0.45}
# Steps of the time axis, seconds: the first that gives few enough ticks for a telephone.
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_TICKS = 7
# A pause longer than this breaks the lines of valence and arousal, seconds: nothing is known of it.
_PAUSE_S = 5.0
# Greys for likely speakers: colours are the emotions'. Their letters stand on the bars.
_SPEAKER_GREYS = ("#6B7280", "#9CA3AF", "#4B5563", "#B8BEC7")


def clock(seconds: float, *, tenths: bool = False) -> str:
    """A time in a recording.

    Examples
    --------
    >>> clock(65.27), clock(3725), clock(65.27, tenths=True)
    ('1:05', '1:02:05', '1:05.3')
    """
    whole = round(10 * seconds) / 10 if tenths else round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    text = f"{left:04.1f}" if tenths else f"{left:02.0f}"
    return f"{hours:.0f}:{minutes:02.0f}:{text}" if hours else f"{minutes:.0f}:{text}"


def time_axis(start_s: float, end_s: float) -> dict:
    """Ticks at round times between two times of a recording, seconds."""
    length = max(end_s - start_s, 1.0)
    step = next((step for step in _STEPS if length / step <= _TICKS), _STEPS[-1])
    ticks = [tick for tick in range(0, int(end_s) + step, step) if start_s <= tick <= end_s]
    return {
        "range": [start_s, max(end_s, start_s + 1.0)],
        "tickvals": ticks,
        "ticktext": [clock(tick) for tick in ticks],
        "fixedrange": True,
    }


def lanes(
    segments: Sequence[Segment],
    *,
    labels: Sequence[str],
    window_s: tuple[float, float],
    chosen: int | None = None,
    title: str | None,
    note: str = "",
) -> go.Figure:
    """Emotions, confidence, valence and arousal on one time axis.

    Parameters
    ----------
    segments : sequence of Segment
        The whole recording, in order; only what lies in the window is drawn.
    labels : sequence of str
        Emotions that the model knows: each has a lane, so that nothing jumps as more is heard.
    window_s : tuple of float
        First and last time shown, seconds.
    chosen : int, optional
        Position in `segments` of the one to mark.
    title : str or None
        States what is seen; None where the page does.
    note : str
        Smaller line below.

    Returns
    -------
    plotly.graph_objects.Figure
        The points' ``customdata`` is the position of the segment in `segments`.
    """
    shown = [(i, s) for i, s in enumerate(segments) if s.end > window_s[0] and s.start < window_s[1]]
    names = list(EMOTIONS.ordered(labels))
    lane_titles = [EMOTIONS[name].title for name in names]
    if any(segment.abstained for segment in segments):
        lane_titles.append(NO_ANSWER)
    if any(segment.speaker for segment in segments):
        lane_titles.append(SPEAKER)
    heights = (_LANE_PX * len(lane_titles), _CONFIDENCE_PX, _AFFECT_PX)
    total = sum(heights) + 2 * _GAP_PX
    figure = make_subplots(
        rows=3, cols=1, shared_xaxes=True, row_heights=list(heights), vertical_spacing=_GAP_PX / total
    )
    for name in names:
        own = [(i, s) for i, s in shown if s.label == name and not s.abstained]
        figure.add_trace(_bars(own, EMOTIONS[name].title, EMOTIONS[name].colour, chosen), row=1, col=1)
        figure.add_trace(_confidences(own, name), row=2, col=1)
    figure.add_trace(_bars([(i, s) for i, s in shown if s.abstained], NO_ANSWER, INK, chosen), row=1, col=1)
    for trace in _speakers(shown):
        figure.add_trace(trace, row=1, col=1)
    for trace in _affect([(i, s) for i, s in shown if not s.abstained]):
        figure.add_trace(trace, row=3, col=1)
    headed(figure, title=title or "", note=note, plot_px=total, legend_rows=1)
    figure.update_layout(barmode="overlay", bargap=0.18, hovermode="closest", clickmode="event+select", dragmode="pan")
    figure.update_xaxes(**time_axis(*window_s), gridcolor=GRID)
    figure.update_xaxes(title={"text": "Time in the recording"}, row=3)
    figure.update_yaxes(fixedrange=True)
    figure.update_yaxes(
        categoryorder="array", categoryarray=lane_titles[::-1], range=[-0.5, len(lane_titles) - 0.5], row=1
    )
    figure.update_yaxes(title={"text": "Confidence"}, range=[0, 1.05], tickvals=[0, 0.5, 1], tickformat=".0%", row=2)
    figure.update_yaxes(title={"text": "V, A"}, range=[-1.05, 1.05], tickvals=[-1, 0, 1], row=3)
    if chosen is not None and chosen < len(segments):
        mark = segments[chosen]
        figure.add_vrect(x0=mark.start, x1=mark.end, fillcolor=translucent(INK, 0.22), line={"width": 0}, layer="below")
    return figure


def _hover(segment: Segment) -> str:
    when = f"{clock(segment.start, tenths=True)} to {clock(segment.end, tenths=True)}"
    if segment.abstained:
        return f"No answer: {segment.reason}<br>{when}"
    doubt = f"<br>uncertain: {segment.reason}" if segment.uncertain else ""
    by = f"<br>likely speaker {segment.speaker}" if segment.speaker else ""
    said = percent(segment.confidence).replace("<", "&lt;").replace(">", "&gt;")
    return f"{EMOTIONS[segment.label].title}, {said}<br>{when}{by}{doubt}"


def _steady() -> dict:
    """A click marks the segment by a band, not by fading the others."""
    return {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}}}


def _bars(own: Sequence[tuple[int, Segment]], lane: str, colour: str, chosen: int | None) -> go.Bar:
    return go.Bar(
        name=lane,
        orientation="h",
        y=[lane] * len(own),
        base=[s.start for _, s in own],
        x=[s.duration_s for _, s in own],
        customdata=[i for i, _ in own],
        marker={
            "color": colour,
            "pattern": {
                **_PATTERN,
                "shape": ["x" if s.abstained else "/" if s.uncertain else "" for _, s in own],
                "fgcolor": colour,
                "bgcolor": translucent(colour, 0.25),
            },
            "line": {"color": colour, "width": [3 if i == chosen else 1 for i, _ in own]},
        },
        hovertext=[_hover(s) for _, s in own],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
        **_steady(),
    )


def _confidences(own: Sequence[tuple[int, Segment]], name: str) -> go.Scatter:
    emotion = EMOTIONS[name]
    return go.Scatter(
        name=emotion.title,
        x=[(s.start + s.end) / 2 for _, s in own],
        y=[s.confidence for _, s in own],
        error_x={"array": [s.duration_s / 2 for _, s in own], "width": 0, "thickness": 2, "color": emotion.colour},
        mode="markers",
        marker={
            "color": emotion.colour,
            "size": 8,
            "symbol": [f"{emotion.symbol}-open" if s.uncertain else emotion.symbol for _, s in own],
        },
        customdata=[i for i, _ in own],
        hovertext=[_hover(s) for _, s in own],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
        **_steady(),
    )


def _speakers(shown: Sequence[tuple[int, Segment]]) -> list[go.Bar]:
    known = [(i, s) for i, s in shown if s.speaker]
    if not known:
        return []
    letters = [s.speaker for _, s in known]
    greys = [_SPEAKER_GREYS[(ord(letter[0]) - ord("A")) % len(_SPEAKER_GREYS)] for letter in letters]
    return [
        go.Bar(
            name=SPEAKER,
            orientation="h",
            y=[SPEAKER] * len(known),
            base=[s.start for _, s in known],
            x=[s.duration_s for _, s in known],
            customdata=[i for i, _ in known],
            text=letters,
            textposition="inside",
            textangle=0,
            insidetextanchor="middle",
            marker={"color": greys, "line": {"width": 0}},
            hovertext=[_hover(s) for _, s in known],
            hovertemplate="%{hovertext}<extra></extra>",
            showlegend=False,
            **_steady(),
        )
    ]


def _affect(shown: Sequence[tuple[int, Segment]]) -> list[go.Scatter]:
    """Valence and arousal as two lines that break at long pauses."""
    times: list[float | None] = []
    values: dict[str, list[float | None]] = {"valence": [], "arousal": []}
    places: list[int | None] = []
    before: Segment | None = None
    for i, segment in shown:
        if before is not None and segment.start - before.end > _PAUSE_S:
            times.append(None)
            places.append(None)
            for line in values.values():
                line.append(None)
        times.append((segment.start + segment.end) / 2)
        places.append(i)
        values["valence"].append(segment.valence)
        values["arousal"].append(segment.arousal)
        before = segment
    looks = {"valence": ("solid", "circle", "#5B6EE1"), "arousal": ("dash", "diamond", "#D6336C")}
    return [
        go.Scatter(
            name=f"{name} (−1 to 1)",
            x=times,
            y=values[name],
            mode="lines+markers",
            line={"dash": dash, "color": colour, "width": 2},
            marker={"symbol": symbol, "size": 6, "color": colour},
            customdata=places,
            hovertemplate=f"{name} %{{y:.2f}}<extra></extra>",
            connectgaps=False,
            **_steady(),
        )
        for name, (dash, symbol, colour) in looks.items()
    ]
