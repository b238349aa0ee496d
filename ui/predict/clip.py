"""One clip: what it sounds like, and what the answer rests on."""

from collections.abc import Sequence

import streamlit as st

from ser_core.audio import sha256
from ser_core.serving import Card
from ui import recording, state
from ui.predict import answer, downloads, kept, models, side_by_side, trim, voices
from ui.predict.analysis import Analysis, analyse
from ui.recording import VoiceClip

EVIDENCE = {
    "models": "What each model says",
    "why": "Why",
    "similar": "Similar clips",
    "numbers": "All numbers",
}
"""What can be looked at below the answer, as it stands in the address -> in words."""


def show() -> None:
    """The view: the way in, the answer, the evidence."""
    cards, card = models.known(), models.chosen()
    clip = recording.choose()
    if clip is None:
        answer.waiting("The answer will stand here as soon as there is a voice to hear.")
        return
    digest = sha256(clip.content)
    part = trim.part_of(digest, clip.content)
    analysis = analyse(clip, cards, part=part, voices=voices.in_use())
    if analysis.error is not None:
        answer.refusal(analysis)
    elif analysis.said(card.id) is None:
        st.error(analysis.failures[card.id], icon=":material/error:")
    else:
        answer.answer(clip, analysis, card, cards)
        kept.remember("clip", clip.name, analysis.said(card.id), audio=analysis.judged if part else clip.content)
    trim.choose(digest, clip.content)
    if analysis.predictions:
        _evidence(clip, analysis, card, cards)


def _evidence(clip: VoiceClip, analysis: Analysis, card: Card, cards: Sequence[Card]) -> None:
    """What stands behind the answer; only what is looked at is computed."""
    looked = state.choice("Evidence", tuple(EVIDENCE), key="evidence", format_func=EVIDENCE.get, hidden=True)
    with st.container(key="predict-evidence"):
        if looked == "models":
            side_by_side.models_side_by_side(analysis, cards)
        elif looked == "numbers":
            downloads.table_and_downloads(clip, analysis, cards)
        elif looked == "similar":
            from ui.predict import similar

            similar.show(analysis)
        else:
            from ui.predict import why

            why.show(analysis, card)
