"""What do they mix up? Confusion matrices, their difference, and the clips of any cell."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from ser_core.evaluation import ConfusionMatrix
from ser_core.evaluation.clips import OUTCOMES, outcome_counts
from ser_core.figures import clickable, confusion, run_titles
from ser_core.figures.style import titles
from ui import figure, state
from ui.compare import kept, side_clips, tables
from ui.compare.page import Choice
from ui.compare.scores import Scored


def show(picked: Mapping[str, Scored], chosen: Choice) -> None:
    """The whole panel; each part draws anew by itself."""
    found = {name: kept.score("confusion", each) for name, each in picked.items()}
    _matrices(picked, found, chosen)
    if len(picked) > 1:
        _against(picked, found, chosen)


@st.fragment
def _matrices(picked: Mapping[str, Scored], found: Mapping[str, ConfusionMatrix], chosen: Choice) -> None:
    """Confusion matrices side by side, on one scale; a cell that is clicked lists its clips."""
    shown = state.choice(
        "A cell shows",
        list(confusion.SHOWN),
        key="cells",
        format_func=str.capitalize,
        help="  \n".join(f"**{name.capitalize()}:** {meaning}" for name, (_, meaning, _) in confusion.SHOWN.items()),
    )
    top = max(matrix.counts.max() for matrix in found.values()) if shown == "counts" else 1.0
    items = list(found.items())
    clicked = None
    for pair in (items[i : i + 2] for i in range(0, len(items), 2)):
        for column, (name, matrix) in zip(st.columns(2, vertical_alignment="bottom"), pair, strict=False):
            with column:
                cell = _matrix(name, picked[name], matrix, shown=shown, top=top)
            if side_clips.is_new(f"cell-{name}", cell):
                clicked = (name, *cell)
    side_clips.of_cell(picked, found, chosen, clicked)


def _matrix(name: str, each: Scored, matrix: ConfusionMatrix, *, shown: str, top: float) -> tuple[str, str] | None:
    """One matrix; the (emotion, answer) that is chosen in it."""
    drawn = kept.drawn(
        "confusion",
        {name: each},
        lambda: clickable.add_cells(
            confusion.confusion_matrix(
                matrix, shown=shown, title=run_titles.confusion_title(each.title, matrix), top=top
            )
        ),
        shown=shown,
        top=round(float(top), 3),
    )
    event = figure.show(
        drawn,
        name=f"confusion-{name}",
        alt=f"Confusion matrix of the {each.title}",
        data=lambda: pd.DataFrame(matrix.counts, index=matrix.labels, columns=matrix.labels).reset_index(
            names="emotion"
        ),
        command=tables.command(each.run),
        on_select="rerun",
        selection_mode="points",
    )
    cell = clickable.chosen(event)
    names = dict(zip(titles(matrix.labels), matrix.labels, strict=True))
    return None if cell is None or not set(cell) <= set(names) else (names[cell[0]], names[cell[1]])


@st.fragment
def _against(picked: Mapping[str, Scored], found: Mapping[str, ConfusionMatrix], chosen: Choice) -> None:
    """Two models against each other: where their answers differ, and where one is right and the other wrong."""
    st.subheader("Where is one right and the other wrong?", anchor=False)
    first, second = _pair(picked)
    names = (picked[first].title, picked[second].title)
    table = kept.outcomes(picked[first], picked[second])
    counts = outcome_counts(table)
    two = {first: picked[first], second: picked[second]}
    difference = kept.drawn(
        "difference",
        two,
        lambda: confusion.difference_matrix(
            found[first],
            found[second],
            title=run_titles.difference_title(found[first], found[second], names),
            names=names,
        ),
    )
    drawn = kept.drawn(
        "outcomes",
        two,
        lambda: clickable.add_cells(
            confusion.outcome_matrix(counts, title=run_titles.outcomes_title(counts, names), names=names)
        ),
    )
    height = figure.level(difference, drawn)
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        figure.show(
            difference,
            name="confusion-difference",
            height=height,
            alt=f"Shares of each emotion, {names[0]} minus {names[1]}",
            data=lambda: tables.stacked(
                {
                    name: pd.DataFrame(found[name].recall, columns=found[name].labels).assign(
                        emotion=found[name].labels
                    )
                    for name in two
                }
            ),
            command=tables.commands(two),
        )
    with right:
        event = figure.show(
            drawn,
            name="outcomes",
            height=height,
            alt=f"Clips of each emotion that both, only {names[0]}, only {names[1]} or neither gets right",
            data=lambda: counts.reset_index(),
            command=tables.commands(two),
            on_select="rerun",
            selection_mode="points",
        )
    cell = clickable.chosen(event)
    clicked = None
    if cell is not None:
        emotions = dict(zip(titles(counts.index), counts.index, strict=True))
        heads = dict(zip(drawn.data[0].x, OUTCOMES, strict=True))
        clicked = (emotions.get(cell[0]), heads.get(cell[1]))
    side_clips.of_outcome(
        table, names, chosen, clicked if side_clips.is_new(f"outcome-{first}-{second}", clicked) else None
    )


def _pair(picked: Mapping[str, Scored]) -> tuple[str, str]:
    """The two that are compared; the first two unless others are chosen."""
    options = tuple(picked)
    if len(options) == 2:
        return options
    left, right = st.columns(2)
    with left:
        first = state.choice("First", options, key="first", format_func=lambda n: picked[n].title, dropdown=True)
    rest = tuple(name for name in options if name != first)
    with right:
        second = state.choice("Second", rest, key="second", format_func=lambda n: picked[n].title, dropdown=True)
    return first, second
