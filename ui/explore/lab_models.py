"""What the shipped models say about a clip before and after an augmentation."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from ser_core.audio import Audio
from ser_core.augment import Chain
from ser_core.errors import SERError
from ser_core.features import LogMelSpec, extract
from ser_core.figures import lab as figures
from ser_core.figures.prediction import percent
from ser_core.figures.style import plain_title
from ser_core.labels import EMOTIONS
from ser_core.serving import Card, available_models
from ui import cached, figure, state
from ui.explore.lab_clip import Voice
from ui.markdown import plain


@dataclass(frozen=True)
class Said:
    """What a model says.

    Attributes
    ----------
    label : str
        Most probable emotion.
    probabilities : dict
        Emotion -> probability.
    sentence : str
        The answer in words.
    abstained : bool
        Whether the model gives no answer.
    """

    label: str
    probabilities: dict[str, float]
    sentence: str
    abstained: bool = False


def show(voice: Voice, changed: np.ndarray, chain: Chain, *, seed: int) -> None:
    """All models in a table, one of them in bars."""
    cards = available_models()
    if not cards:
        st.info("No model ships with this app, so nothing can be said about the clip.", icon=":material/info:")
        return
    after = Audio(changed, voice.audio.sr)
    answers = {
        card.id: (
            _said(card.id, card.onnx_sha256, voice.key, "", 0, _audio=voice.audio, _chain=Chain()),
            _said(card.id, card.onnx_sha256, voice.key, chain.text, seed, _audio=after, _chain=chain),
        )
        for card in cards
    }
    titles = {card.id: card.title for card in cards}
    chosen = state.choice("Model", list(titles), key="lab-model", format_func=titles.get)
    card = next(card for card in cards if card.id == chosen)
    _bars(voice, card, *answers[chosen], chain=chain, seed=seed)
    if chain.spectrogram.steps and not _reads_logmel(card):
        st.caption(
            "This model reads no log-mel spectrogram: SpecAugment is part of training those that do, and leaves its "
            "answer as it is."
        )
    if len(cards) > 1:
        _table(cards, answers)


def _bars(voice: Voice, card: Card, before: Said | str, after: Said | str, *, chain: Chain, seed: int) -> None:
    for said, when in ((before, "The clip"), (after, "The changed clip")):
        if isinstance(said, str):
            st.warning(f"{when} cannot be judged. {said}", icon=":material/hearing_disabled:")
            return
    drawn = _draw(card.id, card.onnx_sha256, voice.key, chain.text, seed, _before=before, _after=after)
    figure.show(
        drawn,
        name="lab-probabilities",
        alt=plain_title(drawn),
        data=lambda: _frame(before, after),
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _draw(model: str, digest: str, key: str, text: str, seed: int, *, _before: Said, _after: Said) -> go.Figure:
    label = EMOTIONS[_before.label]
    change = _after.probabilities[_before.label] - _before.probabilities[_before.label]
    if _before.abstained or _after.abstained:
        when = [name for name, said in (("before", _before), ("after", _after)) if said.abstained]
        finding = f"No answer {' or '.join(when)} the change"
    elif _after.label != _before.label:
        finding = f"{label.title} becomes {EMOTIONS[_after.label].title.lower()}"
    elif round(100 * change):
        finding = f"Still {label.title.lower()}, {figures.points(change)}"
    else:
        finding = f"{label.title}, unchanged"
    note = f"Before: {_before.sentence.lower()}. After: {_after.sentence.lower()}."
    if _before.abstained or _after.abstained:
        note += " Bars without an answer: what the model would have said."
    return figures.before_after(_before.probabilities, _after.probabilities, title=f"{finding}<br><sup>{note}</sup>")


def _frame(before: Said, after: Said):
    import pandas as pd

    table = pd.DataFrame({"before": before.probabilities, "after": after.probabilities})
    return table.assign(change=table["after"] - table["before"]).rename_axis("emotion").reset_index()


def _table(cards: list[Card], answers: dict[str, tuple]) -> None:
    lines = ["| Model | Before | After | Change |", "|:--|:--|:--|--:|"]
    for card in cards:
        before, after = answers[card.id]
        if isinstance(before, str) or isinstance(after, str):
            lines.append(f"| {plain(card.title)} | {_cell(before)} | {_cell(after)} | – |")
            continue
        change = after.probabilities[before.label] - before.probabilities[before.label]
        if before.abstained or after.abstained:
            lines.append(f"| {plain(card.title)} | {_cell(before)} | {_cell(after)} | – |")
            continue
        words = f"{EMOTIONS[before.label].title} {figures.points(change)}"
        lines.append(f"| {plain(card.title)} | {_cell(before)} | {_cell(after)} | {words} |")
    st.markdown("\n".join(lines))


def _cell(said: Said | str) -> str:
    if isinstance(said, str):
        return "not to be judged"
    if said.abstained:
        return "no answer"
    return f"{EMOTIONS[said.label].title} {plain(percent(said.probabilities[said.label]))}"


def _reads_logmel(card: Card) -> bool:
    return isinstance(card.spec, LogMelSpec)


@st.cache_data(max_entries=256, show_spinner=False)
def _said(model: str, digest: str, key: str, text: str, seed: int, *, _audio: Audio, _chain: Chain) -> Said | str:
    """The answer, or why there is none."""
    try:
        predictor = cached.predictor(model)
        said = predictor.predict(_audio)
        if not _chain.spectrogram.steps or not _reads_logmel(predictor.card):
            return Said(said.label, said.probabilities, said.sentence, said.abstained)
        features = extract(_audio.signal, sr=_audio.sr, spec=predictor.spec)
        row = predictor.probabilities(_chain.spectrogram.apply_logmel(features, seed=seed)[np.newaxis])[0]
    except SERError as error:
        return str(error)
    found = dict(zip(predictor.card.labels, map(float, row), strict=True))
    probabilities = {name: found[name] for name in EMOTIONS.ordered(found)}
    label = max(probabilities, key=probabilities.get)
    return Said(label, probabilities, f"Sounds {EMOTIONS[label].adjective}")
