"""Fine-tuning of the family `audioset`: one-cycle AdamW, averaged weights, early stopping, a checkpoint per epoch."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ser_core.hashing import canonical_hash
from ser_core.labels import EMOTIONS
from ser_core.models import _audioset_network as network
from ser_core.models._audioset_batches import Batches, known_emotions
from ser_core.models._audioset_checkpoint import Checkpoint
from ser_core.models._audioset_voice import copy_of, logits_alone, logits_by_voice, network_options
from ser_core.models._audioset_weights import weights_path
from ser_core.models._tensorflow import keras, tf
from ser_core.models._training import n_epochs, one_cycle, scores
from ser_core.models.base import Data
from ser_core.progress import Meter, check_cancel

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
    keras.utils.set_random_seed(seed)
    if config["deterministic"]:
        tf.config.experimental.enable_op_determinism()
    model = _start(config, n_bands=data.x.shape[1] - 1)
    average = copy_of(model, config=config)
    optimizer = keras.optimizers.AdamW(0.0, weight_decay=config["weight_decay"], beta_2=0.99)
    optimizer.exclude_from_weight_decay(var_list=[v for v in model.trainable_variables if len(v.shape) == 1])
    optimizer.build(model.trainable_variables)
    step = _step_function(model, average, optimizer, config)
    batches = Batches(data, config=config, seed=seed)
    epochs = n_epochs(batches.per_epoch, config)
    steps = epochs * batches.per_epoch
    state = [*model.variables, *average.variables, *optimizer.variables]
    keeper = Checkpoint(checkpoint, key=_key(data, validation, config, seed))
    best, notes = keeper.read(state) or ([], {"history": [], "best_epoch": 0})
    history, best_epoch = notes["history"], notes["best_epoch"]
    meter = Meter(
        progress, total=epochs, unit="epochs", message="Fine-tuning the network", cancel=cancel, done=len(history)
    )
    for epoch in range(len(history) + 1, epochs + 1):
        if _is_over(history, best_epoch, epochs, config):
            break
        sums = np.zeros(2)
        for i, batch in enumerate(batches.epoch(epoch)):
            check_cancel(cancel)
            rate = config["learning_rate"] * one_cycle(((epoch - 1) * batches.per_epoch + i) / steps)
            optimizer.learning_rate.assign(rate)
            sums += [float(value) for value in step(*map(tf.constant, batch))]
        row = {
            "epoch": epoch,
            "loss": float(sums[0] / batches.per_epoch),
            "accuracy": float(sums[1] / batches.per_epoch),
            **scores(_possible(logits_by_voice(average, validation, config=config), validation), validation.y),
            "learning_rate": float(rate),
        }
        history.append(row)
        if not best or row["val_loss"] < history[best_epoch - 1]["val_loss"]:
            best, best_epoch = average.get_weights(), epoch
        keeper.write(state, best, {"history": history, "best_epoch": best_epoch})
        meter.add()
    meter.finish()
    average.set_weights(best)
    keeper.remove()
    return Trained(average, history, best_epoch, config)


def _possible(logits: np.ndarray, data: Data) -> np.ndarray:
    return np.where(known_emotions(data), logits, IMPOSSIBLE)


def _is_over(history: list[dict], best_epoch: int, epochs: int, config: dict[str, Any]) -> bool:
    """Whether the validation loss has not improved for the share of the epochs that is allowed."""
    return len(history) - best_epoch >= config["patience"] * epochs


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


def _key(data: Data, validation: Data, config: dict[str, Any], seed: int) -> str:
    """Names a training by what decides its outcome; the images by their number, shape and sums."""
    parts = [
        [
            list(part.x.shape),
            float(part.x.sum(dtype=np.float64)),
            part.y.tolist(),
            part.voice.tolist(),
            part.corpus.tolist(),
        ]
        for part in (data, validation)
    ]
    return canonical_hash({"config": config, "seed": seed, "data": parts})


def _step_function(model, average, optimizer, config: dict[str, Any]) -> Callable:
    """One update of `model` and of the running average of its weights, compiled; gives loss and accuracy."""
    decay, n_parts = config["average_decay"], max(1, config["voices_per_batch"])
    # What is frozen is the same in both.
    pairs = [
        pair
        for slow, fast in zip(average.layers, model.layers, strict=True)
        if fast.trainable
        for pair in zip(slow.weights, fast.weights, strict=True)
    ]

    @tf.function(reduce_retracing=True)
    def step(x, y, known):
        with tf.GradientTape() as tape:
            # Each voice is normalised by its own statistics.
            logits = tf.concat([model(part, training=True) for part in tf.split(x, n_parts)], axis=0)
            logits = tf.where(known, logits, IMPOSSIBLE)
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, logits))
        gradients, _ = tf.clip_by_global_norm(
            tape.gradient(loss, [v.value for v in model.trainable_variables]), GRADIENT_NORM
        )
        optimizer.apply(gradients)
        count = tf.cast(optimizer.iterations.value, tf.float32)
        # Early on the average follows fast, else it would remember the untrained last layer.
        keep = tf.minimum(decay, (1.0 + count) / (10.0 + count))
        for slow, fast in pairs:
            slow.assign(keep * slow.value + (1.0 - keep) * fast.value)
        right = tf.equal(tf.argmax(logits, axis=1), tf.argmax(y, axis=1))
        return loss, tf.reduce_mean(tf.cast(right, tf.float32))

    return step
