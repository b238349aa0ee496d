"""The work behind a feature table: clips in chunks, computed here, by processes or by a cluster.

What computes a chunk is a `concurrent.futures` executor; only a bounded number of chunks is on its way at a time, so
that neither a long corpus nor a slow disk fills the memory.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ser_core.errors import AudioError, WorkerError
from ser_core.features.spec import FeatureSpec
from ser_core.progress import CancelCallback, check_cancel
from ser_core.workers import CONTEXT, begin

if TYPE_CHECKING:
    from ser_core.augment import Augmentation

#: Clips per chunk: long enough to hide the hand-over, short enough that progress and cancel stay lively.
CHUNK = 32
_CHUNKS_PER_WORKER = 4
# Below this many clips, starting processes costs more than it saves.
_MIN_PARALLEL = 48
# One chunk being computed and one waiting, for each worker.
_IN_FLIGHT = 2
# How often the wish to stop is asked for while nothing is ready, seconds.
_POLL_S = 0.2


@dataclass(frozen=True)
class Clip:
    """One clip to compute.

    Attributes
    ----------
    sha256 : str
        Of its audio.
    corpus, path : str
        The corpus, and the path of its manifest.
    file : Path or None
        Its audio on this machine; None where only a cluster has to find it.
    missing : tuple of int
        Which of the specs are to be computed.
    """

    sha256: str
    corpus: str
    path: str
    file: Path | None
    missing: tuple[int, ...]


@dataclass(frozen=True)
class Work:
    """What is done to each clip.

    Attributes
    ----------
    specs : tuple of FeatureSpec
        What to compute.
    augmentation : Augmentation or None
        Applied to each clip first, seeded by the clip's SHA-256.
    """

    specs: tuple[FeatureSpec, ...]
    augmentation: "Augmentation | None" = None


Result = tuple[str, dict[int, np.ndarray]]
"""SHA-256 of a clip, and its features by the position of the spec."""


def clip_features(source: Path | bytes, clip: Clip, work: Work) -> Result:
    """Decode one clip once, augment it if asked, and extract all features that are missing.

    Raises
    ------
    AudioError
        If it cannot be decoded; the message names the clip.
    """
    from ser_core.audio import decode, resample
    from ser_core.features import Sound, extract

    try:
        audio = decode(source, sr=None)
    except AudioError as error:
        raise type(error)(f"{clip.path}: {error.message}", advice=error.advice) from None
    sounds, features = {}, {}
    for i in clip.missing:
        spec = work.specs[i]
        if spec.sr not in sounds:
            signal = resample(audio.signal, sr=audio.sr, to=spec.sr)
            if work.augmentation is not None:
                signal = work.augmentation.apply(signal, sr=spec.sr, seed=int(clip.sha256[:8], 16))
            sounds[spec.sr] = Sound(signal, sr=spec.sr)
        features[i] = extract(sounds[spec.sr], sr=spec.sr, spec=spec)
    return clip.sha256, features


def chunk_features(clips: Sequence[Clip], work: Work) -> list[Result]:
    """`clip_features` of several clips, their files being on this machine."""
    return [clip_features(clip.file, clip, work) for clip in clips]


def compute(
    clips: list[Clip], work: Work, *, workers: int | None = None, cancel: CancelCallback | None = None
) -> Iterator[list[Result]]:
    """Results in the order they are ready; in this process when that is faster.

    Raises
    ------
    AudioError
        If a clip cannot be decoded.
    WorkerError
        If a process died.
    CancelledError
        If `cancel` answered true.
    """
    from ser_core.features import most_workers

    bounds = [bound for spec in work.specs if (bound := most_workers(spec)) is not None]
    workers = min(workers or os.cpu_count() or 1, len(clips), *bounds)
    if workers <= 1 or len(clips) < _MIN_PARALLEL:
        for clip in clips:
            check_cancel(cancel)
            yield chunk_features([clip], work)
        return
    pool = ProcessPoolExecutor(workers, mp_context=CONTEXT, initializer=begin)
    try:
        yield from stream(pool, partial(chunk_features, work=work), clips, workers=workers, cancel=cancel)
    except BrokenProcessPool:
        raise WorkerError(
            "A process that computed features ended without a word; most often the memory was full. What was computed "
            f"is kept: start again, with fewer than {workers} workers if it happens again."
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def stream(
    pool: Executor,
    function: Callable[[Sequence[Clip]], list[Result]],
    clips: list[Clip],
    *,
    workers: int,
    cancel: CancelCallback | None = None,
    check: Callable[[], None] | None = None,
) -> Iterator[list[Result]]:
    """Results of all clips, chunk by chunk, with a bounded number of chunks on their way.

    Parameters
    ----------
    pool : Executor
        Computes the chunks.
    function : callable
        Computes one chunk.
    clips : list of Clip
        All that is to be computed.
    workers : int
        Chunks that `pool` computes at a time.
    cancel : callable, optional
        Asked a few times a second, also while nothing is ready.
    check : callable, optional
        Called whenever nothing was ready for a while; raises if that is no wonder.
    """
    size = max(1, min(CHUNK, len(clips) // (workers * _CHUNKS_PER_WORKER)))
    chunks = iter([clips[i : i + size] for i in range(0, len(clips), size)])
    pending: set[Future] = set()
    try:
        while True:
            while len(pending) < _IN_FLIGHT * workers and (chunk := next(chunks, None)) is not None:
                pending.add(pool.submit(function, chunk))
            if not pending:
                return
            check_cancel(cancel)
            done, pending = wait(pending, timeout=_POLL_S, return_when=FIRST_COMPLETED)
            if not done and check is not None:
                check()
            # Failed ones last: what was ready at the same time is not lost.
            for future in sorted(done, key=_failed):
                yield future.result()
    finally:
        for future in pending:
            future.cancel()


def _failed(future: Future) -> bool:
    return future.cancelled() or future.exception() is not None
