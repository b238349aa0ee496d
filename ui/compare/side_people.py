"""Whom do they serve how well? Speakers, groups of speakers, and the raters of the corpus beside the models."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from ser_core.figures import confusion, people, run_titles
from ser_core.figures.marks import score_text
from ser_core.figures.style import plain_title
from ui import figure
from ui.compare import kept, tables
from ui.compare.page import Choice
from ui.compare.scores import Scored
from ui.format import headline_text

_BY = {"sex": "sex", "age": "age", "corpus": "corpus"}


def show(picked: Mapping[str, Scored], chosen: Choice) -> None:
    """The whole panel."""
    _speakers(picked)
    _groups(picked)
    if kept.people(chosen.tested_on) is not None:
        _raters(picked, chosen)


def _speakers(picked: Mapping[str, Scored]) -> None:
    found = {name: kept.score("per_speaker", each) for name, each in picked.items()}
    chance = next(iter(picked.values())).summary.chance
    drawn = kept.drawn(
        "speakers",
        picked,
        lambda: people.per_speaker(found, chance=chance, title=run_titles.speakers_title(found)),
    )
    figure.show(
        drawn,
        name="speakers",
        alt=plain_title(drawn),
        data=lambda: tables.stacked(found),
        command=tables.commands(picked),
    )


def _groups(picked: Mapping[str, Scored]) -> None:
    st.subheader(
        "Are groups served alike?",
        anchor=False,
        help="Fairness: UAR of groups of speakers. A published suite of tests asks for at most .075 between the sexes.",
    )
    shown = []
    for by, word in _BY.items():
        found = {name: kept.groups(each, by) for name, each in picked.items()}
        filled = {name: table for name, (table, _) in found.items() if len(table) > 1}
        if filled:
            shown.append((by, word, filled, {name: found[name][1] for name in filled}))
    if not shown:
        st.caption("The tables of this corpus state neither sex nor age of more than one kind of speaker.")
    for pair in (shown[i : i + 2] for i in range(0, len(shown), 2)):
        figures = [
            kept.drawn(
                f"groups-{by}",
                {name: picked[name] for name in filled},
                lambda filled=filled, gaps=gaps, word=word: people.groups(
                    filled, title=run_titles.groups_title(gaps, word)
                ),
            )
            for by, word, filled, gaps in pair
        ]
        columns = st.columns(2, vertical_alignment="bottom")
        for column, drawn, (by, _, filled, _) in zip(columns, figures, pair, strict=False):
            with column:
                figure.show(
                    drawn,
                    name=f"groups-{by}",
                    alt=plain_title(drawn),
                    data=lambda filled=filled: tables.stacked(filled),
                    command=tables.commands({name: picked[name] for name in filled}),
                    height=figure.level(*figures),
                )


def _raters(picked: Mapping[str, Scored], chosen: Choice) -> None:
    st.subheader("And people?", anchor=False)
    corpus = chosen.tested_on[0]
    summary = kept.people_summary(corpus)
    st.markdown(
        f"Raters who heard the voice alone name the emotion that was meant with "
        f"{headline_text('UAR', summary.uar, summary.chance)}; the best model here reaches "
        f"{score_text(max(each.summary.uar.value for each in picked.values()))}."
    )
    found = {name: kept.agreement(each) for name, each in picked.items()}
    matrix, heard = kept.people_confusion(corpus), _people_matrix(corpus)
    drawn = kept.drawn(
        "agreement", picked, lambda: people.agreement(found, title="How often models answer what raters heard")
    )
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        figure.show(
            heard,
            name="confusion-people",
            alt=plain_title(heard),
            height=figure.level(heard, drawn),
            data=lambda: pd.DataFrame(matrix.counts, index=matrix.labels, columns=matrix.labels).reset_index(
                names="meant"
            ),
        )
    with right:
        figure.show(
            drawn,
            name="agreement",
            alt=plain_title(drawn),
            height=figure.level(heard, drawn),
            data=lambda: pd.DataFrame(
                [
                    {"model": name, "share": a.share.value, "low": a.share.low, "high": a.share.high, "kappa": a.kappa}
                    for name, a in found.items()
                ]
            ),
            command=tables.commands(picked),
        )


@st.cache_resource(max_entries=8, show_spinner=False)
def _people_matrix(corpus: str):
    matrix = kept.people_confusion(corpus)
    return confusion.confusion_matrix(
        matrix,
        title=run_titles.confusion_title("People", matrix),
        axes=("Meant by the actor", "Heard by most raters"),
        verb="heard as",
        noun="clip",
    )
