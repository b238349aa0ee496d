"""What do they hear besides the emotion? Shown of models that learnt more."""

from collections.abc import Mapping

import streamlit as st

from ser_core.figures import side_tasks
from ser_core.figures.style import plain_title
from ui import figure
from ui.compare import kept, tables
from ui.compare.scores import Scored


def show(picked: Mapping[str, Scored]) -> None:
    """The whole panel; nothing where no model learnt anything but emotions."""
    found = {name: kept.score("side_tasks", each) for name, each in picked.items()}
    found = {name: table for name, table in found.items() if table is not None and len(table)}
    if not found:
        return
    st.subheader(
        "What do they hear besides the emotion?",
        anchor=False,
        help=(
            "**Sex and intensity:** the share named right of each class, and their mean (UAR). Where a corpus has an "
            "emotion in one intensity only, as RAVDESS has neutral, the intensity is not asked.  \n**Valence, arousal, "
            "dominance:** Lin's concordance correlation (CCC) with the ratings, 1 where the answers are the ratings."
        ),
    )
    of = {name: picked[name] for name in found}
    drawn = kept.drawn("side-tasks", of, lambda: side_tasks.side_tasks(found))
    figure.show(
        drawn,
        name="side-tasks",
        alt=plain_title(drawn),
        data=lambda: tables.stacked(found),
        command=tables.commands(of),
    )
