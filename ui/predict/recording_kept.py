"""What was heard in a recording, noted in the visitor's history segment by segment."""

from collections.abc import Iterator

from ser_core import settings
from ser_core.audio import SAMPLING_RATE, encode_wav
from ser_core.errors import SERError
from ser_core.recordings import Segment, Timeline
from ui.predict import kept
from ui.predict.recording_work import Work

_SAMPLE_BYTES = 2


def note(work: Work, timeline: Timeline, *, view: str = "recording", name: str | None = None) -> None:
    """Note the segments that were not noted before; with their sound where the visitor has audio kept on disk, or where
    all of it fits in what a session may hold in memory.

    Parameters
    ----------
    work : Work
        The recording, judged as far as `timeline` goes.
    timeline : Timeline
        As it was judged, without smoothing.
    view : str
        Where it was judged: one of `ser_core.history.VIEWS`.
    name : str, optional
        What it is called in the history; the recording's name unless given.
    """
    new = timeline.segments[work.heard.noted :]
    if not new:
        return
    work.heard.noted = len(timeline.segments)
    size = sum(segment.duration_s for segment in timeline.segments) * SAMPLING_RATE * _SAMPLE_BYTES
    try:
        sounds = kept.history().keeps_audio or size <= settings.SESSION_LIMITS.max_audio_bytes
    except SERError as error:
        kept.report(str(error))
        return
    kept.remember_all(view, _found(work, name or work.name, new, sounds=sounds), model=timeline.model)


def _found(
    work: Work, name: str, segments: tuple[Segment, ...], *, sounds: bool
) -> Iterator[tuple[str, Segment, bytes | None, None]]:
    for segment in segments:
        audio = None
        if sounds:
            audio = encode_wav(work.heard.copy.excerpt(segment.start, segment.end), sr=SAMPLING_RATE)
        yield name, segment, audio, None
