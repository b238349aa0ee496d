"""Audio in: decode any common file to one kind of signal, and say what is wrong with bad audio.

A signal is a float32 array ``[shape=(t,)]`` in [-1, 1] and always travels with its sampling rate.
"""

from ser_core.audio.decoding import SAMPLING_RATE, Audio, decode, encode_wav, sha256
from ser_core.audio.levels import (
    LEVEL_FLOOR_DB,
    SILENCE_DB,
    Quality,
    clipped_fraction,
    level_db,
    peak_db,
    quality,
    require_usable,
    resample,
    sound_bounds,
    trim,
)
from ser_core.audio.recording import Recording, open_recording

__all__ = [
    "LEVEL_FLOOR_DB",
    "SAMPLING_RATE",
    "SILENCE_DB",
    "Audio",
    "Quality",
    "Recording",
    "clipped_fraction",
    "decode",
    "encode_wav",
    "level_db",
    "open_recording",
    "peak_db",
    "quality",
    "require_usable",
    "resample",
    "sha256",
    "sound_bounds",
    "trim",
]
