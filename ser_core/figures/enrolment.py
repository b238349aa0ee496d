"""What knowing a voice gains, by the number of its clips that were enrolled."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from ser_core.figures.marks import headed, score_axis, score_text, translucent
from ser_core.figures.style import count

#: Line, symbol and colour by corpus: told apart without the colour, on light and dark ground.
_LOOKS = (
    ("#1D8CA6", "solid", "circle"),
    ("#C2703D", "dash", "square"),
    ("#7A6BD1", "dot", "diamond"),
    ("#5B9A3C", "dashdot", "triangle-up"),
    ("#C4568F", "longdash", "x"),
)
_PLOT_PX = 300


def enrolment(curve: pd.DataFrame, *, titles: Mapping[str, str]) -> go.Figure:
    """UAR over the number of enrolled clips, a line with its interval for each corpus.

    Parameters
    ----------
    curve : pd.DataFrame
        Of one model: ``corpus, n_clips, uar, low, high, clips, speakers``; 0 clips is each clip judged alone.
    titles : mapping of str to str
        Corpus -> its name as shown.

    Returns
    -------
    plotly.graph_objects.Figure
        For each corpus its 95% band and its line, over evenly spaced numbers.
    """
    figure = go.Figure()
    for i, (corpus, rows) in enumerate(curve.groupby("corpus", sort=False, observed=True)):
        colour, dash, symbol = _LOOKS[i % len(_LOOKS)]
        rows = rows.sort_values("n_clips")
        title, places = titles.get(corpus, corpus), rows["n_clips"].astype(str)
        figure.add_scatter(
            x=[*places, *places[::-1]],
            y=[*rows["high"], *rows["low"][::-1]],
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillcolor=translucent(colour, 0.12),
            hoverinfo="skip",
            legendgroup=corpus,
            showlegend=False,
        )
        figure.add_scatter(
            name=title,
            x=places,
            y=rows["uar"],
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2.5},
            marker={"symbol": symbol, "size": 9},
            customdata=rows[["low", "high", "clips", "speakers"]],
            hovertemplate=(
                "%{x} clips enrolled: %{y:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}], "
                f"%{{customdata[2]:,}} clips, %{{customdata[3]}} speakers<extra>{title}</extra>"
            ),
            legendgroup=corpus,
        )
    numbers = [str(n) for n in sorted(set(curve["n_clips"]))]
    figure.update_xaxes(
        title="Clips of the voice that were enrolled", type="category", categoryorder="array", categoryarray=numbers
    )
    figure.update_yaxes(score_axis(title="Average recall (UAR)"))
    alone = curve[curve["n_clips"] == 0]
    note = (
        f"{count(int(alone['clips'].sum()), 'test clip')} of voices never heard, none judged by what it was enrolled "
        "with; bands: 95% over speakers."
    )
    return headed(figure, title=enrolment_title(curve, titles), note=note, plot_px=_PLOT_PX, legend_rows=1)


def enrolment_title(curve: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """What the most clips gain, on the first corpus.

    Examples
    --------
    >>> curve = pd.DataFrame({"corpus": "a", "n_clips": [0, 12], "uar": [0.617, 0.744]})
    >>> enrolment_title(curve, {"a": "RAVDESS"})
    'Knowing a voice from 12 clips takes RAVDESS from .62 to .74'
    """
    first = curve[curve["corpus"] == curve["corpus"].iloc[0]].sort_values("n_clips")
    name = titles.get(first["corpus"].iloc[0], first["corpus"].iloc[0])
    low, high = (score_text(first["uar"].iloc[place]) for place in (0, -1))
    return f"Knowing a voice from {count(int(first['n_clips'].iloc[-1]), 'clip')} takes {name} from {low} to {high}"
