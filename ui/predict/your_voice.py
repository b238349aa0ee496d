"""Your voice: show models some clips of it once, and they judge the next ones against its habits."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from ser_core import corpora
from ser_core.errors import AudioError, ModelError
from ser_core.evaluation import Interval
from ser_core.figures.prediction import percent
from ser_core.figures.style import count
from ser_core.serving import Card, Prediction, Voice
from ser_core.serving.voice import MAX_VOICE_BYTES
from ser_core.settings import LIMITS
from ui import cached, state, worth
from ui.format import headline_text
from ui.markdown import plain
from ui.predict import models, taking, voices

BEST_CLIPS = 6
"""Clips from which on a voice is known well enough to help; fewer do, but less."""

_GIVEN, _TROUBLE, _USE, _ANSWERS = (f"your-voice-{name}" for name in ("clips", "trouble", "use", "answers"))
_RECORDER, _UPLOADER = "your-voice-record", "your-voice-upload"


def show() -> None:
    """The view: what is known of the voice, what it changes, and more clips."""
    cards = voices.able(models.known())
    st.markdown(
        "A raised pitch means something else in a low voice than in a high one. A model that has heard a few clips of "
        "your voice, in any mood, judges the next ones against how you usually sound."
    )
    if not cards:
        st.info(
            "**None of the models here can get to know a voice.** They judge each clip by itself, whoever speaks. "
            "*Compare* shows what speaker calibration is worth where it can be had.",
            icon=":material/voice_over_off:",
        )
        return
    trouble = st.session_state.pop(_TROUBLE, None)
    if trouble:
        st.error(plain(trouble), icon=":material/error:")
    if voices.known():
        _known(cards)
    _more(cards)
    for card in cards:
        _worth(card)


def _known(cards: Sequence[Card]) -> None:
    """What the models know, the switch, what it changes, and the ways to keep and delete it."""
    with st.container(border=True, key="your-voice-known"):
        for card in cards:
            if voice := voices.known().get(card.id):
                st.markdown(
                    f":material/record_voice_over: **{plain(card.title)}** knows your voice from "
                    f"**{count(voice.n_clips, 'clip')}** with {voice.seconds:.0f} s of sound."
                )
        st.toggle(
            "Judge clips knowing my voice",
            state.follow(_USE, bool(voices.in_use())),
            key=_USE,
            on_change=lambda: voices.use(st.session_state[_USE]),
            help="In the view *Clip*; both answers stand there, so that you see what it changes.",
        )
        _effect(cards)
        with st.container(horizontal=True):
            for card in cards:
                if voice := voices.known().get(card.id):
                    st.download_button(
                        "Keep my voice as a file" + (f" ({card.title})" if len(voices.known()) > 1 else ""),
                        voice.to_bytes(),
                        file_name=f"voice-{card.id}.npz",
                        mime="application/octet-stream",
                        icon=":material/download:",
                        on_click="ignore",
                        key=f"keep-voice-{card.id}",
                        help="Numbers that only this model understands: no sound and no words. Open it here next time.",
                    )
            st.button("Delete my voice", icon=":material/delete:", on_click=_forget, key="forget-voice")
        st.caption("It is in the memory of this session only, and goes when you leave; nothing is written to disk.")


def _effect(cards: Sequence[Card]) -> None:
    """What the models say of the clips that were given, without and with the voice."""
    clips = st.session_state.get(_GIVEN, [])
    rows = []
    for card in cards:
        voice = voices.known().get(card.id)
        if voice is None:
            continue
        for name, content in clips:
            alone, knowing = _both(card, voice, content)
            model = {"Model": card.title} if len(cards) > 1 else {}
            rows.append({"Clip": name, **model, "Alone": _short(alone), "Knowing your voice": _short(knowing)})
    if rows:
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="your-voice-effect")


def _both(card: Card, voice: Voice, content: bytes) -> tuple[Prediction, Prediction]:
    """Answers without and with the voice, remembered while the voice stays."""
    kept = st.session_state.setdefault(_ANSWERS, {})
    key = (card.id, id(voice), hash(content))
    if key not in kept:
        predictor = cached.predictor(card.id)
        kept[key] = predictor.predict(content), predictor.predict(content, voice=voice)
    return kept[key]


def _short(prediction: Prediction) -> str:
    return prediction.opening + ("" if prediction.abstained else f" ({percent(prediction.confidence)})")


def _more(cards: Sequence[Card]) -> None:
    """Clips of the voice: recorded or uploaded; and a voice from a file."""
    clips: list = st.session_state.setdefault(_GIVEN, [])
    st.subheader(f"Clips of your voice: {len(clips)}", anchor=False)
    st.caption(
        "A sentence of 2 to 5 s each, in different moods; you need not say which. From "
        f"{BEST_CLIPS} on they help most; up to {worth.MOST_CLIPS} are used."
    )
    full = len(clips) >= worth.MOST_CLIPS
    left, right = st.columns(2)
    with left:
        # A recorder of a new name is empty: each recording is one clip more.
        st.audio_input(
            "Record a sentence",
            sample_rate=16_000,
            key=taking.key(_RECORDER),
            on_change=_add_recording,
            args=(taking.key(_RECORDER),),
            disabled=full,
        )
    with right:
        st.file_uploader(
            "Or choose recordings of one voice",
            accept_multiple_files=True,
            key=taking.key(_UPLOADER),
            on_change=_add_files,
            args=(taking.key(_UPLOADER),),
            max_upload_size=LIMITS.max_bytes // 2**20,
            disabled=full,
        )
    with st.container(horizontal=True):
        st.button(
            "Show them to the models" if not voices.known() else "Show them to the models again",
            type="primary",
            disabled=not clips,
            on_click=_enrol,
            args=([card.id for card in cards],),
            icon=":material/record_voice_over:",
            key="enrol",
        )
        st.button("Remove all clips", disabled=not clips, on_click=_drop_clips, key="drop-clips")
    with st.expander("Open a voice that you kept", icon=":material/upload:"):
        st.file_uploader(
            "Voice file (.npz)",
            key="your-voice-file",
            on_change=_open_file,
            max_upload_size=max(1, MAX_VOICE_BYTES // 2**20),
        )


def _worth(card: Card) -> None:
    """What knowing voices is worth, by the model's own measurements."""
    found = worth.measured(card)
    if found is None:
        return
    alone, best = found
    scores = [Interval(m["uar"], m["uar_low"], m["uar_high"]) for m in found]
    texts = [headline_text("UAR", score, 1 / len(card.labels)) for score in scores]
    n_clips = f"{best['enrolled_clips']} clips of the voice" if best.get("enrolled_clips") else "the voice"
    where = f" of {plain(corpora.get(alone['corpus']).title)}" if alone.get("corpus") in corpora.names() else ""
    st.caption(
        f"{plain(card.title)} on voices{where} that it never heard: {texts[0]} alone; {texts[1]} knowing {n_clips}."
    )


