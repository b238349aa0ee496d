"""The models of the page, and the one that gives the answer: chosen once for all views."""

import streamlit as st

from ser_core.serving import Card, Predictor, available_models
from ui import cached, state


def known() -> list[Card]:
    """The usable models, the default first."""
    return available_models()


def picker() -> None:
    """The choice of the model; its id is in the address."""
    titles = {card.id: card.title for card in known()}
    state.choice(
        "Model that gives the answer",
        list(titles),
        key="model",
        format_func=titles.get,
        dropdown=True,
        help="The first is the one that does best on voices it never heard.",
    )


def chosen() -> Card:
    """The card of the model that gives the answer: the default until `picker` has been drawn or where it is gone."""
    cards = known()
    return next((card for card in cards if card.id == st.session_state.get("choice-model")), cards[0])


def predictor() -> Predictor:
    """The model that gives the answer, loaded.

    Raises
    ------
    ModelError
        If it cannot be used.
    """
    return cached.predictor(chosen().id)
