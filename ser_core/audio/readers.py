"""The decoders behind `decode`: libsndfile first (libopus for plain Opus), FFmpeg's libraries for what it cannot read.

Both hand over block by block, so that what a file claims about its length costs no memory.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import BinaryIO

import numpy as np
import soundfile

from ser_core.audio import opus, sniffing
from ser_core.audio.riff import require_honest_lists
from ser_core.errors import AudioError, EmptyAudioError, LargeAudioError, UnreadableAudioError
from ser_core.settings import Limits

BLOCK = 8192
"""Frames decoded at a time: what a broken file costs is at most its last block."""

BARE_HEADER = 256
"""Up to this many bytes a file without samples is taken for a recording without sound. In a longer one the header may
be wrong: a writer that streams leaves the size of a WAV's data at 0."""

_UNKNOWN_FRAMES = 2**62
"""libsndfile's answer where a header does not say is near 2**63."""

ACCEPTED = "WAV, MP3, FLAC, OGG, M4A or WebM"


def read_samples(data: bytes, container: sniffing.Container, *, limits: Limits) -> tuple[np.ndarray, int, int]:
    """Decode the bytes of a known container with the first decoder that gets samples out of them.

    Parameters
    ----------
    data : bytes
        The encoded file.
    container : Container
        What it begins like.
    limits : Limits
        Sampling rates, channels and seconds allowed.

    Returns
    -------
    tuple
        Mono samples (float32 [shape=(t,)], t > 0, finite, of any range), sampling rate in Hz, channels.

    Raises
    ------
    EmptyAudioError, UnreadableAudioError, LargeAudioError
        As `ser_core.audio.decode` says.
    """
    if container is sniffing.OGG and (plain := opus.read_plain(data, max_duration_s=limits.max_duration_s)):
        signal, sr = plain
        return _Mixer(sr=sr, channels=1, limits=limits).mono(signal[:, None]), sr, 1
    broken = False
    for opener in _openers(container):
        try:
            stream = opener(_Bytes(data), container, limits=limits)
            signal = np.concatenate([*stream.blocks] or [np.empty(0, np.float32)])
        except AudioError:
            raise
        except Exception:  # Decoders raise what they like; to the caller it is all "not readable".
            broken = True
            continue
        if signal.size:
            return signal, stream.sr, stream.channels
        if len(data) <= BARE_HEADER:
            break
    raise _broken(container) if broken else _nothing()


@dataclass(frozen=True)
class Stream:
    """A file that is being decoded.

    Attributes
    ----------
    sr : int
        Sampling rate, Hz.
    channels : int
        Channels that are mixed down.
    duration_s : float or None
        Length that the header claims, seconds.
    blocks : iterator of np.ndarray [shape=(n,)]
        Mono samples: float32, finite, of any range. The file is closed at its end.
    """

    sr: int
    channels: int
    duration_s: float | None
    blocks: Iterator[np.ndarray]


def open_stream(file: BinaryIO, container: sniffing.Container, *, limits: Limits) -> Stream:
    """Decode a file of a known container while it is read, with the first decoder that gets samples out of it.

    Parameters
    ----------
    file : binary file
        At its start.
    container : Container
        What it begins like.
    limits : Limits
        Sampling rates, channels and seconds allowed.

    Raises
    ------
    EmptyAudioError, UnreadableAudioError, LargeAudioError
        As `ser_core.audio.decode` says; a limit that is passed later is raised by ``blocks``.
    """
    broken = False
    file = _Steady(file)
    for opener in _openers(container):
        file.seek(0)
        try:
            stream = opener(file, container, limits=limits)
            first = next(stream.blocks, None)
        except AudioError:
            raise
        except Exception:  # As in `read_samples`.
            broken = True
            continue
        if first is not None:
            return replace(stream, blocks=chain([first], stream.blocks))
    raise _broken(container) if broken else _nothing()


def _openers(container: sniffing.Container) -> list[Callable[..., Stream]]:
    return [*([_by_soundfile] if container.soundfile else []), *([_by_ffmpeg] if container.ffmpeg else [])]


def _nothing() -> EmptyAudioError:
    return EmptyAudioError("No sound was recorded: the file holds no samples.", advice="Press record again.")


def _broken(container: sniffing.Container) -> UnreadableAudioError:
    return UnreadableAudioError(
        f"The file begins like {container.name} but cannot be decoded: it is broken or cut off.",
        advice=f"Record or export it anew, or choose another {ACCEPTED} file.",
    )


