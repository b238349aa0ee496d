"""Every model's probabilities side by side, with how good it is and how long it took."""

import os
from collections.abc import Sequence

import streamlit as st

from ser_core.evaluation import Interval
from ser_core.figures.prediction import percent, probability_bars
from ser_core.figures.style import CONFIG
from ser_core.labels import EMOTIONS
from ser_core.serving import Card, Prediction
from ui.format import headline_text, seconds_text
from ui.markdown import plain
from ui.predict.analysis import Analysis


def models_side_by_side(analysis: Analysis, cards: Sequence[Card]) -> None:
    """Every model's probabilities on the same axis, with how good it is and how long it took."""
    for start in range(0, len(cards), 2):
        pair = cards[start : start + 2]
        for column, card in zip(st.columns(2 if len(cards) > 1 else 1), pair, strict=False):
            with column, st.container(border=True, height="stretch"):
                st.markdown(f"##### {plain(card.title)}")
                if card.id in analysis.failures:
                    st.error(analysis.failures[card.id], icon=":material/error:")
                elif card.id in analysis.predictions:
                    _model(analysis.said(card.id), card)


def _model(prediction: Prediction, card: Card) -> None:
    mark = card.thresholds["min_confidence"]
    if prediction.abstained:
        st.markdown(f"**No answer**: {plain(prediction.reason)}.")
        st.caption(_quality(card))
        return
    st.markdown(f"{prediction.sentence} ({plain(percent(prediction.confidence))}).")
    st.plotly_chart(
        probability_bars(prediction.probabilities, mark=mark),
        config={**CONFIG, "displayModeBar": False},
        key=f"predict-bars-{card.id}",
        alt=f"Probabilities by {card.title}: "
        + ", ".join(f"{EMOTIONS[name].title} {percent(p)}" for name, p in prediction.top),
    )
    st.caption(
        f"{_quality(card)} Answers left of the dotted line ({mark:.0%}) count as uncertain.",
        help="UAR, unweighted average recall: the share of clips recognised, taken for each emotion and averaged over "
        "them. In brackets its 95% interval (bootstrap over speakers). ECE, expected calibration error: how far "
        "the stated probabilities lie from the share of answers that are right.",
    )
    st.caption(f"Took {seconds_text(prediction.seconds)} on this server ({os.cpu_count()} cores, one used).")


def _quality(card: Card) -> str:
    metric = card.metric()
    if metric is None:
        return "How good it is on new voices has not been measured."
    calibration = card.calibration.get("ece")
    stated = "" if calibration is None else f" Stated and true chances differ by {100 * calibration:.0f} points (ECE)."
    uar = Interval(metric["uar"], metric["uar_low"], metric["uar_high"])
    return f"On voices it never heard: {headline_text('UAR', uar, 1 / len(card.labels))}.{stated}"
