"""The cross-corpus matrix: trained on one corpus, tested on another."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ser_core.figures.confusion import SCALE
from ser_core.figures.marks import headed, score_text

OWN = "speaker-independent"
"""Kind of a cell that was tested on unseen speakers of the corpus that was trained on."""


def crossing(table: pd.DataFrame, *, names: Mapping[str, str], title: str) -> go.Figure:
    """What was trained on as rows, what was tested on as columns.

    Parameters
    ----------
    table : pd.DataFrame
        ``train, test, uar, low, high, chance, emotions, clips``, see `ser_core.evaluation.across.crossing`, and
        ``kind``: `OWN` for unseen speakers of the same corpus.
    names : mapping
        Corpus (or several, joined by ``+``) -> its name for a reader.
    title : str
        States what is seen.

    Returns
    -------
    plotly.graph_objects.Figure
        One heat map; cells that were not measured stay empty.
    """
    columns = sorted(table["test"].unique())
    rows = sorted(table["train"].unique(), key=lambda name: (name.count("+"), name))
    cells = table.set_index(["train", "test"])
    shape = (len(rows), len(columns))
    z, text, hover = np.full(shape, np.nan), np.full(shape, "", object), np.full(shape, "", object)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            if (row, column) not in cells.index:
                continue
            cell = cells.loc[(row, column)]
            z[i, j] = cell["uar"]
            text[i, j] = f"<b>{score_text(cell['uar'])}</b>" if cell["kind"] == OWN else score_text(cell["uar"])
            who = "unseen speakers of the same corpus" if cell["kind"] == OWN else "another corpus"
            hover[i, j] = (
                f"Trained on {names.get(row, row)}, tested on {names.get(column, column)} ({who})<br>{cell['uar']:.3f} "
                f"[{cell['low']:.3f}, {cell['high']:.3f}], guessing {cell['chance']:.3f}"
                f"<br>{cell['clips']:,} clips, {cell['emotions']} emotions"
            )
    figure = go.Figure(
        go.Heatmap(
            z=z,
            x=[names.get(name, name) for name in columns],
            y=[names.get(name, name) for name in rows],
            zmin=0,
            zmax=1,
            colorscale=SCALE,
            showscale=False,
            xgap=2,
            ygap=2,
            text=text,
            texttemplate="%{text}",
            textfont={"size": 14},
            customdata=hover,
            hovertemplate="%{customdata}<extra></extra>",
            hoverongaps=False,
        )
    )
    figure.update_xaxes(title="Tested on", showgrid=False)
    figure.update_yaxes(title="Trained on", showgrid=False, autorange="reversed")
    lowest, highest = table["chance"].min(), table["chance"].max()
    guessing = score_text(lowest, digits=3) + ("" if lowest == highest else f" to {score_text(highest, digits=3)}")
    note = (
        f"Average recall (UAR) over the emotions that both corpora have; guessing {guessing}. Bold: unseen speakers of "
        "the same corpus."
    ) + (" Empty: not measured." if np.isnan(z).any() else "")
    return headed(figure, title=title, note=note, plot_px=46 * len(rows) + 40)
