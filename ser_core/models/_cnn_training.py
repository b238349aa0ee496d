"""Training of the family `cnn`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ser_core.models._cnn_network import build
from ser_core.models._training import (
    begin,
    compiled,
    cross_entropy,
    fit_network,
    predict_logits,
    scores,
    smooth,
    training_key,
)
from ser_core.models.base import Data

LEAST_STD = 1e-3
"""A track that hardly moves in training must not become a huge one in use."""


@dataclass
class Trained:
    """What a training gives.

    Attributes
    ----------
    model : keras.Model
        With the averaged weights of the best epoch.
    mean, std : np.ndarray [shape=(n_tracks,)]
        What it standardises by.
    history : list of dict
        One row per epoch.
    best_epoch : int
        Epoch of the weights, from 1.
    call : callable
        `model`, compiled: a tensor of frame features to logits ``(batch, 8)``.
    """

    model: Any
    mean: np.ndarray
    std: np.ndarray
    history: list[dict[str, float]]
    best_epoch: int
    call: Callable

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Logits [shape=(n_clips, 8)]."""
        return predict_logits(self.call, x)


def train(
    data: Data,
    validation: Data,
    *,
    config: dict[str, Any],
    seed: int,
    checkpoint: Path | str | None = None,
    progress: Callable | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Trained:
    """Train one network.

    Parameters
    ----------
    data, validation : Data
        Frame features ``(n_clips, n_tracks + 1, n_frames)``. `validation` decides when to stop, nothing else.
    config : dict
        Complete hyperparameters of the family.
    seed : int
        Decides the first weights, the batches, noise and dropout.
    checkpoint : Path or str, optional
        File that holds the state after each epoch; a training of the same configuration and data goes on from it.
    progress, cancel : callable, optional
        See `ser_core.progress`; the unit is epochs.

    Raises
    ------
    CancelledError
        When `cancel` answers True.
    """
    begin(seed, config)
    mean, std = track_statistics(data.x)
    model, average = (build(config, mean=mean, std=std, n_frames=data.x.shape[2]) for _ in range(2))
    average.set_weights(model.get_weights())
    evaluate = compiled(average)
    targets = smooth(data.y, config["label_smoothing"])
    size = min(config["batch_size"], len(data))
    per_epoch = len(data) // size

    def batches(epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        rng = np.random.default_rng(seed)
        # One order after the other is drawn from the same source: those of the epochs before come first.
        for _ in range(epoch):
            order = rng.permutation(len(data))
        for chosen in np.split(order[: per_epoch * size], per_epoch):
            yield data.x[chosen], targets[chosen]

    history, best_epoch = fit_network(
        model,
        average,
        batches=batches,
        per_epoch=per_epoch,
        loss=cross_entropy,
        validate=lambda: scores(predict_logits(evaluate, validation.x), validation.y),
        config=config,
        key=training_key(config, seed, data, validation),
        checkpoint=checkpoint,
        progress=progress,
        cancel=cancel,
    )
    return Trained(average, mean, std, history, best_epoch, evaluate)


def track_statistics(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each track over the frames that are no padding.

    Parameters
    ----------
    x : np.ndarray [shape=(n_clips, n_tracks + 1, n_frames)]
        Frame features.

    Returns
    -------
    tuple of np.ndarray [shape=(n_tracks,)]
        The standard deviation is at least `LEAST_STD`.
    """
    sound = x[:, -1] > 0
    frames = x[:, :-1].transpose(0, 2, 1)
    frames = frames[sound] if sound.any() else frames.reshape(-1, frames.shape[-1])
    return frames.mean(axis=0, dtype=np.float64), np.maximum(frames.std(axis=0, dtype=np.float64), LEAST_STD)
