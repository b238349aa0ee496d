"""Speaker calibration: each speaker's features seen against that speaker's own habits."""

import numpy as np

from ser_core.errors import ConfigError

# Below this share of the overall spread, a feature does not vary within the group: dividing by it would blow up noise.
_MIN_SHARE = 1e-3


def calibrate(x: np.ndarray, speakers: np.ndarray, *, kind: str) -> np.ndarray:
    """Features as they stand among those of their speaker: frame features track by track, all others one by one.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, ...)]
        Features.
    speakers : np.ndarray [shape=(n_clips,)]
        Who speaks.
    kind : str
        Of features, see `ser_core.features.spec.KINDS`.

    Returns
    -------
    np.ndarray [shape=(n_clips, ...)]
        float32.
    """
    return standardise_tracks_by(x, speakers) if kind == "frames" else standardise_by(x, speakers)


def standardise_tracks_by(x: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Shift and scale each track to mean 0 and standard deviation 1 over the frames of sound of each group.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_tracks + 1, n_frames)]
        Frame features; the last row tells frames of sound (1) from padding (0) and stays as it is.
    groups : np.ndarray [shape=(n_clips,)]
        The speaker of each clip.

    Returns
    -------
    np.ndarray [shape=(n_clips, n_tracks + 1, n_frames)]
        float32, 0 where there is padding.
    """
    clip, frame = np.nonzero(x[:, -1] > 0)
    out = np.zeros(x.shape, dtype=np.float32)
    out[:, -1] = x[:, -1]
    out[clip, :-1, frame] = standardise_by(x[clip, :-1, frame], np.asarray(groups)[clip])
    return out


def standardise_by(x: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Shift and scale each feature to mean 0 and standard deviation 1 within each group.

    Uses no labels: the statistics of unlabelled clips of a speaker are all it takes.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_features)]
        Features.
    groups : np.ndarray [shape=(n_clips,)]
        The speaker of each clip.

    Returns
    -------
    np.ndarray [shape=(n_clips, n_features)]
        float32, finite; 0 where a feature does not vary within the group, so also for a group of one clip.

    Raises
    ------
    ConfigError
        If there is not one group per clip.

    Examples
    --------
    >>> standardise_by(np.array([[1.0], [3.0], [10.0], [30.0]]), np.array(["a", "a", "b", "b"])).ravel().tolist()
    [-1.0, 1.0, -1.0, 1.0]
    """
    x, groups = np.asarray(x, dtype=np.float64), np.asarray(groups)
    if len(x) != len(groups):
        raise ConfigError(f"One group per clip is needed, got {len(groups)} groups for {len(x)} clips.")
    out = np.zeros(x.shape, dtype=np.float32)
    if not len(x):
        return out
    least = np.maximum(_MIN_SHARE * x.std(axis=0), 1e-9)
    for group in np.unique(groups):
        rows = groups == group
        mean, std = x[rows].mean(axis=0), x[rows].std(axis=0)
        out[rows] = np.where(std > least, (x[rows] - mean) / np.maximum(std, least), 0)
    return out
