"""The log-mel spectrogram of a clip freed of its length and level, computed for many clips through the cache."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ser_core.hashing import canonical_hash
from ser_core.progress import CancelCallback, Meter, ProgressCallback

if TYPE_CHECKING:
    import pandas as pd

SR, N_FFT, WIN_LENGTH, HOP_LENGTH = 16_000, 1024, 640, 160
N_MELS, F_MIN, F_MAX = 48, 50.0, 8_000.0
N_TIMES = 60
FLOOR_DB = 30.0
"""Below the clip's mean power. Farther down lies the noise of the room, which stands higher against a soft voice than
against a loud one: with a floor of 60 dB, CREMA-D's angry clips seem to have 10 dB less energy at their ends."""
CACHE_KEY = canonical_hash(
    {
        "kind": "mean log-mel",
        "version": 1,
        "stft": [SR, N_FFT, WIN_LENGTH, HOP_LENGTH],
        "mel": [N_MELS, F_MIN, F_MAX],
        "n_times": N_TIMES,
        "floor_db": FLOOR_DB,
    }
)
"""Second half of the key of the feature cache; the version is raised when the code gives other numbers."""
_CHUNK = 64


def frequencies_hz() -> np.ndarray:
    """Centre of each mel band, Hz [shape=(N_MELS,)]."""
    from ser_core.features.mel import mel_frequencies

    return mel_frequencies(N_MELS + 2, f_min=F_MIN, f_max=F_MAX)[1:-1]


def shape_of(signal: np.ndarray) -> np.ndarray:
    """Log-mel spectrogram of the sound in a clip, freed of its length and level.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)]
        Samples in [-1, 1] at `SR`.

    Returns
    -------
    np.ndarray [shape=(N_MELS, N_TIMES)]
        float32, dB relative to the mean power over the bands and times of the clip, at least -`FLOOR_DB`; NaN
        throughout where there is no sound.
    """
    from ser_core.audio import trim
    from ser_core.features.mel import mel_filterbank, mel_power
    from ser_core.features.stft import power_spectrogram

    sound = trim(np.asarray(signal, dtype=np.float32), sr=SR)
    if not sound.size:
        return np.full((N_MELS, N_TIMES), np.nan, dtype=np.float32)
    power = power_spectrogram(sound, n_fft=N_FFT, hop_length=HOP_LENGTH, win_length=WIN_LENGTH)
    bank = mel_filterbank(sr=SR, n_fft=N_FFT, n_mels=N_MELS, f_min=F_MIN, f_max=F_MAX)
    mel = mel_power(power, bank)
    # Floored twice: the logarithm of the floor is a last digit off it on some processors.
    db = np.maximum(10 * np.log10(np.maximum(mel / mel.mean(), 10 ** (-FLOOR_DB / 10))), -FLOOR_DB)
    return _equal_parts(db, n=N_TIMES).T.astype(np.float32)


def _equal_parts(frames: np.ndarray, *, n: int) -> np.ndarray:
    """Mean of each of `n` equal parts of the first axis; frames on a border count in parts [shape=(n, ...)]."""
    t = len(frames)
    sums = np.concatenate([np.zeros((1, frames.shape[1])), np.cumsum(frames, axis=0, dtype=np.float64)])
    borders = np.linspace(0, t, n + 1)
    below = np.minimum(borders.astype(int), t - 1)
    at = sums[below] + (borders - below)[:, None] * frames[below]
    return np.diff(at, axis=0) * n / t


def shapes_of(
    used: "pd.DataFrame",
    *,
    root: Path | str | None = None,
    workers: int | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> np.ndarray:
    """`shape_of` each clip of a manifest, through the feature cache.

    Parameters
    ----------
    used : pd.DataFrame
        One row per clip, numbered from 0, with ``corpus, path, sha256``.
    root, workers, progress, cancel
        As for `ser_core.analysis.means.measure`.

    Returns
    -------
    np.ndarray [shape=(n, N_MELS, N_TIMES)]
        float16, dB; NaN where there is no readable sound.
    """
    from ser_core import corpora
    from ser_core.features.cache import FeatureCache

    cache = FeatureCache()
    hashes = used["sha256"].tolist()
    stored, found = cache.get_many(hashes, CACHE_KEY) if hashes else (None, np.zeros(0, dtype=bool))
    shapes = np.full((len(used), N_MELS, N_TIMES), np.nan, dtype=np.float16)
    if found.any():
        shapes[found] = stored[found]
    rows = np.flatnonzero(~found)
    files = [corpora.get(used["corpus"][i]).clip_path(used["path"][i], root=root) for i in rows]
    todo = [(i, file) for i, file in zip(rows, files, strict=True) if file is not None]
    meter = Meter(progress, total=len(todo), unit="clips", message="Averaging spectrograms", cancel=cancel)
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        for start in range(0, len(todo), _CHUNK):
            chunk = todo[start : start + _CHUNK]
            places = [i for i, _ in chunk]
            shapes[places] = list(pool.map(_shape_of_file, (file for _, file in chunk)))
            cache.put_many([hashes[i] for i in places], CACHE_KEY, shapes[places])
            meter.add(len(chunk))
    return shapes


def _shape_of_file(file: Path) -> np.ndarray:
    from ser_core.audio import decode
    from ser_core.errors import AudioError

    try:
        return shape_of(decode(file, sr=SR).signal)
    except (AudioError, OSError):
        return np.full((N_MELS, N_TIMES), np.nan, dtype=np.float32)
