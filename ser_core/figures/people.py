"""Who is served how well: speakers, groups of speakers, and the raters beside the models."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from ser_core.evaluation.raters import Agreement
from ser_core.figures.dots import dot_rows
from ser_core.figures.marks import chance_line, headed, marks, score_axis, score_text
from ser_core.figures.style import broken, count

#: Characters of a line of a model's name, where it stands before a row: more would leave a telephone no plot.
_NAME_LINE = 22
GROUP_TITLES = {"female": "Women", "male": "Men"}


def per_speaker(tables: Mapping[str, pd.DataFrame], *, chance: float, title: str) -> go.Figure:
    """UAR of each speaker, speakers from the worst to the best served by all models together.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        Model -> ``speaker, uar, clips``, see `ser_core.evaluation.groups.per_speaker`.
    chance : float
        UAR of guessing.
    title : str
        States what is seen.

    Returns
    -------
    plotly.graph_objects.Figure
        One trace for each model.
    """
    together = pd.concat([table.set_index("speaker")["uar"] for table in tables.values()], axis=1)
    order = together.mean(axis=1).sort_values(kind="stable").index.tolist()
    figure = go.Figure()
    for name, mark in marks(tables).items():
        table = tables[name].set_index("speaker").reindex(order).dropna(subset=["uar"])
        figure.add_scatter(
            name=mark.title,
            x=[order.index(speaker) + 1 for speaker in table.index],
            y=table["uar"],
            mode="markers",
            marker={"color": mark.colour, "symbol": mark.symbol, "size": 9},
            customdata=list(zip(table.index, table["clips"], strict=True)),
            hovertemplate=(
                f"speaker %{{customdata[0]}}: %{{y:.3f}}, %{{customdata[1]}} clips<extra>{mark.title}</extra>"
            ),
        )
    axis = {"title": "Speakers, from the worst to the best served"}
    if len(order) <= 30:
        axis |= {"tickvals": list(range(1, len(order) + 1)), "ticktext": order}
    figure.update_xaxes(axis)
    figure.update_yaxes(score_axis(title="Average recall (UAR)"))
    chance_line(figure, chance, axis="y")
    clips = round(float(pd.concat(tables.values())["clips"].median()))
    note = f"{count(len(order), 'speaker')} of about {count(clips, 'clip')} each; mean over seeds."
    return headed(figure, title=title, note=note, plot_px=280, legend_rows=1)


def groups(tables: Mapping[str, pd.DataFrame], *, title: str) -> go.Figure:
    """UAR of groups of speakers.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        Model -> ``group, uar, low, high, speakers, clips``, see `ser_core.evaluation.groups.by_group`.
    title : str
        States what is seen.
    """
    rows = sorted({group for table in tables.values() for group in table["group"]})
    shown = {
        name: pd.DataFrame(
            {
                "row": table["group"],
                "value": table["uar"],
                "low": table["low"],
                "high": table["high"],
                "hover": [
                    f"{GROUP_TITLES.get(r.group, r.group)}: {r.uar:.3f} [{r.low:.3f}, {r.high:.3f}]"
                    f"<br>{count(r.speakers, 'speaker')}, {count(r.clips, 'clip')}"
                    for r in table.itertuples()
                ],
            }
        )
        for name, table in tables.items()
    }
    first = next(iter(tables.values())).set_index("group")["speakers"]
    names = [
        f"{GROUP_TITLES.get(group, group)} ({first[group]})" if group in first else GROUP_TITLES.get(group, group)
        for group in rows
    ]
    note = "In brackets: speakers. Bars: 95% interval over the speakers of the group."
    return dot_rows(shown, rows, titles=names, axis="Average recall (UAR)", title=title, note=note)


def agreement(found: Mapping[str, Agreement], *, title: str) -> go.Figure:
    """How often each model answers what raters heard, beside how often raters heard what was meant.

    Parameters
    ----------
    found : mapping of str to Agreement
        Model -> its agreement with the raters.
    title : str
        States what is seen.
    """
    looks = marks(found)
    rows = list(found)
    table = pd.DataFrame(
        {
            "row": rows,
            "value": [each.share.value for each in found.values()],
            "low": [each.share.low for each in found.values()],
            "high": [each.share.high for each in found.values()],
            "hover": [
                f"{looks[name].title}: {each.share.value:.3f} [{each.share.low:.3f}, {each.share.high:.3f}], kappa "
                f"{each.kappa:.2f}"
                for name, each in found.items()
            ],
        }
    )
    first = next(iter(found.values()))
    note = (
        f"{count(first.n_clips, 'clip')}. Share of the raters' vote that went to the answer; bars: 95% interval over "
        f"speakers. Tick: the emotion meant ({score_text(first.meant)})."
    )
    figure = dot_rows(
        {rows[0]: table},
        rows,
        titles=[broken(looks[name].title, _NAME_LINE) for name in rows],
        axis="Share of the vote",
        title=title,
        note=note,
        chance=dict.fromkeys(rows, first.meant),
    )
    figure.data[-1].name = "The emotion that was meant"
    figure.data[-1].hovertemplate = "Raters hear what was meant: %{x:.3f}<extra></extra>"
    figure.data[0].showlegend = False
    return figure
