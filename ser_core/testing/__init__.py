"""Synthetic signals with known answers, and miniature corpora: for tests, examples and benchmarks.

Every signal is float32 [shape=(duration_s * sr,)] in [-1, 1] and the same for the same arguments on any machine up to
rounding.

Examples
--------
>>> from ser_core import audio
>>> round(audio.level_db(square(1.0, sr=16_000, frequency=100, amplitude=0.1)), 3)
-20.0
"""

from ser_core.testing.files import FILE_KINDS, encode, write_wav
from ser_core.testing.miniature import emotional, make_ravdess
from ser_core.testing.releases import (
    LFS_POINTER,
    make_cremad,
    make_emodb,
    make_iemocap,
    make_ravdess_song,
    make_savee,
    make_tess,
)
from ser_core.testing.signals import chirp, noise, silence, sine, speechlike, square

__all__ = [
    "FILE_KINDS",
    "LFS_POINTER",
    "chirp",
    "emotional",
    "encode",
    "make_cremad",
    "make_emodb",
    "make_iemocap",
    "make_ravdess",
    "make_ravdess_song",
    "make_savee",
    "make_tess",
    "noise",
    "silence",
    "sine",
    "speechlike",
    "square",
    "write_wav",
]
