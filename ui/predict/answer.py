"""The answer in words and on the wheel of emotions, how far to trust it, and the clip to listen to."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from ser_core.audio import Audio, encode_wav
from ser_core.errors import EmptyAudioError
from ser_core.figures.prediction import percent
from ser_core.figures.style import CONFIG
from ser_core.figures.wheel import emotion_wheel
from ser_core.labels import EMOTIONS
from ser_core.serving import Card, Prediction
from ui import theme
from ui.markdown import plain
from ui.predict.analysis import Analysis
from ui.recording import VoiceClip

_NO_COLOUR = "#8C8C8C"


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
    prediction = analysis.said(card.id)
    with st.container(border=True, key="predict-answer"):
        left, right = st.columns([3, 2], gap="large")
        with left:
            _words(prediction)
            _doubt(prediction)
            _effect(analysis, card)
            st.markdown(_agreement(analysis, card, cards))
            part = "" if analysis.part is None else f", {analysis.part[0]:.2f} to {analysis.part[1]:.2f} s of it"
            length = f"{prediction.duration_s:.1f}&nbsp;s"
            st.html(f"<p style='margin:0'><strong>{escape(clip.name)}</strong>{part}, {length}</p>")
            player(analysis.audio)
            if clip.about:
                st.caption(f"{clip.about} {_overlap(clip, cards)}")
        with right:
            if prediction.abstained:
                st.caption("Where there is no answer, there is no place on the wheel of emotions.")
            else:
                _wheel(prediction)


def player(audio: Audio) -> None:
    """The clip as the models hear it, in a form that every browser plays."""
    st.audio(encode_wav(audio.signal, sr=audio.sr), alt="The clip as the models hear it")


def _words(prediction: Prediction) -> None:
    colour = _NO_COLOUR if prediction.abstained else EMOTIONS[prediction.label].colour
    sure = "" if prediction.abstained else f" <span>({escape(_in_words(prediction.confidence))})</span>"
    also = prediction.sentence.removeprefix(prediction.opening)
    also = f'<p class="sel-answer-then">{escape(also.removeprefix("; ").capitalize())}.</p>' if also else ""
    st.html(
        f'<div role="status" aria-live="polite"><p class="sel-answer" style="--emotion:{colour}">'
        f"{escape(prediction.opening)}{sure}</p>{also}</div>"
    )
    if not prediction.abstained:
        st.html(
            '<p class="sel-badges" aria-label="The three most probable emotions">'
            + "".join(theme.badge(name, text=f"{EMOTIONS[name].title} {percent(p)}") for name, p in prediction.top[:3])
            + "</p>"
        )


def _wheel(prediction: Prediction) -> None:
    st.plotly_chart(
        emotion_wheel(prediction.probabilities),
        config={**CONFIG, "displayModeBar": False},
        key="predict-wheel",
        alt="The clip between unpleasant and pleasant, calm and excited: among the emotions, each as large as it is "
        "probable, a cross at the expected place",
    )
    st.caption(
        "Cross: expected valence and arousal; dotted: one standard deviation.",
        help="Each emotion lies where listeners place it (Russell and Mehrabian, 1977). The cross is the mean of these "
        "places, weighted by their probabilities; the dotted line shows how far apart the probable ones lie. The model "
        "itself was trained on labels, not on valence or arousal.",
    )


def _doubt(prediction: Prediction) -> None:
    advice = "A clear sentence of 2 to 5 s, spoken close to the microphone, works best."
    if prediction.abstained:
        st.warning(f"The model gives no answer: {prediction.reason}. {advice}", icon=":material/hearing_disabled:")
    elif prediction.uncertain:
        st.warning(f"Do not rely on this answer: {prediction.reason}. {advice}", icon=":material/help:")


def _effect(analysis: Analysis, card: Card) -> None:
    """What knowing the voice changes."""
    knowing, alone = analysis.with_voice.get(card.id), analysis.predictions.get(card.id)
    if knowing is None or alone is None or knowing.abstained:
        return
    st.markdown(
        f":material/record_voice_over: Judged knowing your voice. Without it: {_short(alone)}.",
        help="Clips that you gave under *Your voice* tell the model how you usually sound.",
    )


def _short(prediction: Prediction) -> str:
    if prediction.abstained:
        return "no answer"
    opening = prediction.opening
    return f"{opening[:1].lower()}{opening[1:]} ({plain(_in_words(prediction.confidence))})"


def _agreement(analysis: Analysis, card: Card, cards: Sequence[Card]) -> str:
    said = analysis.said(card.id)
    others = [each for each in cards if each.id != card.id and each.id in analysis.predictions]
    by = f"{'Asked was' if said.abstained else 'Answer of'} **{plain(card.title)}**."
    if not others:
        return by
    apart = [each for each in others if _heard(analysis, each) != _heard(analysis, card)]
    if not apart:
        agree = "give no answer" if said.abstained else "agree"
        return f"{by} {'Both' if len(others) == 1 else f'All {len(others) + 1}'} models {agree}."
    heard = ", ".join(f"{plain(each.title)} {_heard(analysis, each)}" for each in apart)
    return f"{by} The models disagree: {heard}."


def _heard(analysis: Analysis, card: Card) -> str:
    said = analysis.said(card.id)
    return "gives no answer" if said.abstained else f"hears {EMOTIONS[said.label].adjective}"


def _overlap(clip: VoiceClip, cards: Sequence[Card]) -> str:
    """A warning where a model has been trained on the very corpus that the clip is from."""
    if not any(clip.corpus in card.corpora for card in cards):
        return ""
    return (
        "Models here were trained on this corpus: expect better answers than on a new voice. How they do on new "
        "voices stands below."
    )


def _in_words(probability: float) -> str:
    return percent(probability).replace(">", "over ").replace("<", "under ")
