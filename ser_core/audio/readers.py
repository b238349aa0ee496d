"""The decoders behind `decode`: libsndfile first, FFmpeg's libraries for what it cannot read.

Both hand over block by block, so that what a file claims about its length costs no memory.
"""

import io
from collections.abc import Iterator

import numpy as np
import soundfile

from ser_core.audio import sniffing
from ser_core.errors import AudioError, EmptyAudioError, LargeAudioError, UnreadableAudioError
from ser_core.settings import Limits

BLOCK = 8192
"""Frames decoded at a time: what a broken file costs is at most its last block."""

BARE_HEADER = 256
"""Up to this many bytes a file without samples is taken for a recording without sound. In a longer one the header may
be wrong: a writer that streams leaves the size of a WAV's data at 0."""

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
    readers = [_by_soundfile] if container.soundfile else []
    if container.ffmpeg:
        readers.append(_by_ffmpeg)
    broken = False
    for reader in readers:
        try:
            signal, sr, channels = reader(data, container, limits=limits)
        except AudioError:
            raise
        except Exception:  # Decoders raise what they like; to the caller it is all "not readable".
            broken = True
            continue
        if signal.size:
            return signal, sr, channels
        if len(data) <= BARE_HEADER:
            break
    if not broken:
        raise EmptyAudioError("No sound was recorded: the file holds no samples.", advice="Press record again.")
    raise UnreadableAudioError(
        f"The file begins like {container.name} but cannot be decoded: it is broken or cut off.",
        advice=f"Record or export it anew, or choose another {ACCEPTED} file.",
    )


class _Mixer:
    """Collects decoded blocks as one mono signal and stops the decoder at the limits."""

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
        self.blocks: list[np.ndarray] = []
        self.left = int(limits.max_duration_s * sr)

    def add(self, block: np.ndarray) -> None:
        """Add samples [shape=(n, channels)]."""
        self.left -= len(block)
        if self.left < 0:
            raise LargeAudioError(
                f"The recording is longer than {self.limits.max_duration_s:g} s.",
                advice="Cut out the part to be judged; a sentence of 2 to 5 s works best.",
            )
        if not np.isfinite(block).all():
            block = np.where(np.isfinite(block), block, np.float32(0.0))
        mono = block[:, 0] if self.channels == 1 else block.mean(axis=1, dtype=np.float64)
        self.blocks.append(mono.astype(np.float32))

    def result(self) -> tuple[np.ndarray, int, int]:
        return np.concatenate(self.blocks or [np.empty(0, np.float32)]), self.sr, self.channels


class _Bytes(io.BytesIO):
    """Bytes to read, in which broken offsets lead to the start instead of a traceback on the console."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return super().seek(max(0, offset) if whence == io.SEEK_SET else offset, whence)


class _ForwardFile(soundfile.SoundFile):
    """A sound file read from its start to its end.

    soundfile seeks to where it already is after each read from a seekable file, which makes libsndfile's MP3, Vorbis
    and Opus decoders drop their state: samples at each seam come out wrong.
    """

    def seekable(self) -> bool:
        return False


def _by_soundfile(data: bytes, container: sniffing.Container, *, limits: Limits) -> tuple[np.ndarray, int, int]:
    with _ForwardFile(_Bytes(data)) as file:
        mixer = _Mixer(sr=file.samplerate, channels=file.channels, limits=limits)
        for block in _soundfile_blocks(file):
            mixer.add(block)
    return mixer.result()


def _soundfile_blocks(file: soundfile.SoundFile) -> Iterator[np.ndarray]:
    while True:
        try:
            block = file.read(BLOCK, dtype="float32", always_2d=True)
        except soundfile.SoundFileError:  # The file breaks off; what came before it is kept.
            return
        if not len(block):
            return
        yield block


def _by_ffmpeg(data: bytes, container: sniffing.Container, *, limits: Limits) -> tuple[np.ndarray, int, int]:
    import av  # Costs time and memory that most clips do not need.

    with av.open(io.BytesIO(data), format=container.ffmpeg, metadata_errors="ignore") as file:
        if not file.streams.audio:
            raise UnreadableAudioError(
                f"The {container.name} file has no sound track.", advice=f"Choose a {ACCEPTED} file with sound."
            )
        stream = file.streams.audio[0]
        context = stream.codec_context
        context.thread_count = 1
        mixer = _Mixer(sr=context.sample_rate, channels=context.channels, limits=limits)
        to_float = av.AudioResampler(format="flt", layout=context.layout, rate=context.sample_rate)
        try:
            for frame in file.decode(stream):
                for part in to_float.resample(frame):
                    mixer.add(part.to_ndarray().reshape(-1, mixer.channels))
        except (av.FFmpegError, ValueError) as error:
            # The file breaks off or changes its format; what came before is kept. AudioError is a ValueError too.
            if isinstance(error, AudioError) or not mixer.blocks:
                raise
    return mixer.result()
