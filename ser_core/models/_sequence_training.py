"""Training of the networks along time of `ser_core.models._sequence_blocks`."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ser_core.models._cnn_training import track_statistics
from ser_core.models._sequence_batches import Batches
from ser_core.models._sequence_blocks import Design, Standard
from ser_core.models._sequence_network import build
from ser_core.models._sequence_onnx import to_onnx
from ser_core.models._trained import Trained, predict_logits, scores
from ser_core.models._training import begin, cross_entropy, fit_network, smooth, training_key
from ser_core.models.base import Data

GRADIENT_NORM = 5.0
"""Longer gradients are cut to this: through time they may grow without bound (Pascanu et al., ICML 2013)."""


@dataclass
class TrainedSequence(Trained):
    """See `Trained`.

    Attributes
    ----------
    standard : Standard
        What stands before it.
    design : Design
        What it is built of.
    n_tracks : int
        Tracks of the frame features, without the row that marks sound.
    """

    standard: Standard
    design: Design
    n_tracks: int

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Logits [shape=(n_clips, 8)] of frame features [shape=(n_clips, n_tracks + 1, n_frames)]."""
        return predict_logits(self.call, self.standard(x))

    def to_onnx(self, *, temperature: float) -> bytes:
        """Frame features ``features`` (batch, n_tracks + 1, n_frames) to ``probabilities`` (batch, 8)."""
        given = {"standard": self.standard, "n_tracks": self.n_tracks, "temperature": temperature}
        return to_onnx(self.model, self.design, **given)


def train(
    data: Data, validation: Data, *, design: Design, rows: np.ndarray, config: dict[str, Any], seed: int, **options
) -> TrainedSequence:
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
    options
        ``checkpoint``, ``progress`` and ``cancel`` of `fit_network`.
    """
    begin(seed, config)
    mean, std = (values[rows].astype(np.float32) for values in track_statistics(data.x))
    standard = Standard(rows, mean, std)
    model, average = (build(design, config, n_rows=len(rows), n_frames=data.x.shape[2]) for _ in range(2))
    average.set_weights(model.get_weights())
    trained = TrainedSequence(average, standard, design, data.x.shape[1] - 1)
    held = standard(validation.x)
    batches = Batches(standard(data.x), smooth(data.y, config["label_smoothing"]), config=config, seed=seed)
    trained.history, trained.best_epoch = fit_network(
        model,
        average,
        batches=batches.epoch,
        per_epoch=batches.per_epoch,
        loss=cross_entropy,
        validate=lambda: scores(predict_logits(trained.call, held), validation.y),
        config=config,
        key=training_key(config, seed, data, validation),
        gradient_norm=GRADIENT_NORM,
        **options,
    )
    return trained
