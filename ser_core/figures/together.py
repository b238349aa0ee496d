"""How measures go together: their correlations, and the clips by two of them."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ser_core.analysis.acoustics import FEATURES
from ser_core.figures.clickable import add_cells
from ser_core.figures.emotions import DIVERGING
from ser_core.figures.marks import headed
from ser_core.figures.style import count
from ser_core.labels import EMOTIONS


def correlation(table: pd.DataFrame, *, clips: int, title: str) -> go.Figure:
    """Rank correlation of every two measures; cells can be chosen.

    Parameters
    ----------
    table : pd.DataFrame
        From `ser_core.analysis.distributions.correlations`.
    clips : int
        How many it is of.
    title : str
        States what is seen.
    """
    names = [FEATURES[name].title for name in table.index]
    figure = go.Figure(
        go.Heatmap(
            z=table.to_numpy().round(2),
            x=names,
            y=names,
            zmin=-1,
            zmax=1,
            colorscale=DIVERGING,
            colorbar={"title": {"text": "ρ"}, "thickness": 12, "len": 0.6},
            hovertemplate="%{y}<br>%{x}<br>ρ = %{z:.2f}<extra></extra>",
        )
    )
    figure.update_xaxes(showgrid=False, showticklabels=False, ticks="")
    figure.update_yaxes(showgrid=False, showticklabels=False, ticks="", autorange="reversed")
    note = f"Spearman's rank correlation ρ over {count(clips, 'clip')}; measures that go together stand together."
    headed(figure, title=title, note=note, plot_px=460)
    return add_cells(figure)


def scatter(table: pd.DataFrame, *, x: str, y: str, of: int, title: str) -> go.Figure:
    """Clips by two measures, in the emotions' colours and marks; points can be chosen.

    Parameters
    ----------
    table : pd.DataFrame
        ``clip`` (a number that a chosen point gives back), ``x, y, emotion``.
    x, y : str
        Headings of the axes, with units.
    of : int
        Clips that `table` was drawn from.
    title : str
        States what is seen.
    """
    figure = go.Figure()
    for name in EMOTIONS.ordered(set(table["emotion"])):
        part, look = table[table["emotion"] == name], EMOTIONS[name]
        figure.add_scattergl(
            name=look.title,
            x=part["x"].to_numpy(np.float32),
            y=part["y"].to_numpy(np.float32),
            # In one dimension: a row of a matrix would come back from a click in another form.
            customdata=part["clip"].to_numpy(np.int32),
            mode="markers",
            marker={"color": look.colour, "symbol": look.symbol, "size": 6, "opacity": 0.6},
            selected={"marker": {"size": 13, "opacity": 1}},
            unselected={"marker": {"opacity": 0.3}},
            hovertemplate=f"{look.title}: %{{x:.2f}}, %{{y:.2f}}<extra></extra>",
        )
    figure.update_xaxes(title=x)
    figure.update_yaxes(title=y)
    note = f"{count(len(table), 'clip')}" + (f", a sample of {of:,}." if len(table) < of else ".")
    return headed(figure, title=title, note=note, plot_px=400, legend_rows=3)
