"""Batches for networks along time: tracks shifted, noised, masked and mixed in pairs, afresh in every epoch."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ser_core.augment.spectrogram import spec_augment

#: Hyperparameters of the changes, which every family along time has; at 0 each changes nothing. Tried on six of the
#: speakers outside the first test fold, trained on the other fourteen, one seed, loss (and UAR) there: `mfccnet` in 40
#: epochs 1.352 (.500), with one band of 8 tracks masked and mixup of .2 as well 1.401 (.495); `reslstm` in 30 epochs
#: 1.358 (.508) against 1.426 (.471).
CHANGES: dict[str, Any] = {
    "shift": 6,  # frames that are left out at most, at the start and at the end each
    "noise": 0.1,  # standard deviation of what is added to the standardised tracks
    "track_masks": 0,  # SpecAugment: bands of neighbouring tracks that are blanked, each as wide as this at most ...
    "track_width": 8,
    "time_masks": 1,  # ... and spans of time, in frames
    "time_width": 10,
    "mixup": 0.0,  # of the beta distribution that draws how pairs of clips are mixed; 0 for none
}


class Batches:
    """Draws the batches of an epoch; the same seed and epoch give the same batches, whatever was drawn before.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_rows + 1, n_frames)], float32
        Standardised tracks, the last row marking the frames of sound, which come first.
    targets : np.ndarray [shape=(n_clips, 8)], float32
        Probabilities of the emotions.
    config : dict
        Hyperparameters: ``batch_size`` and those of `CHANGES`.
    seed : int
        Decides order and changes.
    """

    def __init__(self, x: np.ndarray, targets: np.ndarray, *, config: dict[str, Any], seed: int):
        self._x, self._targets, self._config, self._seed = x, targets, config, seed
        self.size = min(config["batch_size"], len(x))
        self.per_epoch = len(x) // self.size

    def epoch(self, number: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Tracks and targets of each batch of one epoch."""
        rng = np.random.default_rng([self._seed, number])
        order = rng.permutation(len(self._x))[: self.per_epoch * self.size]
        for chosen in order.reshape(self.per_epoch, self.size):
            x = changed(self._x[chosen], config=self._config, rng=rng)
            yield mixed(x, self._targets[chosen], share=self._config["mixup"], rng=rng)


def changed(x: np.ndarray, *, config: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    """Copies of clips that begin and end elsewhere, with noise and blanked bands and spans.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_rows + 1, n_frames)]
        As of `Batches`.
    config : dict
        Hyperparameters of `CHANGES`.
    rng : np.random.Generator
        Decides all.

    Returns
    -------
    np.ndarray [shape=(n_clips, n_rows + 1, n_frames)]
        float32; padding is 0.
    """
    x = shifted(x, rng.integers(0, config["shift"], endpoint=True, size=(2, len(x))))
    tracks, sound = x[:, :-1], x[:, -1:]
    tracks = tracks + config["noise"] * rng.standard_normal(tracks.shape, dtype=np.float32)
    tracks = spec_augment(
        tracks,
        freq_masks=config["track_masks"],
        freq_width=min(config["track_width"], tracks.shape[1]),
        time_masks=config["time_masks"],
        time_width=config["time_width"],
        rng=rng,
    )
    return np.concatenate([tracks * sound, sound], axis=1)


def shifted(x: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """Clips without some frames at their start and end; a clip keeps half of its frames whatever is asked.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_rows + 1, n_frames)]
        As of `Batches`.
    left_out : np.ndarray [shape=(2, n_clips)], int
        Frames at the start and at the end of each clip.

    Examples
    --------
    >>> clip = np.array([[[1.0, 2, 3, 4, 5, 6, 0], [1, 1, 1, 1, 1, 1, 0]]])
    >>> shifted(clip, np.array([[1], [2]]))[0].tolist()
    [[2.0, 3.0, 4.0, 5.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]]
    """
    length = (x[:, -1] > 0).sum(axis=1)
    start, end = np.minimum(left_out, length // 4)
    places = start[:, None] + np.arange(x.shape[2])
    kept = places < (length - end)[:, None]
    found = np.take_along_axis(x, np.minimum(places, x.shape[2] - 1)[:, None], axis=2)
    return found * kept[:, None].astype(x.dtype)


def mixed(
    x: np.ndarray, targets: np.ndarray, *, share: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Each clip with some of another one, and the targets alike, after Zhang et al., "mixup", ICLR 2018.

    There is sound where either has some.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_rows + 1, n_frames)]
        As of `Batches`.
    targets : np.ndarray [shape=(n_clips, 8)]
        Probabilities of the emotions.
    share : float
        Of the beta distribution that draws how much is of the other; 0 mixes nothing.
    rng : np.random.Generator
        Decides pairs and shares.
    """
    if not share:
        return x, targets
    partner = rng.permutation(len(x))
    own = rng.beta(share, share, size=len(x)).astype(np.float32)
    own = np.maximum(own, 1 - own)
    both = x * own[:, None, None] + x[partner] * (1 - own[:, None, None])
    both[:, -1] = np.maximum(x[:, -1], x[partner, -1])
    return both, targets * own[:, None] + targets[partner] * (1 - own[:, None])
