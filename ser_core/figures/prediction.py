"""Probabilities of one clip as bars."""

import plotly.graph_objects as go

from ser_core.figures.style import GRID, INK, PATTERNS, finish, titles
from ser_core.labels import EMOTIONS

_BAR_HEIGHT, _FRAME_HEIGHT = 27, 90


def percent(probability: float) -> str:
    """A probability in whole percent; one that is neither 0 nor 1 is never called so.

    Examples
    --------
    >>> percent(0.724), percent(0.0004), percent(0.9996), percent(0.0)
    ('72%', '<1%', '>99%', '0%')
    """
    if 0 < probability < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= probability < 1 else f"{probability:.0%}"


def probability_bars(
    probabilities: dict[str, float], *, title: str | None = None, mark: float | None = None
) -> go.Figure:
    """Probability of each emotion as horizontal bars, in the fixed order from top to bottom.

    Parameters
    ----------
    probabilities : dict of str to float
        Emotion -> probability, in [0, 1].
    title : str, optional
        States what is seen.
    mark : float, optional
        Probability from which an answer counts as sure, drawn as a line; in [0, 1].

    Returns
    -------
    plotly.graph_objects.Figure
        The axis always runs from 0 to 100%, so that figures side by side compare.

    Raises
    ------
    ConfigError
        If an emotion is not in the label set.
    """
    names = EMOTIONS.ordered(probabilities)
    values = [probabilities[name] for name in names]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=titles(names),
            orientation="h",
            marker={
                "color": [EMOTIONS[name].colour for name in names],
                "pattern": {
                    "shape": [PATTERNS[name] for name in names],
                    "fillmode": "overlay",
                    "size": 7,
                    "solidity": 0.15,
                    "fgcolor": "rgba(255,255,255,0.55)",
                },
                "line": {"width": 0},
            },
            text=[percent(value).replace("<", "&lt;").replace(">", "&gt;") for value in values],
            textposition="outside",
            textangle=0,
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )
    finish(figure, title=title, height=_BAR_HEIGHT * len(names) + _FRAME_HEIGHT)
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True, ticklabelstandoff=6)
    figure.update_xaxes(
        # Room on the right for the value beside a full bar.
        range=[0, 1.12],
        tickvals=[0, 0.25, 0.5, 0.75, 1],
        tickformat=".0%",
        title={"text": "Probability"},
        gridcolor=GRID,
        fixedrange=True,
    )
    if mark is not None:
        figure.add_vline(x=mark, line={"color": INK, "width": 1.5, "dash": "dot"}, layer="below")
    return figure
