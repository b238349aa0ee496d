"""The leak at a glance: one model under several protocols, what it seems to be worth beside what it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from ser_core.evaluation import Interval
from ser_core.figures.marks import chance_line, headed, marks, score_axis, score_text
from ser_core.figures.style import INK, broken

#: Protocol -> colour and symbol: the honest figure stands out, the others are grey and hollow.
LOOKS = {
    "leaky": (INK, "x-thin-open"),
    "random": (INK, "circle-open"),
    "speaker-independent": ("#1D8CA6", "circle"),
}
_OTHER = (INK, "square-open")
_ROW_PX = 78
#: Characters of a line of a model's name; more would leave a telephone no room to tell the marks apart.
_NAME_LINE = 14


@dataclass(frozen=True)
class Score:
    """One model's score under one protocol.

    Attributes
    ----------
    model, protocol : str
        Names in their registries.
    protocol_title : str
        The protocol as shown to a reader.
    interval : Interval
        Score in [0, 1] with its 95% interval.
    chance : float
        Score of guessing, in [0, 1].
    n_test : int
        Clips that were tested.
    """

    model: str
    protocol: str
    protocol_title: str
    interval: Interval
    chance: float
    n_test: int


def headline(scores: Sequence[Score], *, title: str) -> go.Figure:
    """Each model a row, each protocol a mark with its 95% interval, joined by a line; guessing is marked.

    Parameters
    ----------
    scores : sequence of Score
        At least one; the first protocol met is the first in the legend.
    title : str
        States what is seen.

    Returns
    -------
    plotly.graph_objects.Figure
        A trace that joins the marks for each model, then one trace for each protocol.
    """
    names = list(dict.fromkeys(score.model for score in scores))
    mark = marks(names)
    row = {name: len(names) - 1 - i for i, name in enumerate(names)}
    figure = go.Figure()
    for name in names:
        values = [score.interval.value for score in scores if score.model == name]
        figure.add_scatter(
            x=[min(values), max(values)],
            y=[row[name]] * 2,
            mode="lines",
            line={"color": INK, "width": 2},
            opacity=0.5,
            hoverinfo="skip",
            showlegend=False,
        )
    for protocol in dict.fromkeys(score.protocol for score in scores):
        shown = [score for score in scores if score.protocol == protocol]
        colour, symbol = LOOKS.get(protocol, _OTHER)
        honest = protocol == "speaker-independent"
        figure.add_scatter(
            name=shown[0].protocol_title,
            x=[score.interval.value for score in shown],
            y=[row[score.model] for score in shown],
            mode="markers+text",
            text=[f"<b>{score_text(s.interval.value)}</b>" if honest else score_text(s.interval.value) for s in shown],
            textposition="top center",
            textfont={"size": 19 if honest else 14, "color": colour},
            marker={
                "color": colour,
                "symbol": symbol,
                "size": 15 if honest else 12,
                "line": {"width": 2.5, "color": colour},
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [score.interval.high - score.interval.value for score in shown],
                "arrayminus": [score.interval.value - score.interval.low for score in shown],
                "color": colour,
                "thickness": 2,
                "width": 5,
            },
            customdata=[[s.interval.low, s.interval.high, s.n_test, mark[s.model].title] for s in shown],
            hovertemplate=(
                f"%{{customdata[3]}}, {shown[0].protocol_title.lower()}: %{{x:.3f}} "
                "[%{customdata[0]:.3f}, %{customdata[1]:.3f}]<br>%{customdata[2]:,} test clips<extra></extra>"
            ),
        )
    figure.update_xaxes(score_axis(title="Average recall (UAR)"))
    figure.update_yaxes(
        tickvals=list(row.values()),
        ticktext=[f"<b>{broken(mark[name].title, _NAME_LINE)}</b>" for name in row],
        range=[-0.5, len(names) - 0.35],
        showgrid=False,
    )
    chance_line(figure, scores[0].chance, axis="x")
    tested = {score.protocol_title.lower(): score.n_test for score in scores}
    clips = ", ".join(f"{name} {n:,}" for name, n in tested.items())
    note = f"Bars: 95% interval over speakers. Test clips, copies included: {clips}."
    return headed(figure, title=title, note=note, plot_px=_ROW_PX * len(names) + 10, legend_rows=1)
