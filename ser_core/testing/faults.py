"""Faults as they happen to the files of a corpus, planted where they can be looked for."""

from pathlib import Path

import numpy as np

from ser_core.audio import decode, encode_wav
from ser_core.errors import ConfigError
from ser_core.testing.files import encode
from ser_core.testing.releases import LFS_POINTER
from ser_core.testing.signals import noise


def _peak(signal: np.ndarray) -> float:
    return max(float(np.abs(signal).max()), 1e-6)


def _cut(data: bytes) -> bytes:
    return data[: len(data) * 55 // 100]


_SIGNALS = {
    # Eight times too loud for the scale.
    "clipped": lambda x, sr: encode_wav(x / _peak(x) * 8, sr=sr),
    # Clipped at a third of its peak, then made softer: no sample is at full scale.
    "clipped-soft": lambda x, sr: encode_wav(np.clip(x, -_peak(x) / 3, _peak(x) / 3) * 0.5, sr=sr),
    "silent": lambda x, sr: encode_wav(0 * x, sr=sr),
    "noise": lambda x, sr: encode_wav(noise(len(x) / sr, sr=sr, amplitude=0.01), sr=sr),
    "truncated": lambda x, sr: _cut(encode_wav(x, sr=sr)),
    "no-samples": lambda x, sr: encode_wav(x[:0], sr=sr),
    "half-rate": lambda x, sr: encode_wav(x, sr=sr // 2),
    "double-rate": lambda x, sr: encode_wav(x, sr=2 * sr),
    "offset": lambda x, sr: encode_wav(x * 0.5 + 0.1, sr=sr),
    "soft": lambda x, sr: encode_wav(x * 10 ** (-36 / 20), sr=sr),
    "long-silence": lambda x, sr: encode_wav(np.concatenate([np.zeros(3 * sr, np.float32), x]), sr=sr),
}
_BYTES = {"empty": b"", "pointer": LFS_POINTER, "text": b"This was audio once.\n"}
_COPIES = {
    "duplicate": lambda x, sr: encode_wav(x, sr=sr),
    "opus": lambda x, sr: encode(x, sr=sr, kind="opus"),
    "mp3": lambda x, sr: encode(x, sr=sr, kind="mp3"),
    "softer": lambda x, sr: encode_wav(x * 0.2, sr=sr),
    "turned": lambda x, sr: encode_wav(-x, sr=sr),
    "trimmed": lambda x, sr: encode_wav(x[len(x) // 6 : -len(x) // 10], sr=sr),
}

FAULTS = (*_SIGNALS, *_BYTES)
"""Faults of one file, for `plant`."""
COPIES = tuple(_COPIES)
"""What may be done to a recording before it is saved under another name, for `plant_copy`."""


def plant(file: Path | str, fault: str) -> Path:
    """Spoil an audio file in place; it keeps its name, whatever it then holds.

    Parameters
    ----------
    file : Path or str
        The clip.
    fault : str
        One of `FAULTS`.

    Raises
    ------
    ConfigError
        If there is no such fault.
    """
    file = Path(file)
    if fault in _BYTES:
        content = _BYTES[fault]
    elif fault in _SIGNALS:
        audio = decode(file, sr=None)
        content = _SIGNALS[fault](audio.signal, audio.sr)
    else:
        raise ConfigError(f"Unknown fault {fault!r}; there are {', '.join(FAULTS)}.")
    file.write_bytes(content)
    return file


def plant_copy(original: Path | str, file: Path | str, *, how: str = "duplicate") -> Path:
    """Save the recording of one clip under the name of another.

    Parameters
    ----------
    original, file : Path or str
        The clip whose recording it is, and the one that is replaced.
    how : str
        One of `COPIES`.

    Raises
    ------
    ConfigError
        If there is no such way.
    """
    if how not in _COPIES:
        raise ConfigError(f"Unknown copy {how!r}; there are {', '.join(COPIES)}.")
    audio = decode(Path(original), sr=None)
    file = Path(file)
    file.write_bytes(_COPIES[how](audio.signal, audio.sr))
    return file
