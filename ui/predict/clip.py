"""One clip: what it sounds like, and what the answer rests on."""

import streamlit as st

from ser_core.figures.style import CONFIG
from ser_core.labels import EMOTIONS
from ui import recording
from ui.predict import answer, downloads, models, side_by_side
from ui.predict.analysis import Analysis, analyse


def show() -> None:
    """The view: the way in, the answer, the evidence."""
    cards, card = models.known(), models.chosen()
    clip = recording.choose()
    analysis = None if clip is None else analyse(clip, cards)
    if analysis is None:
        answer.waiting("The answer will stand here as soon as there is a voice to hear.")
    elif analysis.error is not None:
        answer.refusal(analysis)
    elif card.id not in analysis.predictions:
        st.error(analysis.failures[card.id], icon=":material/error:")
    else:
        answer.answer(clip, analysis, card, cards)
    if analysis is None or not analysis.predictions:
        return
    st.subheader("How sure is each model?", anchor=False)
    side_by_side.models_side_by_side(analysis, cards)
    st.subheader("What they heard", anchor=False)
    said = analysis.predictions.get(card.id) or next(iter(analysis.predictions.values()))
    _evidence(analysis, said.label)
    with st.expander("All probabilities as a table, and downloads", icon=":material/table:"):
        downloads.table_and_downloads(clip, analysis, cards)


def _evidence(analysis: Analysis, label: str) -> None:
    """Waveform and log-mel spectrogram on one time axis."""
    from ser_core.figures.audio import clip_figure

    audio = analysis.audio
    st.plotly_chart(
        clip_figure(
            audio.signal,
            sr=audio.sr,
            kind="logmel",
            title=f"Waveform and log-mel spectrogram, {audio.duration:.1f} s",
            colour=EMOTIONS[label].colour,
        ),
        config=CONFIG,
        key="predict-evidence",
        alt=f"Waveform and log-mel spectrogram of the clip, {audio.duration:.1f} seconds",
    )
