"""What models tell besides emotions: how well each knows sex, intensity, valence, arousal and dominance."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from ser_core.evaluation.side_tasks import HEADLINES
from ser_core.figures.dots import dot_rows
from ser_core.figures.marks import marks, score_text
from ser_core.figures.style import count
from ser_core.side_tasks import SIDE_TASKS

_SHORT = {"uar": "UAR", "ccc": "CCC"}


def side_tasks(tables: Mapping[str, pd.DataFrame]) -> go.Figure:
    """The headline score of each side task, models side by side.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        Model -> table of `ser_core.evaluation.side_tasks.summarise`.

    Returns
    -------
    plotly.graph_objects.Figure
        One trace for each model, then one for guessing.
    """
    heads = {name: _headlines(table) for name, table in tables.items()}
    every = pd.concat(heads.values())
    first = every.drop_duplicates("task").set_index("task")
    rows = [name for name in SIDE_TASKS if name in first.index]
    shown = {
        name: pd.DataFrame(
            {
                "row": table["task"],
                "value": table["value"],
                "low": table["low"],
                "high": table["high"],
                "hover": [
                    f"{SIDE_TASKS[r.task].title}: {_SHORT[r.score]} {r.value:.3f} [{r.low:.3f}, {r.high:.3f}]"
                    f"<br>{count(r.clips, 'clip')} of {count(r.speakers, 'speaker')}"
                    for r in table.itertuples()
                ],
            }
        )
        for name, table in heads.items()
    }
    scores = [score for score in HEADLINES if (first["score"] == score).any()]
    return dot_rows(
        shown,
        rows,
        titles=[f"{SIDE_TASKS[name].title} ({_SHORT[first.loc[name, 'score']]})" for name in rows],
        axis=" or ".join({"uar": "Average recall (UAR)", "ccc": "Concordance (CCC)"}[score] for score in scores),
        title=title_of(tables),
        note="; ".join(f"{SIDE_TASKS[name].title}: {count(first.loc[name, 'clips'], 'clip')}" for name in rows)
        + ". Bars: 95% interval over speakers.",
        # A concordance may be negative.
        score=bool((every[["value", "low"]].fillna(0) >= 0).all(axis=None)),
        chance=first["chance"].reindex(rows).to_dict(),
    )


def title_of(tables: Mapping[str, pd.DataFrame]) -> str:
    """ "Multitask CNN: sex .97, intensity .75"."""
    return "; ".join(
        f"{mark.title}: "
        + ", ".join(
            f"{SIDE_TASKS[row.task].title.lower()} {score_text(row.value)}"
            for row in _headlines(tables[name]).itertuples()
        )
        for name, mark in marks(tables).items()
    )


def _headlines(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["score"].isin(HEADLINES)]
