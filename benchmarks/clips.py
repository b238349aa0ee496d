"""The clips that are measured: made on the spot, the same on every machine."""

from pathlib import Path

import numpy as np

from ser_core.audio import SAMPLING_RATE
from ser_core.testing import silence, speechlike, write_wav

CLIP_S = 3.0
#: RAVDESS' mean clip (data/tables/ravdess-levels.parquet): 3.7 s, of which 2.1 s lie between first and last sound.
CORPUS_CLIP_S, CORPUS_SOUND_S = 3.7, 2.1


def make_clips(folder: Path, *, count: int) -> list[Path]:
    """`count` speech-like clips of 3 s at 16 kHz, sound from end to end, as WAV files in `folder`."""
    return [_write(folder, i, _voice(i, CLIP_S)) for i in range(count)]


def make_corpus_clips(folder: Path, *, count: int) -> list[Path]:
    """`count` clips of the length of RAVDESS' mean clip, with as much silence before and after the sound."""
    pause = silence((CORPUS_CLIP_S - CORPUS_SOUND_S) / 2, sr=SAMPLING_RATE)
    return [_write(folder, i, np.concatenate([pause, _voice(i, CORPUS_SOUND_S), pause])) for i in range(count)]


def _voice(number: int, duration_s: float) -> np.ndarray:
    return speechlike(duration_s, sr=SAMPLING_RATE, f0=100.0 + 5 * (number % 30), seed=number)


def _write(folder: Path, number: int, signal: np.ndarray) -> Path:
    path = folder / f"clip{number:03d}.wav"
    write_wav(path, signal, sr=SAMPLING_RATE)
    return path
