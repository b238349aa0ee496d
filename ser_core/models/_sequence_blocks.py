"""What the networks along time are built of: a design that Keras builds and ONNX is written from."""

import math
from dataclasses import dataclass

import numpy as np

from ser_core.errors import ConfigError

CLIP = 4.0
"""Standardised tracks are cut at this many standard deviations: a formant that jumps must not outweigh the rest."""


@dataclass(frozen=True)
class Conv:
    """Convolution along time, batch normalisation over the frames of sound, rectifier, maximum of `pool` frames."""

    channels: int
    kernel: int
    pool: int = 1


@dataclass(frozen=True)
class Lstm:
    """Long short-term memory in both directions, `units` each; `residual`: what comes in is added, then normalised."""

    units: int
    residual: bool = False


@dataclass(frozen=True)
class Design:
    """A network along time.

    Attributes
    ----------
    blocks : tuple of Conv or Lstm
        In their order.
    pooling : str
        How frames become one vector: their ``"mean"``, mean, deviation and maximum (``"statistics"``), or a mean whose
        weights are learnt (``"attention"``).
    deltas : bool
        Whether the first and second differences in time of the tracks are read as well.

    Raises
    ------
    ConfigError
        If a residual block would change the number of channels.
    """

    blocks: tuple[Conv | Lstm, ...]
    pooling: str
    deltas: bool = False

    def __post_init__(self):
        channels = None
        for block in self.blocks:
            if isinstance(block, Conv):
                channels = block.channels
                continue
            if block.residual and channels != 2 * block.units:
                raise ConfigError(
                    f"A residual LSTM of {block.units} units in each direction adds to {2 * block.units} channels, got "
                    f"{channels or 'the tracks'}."
                )
            channels = 2 * block.units


def convolutions(channels: list[int], kernels: list[int], pools: list[int]) -> tuple[Conv, ...]:
    """Convolutions of these channels, kernels and pools.

    Raises
    ------
    ConfigError
        If the lists are of different lengths.

    Examples
    --------
    >>> convolutions([8, 16], [5, 3], [2, 1])
    (Conv(channels=8, kernel=5, pool=2), Conv(channels=16, kernel=3, pool=1))
    """
    if not len(channels) == len(kernels) == len(pools):
        raise ConfigError(
            f"channels, kernels and pools hold one number per convolution, got {channels}, {kernels} and {pools}."
        )
    return tuple(Conv(*each) for each in zip(channels, kernels, pools, strict=True))


def require_frames(blocks: tuple[Conv | Lstm, ...], *, n_frames: int) -> None:
    """See to it that pooling leaves a frame or more.

    Parameters
    ----------
    blocks : tuple of Conv or Lstm
        In their order.
    n_frames : int
        Frames of a clip.

    Raises
    ------
    ConfigError
        If nothing is left.

    Examples
    --------
    >>> require_frames(convolutions([8, 16], [5, 3], [5, 2]), n_frames=10)
    """
    pools = [block.pool for block in blocks if isinstance(block, Conv)]
    if math.prod(pools) > n_frames:
        raise ConfigError(
            f"Of {n_frames} frames pooling by {' times '.join(map(str, pools))} leaves none: take smaller pools."
        )


@dataclass(frozen=True)
class Standard:
    """Chooses the tracks that a network reads and standardises them as in training.

    Attributes
    ----------
    rows : np.ndarray [shape=(n_rows,)], int
        Places of the tracks among those of the frame features.
    mean, std : np.ndarray [shape=(n_rows,)], float32
        Of the training frames.
    """

    rows: np.ndarray
    mean: np.ndarray
    std: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Standardised tracks and, last, where there is sound [shape=(n_clips, n_rows + 1, n_frames)], float32.

        Parameters
        ----------
        x : np.ndarray [shape=(n_clips, n_tracks + 1, n_frames)]
            Frame features. The first frame counts as sound, so that a silent clip has one.
        """
        x = np.asarray(x, dtype=np.float32)
        sound = np.maximum(x[:, -1:] > 0, np.eye(1, x.shape[-1], dtype=np.float32))
        tracks = (x[:, self.rows] - self.mean[:, None]) / self.std[:, None]
        return np.concatenate([np.clip(tracks, -CLIP, CLIP) * sound, sound], axis=1)
