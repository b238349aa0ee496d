"""A score as a card: large, with its interval and what guessing would reach, as a bar, and in words."""

import streamlit as st

from ser_core.evaluation import Interval
from ser_core.figures.marks import score_text


def score_card(heading: str, score: Interval, *, chance: float, meaning: str, help: str) -> None:
    """Draw the card; equal in height to those in columns beside it.

    Parameters
    ----------
    heading : str
        What was tested, in two words.
    score : Interval
        In [0, 1], with its 95% interval.
    chance : float
        What guessing would score, in [0, 1].
    meaning : str
        What the test is, for who knows no terms (Markdown).
    help : str
        The field's terms, shown when hovering (Markdown).
    """
    with st.container(border=True, height="stretch", gap="small"):
        st.metric(
            heading,
            score_text(score.value),
            delta=f"{score_text(score.low)} to {score_text(score.high)}, guessing {score_text(chance, digits=3)}",
            delta_color="off",
            delta_arrow="off",
            help=help,
        )
        st.progress(min(1.0, max(0.0, score.value)))
        st.caption(meaning)
