"""The clips that are measured: made on the spot, the same on every machine."""

from pathlib import Path

from ser_core.testing import speechlike, write_wav

from ser_core.audio import SAMPLING_RATE

CLIP_S = 3.0


def make_clips(folder: Path, *, count: int) -> list[Path]:
    """`count` speech-like clips of 3 s at 16 kHz, as WAV files in `folder`."""
    paths = []
    for i in range(count):
        path = folder / f"clip{i:03d}.wav"
        signal = speechlike(CLIP_S, sr=SAMPLING_RATE, f0=100.0 + 5 * (i % 30), seed=i)
        write_wav(path, signal, sr=SAMPLING_RATE)
        paths.append(path)
    return paths
