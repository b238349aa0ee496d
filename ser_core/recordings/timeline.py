"""A recording -> timed predictions, one stretch of speech after the other, in bounded memory."""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ser_core.audio import Audio, Recording, open_recording
from ser_core.errors import AudioError
from ser_core.progress import CancelCallback, Meter, ProgressCallback
from ser_core.recordings.cutter import Cutter
from ser_core.recordings.segment import Segment, Timeline
from ser_core.recordings.smoothing import smooth
from ser_core.recordings.spans import Cutting, Span
from ser_core.serving import Predictor
from ser_core.speech import SAMPLING_RATE

# Seconds decoded at a time: the first answer comes after one block, and blocks are all that is held.
_BLOCK_S = 10.0
_WORKERS = 2
# Spans that may wait for their answer: enough to keep the workers busy, little to hold in memory.
_AHEAD = 8


def segments(
    source: bytes | Path | str,
    predictor: Predictor,
    *,
    cutting: Cutting | None = None,
    tap: Callable[[np.ndarray], None] | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Generator[Segment, None, float]:
    """Judge a recording while it is read: each segment comes as soon as it is known.

    Memory stays bounded whatever the length, for only the last seconds of the signal are held.

    Parameters
    ----------
    source : bytes or path
        The recording, of any length that `settings.RECORDING_LIMITS` allows.
    predictor : Predictor
        The model; may be used elsewhere at the same time.
    cutting : Cutting, optional
        How speech is cut into segments.
    tap : callable, optional
        Gets each block of the signal (float32 in [-1, 1] at 16 kHz) before the segments in it are known.
    progress : callable, optional
        Gets a `Progress` in seconds of the recording.
    cancel : callable, optional
        Answers true to stop.

    Yields
    ------
    Segment
        In order. Speech that cannot be judged, such as half a second of whisper, is left out.

    Returns
    -------
    float
        Length of the recording, seconds.

    Raises
    ------
    AudioError
        If the recording cannot be read.
    CancelledError
        If `cancel` answered true.
    """
    with open_recording(source, sr=SAMPLING_RATE, block_s=_BLOCK_S) as recording:
        total = round(recording.duration_s) if recording.duration_s else None
        meter = Meter(progress, total=total, unit="seconds", message="Listening", cancel=cancel)
        cutter = Cutter(cutting)
        pending: deque[Future[Segment | None]] = deque()
        pool = ThreadPoolExecutor(_WORKERS)
        try:
            for span, signal in _cut(recording, cutter, tap=tap, meter=meter):
                pending.append(pool.submit(judge, predictor, span, signal))
                while len(pending) > _AHEAD or (pending and pending[0].done()):
                    yield from _known(pending.popleft())
            for future in pending:
                yield from _known(future)
            meter.finish()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return cutter.heard_s


def make_timeline(
    source: bytes | Path | str,
    predictor: Predictor,
    *,
    cutting: Cutting | None = None,
    smoothing_s: float = 0.0,
    heard: Callable[[Segment], None] | None = None,
    tap: Callable[[np.ndarray], None] | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Timeline:
    """Judge a whole recording, see `segments`.

    Parameters
    ----------
    smoothing_s : float
        How long an emotion is expected to last, seconds, see `smooth`; 0 judges each segment by itself.
    heard : callable, optional
        Gets each segment as soon as it is known, before any smoothing.
    """
    found: list[Segment] = []
    listening = segments(source, predictor, cutting=cutting, tap=tap, progress=progress, cancel=cancel)
    while True:
        try:
            found.append(next(listening))
        except StopIteration as end:
            duration_s = end.value
            break
        if heard is not None:
            heard(found[-1])
    if smoothing_s:
        found = smooth(found, lasting_s=smoothing_s)
    return Timeline(tuple(found), duration_s, predictor.card.id, smoothing_s)


def _cut(
    recording: Recording, cutter: Cutter, *, tap: Callable[[np.ndarray], None] | None, meter: Meter
) -> Iterator[tuple[Span, np.ndarray]]:
    for block in recording.blocks:
        if tap is not None:
            tap(block)
        yield from cutter(block)
        meter.set(round(cutter.heard_s))
    yield from cutter.finish()


def _known(future: "Future[Segment | None]") -> Iterator[Segment]:
    segment = future.result()
    if segment is not None:
        yield segment


def judge(predictor: Predictor, span: Span, signal: np.ndarray) -> Segment | None:
    """What one stretch of speech sounds like; None where there is nothing to say about it.

    Parameters
    ----------
    predictor : Predictor
        The model.
    span : Span
        Where it lies.
    signal : np.ndarray [shape=(t,)]
        Its sound and the room around it, float32 in [-1, 1] at `ser_core.speech.SAMPLING_RATE`.
    """
    try:
        prediction = predictor.predict(Audio(signal, SAMPLING_RATE))
    except AudioError:  # Too short or too quiet to be judged.
        return None
    return Segment(
        start=span.start,
        end=span.end,
        turn=span.turn,
        label=prediction.label,
        probabilities=prediction.probabilities,
        uncertain=prediction.uncertain,
        reason=prediction.reason,
        abstained=prediction.abstained,
    )
