"""Changes to the spectrogram images of training clips, and batches of them."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ser_core.augment.spectrogram import spec_augment
from ser_core.labels import EMOTIONS
from ser_core.models._imagenet_image import resampling
from ser_core.models._training import smooth
from ser_core.models.base import Data

Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
"""What the network reads ``(batch, ...)``, targets ``(batch, 8)`` and weights in the loss ``(batch,)``."""


def changed(x: np.ndarray, *, config: dict[str, Any], spread: float, rng: np.random.Generator) -> np.ndarray:
    """Copies of spectrograms as other takes of the same speech might look.

    Each is shifted in time, stretched or squeezed a little along both axes, made brighter or darker, given more or less
    contrast, and masked (`spec_augment`).

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_mels, n_frames)]
        Spectrograms.
    config : dict
        ``shift`` (share of the frames), ``zoom`` (share), ``brightness`` (of `spread`), ``contrast`` (share),
        ``freq_width`` (bands) and ``time_width`` (frames): the greatest change of each kind.
    spread : float
        Standard deviation of the values of all training clips.
    rng : np.random.Generator
        Source of the changes.
    """
    n, n_mels, n_frames = x.shape

    def draw(name: str) -> np.ndarray:
        return rng.uniform(-config[name], config[name], size=(n, 1))

    shift, taller, wider, brighter, harder = map(draw, ("shift", "zoom", "zoom", "brightness", "contrast"))
    rows = resampling(n_mels, _zoomed(n_mels, taller)).astype(np.float32)
    columns = resampling(n_frames, _zoomed(n_frames, wider) + shift * n_frames).astype(np.float32)
    x = rows @ x.astype(np.float32) @ columns.transpose(0, 2, 1)
    mean = x.mean(axis=(1, 2), keepdims=True)
    x = mean + (x - mean) * (1 + harder[..., None]) + brighter[..., None] * spread
    return spec_augment(
        x,
        freq_masks=1,
        freq_width=min(config["freq_width"], n_mels),
        time_masks=1,
        time_width=config["time_width"],
        rng=rng,
    )


class Batches:
    """Draws the batches of an epoch; the same seed and epoch give the same batches, whatever was drawn before.

    Parameters
    ----------
    data : Data
        Training clips.
    config : dict
        Hyperparameters of the family.
    seed : int
        Decides order, changes and pairs.
    """

    def __init__(self, data: Data, *, config: dict[str, Any], seed: int):
        self.data, self._config, self._seed = data, config, seed
        self._targets = smooth(data.y, config["label_smoothing"])
        self._weights = class_weights(data.y, share=config["balance"])
        self._spread = float(data.x.std(dtype=np.float64))
        self.size = min(config["batch_size"], len(data))
        self.per_epoch = len(data) // self.size

    def epoch(self, number: int) -> Iterator[Batch]:
        """Batches of spectrograms, changed at random, for one epoch."""
        rng = np.random.default_rng([self._seed, number])
        for chosen in self._order(rng):
            x = changed(self.data.x[chosen], config=self._config, spread=self._spread, rng=rng)
            yield self._mixed(x, chosen, rng)

    def copy(self, number: int, chosen: np.ndarray) -> np.ndarray:
        """Changed copies of the spectrograms of some clips; `number` tells copies of the same clips apart."""
        rng = np.random.default_rng([self._seed, number, int(chosen[0])])
        return changed(self.data.x[chosen], config=self._config, spread=self._spread, rng=rng)

    def epoch_of(self, number: int, features: np.ndarray) -> Iterator[Batch]:
        """Batches of what a network made of the copies of each clip, by turns [shape=(n_copies, n_clips, ...)]."""
        rng = np.random.default_rng([self._seed, number])
        for chosen in self._order(rng):
            yield self._mixed(features[number % len(features)][chosen], chosen, rng)

    def _order(self, rng: np.random.Generator) -> np.ndarray:
        return rng.permutation(len(self.data))[: self.per_epoch * self.size].reshape(self.per_epoch, self.size)

    def _mixed(self, x: np.ndarray, chosen: np.ndarray, rng: np.random.Generator) -> Batch:
        """Pairs of clips laid over each other (Zhang et al., "mixup", ICLR 2018)."""
        targets, weights = self._targets[chosen], self._weights[chosen]
        if not self._config["mixup"]:
            return x, targets, weights
        partner = rng.permutation(len(chosen))
        share = rng.beta(self._config["mixup"], self._config["mixup"], size=len(chosen)).astype(np.float32)
        share = np.maximum(share, 1 - share)

        def mix(part: np.ndarray) -> np.ndarray:
            of = share.reshape(-1, *[1] * (part.ndim - 1))
            return part * of + part[partner] * (1 - of)

        return mix(x), mix(targets), mix(weights)


def class_weights(y: np.ndarray, *, share: float) -> np.ndarray:
    """Weight of each clip in the loss [shape=(n_clips,)], float32, one on average.

    Parameters
    ----------
    y : np.ndarray [shape=(n_clips,)], int
        Labels.
    share : float
        1: every emotion counts the same; 0: every clip does.

    Examples
    --------
    >>> (6 * class_weights(np.array([0, 0, 0, 1]), share=1.0)).round().tolist()
    [4.0, 4.0, 4.0, 12.0]
    """
    counts = np.bincount(y, minlength=len(EMOTIONS))
    weights = (len(y) / np.count_nonzero(counts) / counts[y]) ** share
    return (weights / weights.mean()).astype(np.float32)


def _zoomed(n: int, by: np.ndarray) -> np.ndarray:
    """Places of `n` cells, spread around the middle by the shares `by` [shape=(n_clips, 1)]."""
    middle = (n - 1) / 2
    return middle + (np.arange(n) - middle) * (1 + by)
