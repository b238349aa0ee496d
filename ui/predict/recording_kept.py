"""What was heard in a recording, noted in the visitor's history segment by segment."""

from collections.abc import Iterator

import streamlit as st

from ser_core import settings
from ser_core.audio import SAMPLING_RATE, encode_wav
from ser_core.errors import SERError
from ser_core.recordings import Segment, Timeline
from ui.predict import kept
from ui.predict.recording_work import Work

_NOTED = "recording-noted"
_SAMPLE_BYTES = 2


def note(work: Work, timeline: Timeline) -> None:
    """Note all segments, once; with their sound where the visitor has audio kept on disk, or where all of it fits in
    what a session may hold in memory.

    Parameters
    ----------
    work : Work
        The recording, judged.
    timeline : Timeline
        As it was judged, without smoothing.
    """
    key = (work.id, timeline.model, len(timeline.segments))
    if st.session_state.get(_NOTED) == key:
        return
    st.session_state[_NOTED] = key
    size = sum(segment.duration_s for segment in timeline.segments) * SAMPLING_RATE * _SAMPLE_BYTES
    try:
        sounds = kept.history().keeps_audio or size <= settings.SESSION_LIMITS.max_audio_bytes
    except SERError as error:
        kept.report(str(error))
        return
    kept.remember_all("recording", _found(work, timeline.segments, sounds=sounds), model=timeline.model)


def _found(
    work: Work, segments: tuple[Segment, ...], *, sounds: bool
) -> Iterator[tuple[str, Segment, bytes | None, None]]:
    for segment in segments:
        audio = None
        if sounds:
            audio = encode_wav(work.heard.copy.excerpt(segment.start, segment.end), sr=SAMPLING_RATE)
        yield work.name, segment, audio, None
