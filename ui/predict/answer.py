"""The answer in words, how far to trust it, and the clip to listen to."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from ser_core.audio import Audio, encode_wav
from ser_core.errors import EmptyAudioError
from ser_core.figures.prediction import percent
from ser_core.labels import EMOTIONS
from ser_core.serving import Card, Prediction
from ui import theme
from ui.markdown import plain
from ui.predict.analysis import Analysis
from ui.recording import VoiceClip


def waiting(text: str) -> None:
    """Keep the answer's place while there is no clip."""
    with st.container(border=True, key="predict-answer"):
        st.html(f'<p class="sel-answer-then" role="status">{escape(text)}</p>')


def refusal(analysis: Analysis) -> None:
    """Say why a clip cannot be judged and what to do; play it if there is something to hear."""
    error = analysis.error
    with st.container(border=True, key="predict-answer"):
        show = st.warning if isinstance(error, EmptyAudioError) else st.error
        show(f"**{error.message}** {error.advice}", icon=":material/hearing_disabled:")
        if analysis.audio is not None:
            player(analysis.audio)


def answer(clip: VoiceClip, analysis: Analysis, card: Card, cards: Sequence[Card]) -> None:
    """The answer of one model in words, how far to trust it, and the clip to listen to."""
    prediction = analysis.predictions[card.id]
    with st.container(border=True, key="predict-answer"):
        left, right = st.columns([3, 2], gap="large")
        with left:
            st.html(
                f'<div role="status" aria-live="polite"><p class="sel-answer" '
                f'style="--emotion:{EMOTIONS[prediction.label].colour}">'
                f"{escape(prediction.opening)} <span>— {escape(_in_words(prediction.confidence))}</span></p></div>"
            )
            st.html(
                '<p class="sel-badges" aria-label="The three most probable emotions">'
                + "".join(
                    theme.badge(name, text=f"{EMOTIONS[name].title} {percent(p)}") for name, p in prediction.top[:3]
                )
                + "</p>"
            )
            _doubt(prediction)
            st.markdown(_agreement(analysis, card, cards))
        with right:
            st.html(f"<p style='margin:0'><strong>{escape(clip.name)}</strong>, {prediction.duration_s:.1f}&nbsp;s</p>")
            player(analysis.audio)
            if clip.about:
                st.caption(f"{clip.about} {_overlap(clip, cards)}")


def player(audio: Audio) -> None:
    """The clip as the models hear it, in a form that every browser plays."""
    st.audio(encode_wav(audio.signal, sr=audio.sr), alt="The clip as the models hear it")


def _doubt(prediction: Prediction) -> None:
    if prediction.uncertain:
        st.warning(
            f"Do not rely on this answer: {prediction.reason}. A clear sentence of 2 to 5 s, spoken close to the "
            "microphone, works best.",
            icon=":material/help:",
        )


def _agreement(analysis: Analysis, card: Card, cards: Sequence[Card]) -> str:
    said = analysis.predictions[card.id]
    others = [each for each in cards if each.id != card.id and each.id in analysis.predictions]
    by = f"Answer of **{plain(card.title)}**."
    if not others:
        return by
    apart = [each for each in others if analysis.predictions[each.id].label != said.label]
    if not apart:
        return f"{by} {'Both' if len(others) == 1 else f'All {len(others) + 1}'} models agree."
    heard = ", ".join(
        f"{plain(each.title)} hears {EMOTIONS[analysis.predictions[each.id].label].adjective}" for each in apart
    )
    return f"{by} The models disagree: {heard}."


def _overlap(clip: VoiceClip, cards: Sequence[Card]) -> str:
    """A warning where a model has been trained on the very corpus that the clip is from."""
    trained = [card for card in cards if card.training.get("corpus") == clip.corpus]
    if not trained:
        return ""
    return (
        "These models were trained on this corpus: expect better answers here than on a new voice. How they do on new "
        "voices stands below."
    )


def _in_words(probability: float) -> str:
    return percent(probability).replace(">", "over ").replace("<", "under ")
