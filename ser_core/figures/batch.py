"""The answers for many clips: how many sound like what, and how many are to be expected to."""

import plotly.graph_objects as go

from ser_core.batch.summary import Summary
from ser_core.figures.style import INK, PATTERNS, count, finish, titles
from ser_core.labels import EMOTIONS

_ROW_PX, _FRAME_PX = 40, 150
_PALE = 0.45
_BAR, _APART, _BELOW = 0.5, 0.17, 0.28
"""Of a row's height: of a bar, how far it lies above the middle, and how far the expected number lies below it."""


def answers(summary: Summary) -> go.Figure:
    """Files by their answer, sure and uncertain ones apart, with the number to be expected by the probabilities.

    Parameters
    ----------
    summary : Summary
        Of a batch with at least one answer.

    Returns
    -------
    plotly.graph_objects.Figure
        A trace of sure answers, one of uncertain ones (pale), one of expected numbers with their 95% intervals.
    """
    names = list(summary.answers)
    rows, shown = list(range(len(names))), titles(names)
    figure = go.Figure()
    for kind, words, opacity in (("sure", "sure", 1.0), ("uncertain", "uncertain (pale)", _PALE)):
        figure.add_bar(
            name=f"Answers, {words}",
            x=[summary.answers[name][kind] for name in names],
            y=rows,
            orientation="h",
            # Above the line of its row, so that the interval below it is not lost on the bar.
            width=_BAR,
            offset=-_BAR / 2 - _APART,
            opacity=opacity,
            marker={
                "color": [EMOTIONS[name].colour for name in names],
                "pattern": {"shape": [PATTERNS[name] for name in names], "fillmode": "overlay", "size": 7},
                "line": {"width": 0},
            },
            customdata=shown,
            hovertemplate=f"%{{customdata}}: %{{x:,}} {kind}<extra></extra>",
        )
    expected = [summary.expected[name] for name in names]
    figure.add_scatter(
        name="Expected by the probabilities, with 95% interval",
        x=[each.value for each in expected],
        y=[row + _BELOW for row in rows],
        mode="markers",
        marker={"symbol": "diamond-open", "size": 11, "color": INK, "line": {"width": 2}},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [each.high - each.value for each in expected],
            "arrayminus": [each.value - each.low for each in expected],
            "color": INK,
            "thickness": 2,
            "width": 5,
        },
        customdata=[[each.low, each.high, title] for each, title in zip(expected, shown, strict=True)],
        hovertemplate="%{customdata[2]}: %{x:.1f} expected [%{customdata[0]:.1f}, %{customdata[1]:.1f}]<extra></extra>",
    )
    left_out = summary.files - summary.answered
    rest = f"; {count(left_out, 'file')} without an answer left out" if left_out else ""
    note = f"n = {count(summary.answered, 'file')}{rest}. Expected numbers hold as far as the probabilities do."
    finish(figure, title=f"{_most(summary)}<br><sup>{note}</sup>", height=_ROW_PX * len(names) + _FRAME_PX, legend=True)
    figure.update_layout(barmode="stack", legend={"y": -70 / (_ROW_PX * len(names))})
    ends = {"range": [len(names) - 0.4, -0.6], "tickvals": rows, "ticktext": shown}
    figure.update_yaxes(**ends, showgrid=False, fixedrange=True, ticklabelstandoff=6)
    figure.update_xaxes(title={"text": "Files"}, rangemode="tozero", fixedrange=True)
    return figure


def _most(summary: Summary) -> str:
    counted = {name: sum(parts.values()) for name, parts in summary.answers.items()}
    name = max(counted, key=counted.get)
    ties = [EMOTIONS[each].adjective for each in counted if counted[each] == counted[name]]
    share = f"{counted[name] / summary.answered:.0%}"
    if len(ties) > 1:
        return f"As many files sound {' as '.join(ties)}: {share} each"
    return f"{share} of the files sound {ties[0]}, more than anything else"