# callbacks


def _add_recording(key: str) -> None:
    file = taking.taken(_RECORDER, key)
    if file is not None:
        clips = st.session_state[_GIVEN]
        _add(f"recording {len(clips) + 1}", file.getvalue())


def _add_files(key: str) -> None:
    for file in taking.taken(_UPLOADER, key) or ():
        _add(file.name, file.getvalue())


def _add(name: str, content: bytes) -> None:
    clips = st.session_state[_GIVEN]
    if len(clips) < worth.MOST_CLIPS and all(content != other for _, other in clips):
        clips.append((name, content))


def _drop_clips() -> None:
    st.session_state[_GIVEN] = []


def _forget() -> None:
    voices.forget()
    _drop_clips()
    st.session_state.pop(_ANSWERS, None)


def _enrol(names: list[str]) -> None:
    cards = [card for card in models.known() if card.id in names]
    try:
        voices.enrol([content for _, content in st.session_state[_GIVEN]], cards)
    except (AudioError, ModelError) as error:
        st.session_state[_TROUBLE] = str(error)


def _open_file() -> None:
    file = st.session_state["your-voice-file"]
    if file is None:
        return
    try:
        voices.put(Voice.from_bytes(file.getvalue()), models.known())
    except ModelError as error:
        st.session_state[_TROUBLE] = str(error)
