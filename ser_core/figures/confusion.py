"""Confusion matrices: which emotion was taken for which."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ser_core.errors import ConfigError
from ser_core.evaluation import ConfusionMatrix
from ser_core.figures.marks import headed, score_text
from ser_core.figures.style import broken, count, titles
from ser_core.labels import EMOTIONS

#: What a cell shows -> (attribute of the matrix, what it means, heading of the colour bar).
SHOWN = {
    "recall": ("recall", "Each row sums to 1: of the clips of an emotion, the share named so.", "Share of the row"),
    "precision": (
        "precision",
        "Each column sums to 1: of the clips given a name, the share of each emotion.",
        "Share of the column",
    ),
    "counts": ("counts", "Clips, mean over seeds.", "Clips"),
}
#: Lightness falls all the way, so the order also shows without colour, and at once in the middle, so that every cell is
#: light enough for plotly's dark type or dark enough for its white.
SCALE = ((0.0, "#F3F7F8"), (0.2, "#CFE3E9"), (0.4549, "#8FC1CF"), (0.4551, "#2F7A91"), (1.0, "#063B4C"))
AXES = ("Emotion of the clip", "Answer of the model")
"""Headings of rows and columns."""
_PLOT_PX = 360
#: Heads of few columns stand level, in lines that a telephone has room for: characters, and pixels of a line.
_HEAD_LINE, _HEAD_PX = 12, 15


def confusion_matrix(
    matrix: ConfusionMatrix,
    *,
    shown: str = "recall",
    title: str,
    top: float | None = None,
    axes: tuple[str, str] = AXES,
    verb: str = "answered as",
    noun: str = "test clip",
) -> go.Figure:
    """True emotions as rows, answers as columns.

    Parameters
    ----------
    matrix : ConfusionMatrix
        Counts and labels.
    shown : str
        Key of `SHOWN`.
    title : str
        States what is seen.
    top : float, optional
        Value of the darkest colour: 1 for shares, the largest count for counts unless given. Give the same to
        matrices that stand side by side.
    axes : tuple of str
        Headings of rows and columns.
    verb : str
        What links a row with a column, in words.
    noun : str
        What is counted, in the singular.

    Returns
    -------
    plotly.graph_objects.Figure
        One heat map, its rows and columns in the order of ``matrix.labels``.

    Raises
    ------
    ConfigError
        If `shown` is unknown.
    """
    if shown not in SHOWN:
        raise ConfigError(f"Unknown kind of cell {shown!r}; there are {', '.join(SHOWN)}.")
    attribute, meaning, heading = SHOWN[shown]
    values = np.asarray(getattr(matrix, attribute), dtype=float)
    if top is None:
        top = float(matrix.counts.max()) if shown == "counts" else 1.0
    text = [[_cell(value, shown) for value in row] for row in values]
    names = titles(matrix.labels)
    hover = f"%{{y}} {verb} %{{x}}<br>{heading.lower()}: %{{text}}<br>%{{customdata:.1f}} clips"
    figure = _cells(values, names, names, text=text, span=(0, top), hover=hover, customdata=matrix.counts)
    _name_axes(figure, axes)
    note = f"{count(round(float(matrix.counts.sum())), noun)}. {meaning}"
    headed(figure, title=title, note=note, plot_px=_PLOT_PX)
    return figure.update_layout(margin={"b": 88}, height=figure.layout.height + 30)


_DIFFERENCE_SCALE = ((0.0, "#B2182B"), (0.35, "#E9A48C"), (0.5, "#F7F7F7"), (0.65, "#8DB8D6"), (1.0, "#2166AC"))
"""Red to blue through white, told apart by colour-blind readers (ColorBrewer's RdBu)."""


def difference_matrix(
    first: ConfusionMatrix, second: ConfusionMatrix, *, title: str, names: tuple[str, str]
) -> go.Figure:
    """What a first model answers more often than a second: shares of each emotion, first minus second.

    Parameters
    ----------
    first, second : ConfusionMatrix
        On the same clips.
    title : str
        States what is seen.
    names : tuple of str
        Of the models, as shown to a reader.

    Returns
    -------
    plotly.graph_objects.Figure
        One heat map over the emotions of both.
    """
    labels = EMOTIONS.ordered({*first.labels, *second.labels})
    values = _spread(first, labels) - _spread(second, labels)
    top = max(0.1, float(np.abs(values).max()))
    shown = titles(labels)
    text = [[_signed(value) for value in row] for row in values]
    hover = f"%{{y}} answered as %{{x}}<br>{names[0]} minus {names[1]}: %{{text}}"
    figure = _cells(values, shown, shown, text=text, span=(-top, top), hover=hover, scale=_DIFFERENCE_SCALE)
    _name_axes(figure, AXES)
    clips = count(round(float(first.counts.sum())), "test clip")
    note = f"{clips}. Share of each row, {names[0]} minus {names[1]}; blue: {names[0]} more often."
    headed(figure, title=title, note=note, plot_px=_PLOT_PX)
    return figure.update_layout(margin={"b": 88}, height=figure.layout.height + 30)


def outcome_matrix(counts: pd.DataFrame, *, title: str, names: tuple[str, str]) -> go.Figure:
    """Emotions as rows; as columns whether both, one or none of two models is right.

    Parameters
    ----------
    counts : pd.DataFrame
        From `ser_core.evaluation.clips.outcome_counts`.
    title : str
        States what is seen.
    names : tuple of str
        Of the models, as shown to a reader.
    """
    columns = ["Both right", f"Only {names[0]}", f"Only {names[1]}", "Both wrong"]
    shares = counts.to_numpy() / np.maximum(counts.to_numpy().sum(axis=1, keepdims=True), 1)
    rows = titles(counts.index)
    hover = "%{y}, %{x}: %{text} clips (%{customdata:.0%})"
    figure = _cells(shares, columns, rows, text=counts.to_numpy(), span=(0, 1), hover=hover, customdata=shares)
    heads = [broken(name, _HEAD_LINE) for name in columns]
    figure.update_xaxes(tickvals=columns, ticktext=heads, tickangle=0)
    figure.update_xaxes(side="bottom", tickfont={"size": 11})
    figure.update_yaxes(title=AXES[0])
    note = (
        f"{count(int(counts.to_numpy().sum()), 'test clip')}, first seed; the darker, the larger its share of the row."
    )
    headed(figure, title=title, note=note, plot_px=36 * len(rows) + 20)
    bottom = 16 + _HEAD_PX * max(head.count("<br>") + 1 for head in heads)
    return figure.update_layout(margin={"b": bottom}, height=figure.layout.height + bottom - figure.layout.margin.b)


def _cells(values, columns, rows, *, text, span, hover, scale=SCALE, customdata=None) -> go.Figure:
    """A heat map that says in each cell what it stands for; the first row on top."""
    cells = go.Heatmap(
        z=values,
        x=columns,
        y=rows,
        zmin=span[0],
        zmax=span[1],
        colorscale=scale,
        showscale=False,
        xgap=2,
        ygap=2,
        text=text,
        texttemplate="%{text}",
        textfont={"size": 12},
        customdata=customdata,
        hovertemplate=f"{hover}<extra></extra>",
    )
    figure = go.Figure(cells)
    figure.update_xaxes(showgrid=False)
    figure.update_yaxes(showgrid=False, autorange="reversed")
    return figure


def _name_axes(figure: go.Figure, axes: tuple[str, str]) -> None:
    """Headings of rows and columns; names of emotions need room to stand askew."""
    figure.update_xaxes(title=axes[1], tickangle=-45)
    figure.update_yaxes(title=axes[0])


def _spread(matrix: ConfusionMatrix, labels: tuple[str, ...]) -> np.ndarray:
    """Shares of each row over more labels."""
    out = np.zeros((len(labels), len(labels)))
    place = [labels.index(name) for name in matrix.labels]
    out[np.ix_(place, place)] = matrix.recall
    return out


def _signed(value: float) -> str:
    text = score_text(abs(value))
    return "0" if text == ".00" else f"{'+' if value > 0 else '−'}{text}"


def _cell(value: float, shown: str) -> str:
    """What a cell says; a nought stays short, so that the mix-ups stand out."""
    text = f"{value:.0f}" if shown == "counts" else score_text(value)
    return "0" if text == ".00" else text