class _Mixer:
    """Mixes decoded blocks down to mono and stops the decoder at the limits."""

    def __init__(self, *, sr: int, channels: int, limits: Limits):
        if sr <= 0 or channels <= 0:
            raise ValueError(f"no usable header: {sr} Hz, {channels} channels")
        if not limits.min_sampling_rate <= sr <= limits.max_sampling_rate:
            raise UnreadableAudioError(
                f"The file claims a sampling rate of {sr} Hz, allowed are {limits.min_sampling_rate} to "
                f"{limits.max_sampling_rate} Hz.",
                advice="Its header is probably broken; save it anew at 16 or 48 kHz.",
            )
        if not 1 <= channels <= limits.max_channels:
            raise LargeAudioError(
                f"The file has {channels} channels, at most {limits.max_channels} are mixed down.",
                advice="Save it anew as mono or stereo.",
            )
        self.sr, self.channels, self.limits = sr, channels, limits
        self.left = int(limits.max_duration_s * sr)

    def mono(self, block: np.ndarray) -> np.ndarray:
        """Samples [shape=(n, channels)] as one channel."""
        self.left -= len(block)
        if self.left < 0:
            raise LargeAudioError(
                f"The recording is longer than {self.limits.max_duration_s:g} s.", advice=self.limits.too_long
            )
        if not np.isfinite(block).all():
            block = np.where(np.isfinite(block), block, np.float32(0.0))
        mixed = block[:, 0] if self.channels == 1 else block.mean(axis=1, dtype=np.float64)
        return mixed.astype(np.float32)


class _Bytes(io.BytesIO):
    """Bytes to read, in which broken offsets lead to the start instead of a traceback on the console."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return super().seek(max(0, offset) if whence == io.SEEK_SET else offset, whence)


class _Steady:
    """Any file to read, of which the same holds."""

    def __init__(self, file: BinaryIO):
        self._file = file
        self.read, self.readinto, self.tell = file.read, file.readinto, file.tell

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            return self._file.seek(offset, whence)
        except (OSError, OverflowError, ValueError):
            return self._file.seek(0)

    def seekable(self) -> bool:
        return True


class _ForwardFile(soundfile.SoundFile):
    """A sound file read from its start to its end.

    soundfile seeks to where it already is after each read from a seekable file, which makes libsndfile's MP3, Vorbis
    and Opus decoders drop their state: samples at each seam come out wrong.
    """

    def seekable(self) -> bool:
        return False


def _by_soundfile(file: BinaryIO, container: sniffing.Container, *, limits: Limits) -> Stream:
    sound = _ForwardFile(file)
    mixer = _Mixer(sr=sound.samplerate, channels=sound.channels, limits=limits)
    seconds = sound.frames / sound.samplerate if 0 < sound.frames < _UNKNOWN_FRAMES else None
    return Stream(mixer.sr, mixer.channels, seconds, _soundfile_blocks(sound, mixer))


def _soundfile_blocks(sound: soundfile.SoundFile, mixer: _Mixer) -> Iterator[np.ndarray]:
    with sound:
        while True:
            try:
                block = sound.read(BLOCK, dtype="float32", always_2d=True)
            except soundfile.SoundFileError:  # The file breaks off; what came before it is kept.
                return
            if not len(block):
                return
            yield mixer.mono(block)


def _by_ffmpeg(file: BinaryIO, container: sniffing.Container, *, limits: Limits) -> Stream:
    import av  # Costs time and memory that most clips do not need.

    if container.ffmpeg == "wav":
        require_honest_lists(file)
    opened = av.open(file, format=container.ffmpeg, metadata_errors="ignore")
    if not opened.streams.audio:
        raise UnreadableAudioError(
            f"The {container.name} file has no sound track.", advice=f"Choose a {ACCEPTED} file with sound."
        )
    context = opened.streams.audio[0].codec_context
    context.thread_count = 1
    mixer = _Mixer(sr=context.sample_rate, channels=context.channels, limits=limits)
    seconds = opened.duration / av.time_base if opened.duration and opened.duration > 0 else None
    return Stream(mixer.sr, mixer.channels, seconds, _ffmpeg_blocks(opened, mixer))


def _ffmpeg_blocks(opened, mixer: _Mixer) -> Iterator[np.ndarray]:
    import av

    stream = opened.streams.audio[0]
    context = stream.codec_context
    to_float = av.AudioResampler(format="flt", layout=context.layout, rate=context.sample_rate)
    some = False
    with opened:
        try:
            for frame in opened.decode(stream):
                for part in to_float.resample(frame):
                    mono = mixer.mono(part.to_ndarray().reshape(-1, mixer.channels))
                    some = True
                    yield mono
        except (av.FFmpegError, ValueError) as error:
            # The file breaks off or changes its format; what came before is kept. AudioError is a ValueError too.
            if isinstance(error, AudioError) or not some:
                raise
