"""What the models say about a clip or a part of it: judged once per session."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import streamlit as st

from ser_core.audio import SAMPLING_RATE, Audio, decode, encode_wav, sha256
from ser_core.errors import AudioError, ConfigError, ModelError
from ser_core.serving import Card, Prediction, Voice
from ui import cached
from ui.explore.spans import Span
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
        What was judged, decoded at `SAMPLING_RATE`; None if it cannot be decoded.
    error : AudioError or None
        Why it cannot be judged.
    predictions : dict of str to Prediction
        Model id -> what it says.
    failures : dict of str to str
        Model id -> why that model cannot be used.
    with_voice : dict of str to Prediction
        Model id -> what it says knowing the speaker's voice, for models that were shown it.
    part : tuple of float or None
        Start and end of what was judged, seconds; None for all of the clip.
    """

    sha256: str
    audio: Audio | None
    error: AudioError | None
    predictions: dict[str, Prediction]
    failures: dict[str, str]
    with_voice: dict[str, Prediction] = field(default_factory=dict)
    part: Span | None = None

    def said(self, model: str) -> Prediction | None:
        """The answer of a model, with the speaker's voice where it knows that; None where it cannot be used."""
        return self.with_voice.get(model) or self.predictions.get(model)

    @property
    def judged(self) -> bytes:
        """What was judged, as WAV, which every browser plays."""
        return encode_wav(self.audio.signal, sr=self.audio.sr)


def analyse(
    clip: VoiceClip, cards: Sequence[Card], *, part: Span | None = None, voices: Mapping[str, Voice] | None = None
) -> Analysis:
    """Judge a clip by every model, or take the answer from this session's memory.

    Parameters
    ----------
    clip : VoiceClip
        The clip.
    cards : sequence of Card
        The models.
    part : tuple of float, optional
        Start and end of what is judged, seconds; all of the clip unless given.
    voices : mapping of str to Voice, optional
        Model id -> the speaker's voice, as that model knows it.
    """
    digest = sha256(clip.content)
    known = tuple(sorted((model, id(voice)) for model, voice in (voices or {}).items()))
    key = (digest, part, known, *((card.id, card.onnx_sha256) for card in cards))
    remembered: OrderedDict = st.session_state.setdefault(_REMEMBERED, OrderedDict())
    if key not in remembered:
        remembered[key] = _analyse(clip.content, digest, cards, part=part, voices=voices or {})
    remembered.move_to_end(key)
    while len(remembered) > MAX_REMEMBERED:
        remembered.popitem(last=False)
    return remembered[key]


def _analyse(
    content: bytes, digest: str, cards: Sequence[Card], *, part: Span | None, voices: Mapping[str, Voice]
) -> Analysis:
    audio, said, failures, with_voice = None, {}, {}, {}
    try:
        audio = _cut(decode(content, sr=SAMPLING_RATE), part)
        for card in cards:
            try:
                predictor = cached.predictor(card.id)
                source = content if part is None else _cut(decode(content, sr=predictor.spec.sr), part)
                said[card.id] = predictor.predict(source)
                if card.id in voices:
                    with_voice[card.id] = predictor.predict(source, voice=voices[card.id])
            except (ModelError, ConfigError) as error:
                failures[card.id] = str(error)
    except AudioError as error:
        return Analysis(digest, audio, error, {}, failures, {}, part)
    return Analysis(digest, audio, None, said, failures, with_voice, part)


def _cut(audio: Audio, part: Span | None) -> Audio:
    """A part of a clip, seconds. How much is clipped stays that of the file: after resampling it cannot be told."""
    if part is None:
        return audio
    start, end = (round(seconds * audio.sr) for seconds in part)
    return replace(audio, signal=audio.signal[start:end])
