"""Listening to every clip of a user's corpus, to say which cannot be used."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from ser_core import settings
from ser_core.audio import decode, require_usable, sniffing
from ser_core.corpora.own import values
from ser_core.corpora.own.findings import Finding
from ser_core.corpora.own.reading import Reading
from ser_core.errors import (
    AudioError,
    EmptyAudioError,
    LargeAudioError,
    ShortAudioError,
    SilentAudioError,
)
from ser_core.progress import CancelCallback, Meter, ProgressCallback
from ser_core.settings import Limits

_KINDS = {
    EmptyAudioError: "empty-audio",
    LargeAudioError: "too-large",
    ShortAudioError: "too-short",
    SilentAudioError: "silent",
}
_HEAD_BYTES = 64
# Clips that wait for a free thread: enough to keep all busy, few enough that a wish to stop is heard at once.
_AHEAD = 4


def check_audio(
    reading: Reading,
    *,
    base: Path,
    limits: Limits = settings.LIMITS,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> list[Finding]:
    """Decode every clip and tell those that are no audio, silent, too short or too long.

    Parameters
    ----------
    reading : Reading
        The clips.
    base : Path
        Folder that their paths are told from.
    limits : Limits
        What a clip may ask of the machine.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Returns
    -------
    list of Finding
        In the order of the clips.

    Raises
    ------
    CancelledError
        If the user asked to stop.
    """
    base = base.resolve()
    findings = []
    meter = Meter(progress, total=len(reading.clips), unit="clips", message="Checking recordings", cancel=cancel)
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        results = _in_order(pool, [clip.file for clip in reading.clips], limits)
        for clip, row, result in zip(reading.clips, reading.rows, results, strict=True):
            if problem := result.result():
                kind, message = problem
                findings.append(Finding(row, values.shown(clip.file.relative_to(base)), kind, message))
            meter.add()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return findings


def _in_order(pool: ThreadPoolExecutor, files: list[Path], limits: Limits) -> Iterator[Future]:
    waiting: list[Future] = []
    ahead = _AHEAD * (os.cpu_count() or 1)
    for file in files:
        waiting.append(pool.submit(listen, file, limits=limits))
        if len(waiting) > ahead:
            yield waiting.pop(0)
    yield from waiting


def listen(file: Path, *, limits: Limits = settings.LIMITS) -> tuple[str, str] | None:
    """Kind and message of what is wrong with a recording; None if nothing is."""
    try:
        audio = decode(file, sr=None, limits=limits)
        require_usable(audio.signal, sr=audio.sr, limits=limits, clipped=audio.clipped_fraction)
    except AudioError as error:
        kind = _KINDS.get(type(error), "unreadable-audio")
        return ("lfs-pointer" if kind == "unreadable-audio" and _is_pointer(file) else kind), error.message
    return None


def _is_pointer(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return sniffing.is_lfs_pointer(stream.read(_HEAD_BYTES))
    except OSError:
        return False
