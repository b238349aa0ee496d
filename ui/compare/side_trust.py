"""Can their probabilities be believed, and how good are the surer answers?"""

from collections.abc import Mapping

import streamlit as st

from ser_core.figures import comparison, run_titles
from ui import figure
from ui.compare import kept, tables
from ui.compare.page import Choice
from ui.compare.scores import Scored


def show(picked: Mapping[str, Scored], chosen: Choice) -> None:
    """The whole panel."""
    left, right = st.columns(2)
    with left:
        st.subheader(
            "Can their probabilities be believed?",
            anchor=False,
            help=(
                "**Calibration:** of all answers given with a probability of .7, seven in ten should be right. The "
                "expected calibration error (ECE) is the mean gap, weighted by answers."
            ),
        )
        st.caption(
            "A model that says .7 should be right in seven of ten such answers. Above the dotted line it is too "
            "modest, below it too sure of itself."
        )
        found = {name: kept.score("calibration", each) for name, each in picked.items()}
        drawn = kept.drawn(
            "reliability",
            picked,
            lambda: comparison.reliability(found, title=run_titles.reliability_title(found)),
        )
        figure.show(
            drawn,
            name="reliability",
            alt="Share of right answers over stated probability",
            data=lambda: tables.stacked({name: each.bins for name, each in found.items()}),
            command=tables.commands(picked),
        )
    with right:
        st.subheader(
            "How good are the surer answers?",
            anchor=False,
            help="**Coverage:** the share of the clips that gets an answer, those of the highest probability first.",
        )
        st.caption(
            "A model may keep silent where it is unsure. The fewer clips it answers, the more often it is right."
        )
        curves = {name: kept.score("coverage", each) for name, each in picked.items()}
        drawn = kept.drawn(
            "coverage",
            picked,
            lambda: comparison.coverage_curves(curves, title=run_titles.coverage_title(curves)),
        )
        figure.show(
            drawn,
            name="coverage",
            alt="Share of right answers over the share of clips that are answered",
            data=lambda: tables.stacked(curves),
            command=tables.commands(picked),
        )
    rows = [
        {
            "Model": picked[name].title,
            "ECE": each.ece,
            "Brier score": each.brier,
            "Surer half right": picked[name].row.accuracy_at_half,
        }
        for name, each in found.items()
    ]
    digits = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(rows, hide_index=True, column_config=dict.fromkeys(("ECE", "Brier score", "Surer half right"), digits))
