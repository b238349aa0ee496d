"""Acoustic functionals: statistics of acoustic tracks over the sound in a clip, one vector per clip."""

from functools import lru_cache

import numpy as np

from ser_core.features import statistics
from ser_core.features.sound import Sound
from ser_core.features.spec import FunctionalsSpec
from ser_core.features.tracks import measure, track_names


@lru_cache(maxsize=8)
def feature_names(spec: FunctionalsSpec) -> tuple[str, ...]:
    """Names of the functionals, as ``mfcc3:std``: the track, then its statistic; rhythm and intonation come last."""
    names = [f"{track}:{statistic}" for statistic in statistics.NAMES for track in track_names(spec)]
    return (*names, *statistics.TIMING_NAMES)


def extract(signal: np.ndarray | Sound, *, spec: FunctionalsSpec) -> np.ndarray:
    """Functionals of the sound in a clip; the silence before and after it is left out.

    Parameters
    ----------
    signal : np.ndarray [shape=(t,)] or Sound
        Samples in [-1, 1] at `spec.sr`.
    spec : FunctionalsSpec
        What to compute.

    Returns
    -------
    np.ndarray [shape=(n_features,)]
        float32, finite, in the order of `feature_names`.

    Examples
    --------
    >>> len(extract(np.zeros(160, np.float32), spec=FunctionalsSpec())) == len(feature_names(FunctionalsSpec()))
    True
    """
    whole = Sound.of(signal, sr=spec.sr)
    sound = whole.trimmed(spec.trim_db)
    # A clip without any sound is measured as it is: silence has features too.
    if not len(sound):
        sound = whole if len(whole) else Sound(np.zeros(1), sr=spec.sr)
    tracks = measure(sound, spec=spec)
    frame_rate = spec.sr / spec.hop_length
    table = statistics.of_tracks(tracks.values, voiced=tracks.voiced, frame_rate=frame_rate)
    timing = statistics.timing(
        tracks.column("level_db"), tracks.column("f0"), voiced=tracks.voiced, frame_rate=frame_rate
    )
    return np.concatenate([table.ravel(), timing]).astype(np.float32)
