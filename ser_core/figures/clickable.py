"""Heat maps whose cells can be chosen: plotly tells of clicks on points, not of clicks on the cells of a heat map."""

import numpy as np
import plotly.graph_objects as go

NAME = "cells"
# Farther than half the diagonal of any cell, so that the nearest point is always that of the cell.
_REACH_PX = 200


def add_cells(figure: go.Figure) -> go.Figure:
    """Lay an unseen point over the middle of each cell; the nearest to the pointer answers hover and click.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        Its first trace is a heat map with ``x`` and ``y``; what its hover text takes of ``z``, ``text`` and
        ``customdata`` goes to the points. Changed in place.

    Returns
    -------
    plotly.graph_objects.Figure
        `figure`. A chosen point has the label of its column as ``x`` and that of its row as ``y``.
    """
    heat = figure.data[0]
    rows, columns = len(heat.y), len(heat.x)
    unseen = {"size": 1, "opacity": 0}
    parts = [np.asarray(part, dtype=object) for part in (heat.z, heat.text, heat.customdata) if part is not None]
    names = [name for name in ("z", "text", "customdata") if getattr(heat, name) is not None]
    template = heat.hovertemplate
    for i, name in enumerate(names):
        template = template.replace(f"%{{{name}", f"%{{customdata[{i}]")
    figure.add_scatter(
        name=NAME,
        x=list(heat.x) * rows,
        y=[row for row in heat.y for _ in range(columns)],
        mode="markers",
        marker=unseen,
        selected={"marker": unseen},
        unselected={"marker": {"opacity": 0}},
        customdata=np.stack([part.reshape(rows * columns) for part in parts], axis=1),
        hovertemplate=template,
        showlegend=False,
    )
    heat.hoverinfo, heat.hovertemplate = "skip", None
    return figure.update_layout(hovermode="closest", hoverdistance=_REACH_PX)


def chosen(event: object) -> tuple[str, str] | None:
    """(row, column) of the cell in what ``st.plotly_chart`` returned; None where none is chosen."""
    points = event["selection"]["points"] if event else []
    return (str(points[0]["y"]), str(points[0]["x"])) if points else None
