"""Batches for fine-tuning on log-mel images: crops, changed at random, mixed in pairs, by voice if asked."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ser_core.augment.spectrogram import spec_augment
from ser_core.models._cnn_training import smooth
from ser_core.models.base import Data


class Batches:
    """Draws the batches of an epoch; the same seed and epoch give the same batches, whatever was drawn before.

    Parameters
    ----------
    data : Data
        Log-mel images ``(n_clips, n_bands, n_frames)``.
    config : dict
        Hyperparameters of the family.
    seed : int
        Decides order, crops and changes.
    """

    def __init__(self, data: Data, *, config: dict[str, Any], seed: int):
        self._data = data
        self._config = config
        self._seed = seed
        self._targets = smooth(data.y, config["label_smoothing"])
        groups = max(1, config["voices_per_batch"])
        self.size = max(groups, min(config["batch_size"], len(data)) // groups * groups)
        counts = np.bincount(data.y)
        #: How often a clip is drawn in an epoch, on average: clips of rare emotions more often, as many in all.
        balanced = len(data) / np.count_nonzero(counts) / counts[data.y]
        self._repeats = balanced ** config["balance"]
        self._repeats *= len(data) / self._repeats.sum()
        self._voices = config["voices_per_batch"]
        self.per_epoch = max(1, len(data) // self.size)

    def epoch(self, number: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Images ``(batch, n_bands, crop)`` and targets ``(batch, 8)`` of one epoch."""
        rng = np.random.default_rng([self._seed, number])
        whole = np.floor(self._repeats).astype(int)
        times = whole + (rng.random(len(whole)) < self._repeats - whole)
        order = rng.permutation(np.repeat(np.arange(len(times)), times))
        if self._voices:
            order = self._by_voice(order, rng)
        # Drawn numbers of clips vary around the mean: every epoch has the same number of batches all the same.
        order = np.resize(order, self.per_epoch * self.size)
        for chosen in order.reshape(self.per_epoch, self.size):
            parts = [self._part(clips, rng) for clips in np.array_split(chosen, max(1, self._voices))]
            yield tuple(np.concatenate(of) for of in zip(*parts, strict=True))

    def _by_voice(self, order: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """`order` in groups of one voice each, as many to a batch as the configuration says."""
        size = self.size // self._voices
        voice = self._data.voice[order]
        groups = []
        for name in np.unique(voice):
            clips = order[voice == name]
            groups += np.resize(clips, (max(1, round(len(clips) / size)), size)).tolist()
        return np.array(groups)[rng.permutation(len(groups))].ravel()

    def _part(self, chosen: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        config, images = self._config, self._data.x
        n_frames = images.shape[2]
        crop = min(config["crop"], n_frames)
        starts = rng.integers(0, n_frames - crop, endpoint=True, size=len(chosen))
        x = np.stack([images[i, :, start : start + crop] for i, start in zip(chosen, starts, strict=True)])
        x = x.astype(np.float32)
        # Clips of one voice are shifted alike, as if another voice said them all.
        n_rolls = 1 if self._voices else len(chosen)
        rolls = np.resize(rng.integers(-config["roll"], config["roll"], endpoint=True, size=n_rolls), len(chosen))
        x = np.stack([roll(image, int(by)) for image, by in zip(x, rolls, strict=True)])
        x += rng.uniform(-config["gain"], config["gain"], size=(len(chosen), 1, 1)).astype(np.float32)
        x = spec_augment(
            x,
            freq_masks=1,
            freq_width=min(config["freq_width"], x.shape[1]),
            time_masks=1,
            time_width=config["time_width"],
            rng=rng,
        )
        targets = self._targets[chosen]
        if not config["mixup"]:
            return x, targets
        # Zhang et al., "mixup", ICLR 2018.
        partner = rng.permutation(len(chosen))
        share = rng.beta(config["mixup"], config["mixup"], size=len(chosen)).astype(np.float32)
        share = np.maximum(share, 1 - share)
        x = x * share[:, None, None] + x[partner] * (1 - share[:, None, None])
        return x, targets * share[:, None] + targets[partner] * (1 - share[:, None])


def roll(image: np.ndarray, by: int) -> np.ndarray:
    """Shift the bands up by `by` (down if negative), as a smaller or larger throat would; the outermost is repeated.

    Examples
    --------
    >>> roll(np.array([[1.0], [2.0], [3.0]]), 1).ravel().tolist()
    [1.0, 1.0, 2.0]
    """
    return image[np.clip(np.arange(len(image)) - by, 0, len(image) - 1)]
