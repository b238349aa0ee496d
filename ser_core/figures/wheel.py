"""The wheel of emotions: a clip between unpleasant and pleasant, calm and excited."""

import numpy as np
import plotly.graph_objects as go

from ser_core.affect import affect
from ser_core.figures.prediction import percent
from ser_core.figures.style import GRID, INK, finish
from ser_core.labels import EMOTIONS

_HEIGHT = 330
_RADIUS = 1.0
_CROSS = "#1C2A30"
# Area of an emotion's mark grows with its probability; the smallest can still be seen.
_SMALLEST, _LARGEST = 7.0, 30.0
# Where the name stands, so that neighbours (angry, fear, disgust) do not lie on each other, nor on the cross, which is
# between an emotion's mark and the middle of the wheel.
_NAME_AT = {
    "neutral": "middle right",
    "calm": "bottom center",
    "happy": "top center",
    "sad": "bottom center",
    "angry": "top right",
    "fear": "middle left",
    "disgust": "bottom center",
    "surprise": "top center",
}


def emotion_wheel(probabilities: dict[str, float], *, title: str | None = None) -> go.Figure:
    """A clip on the plane of valence and arousal, among the emotions.

    Parameters
    ----------
    probabilities : dict of str to float
        Emotion -> probability, in [0, 1]; they sum to 1.
    title : str, optional
        States what is seen.

    Returns
    -------
    plotly.graph_objects.Figure
        Emotions at their coordinates (`ser_core.labels`), the larger the more probable; the clip at its expected
        valence and arousal (cross) with an outline one standard deviation away.

    Raises
    ------
    ConfigError
        If an emotion is not in the label set.
    """
    names = EMOTIONS.ordered(probabilities)
    place = affect({name: probabilities[name] for name in names})
    figure = go.Figure()
    angle = np.linspace(0, 2 * np.pi, 90)
    quiet = {"hoverinfo": "skip", "showlegend": False}
    figure.add_scatter(
        x=_RADIUS * np.cos(angle), y=_RADIUS * np.sin(angle), mode="lines", line={"color": GRID, "width": 1.5}, **quiet
    )
    x, y = place.ellipse()
    figure.add_scatter(
        x=x.round(3),
        y=y.round(3),
        mode="lines",
        fill="toself",
        fillcolor="rgba(128,140,146,0.18)",
        line={"color": INK, "width": 1.2, "dash": "dot"},
        **quiet,
    )
    shares = np.array([probabilities[name] for name in names])
    figure.add_scatter(
        x=[EMOTIONS[name].valence for name in names],
        y=[EMOTIONS[name].arousal for name in names],
        mode="markers+text",
        text=[_name(name) for name in names],
        textposition=[_NAME_AT[name] for name in names],
        textfont={"size": 12},
        marker={
            "size": np.sqrt(_SMALLEST**2 + shares * (_LARGEST**2 - _SMALLEST**2)).round(1),
            "color": [EMOTIONS[name].colour for name in names],
            "symbol": [EMOTIONS[name].symbol for name in names],
            "opacity": 1,
            "line": {"width": 0},
        },
        customdata=[
            f"{EMOTIONS[name].title}: {percent(share)}".replace("<", "&lt;").replace(">", "&gt;")
            for name, share in zip(names, shares, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
        cliponaxis=False,
        showlegend=False,
    )
    # The white rim keeps the cross apart from the mark that it may lie on.
    for width, colour in ((7, "#FFFFFF"), (3, _CROSS)):
        figure.add_scatter(
            x=[place.valence],
            y=[place.arousal],
            mode="markers",
            marker={"symbol": "x-thin", "size": 12, "line": {"width": width, "color": colour}},
            hovertemplate="This clip: valence %{x:.2f}, arousal %{y:.2f}<extra></extra>",
            showlegend=False,
        )
    finish(figure, title=title, height=_HEIGHT)
    axis = {"range": [-1.12, 1.12], "tickvals": [0], "showticklabels": False, "fixedrange": True}
    axis |= {"showgrid": True, "gridcolor": GRID}
    figure.update_xaxes(**axis, title={"text": "unpleasant ← valence → pleasant", "standoff": 4}, constrain="domain")
    figure.update_yaxes(
        **axis, title={"text": "calm ← arousal → excited", "standoff": 4}, scaleanchor="x", constrain="domain"
    )
    return figure


def _name(name: str) -> str:
    """Of an emotion; beside its mark with a little air, for a large mark reaches further than plotly reckons."""
    air = "\u2002" if "right" in _NAME_AT[name] else ""
    return f"{air}{EMOTIONS[name].title}"
