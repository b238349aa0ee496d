"""What people heard against what was meant."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ser_core.evaluation import ConfusionMatrix
from ser_core.figures.clickable import add_cells
from ser_core.figures.confusion import confusion_matrix
from ser_core.figures.marks import chance_line, headed, score_axis, score_text
from ser_core.figures.style import INK, count, titles
from ser_core.labels import EMOTIONS


def heard(matrix: ConfusionMatrix, *, shown: str = "recall", title: str) -> go.Figure:
    """Emotions meant as rows, emotions heard as columns; its cells can be chosen, see `clickable.chosen`.

    Parameters
    ----------
    matrix : ConfusionMatrix
        From `ser_core.analysis.listeners.confusion`.
    shown : str
        ``"recall"``: shares of what was meant, or ``"precision"``: shares of what was heard.
    title : str
        States what is seen.
    """
    figure = confusion_matrix(
        matrix,
        shown=shown,
        title=title,
        axes=("Meant by the actor", "Heard by most raters"),
        verb="heard as",
        noun="clip",
    )
    return add_cells(figure)


def agreement(table: pd.DataFrame, *, names: Mapping[str, str] | None = None, chance: float, title: str) -> go.Figure:
    """How often people heard what was meant, one row for each group, with its interval.

    Parameters
    ----------
    table : pd.DataFrame
        From `ser_core.analysis.listeners.agreement` with `by`.
    names : mapping, optional
        Value -> its name for a reader; emotions have theirs.
    chance : float
        What guessing would reach.
    title : str
        States what is seen.
    """
    by = table.columns[0]
    values = table[by].astype(str).tolist()
    labels = [(names or {}).get(value, title) for value, title in zip(values, titles(values), strict=True)]
    looks = [
        (EMOTIONS[value].colour, EMOTIONS[value].symbol) if value in EMOTIONS else (INK, "circle") for value in values
    ]
    value, low, high = (table[name].to_numpy(float) for name in ("agreement", "low", "high"))
    figure = go.Figure(
        go.Scatter(
            x=value,
            y=labels,
            mode="markers+text",
            text=[score_text(each) for each in value],
            textposition="top center",
            marker={
                "color": [colour for colour, _ in looks],
                "symbol": [symbol for _, symbol in looks],
                "size": 11,
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": np.nan_to_num(high - value),
                "arrayminus": np.nan_to_num(value - low),
                "thickness": 2,
                "width": 4,
                "color": INK,
            },
            customdata=np.stack([low, high, table["clips"], table["speakers"]], axis=1),
            hovertemplate="%{y}: %{x:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]"
            "<br>%{customdata[2]:,} clips, %{customdata[3]} speakers<extra></extra>",
        )
    )
    figure.update_xaxes(score_axis(title="Share heard as meant"))
    figure.update_yaxes(autorange="reversed", type="category")
    chance_line(figure, chance, axis="x")
    note = f"{count(int(table['clips'].sum()), 'clip')}. Bars: 95% interval over speakers."
    return headed(figure, title=title, note=note, plot_px=max(140, 44 * len(table) + 30))
