"""Training of the networks along time of `ser_core.models._sequence_blocks`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ser_core.models._cnn_training import track_statistics
from ser_core.models._sequence_batches import Batches
from ser_core.models._sequence_blocks import Design, Standard
from ser_core.models._sequence_network import build
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

GRADIENT_NORM = 5.0
"""Longer gradients are cut to this: through time they may grow without bound (Pascanu et al., ICML 2013)."""


@dataclass
class Trained:
    """What a training gives.

    Attributes
    ----------
    model : keras.Model
        With the averaged weights of the best epoch.
    standard : Standard
        What stands before it.
    history : list of dict
        One row per epoch.
    best_epoch : int
        Epoch of the weights, from 1.
    call : callable
        `model`, compiled.
    """

    model: Any
    standard: Standard
    history: list[dict[str, float]]
    best_epoch: int
    call: Callable

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Logits [shape=(n_clips, 8)] of frame features [shape=(n_clips, n_tracks + 1, n_frames)]."""
        return predict_logits(self.call, self.standard(x))


def train(
    data: Data,
    validation: Data,
    *,
    design: Design,
    rows: np.ndarray,
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
        Frame features ``(n_clips, n_tracks + 1, n_frames)``. `validation` decides which epoch is kept, nothing else.
    design : Design
        What the network is built of.
    rows : np.ndarray, int
        Places of the tracks that it reads.
    config : dict
        Complete hyperparameters of the family.
    seed : int
        Decides the first weights, the batches and dropout.
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
    mean, std = (values[rows].astype(np.float32) for values in track_statistics(data.x))
    standard = Standard(rows, mean, std)
    model, average = (build(design, config, n_rows=len(rows), n_frames=data.x.shape[2]) for _ in range(2))
    average.set_weights(model.get_weights())
    call, held = compiled(average), standard(validation.x)
    batches = Batches(standard(data.x), smooth(data.y, config["label_smoothing"]), config=config, seed=seed)
    history, best_epoch = fit_network(
        model,
        average,
        batches=batches.epoch,
        per_epoch=batches.per_epoch,
        loss=cross_entropy,
        validate=lambda: scores(predict_logits(call, held), validation.y),
        config=config,
        key=training_key(config, seed, data, validation),
        checkpoint=checkpoint,
        gradient_norm=GRADIENT_NORM,
        progress=progress,
        cancel=cancel,
    )
    return Trained(average, standard, history, best_epoch, call)
