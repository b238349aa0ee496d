"""Long recordings: decoded and resampled while they are read, so that hours need no more memory than seconds."""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from ser_core.audio.decoding import SAMPLING_RATE, no_file, require_container
from ser_core.audio.readers import open_stream
from ser_core.errors import EmptyAudioError, LargeAudioError
from ser_core.settings import RECORDING_LIMITS, Limits

_HEAD = 4096


@dataclass(frozen=True)
class Recording:
    """A recording that is being read.

    Attributes
    ----------
    sr : int
        Sampling rate of the blocks, Hz.
    duration_s : float or None
        Length that the file claims, seconds; None where it does not say. The blocks are what there really is.
    blocks : iterator of np.ndarray [shape=(n,)]
        The signal in order, float32 in [-1, 1], mono: blocks of equal length, but for the last. May raise
        `LargeAudioError` where the limit of duration is passed.
    """

    sr: int
    duration_s: float | None
    blocks: Iterator[np.ndarray]


@contextlib.contextmanager
def open_recording(
    source: bytes | Path | str,
    *,
    sr: int = SAMPLING_RATE,
    block_s: float = 10.0,
    limits: Limits = RECORDING_LIMITS,
) -> Iterator[Recording]:
    """Open a recording of any length that `decode` could read if it were short.

    Parameters
    ----------
    source : bytes or path
        Encoded audio, or the file that holds it.
    sr : int
        Sampling rate to resample to, Hz.
    block_s : float
        Length of a block, seconds.
    limits : Limits
        What the recording may ask of the machine.

    Raises
    ------
    EmptyAudioError, UnreadableAudioError, LargeAudioError
        As `decode` does.

    Examples
    --------
    >>> from ser_core.testing import encode, sine
    >>> with open_recording(encode(sine(2.5)), block_s=1.0) as recording:
    ...     [len(block) for block in recording.blocks]
    [16000, 16000, 8000]
    """
    with _opened(source, limits=limits) as file:
        try:
            head = file.read(_HEAD)
        except OSError as error:  # A broken disk, or a file that the system makes up and does not give.
            raise no_file(source if isinstance(source, (str, Path)) else "the recording", error) from None
        if not head:
            raise EmptyAudioError("The file is empty (0 bytes).", advice="Record again, or choose another file.")
        stream = open_stream(file, require_container(head), limits=limits)
        duration_s = stream.duration_s
        if duration_s is not None and duration_s > limits.max_duration_s:
            raise LargeAudioError(
                f"The recording lasts {duration_s / 3600:.1f} hours, at most {limits.max_duration_s / 3600:g} are "
                "allowed.",
                advice=limits.too_long,
            )
        resampled = _resampled(stream.blocks, sr=stream.sr, to=sr)
        yield Recording(sr, duration_s, _even(resampled, size=max(1, round(block_s * sr))))


@contextlib.contextmanager
def _opened(source: bytes | Path | str, *, limits: Limits):
    if not isinstance(source, (str, Path)):
        yield io.BytesIO(source)
        return
    try:
        path = Path(source)
        if not path.is_file():
            raise OSError(0, "it is no regular file" if path.exists() else "there is no such file")
        size = path.stat().st_size
        file = path.open("rb")
    except (OSError, ValueError) as error:  # ValueError: a null character in the path.
        raise no_file(source, error) from None
    with file:
        if size > limits.max_bytes:
            raise LargeAudioError(
                f"The file has {size / 2**30:.1f} GB, at most {limits.max_bytes / 2**30:g} GB are allowed.",
                advice="Convert it to FLAC or MP3.",
            )
        yield file


def _resampled(blocks: Iterator[np.ndarray], *, sr: int, to: int) -> Iterator[np.ndarray]:
    """Each block at the rate wanted; the filter runs on over the seams."""
    # As in `ser_core.audio.resample`, so that a segment sounds the same as a clip cut out beforehand.
    resampler = soxr.ResampleStream(sr, to, 1, dtype="float32", quality="HQ") if sr != to else None
    for block in blocks:
        yield np.clip(resampler.resample_chunk(block) if resampler else block, -1.0, 1.0)
    if resampler:
        yield np.clip(resampler.resample_chunk(np.empty(0, np.float32), last=True), -1.0, 1.0)


def _even(blocks: Iterator[np.ndarray], *, size: int) -> Iterator[np.ndarray]:
    held: list[np.ndarray] = []
    length = 0
    for block in blocks:
        held.append(block)
        length += len(block)
        if length >= size:
            joined = np.concatenate(held)
            for start in range(0, length - size + 1, size):
                yield joined[start : start + size]
            rest = joined[length - length % size :] if length % size else joined[:0]
            held, length = [rest], len(rest)
    if length:
        yield np.concatenate(held)
