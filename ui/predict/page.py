"""The Predict page put together: the view, the model that all views share, what none of them can tell."""

import importlib

import streamlit as st

from ui import state, statement
from ui.predict import kept, models

VIEWS = {
    "clip": "clip",
    "recording": "recording",
    "live": "live",
    "batch": "batch",
    "your voice": "your_voice",
    "history": "history",
}
"""View as it stands in the address -> module of this package that shows it."""
WITHOUT_MODEL = ("history",)
"""Views that have something to show where there is no model."""
_CSS = """
<style>
.sel-answer {font-size: 1.9rem; line-height: 1.25; font-weight: 700; margin: 0; padding-left: .8rem;
  border-left: .4rem solid var(--emotion);}
.sel-answer span {font-weight: 400; white-space: nowrap;}
.sel-answer-then {margin: .5rem 0 0 0; opacity: .85;}
.st-key-predict-input {min-height: 10rem;}
.st-key-predict-answer {min-height: 15rem;}
@media (max-width: 640px) { .sel-answer {font-size: 1.5rem;} }
</style>
"""


def show() -> None:
    """The page below its heading."""
    st.html(_CSS)
    view = state.choice("View", tuple(VIEWS), key="view", page="predict-", format_func=str.capitalize, hidden=True)
    kept.connect()
    body, settings = st.container(), st.container()
    if not models.known():
        st.info(
            "**No model is here.** The models ship with the project: restore the folder `models` from the repository, "
            "or train them with `make models` and `make models-adopt`.",
            icon=":material/model_training:",
        )
        if view not in WITHOUT_MODEL:
            return
    else:
        # Drawn last but asked first: what stands above depends on it.
        with settings, st.expander("Settings", icon=":material/tune:"):
            models.picker()
    with body:
        importlib.import_module(f"ui.predict.{VIEWS[view]}").show()
    statement.folded()
