"""Batches for fine-tuning on log-mel images: crops, changed at random, mixed in pairs, by voice if asked."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ser_core.augment.spectrogram import spec_augment
from ser_core.labels import EMOTIONS
from ser_core.models._audioset_channels import through_channels, through_lines
from ser_core.models._audioset_offset import SPREAD_DB, with_offset
from ser_core.models.base import Data

Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Images ``(batch, n_bands, crop)``, targets ``(batch, 8)``, and which emotions could be ``(batch, 8)``, bool."""


class Batches:
    """Draws the batches of an epoch; the same seed and epoch give the same batches, whatever was drawn before.

    Parameters
    ----------
    data : Data
        Log-mel images with the level as their last row ``(n_clips, n_bands + 1, n_frames)``.
    config : dict
        Hyperparameters of the family.
    seed : int
        Decides order, crops and changes.
    """

    def __init__(self, data: Data, *, config: dict[str, Any], seed: int):
        self._data = data
        self._config = config
        self._seed = seed
        self._known = known_emotions(data)
        smoothing = config["label_smoothing"]
        own = np.eye(len(EMOTIONS), dtype=np.float32)[data.y]
        self._targets = own * (1 - smoothing) + smoothing * self._known / self._known.sum(axis=1, keepdims=True)
        self._targets = self._targets.astype(np.float32)
        groups = max(1, config["voices_per_batch"])
        self.size = max(groups, min(config["batch_size"], len(data)) // groups * groups)
        self._repeats = _repeats(data, config)
        self._voices = config["voices_per_batch"]
        self._reference = voice_levels(data) if self._voices else None
        self.per_epoch = max(1, len(data) // self.size)

    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of one epoch."""
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

    def _part(self, chosen: np.ndarray, rng: np.random.Generator) -> Batch:
        config, n = self._config, len(chosen)
        # What makes another voice or place of it is the same for all clips of a voice.
        once = 1 if self._voices else n
        speeds = np.resize(rng.uniform(-config["speed"], config["speed"], size=once), n)
        x = np.stack([self._crop(i, speed, rng) for i, speed in zip(chosen, speeds, strict=True)])
        rolls = np.resize(rng.integers(-config["roll"], config["roll"], endpoint=True, size=once), n)
        x = np.stack([roll(image, int(by)) for image, by in zip(x, rolls, strict=True)])
        x += np.resize(rng.uniform(-config["gain"], config["gain"], size=once), (n, 1, 1)).astype(np.float32)
        if config["channels"]:
            x = through_channels(x, share=config["channels"], together=bool(self._voices), rng=rng)
        if config["lines"]:
            x = through_lines(x, share=config["lines"], together=bool(self._voices), rng=rng)
        if config["offset_db"]:
            spread = np.resize(rng.uniform(-SPREAD_DB, SPREAD_DB, size=once), (n, 1, 1))
            x = with_offset(x, config["offset_db"] + spread)
        x = spec_augment(
            x,
            freq_masks=1,
            freq_width=min(config["freq_width"], x.shape[1]),
            time_masks=1,
            time_width=config["time_width"],
            rng=rng,
        )
        targets, known = self._targets[chosen], self._known[chosen]
        if not config["mixup"]:
            return x, targets, known
        # Zhang et al., "mixup", ICLR 2018.
        partner = rng.permutation(n)
        share = rng.beta(config["mixup"], config["mixup"], size=n).astype(np.float32)
        share = np.maximum(share, 1 - share)
        x = x * share[:, None, None] + x[partner] * (1 - share[:, None, None])
        mixed = targets * share[:, None] + targets[partner] * (1 - share[:, None])
        return x, mixed, known | known[partner]

    def _crop(self, i: int, speed: float, rng: np.random.Generator) -> np.ndarray:
        """A stretch of the image of clip `i`, `speed` (as a share) faster than it was."""
        image = self._data.x[i]
        crop = min(self._config["crop"], image.shape[1])
        span = (crop - 1) * (1 + speed)
        start = rng.uniform(0, max(0.0, image.shape[1] - 1 - span))
        if not self._config["speed"]:
            first = round(start)
            return level_to(image[None, :, first : first + crop], self._of_voice(i))[0]
        places = np.minimum(start + np.linspace(0, span, crop), image.shape[1] - 1)
        before = np.minimum(places.astype(int), image.shape[1] - 2)
        share = (places - before).astype(np.float32)
        stretched = image[:, before] * (1 - share) + image[:, before + 1] * share
        return level_to(stretched[None], self._of_voice(i))[0]

    def _of_voice(self, i: int) -> float | None:
        return None if self._reference is None else self._reference[i]


def _repeats(data: Data, config: dict[str, Any]) -> np.ndarray:
    """How often each clip is drawn in an epoch, on average; the sum is the number of clips.

    Within a corpus clips of rare emotions are drawn more often; corpora by their weights.
    """
    repeats = np.empty(len(data))
    for name in np.unique(data.corpus):
        inside = data.corpus == name
        counts = np.bincount(data.y[inside])
        balanced = inside.sum() / np.count_nonzero(counts) / counts[data.y[inside]]
        share = balanced ** config["balance"]
        repeats[inside] = share * inside.sum() / share.sum() * config["corpus_weights"].get(str(name), 1.0)
    return repeats * len(data) / repeats.sum()


def known_emotions(data: Data) -> np.ndarray:
    """Which emotions the corpus of each clip holds [shape=(n_clips, 8)], bool."""
    known = np.zeros((len(data), len(EMOTIONS)), dtype=bool)
    for name in np.unique(data.corpus):
        inside = data.corpus == name
        known[inside] = np.isin(np.arange(len(EMOTIONS)), data.y[inside])
    return known


def voice_levels(data: Data) -> np.ndarray:
    """Mean level of all clips of its voice, for each clip [shape=(n_clips,)]."""
    _, voice = np.unique(data.voice, return_inverse=True)
    level = data.x[:, -1, 0].astype(np.float64)
    return (np.bincount(voice, level) / np.bincount(voice))[voice]


def level_to(x: np.ndarray, reference: np.ndarray | float | None = None) -> np.ndarray:
    """Images without their level row, as loud as their levels are above `reference`; all at a peak of 1 without.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_bands + 1, n_frames)]
        Images and their levels.
    reference : float, optional
        Mean level of the voice.

    Returns
    -------
    np.ndarray [shape=(n_clips, n_bands, n_frames)]
        float32.
    """
    bands = x[:, :-1].astype(np.float32)
    return bands if reference is None else bands + (x[:, -1:].astype(np.float32) - np.float32(reference))


def roll(image: np.ndarray, by: int) -> np.ndarray:
    """Shift the bands up by `by` (down if negative), as a smaller or larger throat would; the outermost is repeated.

    Examples
    --------
    >>> roll(np.array([[1.0], [2.0], [3.0]]), 1).ravel().tolist()
    [1.0, 1.0, 2.0]
    """
    return image[np.clip(np.arange(len(image)) - by, 0, len(image) - 1)]
