"""Fine-tuning of the family `audioset`: one-cycle AdamW, averaged weights, early stopping, a checkpoint per epoch."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ser_core.labels import EMOTIONS
from ser_core.models import _audioset_network as network
from ser_core.models._audioset_batches import Batches, known_emotions
from ser_core.models._audioset_voice import copy_of, logits_alone, logits_by_voice, network_options
from ser_core.models._audioset_weights import weights_path
from ser_core.models._tensorflow import keras, tf
from ser_core.models._training import begin, fit_network, scores, training_key
from ser_core.models.base import Data

GRADIENT_NORM = 5.0
"""Longer gradients are cut to this: the new last layer starts with large ones."""
FIRST_STD = 0.02
"""Of the weights of the new last layer: small, so that the first gradients do not upset what was learnt before."""
IMPOSSIBLE = -1e9
"""Logit of an emotion that the corpus of a clip does not hold: it neither costs nor teaches anything."""


@dataclass
class Trained:
    """What a training gives.

    Attributes
    ----------
    model : keras.Model
        With the averaged weights of the best epoch.
    history : list of dict
        One row per epoch.
    best_epoch : int
        Epoch of the weights, from 1.
    config : dict
        Complete hyperparameters.
    """

    model: Any
    history: list[dict[str, float]]
    best_epoch: int
    config: dict[str, Any]

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Logits [shape=(n_clips, 8)], each clip alone."""
        return logits_alone(self.model, x)

    def validation_logits(self, data: Data) -> np.ndarray:
        """Logits [shape=(n_clips, 8)] as the network is meant to be used: adapted to each voice if trained by voice.

        Emotions that the corpus of a clip does not hold are impossible.
        """
        return _possible(logits_by_voice(self.model, data, config=self.config), data)


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
    """Fine-tune one network.

    Parameters
    ----------
    data, validation : Data
        Log-mel images with their levels ``(n_clips, n_bands + 1, n_frames)``. `validation` decides which epoch is kept,
        nothing else.
    config : dict
        Complete hyperparameters of the family.
    seed : int
        Decides the new layer, the batches and dropout.
    checkpoint : Path or str, optional
        File that holds the state after each epoch; a training of the same configuration and data goes on from it.
    progress, cancel : callable, optional
        See `ser_core.progress`; the unit is epochs.

    Raises
    ------
    CancelledError
        When `cancel` answers True.
    ModelError
        If the weights to start from are not there.
    """
    begin(seed, config)
    model = _start(config, n_bands=data.x.shape[1] - 1)
    average = copy_of(model, config=config)
    drawn, n_parts = Batches(data, config=config, seed=seed), max(1, config["voices_per_batch"])

    def loss(network, x, y, known):
        # Each voice is normalised by its own statistics.
        logits = tf.concat([network(part, training=True) for part in tf.split(x, n_parts)], axis=0)
        logits = tf.where(known, logits, IMPOSSIBLE)
        right = tf.equal(tf.argmax(logits, axis=1), tf.argmax(y, axis=1))
        entropy = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, logits))
        return entropy, tf.reduce_mean(tf.cast(right, tf.float32))

    history, best_epoch = fit_network(
        model,
        average,
        batches=drawn.epoch,
        per_epoch=drawn.per_epoch,
        loss=loss,
        validate=lambda: scores(
            _possible(logits_by_voice(average, validation, config=config), validation), validation.y
        ),
        config=config,
        key=training_key(config, seed, data, validation),
        checkpoint=checkpoint,
        gradient_norm=GRADIENT_NORM,
        message="Fine-tuning the network",
        progress=progress,
        cancel=cancel,
    )
    return Trained(average, history, best_epoch, config)


def _possible(logits: np.ndarray, data: Data) -> np.ndarray:
    return np.where(known_emotions(data), logits, IMPOSSIBLE)


def _start(config: dict[str, Any], *, n_bands: int) -> keras.Model:
    """The network to begin with: AudioSet's, or random where the configuration says so."""
    model = network.build(
        n_bands=n_bands, n_outputs=len(EMOTIONS), dropout=config["dropout"], **network_options(config)
    )
    if config["pretrained"]:
        with np.load(weights_path(), allow_pickle=False) as weights:
            network.load_pretrained(model, weights)
        last = model.get_layer("classifier.5").kernel
        last.assign(keras.random.normal(last.shape, stddev=FIRST_STD))
    return model
