"""Acoustic tracks in frames, with a fixed shape: what a network along time reads.

Pitch, voicing, formants and spectral shape are given instead of left to be found in a spectrogram: with a thousand
clips to learn from, a small network does not find them by itself.
"""

from functools import lru_cache

import numpy as np

from ser_core.features.sound import Sound
from ser_core.features.spec import FramesSpec
from ser_core.features.tracks import measure, track_names

SOUND = "sound"
"""Last row: 1 in frames of the clip, 0 in those that pad it."""


@lru_cache(maxsize=8)
def feature_names(spec: FramesSpec) -> tuple[str, ...]:
    """Names of the rows: the tracks, then `SOUND`."""
    return (*track_names(spec), SOUND)


@lru_cache(maxsize=8)
def _levels(spec: FramesSpec) -> np.ndarray:
    """Columns that hold an absolute level in dB, and what a gain of 1 dB adds to each [shape=(2, n)]."""
    names = track_names(spec)
    columns = [
        i for i, name in enumerate(names) if name == "level_db" or (name.startswith("mel") and name[3:].isdigit())
    ]
    # The first cepstral coefficient is the sum of the mel levels, scaled by the orthonormal transform.
    gains = [1.0] * len(columns) + [np.sqrt(spec.n_mels)]
    return np.array([[*columns, names.index("mfcc0")], gains])


def extract(signal: np.ndarray | Sound, *, spec: FramesSpec) -> np.ndarray:
    """Tracks of the sound in a clip, without its overall level, cut or padded to a fixed number of frames.

    The silence before and after the sound is trimmed. Levels are relative to the clip's mean: how loud a recording is
    depends on the microphone more than on the emotion. Of more than `spec.n_frames` frames the middle ones are kept;
    fewer start at the first.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)] or Sound
        Samples in [-1, 1] at `spec.sr`.
    spec : FramesSpec
        What to compute.

    Returns
    -------
    np.ndarray [shape=(n_tracks + 1, n_frames)]
        float32, finite, in the order of `feature_names`; 0 where padded.

    Examples
    --------
    >>> frames = extract(np.zeros(16_000, np.float32), spec=FramesSpec())
    >>> frames.shape == (len(feature_names(FramesSpec())), 80)
    True
    """
    sound = Sound.of(signal, sr=spec.sr).trimmed(spec.trim_db)
    out = np.zeros((len(feature_names(spec)), spec.n_frames), dtype=np.float32)
    if not len(sound):
        return out
    values = _averaged(measure(sound, spec=spec, all_formants=True).values, step=spec.step)
    columns, gains = _levels(spec)
    columns = columns.astype(int)
    # The mean mel level is the level that all of them share.
    shared = values[:, columns[1:-1]].mean()
    level = np.full(len(columns), shared)
    level[0] = values[:, columns[0]].mean()
    values[:, columns] -= level * gains
    start = max(0, (len(values) - spec.n_frames) // 2)
    kept = values[start : start + spec.n_frames]
    out[:-1, : len(kept)] = kept.T
    out[-1, : len(kept)] = 1.0
    return out


def _averaged(values: np.ndarray, *, step: int) -> np.ndarray:
    """Means of `step` frames in turn [shape=(ceil(t / step), n_tracks)]; the last group may be smaller."""
    groups = np.arange(len(values)) // step
    return np.add.reduceat(values, np.arange(0, len(values), step), axis=0) / np.bincount(groups)[:, None]
