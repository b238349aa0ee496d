"""Training of the family `multitask`: the batches, the weighted losses and what is told of each epoch."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ser_core.hashing import canonical_hash
from ser_core.labels import EMOTIONS
from ser_core.models._audioset_batches import known_emotions, level_to
from ser_core.models._audioset_training import GRADIENT_NORM, IMPOSSIBLE
from ser_core.models._multitask_batches import Batches, Units, columns, learnable
from ser_core.models._multitask_loss import losses, weighted
from ser_core.models._multitask_network import EMOTION, build
from ser_core.models._tensorflow import keras, tf
from ser_core.models._training import begin, fit_network, scores, training_key
from ser_core.models.base import Data
from ser_core.side_tasks import SIDE_TASKS

PREDICT_CLIPS = 128
"""Clips whose images are turned to single precision at a time."""


@dataclass
class Trained:
    """What a training gives.

    Attributes
    ----------
    model : keras.Model
        With the averaged weights of the best epoch.
    side_tasks : tuple of str
        What it learnt besides emotions.
    units : Units
        What it counts levels and ratings in.
    history : list of dict
        One row per epoch.
    best_epoch : int
        Epoch of the weights, from 1.
    """

    model: Any
    side_tasks: tuple[str, ...]
    units: Units
    history: list[dict[str, float]]
    best_epoch: int

    @cached_property
    def _call(self) -> Callable:
        return compiled(self.model)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Logits of the emotions, then of the side tasks, ratings in their unit [shape=(n_clips, 8 + n_side)].

        Parameters
        ----------
        x : np.ndarray [shape=(n_clips, n_bands + 1, n_frames)]
            Log-mel images with levels.
        """
        return answers(self._call, x, self.units)

    @property
    def variances(self) -> dict[str, float]:
        """What each task's loss was divided by in the end."""
        found = np.exp(np.asarray(self.model.get_layer("tasks").log_variance, dtype=np.float64))
        return dict(zip((EMOTION, *self.side_tasks), found.tolist(), strict=True))


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
    """Train one network on the emotions and on all side tasks that `data` can teach.

    Parameters
    ----------
    data, validation : Data
        Log-mel images with their levels ``(n_clips, n_bands + 1, n_frames)`` and side targets. `validation` decides
        which epoch is kept (by its emotions), nothing else.
    config : dict
        Complete hyperparameters of the family.
    seed : int
        Decides the new layers, the batches and dropout.
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
    side_tasks = learnable(data)
    units = Units.of(data, side_tasks)
    options = {"n_bands": data.x.shape[1] - 1, "side_tasks": side_tasks}
    model, average = (build(config, load=first, **options) for first in (True, False))
    average.set_weights(model.get_weights())
    drawn = Batches(data, side_tasks=side_tasks, units=units, config=config, seed=seed)
    call, n = compiled(average), len(EMOTIONS)

    def loss(network, x, level, targets, known):
        found = network([x, level], training=True)
        each, there = losses(found, targets, known, side_tasks=side_tasks)
        right = tf.equal(tf.argmax(tf.where(known[:, :n], found[:, :n], IMPOSSIBLE), 1), tf.argmax(targets[:, :n], 1))
        value = weighted(each, there, network.get_layer("tasks").log_variance)
        return value, tf.reduce_mean(tf.cast(right, tf.float32))

    def validate() -> dict[str, float]:
        found = answers(call, validation.x, units)
        return {**scores(possible(found, validation), validation.y), **side_scores(found, validation, side_tasks)}

    history, best_epoch = fit_network(
        model,
        average,
        batches=drawn.epoch,
        per_epoch=drawn.per_epoch,
        loss=loss,
        validate=validate,
        config=config,
        key=key_of(config, seed, data, validation),
        checkpoint=checkpoint,
        gradient_norm=GRADIENT_NORM,
        message="Training the network",
        progress=progress,
        cancel=cancel,
    )
    return Trained(average, side_tasks, units, history, best_epoch)


def compiled(model: keras.Model) -> Callable:
    """The network as a compiled function of images and levels, without dropout."""
    signature = [tf.TensorSpec(shape, tf.float32) for shape in model.input_shape]
    return tf.function(lambda x, level: model([x, level], training=False), input_signature=signature)


def answers(call: Callable, x: np.ndarray, units: Units) -> np.ndarray:
    """What the network says of images with levels, ratings in the unit of the manifest [shape=(n_clips, 8 + n_side)].

    Parameters
    ----------
    call : callable
        From `compiled`.
    x : np.ndarray [shape=(n_clips, n_bands + 1, n_frames)]
        Images with levels.
    units : Units
        Of the training clips.
    """
    parts = [x[i : i + PREDICT_CLIPS] for i in range(0, len(x), PREDICT_CLIPS)]
    found = np.concatenate([call(tf.constant(level_to(p)), tf.constant(units.levels(p))).numpy() for p in parts])
    n = len(EMOTIONS)
    return np.hstack([found[:, :n], found[:, n:] * units.scales + units.places])


def possible(found: np.ndarray, data: Data) -> np.ndarray:
    """Logits of the emotions [shape=(n_clips, 8)]; those that the corpus of a clip does not hold are impossible."""
    return np.where(known_emotions(data), found[:, : len(EMOTIONS)], IMPOSSIBLE)


def side_scores(found: np.ndarray, data: Data, side_tasks: tuple[str, ...]) -> dict[str, float]:
    """``val_<task>``: UAR of classes, root mean square error of ratings; of tasks that the validation clips know."""
    told = {}
    for i, (name, truth) in enumerate(zip(side_tasks, columns(data, side_tasks).T, strict=True), start=len(EMOTIONS)):
        known = np.isfinite(truth)
        if not known.any():
            continue
        answer, truth = found[known, i], truth[known]
        if SIDE_TASKS[name].is_rating:
            told[f"val_{name}"] = float(np.sqrt(np.mean((answer - truth) ** 2)))
        else:
            right = (answer > 0) == (truth > 0)
            told[f"val_{name}"] = float(np.mean([right[truth == value].mean() for value in np.unique(truth)]))
    return told


def key_of(config: dict[str, Any], seed: int, *parts: Data) -> str:
    """As `training_key`, of the side targets as well."""
    side = [None if part.side is None else np.nan_to_num(part.side, nan=-9.0).tolist() for part in parts]
    return canonical_hash([training_key(config, seed, *parts), side])
