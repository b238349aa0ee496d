"""Training of the family `cnn`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ser_core.models._cnn_network import build
from ser_core.models._cnn_onnx import to_onnx
from ser_core.models._trained import Trained
from ser_core.models._training import begin, cross_entropy, fit_network, smooth, training_key
from ser_core.models.base import Data

LEAST_STD = 1e-3
"""A track that hardly moves in training must not become a huge one in use."""


@dataclass
class TrainedCNN(Trained):
    """See `Trained`.

    Attributes
    ----------
    mean, std : np.ndarray [shape=(n_tracks,)]
        What it standardises by.
    config : dict
        Complete hyperparameters.
    """

    mean: np.ndarray
    std: np.ndarray
    config: dict[str, Any]

    def to_onnx(self, *, temperature: float) -> bytes:
        """Frame features ``features`` (batch, n_tracks + 1, n_frames) to ``probabilities`` (batch, 8)."""
        return to_onnx(self.model, self.config, mean=self.mean, std=self.std, temperature=temperature)


def train(data: Data, validation: Data, *, config: dict[str, Any], seed: int, **options) -> TrainedCNN:
    """Train one network.

    Parameters
    ----------
    data, validation : Data
        Frame features ``(n_clips, n_tracks + 1, n_frames)``. `validation` decides when to stop, nothing else.
    config : dict
        Complete hyperparameters of the family.
    seed : int
        Decides the first weights, the batches, noise and dropout.
    options
        ``checkpoint``, ``progress`` and ``cancel`` of `fit_network`.
    """
    begin(seed, config)
    mean, std = track_statistics(data.x)
    model, average = (build(config, mean=mean, std=std, n_frames=data.x.shape[2]) for _ in range(2))
    average.set_weights(model.get_weights())
    trained = TrainedCNN(average, mean, std, config)
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

    trained.history, trained.best_epoch = fit_network(
        model,
        average,
        batches=batches,
        per_epoch=per_epoch,
        loss=cross_entropy,
        validate=lambda: trained.scores(validation),
        config=config,
        key=training_key(config, seed, data, validation),
        **options,
    )
    return trained


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
