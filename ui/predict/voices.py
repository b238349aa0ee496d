"""The visitor's voice as models know it: in the session's memory, or in a file that the visitor keeps."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from ser_core.errors import ConfigError, ModelError
from ser_core.features import extract
from ser_core.serving import Card, Voice
from ui import cached

_VOICES, _OFF = "predict-voices", "predict-voices-off"


def able(cards: Sequence[Card]) -> list[Card]:
    """The models that can get to know a voice."""
    return [card for card in cards if card.voice]


def known() -> Mapping[str, Voice]:
    """Model id -> the visitor's voice, as far as this session has one."""
    return st.session_state.get(_VOICES, {})


def in_use() -> Mapping[str, Voice]:
    """`known`, or none while the visitor has it switched off."""
    return {} if st.session_state.get(_OFF, False) else known()


def use(on: bool) -> None:
    """Switch the use of the voice on or off."""
    st.session_state[_OFF] = not on


def enrol(clips: Sequence[bytes], cards: Sequence[Card]) -> None:
    """Let every model that can get to know the voice of some clips.

    Raises
    ------
    AudioError
        If a clip cannot be judged; the message says which.
    ModelError
        If a model cannot be used.
    """
    st.session_state[_VOICES] = {card.id: cached.predictor(card.id).enrol(clips) for card in able(cards)}
    use(True)


def put(voice: Voice, cards: Sequence[Card]) -> None:
    """Take a voice from a file; it replaces that of the same model.

    Raises
    ------
    ModelError
        If it fits none of the models, or not the one that it names.
    """
    if voice.model not in {card.id for card in able(cards)}:
        raise ModelError(f"This voice is for the model {voice.model!r}, which is not here. Show your clips again.")
    predictor = cached.predictor(voice.model)
    nothing = extract(np.zeros(predictor.spec.sr // 2, np.float32), sr=predictor.spec.sr, spec=predictor.spec)
    try:
        predictor.probabilities(nothing[np.newaxis], voice=voice)
    except ConfigError as error:
        raise ModelError(str(error)) from error
    st.session_state[_VOICES] = {**known(), voice.model: voice}
    use(True)


def forget() -> None:
    """Callback: delete the voice from the session's memory."""
    st.session_state.pop(_VOICES, None)
    st.session_state.pop(_OFF, None)
