"""A power added to every band before its logarithm, under which the pauses of all recordings sound alike.

Some corpora were cleaned until their pauses hold nothing, others keep the hum of a room. Networks take such pauses for
part of a way of speaking, and noise, which fills them, for another.
"""

import numpy as np

from ser_core.features.audioset import FLOOR_POWER, SCALE, SHIFT

SPREAD_DB = 8.0
"""In training the offset is more or less by up to so much, as in noisier and quieter rooms."""


def with_offset(x: np.ndarray, db: float | np.ndarray) -> np.ndarray:
    """Log-mel images [shape=(n_clips, n_bands, n_frames)], float32, with a larger offset under the logarithm.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_bands, n_frames)]
        Images of `ser_core.features.audioset`, whose own offset is `FLOOR_POWER`.
    db : float or np.ndarray [shape=(n_clips, 1, 1)]
        The power that is added, dB above that; 0 for none.

    Examples
    --------
    >>> with_offset(np.float32([[[-1.5, 2.0]]]), 18.0).astype(float).round(2).tolist()
    [[[-0.57, 2.0]]]
    """
    if not np.any(db):
        return x
    place = offset_value(db)
    return (place + np.logaddexp(np.float32(0.0), SCALE * (x - place)) / SCALE).astype(np.float32)


def offset_value(db: float | np.ndarray) -> np.float32 | np.ndarray:
    """Value, in images, of a band that holds nothing but an offset of so many dB above `FLOOR_POWER`, float32.

    Examples
    --------
    >>> round(float(offset_value(0.0)), 2), round(float(offset_value(18.0)), 2)
    (-1.4, -0.57)
    """
    return np.float32((np.log(FLOOR_POWER) + SHIFT + np.log(10.0) * np.asarray(db) / 10.0) / SCALE)
