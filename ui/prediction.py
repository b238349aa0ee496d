"""What the models say about a clip: judged once per session and clip, then shown in words, bars and figures."""

import csv
import io
import json
import os
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from ser_core.audio import SAMPLING_RATE, Audio, decode, encode_wav, sha256
from ser_core.errors import AudioError, EmptyAudioError, ModelError
from ser_core.evaluation import Interval
from ser_core.figures.prediction import percent, probability_bars
from ser_core.figures.style import CONFIG
from ser_core.labels import EMOTIONS
from ser_core.serving import Card, Prediction
from ui import cached, theme
from ui.format import headline_text, seconds_text
from ui.recording import VoiceClip

#: Clips whose answers a session remembers; one of a minute takes 4 MB.
MAX_REMEMBERED = 6

_REMEMBERED = "predict-analyses"

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


@dataclass(frozen=True)
class Analysis:
    """All that is shown about a clip.

    Attributes
    ----------
    sha256 : str
        Digest of the encoded clip.
    audio : Audio or None
        The decoded clip at the models' sampling rate; None if it cannot be decoded.
    error : AudioError or None
        Why it cannot be judged.
    predictions : dict of str to Prediction
        Model id -> what it says.
    failures : dict of str to str
        Model id -> why that model cannot be used.
    """

    sha256: str
    audio: Audio | None
    error: AudioError | None
    predictions: dict[str, Prediction]
    failures: dict[str, str]


def analyse(clip: VoiceClip, cards: Sequence[Card]) -> Analysis:
    """Judge a clip by every model, or take the answer from this session's memory."""
    digest = sha256(clip.content)
    key = (digest, *((card.id, card.onnx_sha256) for card in cards))
    remembered: OrderedDict = st.session_state.setdefault(_REMEMBERED, OrderedDict())
    if key not in remembered:
        remembered[key] = _analyse(clip.content, digest, cards)
    remembered.move_to_end(key)
    while len(remembered) > MAX_REMEMBERED:
        remembered.popitem(last=False)
    return remembered[key]


def _analyse(content: bytes, digest: str, cards: Sequence[Card]) -> Analysis:
    audio, predictions, failures = None, {}, {}
    try:
        audio = decode(content, sr=SAMPLING_RATE)
        for card in cards:
            try:
                predictions[card.id] = cached.predictor(card.id).predict(content)
            except ModelError as error:
                failures[card.id] = str(error)
    except AudioError as error:
        return Analysis(digest, audio, error, {}, failures)
    return Analysis(digest, audio, None, predictions, failures)


def style() -> None:
    """Add what this page's answer looks like; call once per run."""
    st.html(_CSS)


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
    by = f"Answer of **{_plain(card.title)}**."
    if not others:
        return by
    apart = [each for each in others if analysis.predictions[each.id].label != said.label]
    if not apart:
        return f"{by} {'Both' if len(others) == 1 else f'All {len(others) + 1}'} models agree."
    heard = ", ".join(
        f"{_plain(each.title)} hears {EMOTIONS[analysis.predictions[each.id].label].adjective}" for each in apart
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


def models_side_by_side(analysis: Analysis, cards: Sequence[Card]) -> None:
    """Every model's probabilities on the same axis, with how good it is and how long it took."""
    for start in range(0, len(cards), 2):
        pair = cards[start : start + 2]
        for column, card in zip(st.columns(2 if len(cards) > 1 else 1), pair, strict=False):
            with column, st.container(border=True, height="stretch"):
                st.markdown(f"##### {_plain(card.title)}")
                if card.id in analysis.failures:
                    st.error(analysis.failures[card.id], icon=":material/error:")
                elif card.id in analysis.predictions:
                    _model(analysis.predictions[card.id], card)


def _model(prediction: Prediction, card: Card) -> None:
    mark = card.thresholds["min_confidence"]
    st.markdown(f"{prediction.sentence} ({_plain(percent(prediction.confidence))}).")
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


def evidence(analysis: Analysis, label: str) -> None:
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


def table_and_downloads(clip: VoiceClip, analysis: Analysis, cards: Sequence[Card]) -> None:
    """All probabilities as a table that screen readers read, as CSV and as JSON."""
    judged = [card for card in cards if card.id in analysis.predictions]
    head = "| Emotion | " + " | ".join(_plain(card.title) for card in judged) + " |"
    lines = [head, "|:--" + "|--:" * len(judged) + "|"]
    for name in EMOTIONS.ordered(name for card in judged for name in card.labels):
        cells = (analysis.predictions[card.id].probabilities.get(name) for card in judged)
        lines.append(f"| {EMOTIONS[name].title} | " + " | ".join("" if p is None else f"{p:.1%}" for p in cells) + " |")
    st.markdown("\n".join(lines))
    stem = f"prediction-{analysis.sha256[:8]}"
    with st.container(horizontal=True):
        st.download_button(
            "Download CSV", as_csv(analysis), f"{stem}.csv", "text/csv", icon=":material/download:", on_click="ignore"
        )
        st.download_button(
            "Download JSON",
            as_json(clip, analysis),
            f"{stem}.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )


def as_csv(analysis: Analysis) -> str:
    """One line per model and emotion."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["clip_sha256", "model", "emotion", "probability", "label", "uncertain", "reason"])
    for model, said in analysis.predictions.items():
        for name, p in said.probabilities.items():
            row = [analysis.sha256, model, name, f"{p:.6f}", said.label, str(said.uncertain).lower(), said.reason or ""]
            writer.writerow(row)
    return text.getvalue()


def as_json(clip: VoiceClip, analysis: Analysis) -> str:
    """Name and digest of the clip, and what each model says."""
    predictions = [prediction.to_dict() for prediction in analysis.predictions.values()]
    return json.dumps({"clip": clip.name, "sha256": analysis.sha256, "predictions": predictions}, indent=2)


def _in_words(probability: float) -> str:
    return percent(probability).replace(">", "over ").replace("<", "under ")


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]<>()#+-.!|$~:" else c for c in text)
