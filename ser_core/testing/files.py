"""Signals as files of every kind that `ser_core.audio` reads."""

import io
from pathlib import Path

import numpy as np

from ser_core.audio import SAMPLING_RATE, encode_wav
from ser_core.errors import ConfigError

_SOUNDFILE_KINDS = {
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "aiff": ("AIFF", "PCM_16"),
    "au": ("AU", "PCM_16"),
    "caf": ("CAF", "PCM_16"),
}
_FFMPEG_KINDS = {"m4a": ("mp4", "aac"), "webm": ("webm", "libopus"), "aac": ("adts", "aac")}

FILE_KINDS = (*_SOUNDFILE_KINDS, *_FFMPEG_KINDS)
"""Kinds that `encode` writes, which are also the endings of the files."""


def encode(signal: np.ndarray, *, sr: int = SAMPLING_RATE, kind: str = "wav") -> bytes:
    """A signal as the bytes of a file.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)] or [shape=(t, channels)]
        Signal in [-1, 1].
    sr : int
        Sampling rate, Hz.
    kind : {'wav', 'flac', 'mp3', 'ogg', 'opus', 'aiff', 'au', 'caf', 'm4a', 'webm', 'aac'}
        The last three need PyAV and mix down to mono.

    Raises
    ------
    ConfigError
        If `kind` is none of these.
    """
    if kind in _FFMPEG_KINDS:
        return _encode_by_ffmpeg(signal, sr=sr, kind=kind)
    if kind not in _SOUNDFILE_KINDS:
        raise ConfigError(f"Unknown kind {kind!r}; there are {', '.join(FILE_KINDS)}.")
    import soundfile

    file = io.BytesIO()
    form, subtype = _SOUNDFILE_KINDS[kind]
    soundfile.write(file, signal, sr, format=form, subtype=subtype)
    return file.getvalue()


def _encode_by_ffmpeg(signal: np.ndarray, *, sr: int, kind: str) -> bytes:
    import av

    container, codec = _FFMPEG_KINDS[kind]
    mono = np.asarray(signal, dtype=np.float32)
    mono = mono if mono.ndim == 1 else mono.mean(axis=1)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as file:
        stream = file.add_stream(codec, rate=sr, layout="mono")
        frame = av.AudioFrame.from_ndarray(mono[None], format="fltp", layout="mono")
        frame.sample_rate = sr
        for part in (frame, None):
            file.mux(stream.encode(part))
    return buffer.getvalue()


def write_wav(path: Path | str, signal: np.ndarray, *, sr: int = SAMPLING_RATE) -> Path:
    """Write a mono 16-bit WAV file, with the folders above it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_wav(signal, sr=sr))
    return path
