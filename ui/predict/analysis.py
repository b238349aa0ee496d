"""What the models say about a clip: judged once per session and clip."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from ser_core.audio import SAMPLING_RATE, Audio, decode, sha256
from ser_core.errors import AudioError, ModelError
from ser_core.serving import Card, Prediction
from ui import cached
from ui.recording import VoiceClip

MAX_REMEMBERED = 6
"""Clips whose answers a session remembers; one of a minute takes 4 MB."""

_REMEMBERED = "predict-analyses"


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
