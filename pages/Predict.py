"""Predict: what does this voice sound like?"""

import streamlit as st

from ser_core.serving import available_models
from ui import prediction, recording, shell

shell.page(title="Predict", question="What does this voice sound like?", icon=":material/mic:")
prediction.style()

cards = available_models()
if not cards:
    st.info(
        "**No model is here.** The models ship with the project: restore the folder `models` from the repository, or "
        "train them with `make models` and `make models-adopt`.",
        icon=":material/model_training:",
    )
    st.stop()

clip = recording.choose()
answer, evidence, settings = st.container(), st.container(), st.container()

# Drawn last but asked first: the answer above depends on it.
titles = {card.id: card.title for card in cards}
with settings, st.expander("Settings", icon=":material/tune:"):
    chosen = st.selectbox(
        "Model that gives the answer",
        list(titles),
        format_func=titles.get,
        key="predict-model",
        persist_state="session",
        help="The first is the one that does best on voices it never heard.",
    )

analysis = None if clip is None else prediction.analyse(clip, cards)
with answer:
    if analysis is None:
        prediction.waiting("The answer will stand here as soon as there is a voice to hear.")
    elif analysis.error is not None:
        prediction.refusal(analysis)
    elif chosen not in analysis.predictions:
        st.error(analysis.failures[chosen], icon=":material/error:")
    else:
        prediction.answer(clip, analysis, next(card for card in cards if card.id == chosen), cards)

if analysis is not None and analysis.predictions:
    with evidence:
        st.subheader("How sure is each model?", anchor=False)
        prediction.models_side_by_side(analysis, cards)
        st.subheader("What they heard", anchor=False)
        said = analysis.predictions.get(chosen) or next(iter(analysis.predictions.values()))
        prediction.evidence(analysis, said.label)
        with st.expander("All probabilities as a table, and downloads", icon=":material/table:"):
            prediction.table_and_downloads(clip, analysis, cards)

with st.container(horizontal=True, vertical_alignment="center"):
    st.caption(
        "A recogniser hears how something is said, not what somebody feels. These were trained on acted speech; real "
        "feelings, other languages and noisy rooms sound different. Never decide about people by it."
    )
    st.page_link("streamlit_app.py", label="What it can and cannot tell", icon=":material/info:")
