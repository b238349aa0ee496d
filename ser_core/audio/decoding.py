"""Bytes or a file in, one mono float32 signal out; whatever is wrong with it is an `AudioError` with advice."""

import hashlib
import os
import stat
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ser_core.audio import sniffing
from ser_core.audio.levels import clipped_fraction, resample
from ser_core.audio.readers import ACCEPTED, read_samples
from ser_core.errors import AudioError, EmptyAudioError, LargeAudioError, ShortAudioError, UnreadableAudioError
from ser_core.settings import LIMITS, Limits

SAMPLING_RATE = 16_000
"""Sampling rate that features and models work at, Hz."""

OVERSHOOT = 2.0
"""Up to this magnitude samples beyond full scale are taken for a decoder's overshoot and clipped; a peak beyond it
means a file of floats in another scale (such as 16-bit integers written as floats), which is divided by its peak."""


@dataclass(frozen=True)
class Audio:
    """A decoded clip.

    Attributes
    ----------
    signal : np.ndarray [shape=(t,)]
        float32 in [-1, 1], mono.
    sr : int
        Sampling rate, Hz.
    source_sr : int or None
        Sampling rate of the file, Hz, where the signal comes from one.
    source_channels : int or None
        Channels of the file that were mixed down.
    clipped_fraction : float or None
        Share of the samples at full scale, [0, 1], measured at the file's sampling rate: resampling rounds clipped
        tops off, so that they cannot be told afterwards.
    """

    signal: np.ndarray
    sr: int
    source_sr: int | None = None
    source_channels: int | None = None
    clipped_fraction: float | None = None

    @property
    def duration(self) -> float:
        """Length, seconds."""
        return len(self.signal) / self.sr


def sha256(source: bytes | Path | str) -> str:
    """SHA-256 of the encoded bytes, as 64 hex digits: the identity of a clip in every cache.

    Raises
    ------
    UnreadableAudioError
        If a path is given that names no readable file.

    Examples
    --------
    >>> sha256(b"")[:8]
    'e3b0c442'
    """
    if not isinstance(source, (str, Path)):
        return hashlib.sha256(source).hexdigest()
    try:
        _regular(Path(source))
        with Path(source).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError) as error:
        raise no_file(source, error) from None


def decode(source: bytes | Path | str, *, sr: int | None = SAMPLING_RATE, limits: Limits = LIMITS) -> Audio:
    """Decode a clip, whatever its name says it is.

    The channels are averaged, samples that are no number become 0, and the result is resampled with soxr 'HQ'. A file
    that breaks off gives what there is. WAV headers with wrong sizes are read.

    Parameters
    ----------
    source : bytes or path
        Encoded audio or the file that holds it: WAV, MP3, FLAC, Ogg (Vorbis, Opus), AIFF, AU, CAF, and, through
        FFmpeg's libraries, M4A/MP4, WebM/Matroska, AAC, AMR, WMA. A str is a path.
    sr : int or None
        Sampling rate of the result, Hz; None keeps the file's.
    limits : Limits
        What the clip may ask of the machine. Decoding stops where `max_duration_s` is passed.

    Returns
    -------
    Audio
        With at least one sample; `require_usable` tells whether it can be judged.

    Raises
    ------
    EmptyAudioError
        If there are no bytes or no samples.
    ShortAudioError
        If resampling leaves not a single sample.
    UnreadableAudioError
        If no decoder reads it: no audio, a broken header, a Git-LFS pointer, an absurd sampling rate, no such file.
    LargeAudioError
        If it has more bytes, seconds or channels than `limits` allow.
    """
    data = _read(source, limits=limits)
    signal, file_sr, channels = read_samples(data, require_container(data), limits=limits)
    signal = _into_range(signal)
    clipped = clipped_fraction(signal)
    if sr is not None:
        signal = resample(signal, sr=file_sr, to=sr)
    if not signal.size:
        raise ShortAudioError(
            "The clip lasts less than a sample.", advice="Record a sentence of 2 to 5 s, or choose another file."
        )
    return Audio(
        signal=signal,
        sr=file_sr if sr is None else sr,
        source_sr=file_sr,
        source_channels=channels,
        clipped_fraction=clipped,
    )


