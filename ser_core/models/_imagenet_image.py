"""A log-mel spectrogram as an image: size, channels, pixels. All of it is linear, so it is part of the network."""

from dataclasses import dataclass

import numpy as np

N_CHANNELS = 3
DELTA_FRAMES = 2
"""Frames on either side of which a difference is taken, as in the HTK Book, equation 5.16."""
MIDDLE, PER_DEVIATION = 127.5, 42.5
"""Pixel of the mean, and pixels per standard deviation: three either side fill 0 to 255."""
CAFFE_MEANS = (103.939, 116.779, 123.68)
"""Of blue, green and red over ImageNet, which networks trained in Caffe take off."""
LEAST_STD = 1e-3
#: Clips whose statistics are taken at a time.
_SLICE = 256


@dataclass(frozen=True)
class Image:
    """How spectrograms [shape=(n_mels, n_frames)] become images [shape=(height, width, 3)].

    Attributes
    ----------
    rows : np.ndarray [shape=(height, n_mels)]
        Resizes along frequency; the lowest band comes first.
    columns : np.ndarray [shape=(n_frames, width * 3)]
        Resizes along time and takes differences: the channels of a column stand side by side.
    scale, offset : np.ndarray [shape=(3,)]
        From values to pixels.
    width : int
        Pixels.
    """

    rows: np.ndarray
    columns: np.ndarray
    scale: np.ndarray
    offset: np.ndarray

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width, channels."""
        return self.rows.shape[0], self.columns.shape[1] // N_CHANNELS, N_CHANNELS

    @classmethod
    def of(cls, x: np.ndarray, *, height: int, width: int, channels: str) -> "Image":
        """The images of these sizes in which the training clips have the same mean and spread in each channel.

        Parameters
        ----------
        x : np.ndarray [shape=(n_clips, n_mels, n_frames)]
            Spectrograms of the training clips, dB.
        height, width : int
            Pixels.
        channels : str
            ``"repeat"``, the spectrogram three times, as grey, or ``"deltas"``, with its first and second differences
            over time as further colours.
        """
        n_mels, n_frames = x.shape[1:]
        step = delta_matrix(n_frames)
        orders = [np.linalg.matrix_power(step, order * (channels == "deltas")) for order in range(N_CHANNELS)]
        resize = resampling(n_frames, centres(n_frames, width)).T
        columns = np.stack([order @ resize for order in orders], axis=-1).reshape(n_frames, -1).astype(np.float32)
        rows = resampling(n_mels, centres(n_mels, height)).astype(np.float32)
        mean, std = _statistics(x, rows, columns)
        scale = PER_DEVIATION / std
        return cls(rows, columns, scale.astype(np.float32), (MIDDLE - scale * mean).astype(np.float32))


def delta_matrix(n_frames: int) -> np.ndarray:
    """Takes the slope of the line through each frame and its neighbours, from the right [shape=(n_frames, n_frames)].

    Beyond its ends a track is taken to stay as it is.

    Examples
    --------
    >>> (np.arange(7.0) @ delta_matrix(7)).round(2).tolist()
    [0.5, 0.8, 1.0, 1.0, 1.0, 0.8, 0.5]
    """
    matrix = np.zeros((n_frames, n_frames))
    frames = np.arange(n_frames)
    norm = 2 * sum(lag**2 for lag in range(1, DELTA_FRAMES + 1))
    for lag in range(1, DELTA_FRAMES + 1):
        for sign in (1, -1):
            np.add.at(matrix, (np.clip(frames + sign * lag, 0, n_frames - 1), frames), sign * lag / norm)
    return matrix


def centres(n_in: int, n_out: int) -> np.ndarray:
    """Places [shape=(n_out,)] among `n_in` cells at which a row of `n_out` cells has its centres."""
    return (np.arange(n_out) + 0.5) * n_in / n_out - 0.5


def resampling(n_in: int, places: np.ndarray) -> np.ndarray:
    """Takes `n_in` cells to their values at `places`, from the left [shape=(..., n_out, n_in)].

    Linear between cells; where places are further apart than cells, mean of the cells between, weighted by their
    distance. Beyond the ends the outermost cell is repeated.

    Parameters
    ----------
    n_in : int
        Cells.
    places : np.ndarray [shape=(..., n_out)]
        Evenly spaced, in cells.

    Examples
    --------
    >>> (resampling(4, np.array([0.0, 0.5, 3.0, 9.0])) @ [0.0, 10.0, 20.0, 30.0]).tolist()
    [0.0, 5.0, 30.0, 30.0]
    >>> (resampling(4, centres(4, 2)) @ [0.0, 10.0, 20.0, 30.0]).round(1).tolist()
    [7.1, 22.9]
    """
    reach = np.abs(np.diff(places, axis=-1)).min(axis=-1, initial=np.inf)[..., None, None]
    reach = np.where(np.isfinite(reach), np.maximum(reach, 1.0), 1.0)
    inside = np.clip(places, 0, n_in - 1)[..., None]
    weights = np.maximum(0.0, 1.0 - np.abs(inside - np.arange(n_in)) / reach)
    return weights / weights.sum(axis=-1, keepdims=True)


def _statistics(x: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel over all pixels, before they are pixels."""
    sums, squares, count = np.zeros(N_CHANNELS), np.zeros(N_CHANNELS), 0
    for start in range(0, len(x), _SLICE):
        images = rows @ x[start : start + _SLICE].astype(np.float32) @ columns
        images = images.reshape(-1, N_CHANNELS).astype(np.float64)
        sums, squares, count = sums + images.sum(axis=0), squares + (images**2).sum(axis=0), count + len(images)
    mean = sums / count
    return mean, np.maximum(np.sqrt(np.maximum(squares / count - mean**2, 0)), LEAST_STD)
