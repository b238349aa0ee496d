"""What an answer rests on: the sound that mattered on waveform and spectrogram, and the measures that did."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ser_core.audio import Audio
from ser_core.features.spectrogram import spectrogram as compute_spectrogram
from ser_core.figures.audio import clip_figure
from ser_core.figures.prediction import percent
from ser_core.figures.style import GRID, INK, finish
from ser_core.labels import EMOTIONS
from ser_core.serving.attribution import Push
from ser_core.serving.explanation import Explanation

OUTLINED = 0.1
"""Share of the parts that are outlined: those that the answer rests on most."""

# What did not matter is veiled by so much of the spectrogram's darkest colour.
_VEIL = 0.85
_OUTLINE = "#E8FFFF"
_MARK = "rgba(37,147,170,{})"
_ROW_PX = 34


def heard_parts(audio: Audio, found: Explanation, *, title: str | None = None) -> go.Figure:
    """Waveform and log-mel spectrogram of a clip, bright where the answer rests.

    Parameters
    ----------
    audio : Audio
        The clip that was explained.
    found : Explanation
        From `ser_core.serving.explanation.explain`.
    title : str, optional
        States what is seen.

    Returns
    -------
    plotly.graph_objects.Figure
        One time axis. On the spectrogram parts are veiled the more the less the answer loses without them, and the
        strongest tenth is outlined; on the waveform stretches are shaded the more the more it loses without them.
    """
    colour = EMOTIONS[found.label].colour
    figure = clip_figure(audio.signal, sr=audio.sr, kind="logmel", title=title, colour=colour)
    centres = compute_spectrogram(audio.signal, sr=audio.sr, kind="logmel").frequencies_hz
    rows = np.interp(found.edges_hz, centres, np.arange(len(centres)))
    rows[0], rows[-1] = -0.5, len(centres) - 0.5
    strength = _strength(found.support)
    figure.add_trace(
        {
            "type": "heatmap",
            "x": found.edges_s.round(4),
            "y": rows.round(2),
            "z": strength.round(3),
            "zmin": 0,
            "zmax": 1,
            "colorscale": [[0, f"rgba(0,0,4,{_VEIL})"], [1, "rgba(0,0,4,0)"]],
            "showscale": False,
            "customdata": _told(found),
            "hovertemplate": "%{customdata}<extra></extra>",
            "xaxis": "x",
            "yaxis": "y3",
        }
    )
    figure.update_layout(
        yaxis3={"overlaying": "y2", "range": [-0.5, len(centres) - 0.5], "visible": False, "fixedrange": True}
    )
    chosen = found.strongest(OUTLINED) & (found.support > 0)
    for band, stretch in np.argwhere(chosen):
        figure.add_shape(
            type="rect",
            x0=found.edges_s[stretch],
            x1=found.edges_s[stretch + 1],
            y0=rows[band],
            y1=rows[band + 1],
            xref="x",
            yref="y3",
            line={"color": _OUTLINE, "width": 1.5},
        )
    for i, share in enumerate(_strength(found.support_of_stretch)):
        if share > 0:
            figure.add_shape(
                type="rect",
                x0=found.edges_s[i],
                x1=found.edges_s[i + 1],
                y0=0,
                y1=1,
                xref="x",
                yref="y domain",
                fillcolor=_MARK.format(round(0.45 * share, 3)),
                line={"width": 0},
                layer="below",
            )
    return figure


def pushes_figure(found: Sequence[Push], *, label: str, probability: float, title: str | None = None) -> go.Figure:
    """What each group of measures did to the probability of a label.

    Parameters
    ----------
    found : sequence of Push
        From `ser_core.serving.attribution.pushes`.
    label : str
        The emotion that is explained.
    probability : float
        Of it for the clip as it is, in [0, 1].
    title : str, optional
        States what is seen.

    Returns
    -------
    plotly.graph_objects.Figure
        Bars to the right speak for the label, to the left against it, in percentage points of probability.
    """
    points = [100 * (probability - push.without) for push in found]
    figure = go.Figure(
        go.Bar(
            x=np.round(points, 2),
            y=[push.title for push in found],
            orientation="h",
            marker={"color": [EMOTIONS[label].colour if point >= 0 else INK for point in points]},
            customdata=[
                [percent(push.without).replace("<", "&lt;").replace(">", "&gt;"), push.count] for push in found
            ],
            text=[f"{point:+.0f}".replace("-", "−") for point in points],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y} (%{customdata[1]} functionals): without it %{customdata[0]}<extra></extra>",
        )
    )
    finish(figure, title=title, height=_ROW_PX * len(found) + 90)
    reach = max(5.0, 1.3 * float(np.abs(points).max()))
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True, ticklabelstandoff=6)
    figure.update_xaxes(
        range=[-reach if min(points) < -0.5 else -0.12 * reach, reach],
        title={"text": f"Points of probability for {EMOTIONS[label].title.lower()}"},
        gridcolor=GRID,
        zeroline=True,
        zerolinecolor=INK,
        fixedrange=True,
    )
    return figure


def _strength(support: np.ndarray) -> np.ndarray:
    """Support as a share of the largest, in [0, 1]; nothing where a part spoke against the answer."""
    return np.clip(support / max(float(support.max()), 1e-9), 0, 1)


def _told(found: Explanation) -> list[list[str]]:
    """What each part did, in words."""
    name = EMOTIONS[found.label].title
    whole = percent(found.probability).replace("<", "&lt;").replace(">", "&gt;")
    return [
        [
            f"{found.edges_s[j]:.2f} to {found.edges_s[j + 1]:.2f} s, {found.edges_hz[i]:.0f} to "
            f"{found.edges_hz[i + 1]:.0f} Hz<br>{name}: {whole} with it, "
            + percent(found.without[i, j]).replace("<", "&lt;").replace(">", "&gt;")
            + " without"
            for j in range(found.without.shape[1])
        ]
        for i in range(found.without.shape[0])
    ]