def encode_wav(signal: np.ndarray, *, sr: int) -> bytes:
    """A mono 16-bit PCM WAV file.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Signal; what lies beyond [-1, 1] is clipped. What was decoded from 16 bits comes out bit for bit.
    sr : int
        Sampling rate, Hz.

    Returns
    -------
    bytes
        The file, 44 + 2 t bytes.
    """
    scaled = np.rint(np.asarray(signal, dtype=np.float64) * 32768.0)
    samples = np.clip(scaled, -32768, 32767).astype("<i2").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, sr, 2 * sr, 2, 16)
    return b"".join(
        (
            struct.pack("<4sI4s", b"RIFF", 36 + len(samples), b"WAVE"),
            form,
            struct.pack("<4sI", b"data", len(samples)),
            samples,
        )
    )


def no_file(source: Path | str, error: Exception) -> UnreadableAudioError:
    """The error to raise where a path leads to nothing that can be read."""
    reason = getattr(error, "strerror", None) or str(error)
    return UnreadableAudioError(f"{str(source)!r} cannot be read: {reason}.", advice="Check the path of the file.")


def _too_large(size: int, limits: Limits) -> LargeAudioError:
    return LargeAudioError(
        f"The file has {size / 2**20:.0f} MB, at most {limits.max_bytes / 2**20:.0f} MB are allowed.",
        advice="Cut out the part to be judged, or convert it to FLAC or MP3.",
    )


def _regular(path: Path) -> os.stat_result:
    """What the system says of a file; devices and pipes, which may never end, are refused by an OSError."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise OSError(0, "it is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(0, "it is no regular file")
    return status


def _read(source: bytes | Path | str, *, limits: Limits) -> bytes:
    """The encoded bytes; the size of a file is looked at before it is read."""
    if isinstance(source, (str, Path)):
        try:
            path = Path(source)
            status = _regular(path)
            if status.st_size > limits.max_bytes:
                raise _too_large(status.st_size, limits)
            with path.open("rb") as file:
                data = file.read(limits.max_bytes + 1)
        except AudioError:
            raise
        except (OSError, ValueError) as error:  # ValueError: a null character in the path.
            raise no_file(source, error) from None
    elif isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
    else:
        raise TypeError(f"Audio comes as bytes or as the path of a file, got {type(source).__name__}.")
    if len(data) > limits.max_bytes:
        raise _too_large(len(data), limits)
    if not data:
        raise EmptyAudioError("The file is empty (0 bytes).", advice="Record again, or choose another file.")
    return data


def require_container(data: bytes) -> sniffing.Container:
    """The container that a file begins like, by its first bytes.

    Raises
    ------
    UnreadableAudioError
        If it is none that is read; the message says what it is instead.
    """
    if sniffing.is_lfs_pointer(data):
        raise UnreadableAudioError(
            "This is a Git-LFS pointer, a small text file that stands for the audio.",
            advice="Run 'git lfs pull' where it comes from, or download the audio file itself.",
        )
    container = sniffing.container(data)
    if container is None:
        raise UnreadableAudioError(
            f"This is not audio but {sniffing.describe(data)}.", advice=f"Choose a {ACCEPTED} file."
        )
    return container


def _into_range(signal: np.ndarray) -> np.ndarray:
    """Samples in [-1, 1], see `OVERSHOOT`."""
    peak = float(np.abs(signal).max(initial=0.0))
    if peak > OVERSHOOT:
        signal = signal / np.float32(peak)
    return np.clip(signal, -1.0, 1.0) if peak > 1.0 else signal
