"""Training of the family `multitask`: the batches, the weighted losses and what is told of each epoch."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ser_core.labels import EMOTIONS
from ser_core.models._audioset_batches import level_to
from ser_core.models._audioset_training import GRADIENT_NORM, IMPOSSIBLE, possible
from ser_core.models._multitask_batches import Batches, Units, columns, learnable
from ser_core.models._multitask_loss import losses, weighted
from ser_core.models._multitask_network import EMOTION, build
from ser_core.models._multitask_onnx import to_onnx
from ser_core.models._tensorflow import tf
from ser_core.models._together import TrainedTogether, train_together
from ser_core.models._trained import predict_logits, scores
from ser_core.models._training import begin, fit_network, training_key
from ser_core.models.base import Data
from ser_core.progress import CancelCallback, ProgressCallback
from ser_core.side_tasks import SIDE_TASKS

SEED_STEP = 1000
"""From the seed of a network to that of the next one beside it: far from those of repeated trainings."""
PREDICT_CLIPS = 128
"""Clips whose images are turned to single precision at a time."""


@dataclass
class TrainedMultitask(TrainedTogether):
    """See `TrainedTogether`.

    Attributes
    ----------
    side_tasks : tuple of str
        What it learnt besides emotions.
    units : Units
        What it counts levels and ratings in.
    """

    side_tasks: tuple[str, ...]
    units: Units

    def answers(self, x: np.ndarray) -> np.ndarray:
        """Logits of the emotions, then of the side tasks, ratings in their unit [shape=(n_clips, 8 + n_side)].

        Parameters
        ----------
        x : np.ndarray [shape=(n_clips, n_bands + 1, n_frames)]
            Log-mel images with levels.
        """
        n, units = len(EMOTIONS), self.units
        found = np.mean([network._raw(x) for network in self.networks], axis=0)
        return np.hstack([found[:, :n], found[:, n:] * units.scales + units.places])

    def _raw(self, x: np.ndarray) -> np.ndarray:
        """What this network alone answers, ratings in standard deviations."""
        return predict_logits(
            self.call, x, prepare=lambda part: (level_to(part), self.units.levels(part)), size=PREDICT_CLIPS
        )

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Logits of the emotions [shape=(n_clips, 8)]."""
        return self.answers(x)[:, : len(EMOTIONS)]

    def validation_logits(self, data: Data) -> np.ndarray:
        """Logits of the emotions; those that the corpus of a clip does not hold are impossible."""
        return possible(self.predict(data.x), data)

    def scores(self, data: Data) -> dict[str, float]:
        """Columns of the history for the present weights: of the emotions, then of the side tasks."""
        found = self.answers(data.x)
        logits = possible(found[:, : len(EMOTIONS)], data)
        return {**scores(logits, data.y), **side_scores(found, data, self.side_tasks)}

    @property
    def variances(self) -> dict[str, float]:
        """What each task's loss was divided by in the end, in the geometric mean over networks."""
        logs = [np.asarray(each.model.get_layer("tasks").log_variance, dtype=np.float64) for each in self.networks]
        found = np.exp(np.mean(logs, axis=0))
        return dict(zip((EMOTION, *self.side_tasks), found.tolist(), strict=True))

    def to_onnx(self, *, temperature: float, side_temperatures: dict[str, float]) -> bytes:
        """See `ser_core.models._multitask_onnx.to_onnx`."""
        return to_onnx(self, temperature=temperature, side_temperatures=side_temperatures)


def train(
    data: Data,
    validation: Data,
    *,
    config: dict[str, Any],
    seed: int,
    checkpoint: Path | str | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> TrainedMultitask:
    """Train networks on the emotions and on all side tasks that `data` can teach, as many as the configuration says.

    Parameters
    ----------
    data, validation : Data
        Log-mel images with their levels ``(n_clips, n_bands + 1, n_frames)`` and side targets. `validation` decides
        which epoch is kept (by its emotions), nothing else.
    config : dict
        Complete hyperparameters of the family.
    seed : int
        Decides the new layers, the batches and dropout.
    checkpoint, progress : optional
        See `train_together`.
    cancel : callable, optional
        See `ser_core.progress`.

    Raises
    ------
    ModelError
        If the weights to start from are not there.
    """
    seeds = [seed + SEED_STEP * number for number in range(config["networks"])]
    return train_together(
        [partial(_train, data, validation, config=config, seed=each, cancel=cancel) for each in seeds],
        checkpoint=checkpoint,
        progress=progress,
    )


def _train(data: Data, validation: Data, *, config: dict[str, Any], seed: int, **options) -> TrainedMultitask:
    begin(seed, config)
    side_tasks = learnable(data)
    units = Units.of(data, side_tasks)
    built = {"n_bands": data.x.shape[1] - 1, "side_tasks": side_tasks}
    model, average = (build(config, load=first, **built) for first in (True, False))
    average.set_weights(model.get_weights())
    drawn = Batches(data, side_tasks=side_tasks, units=units, config=config, seed=seed)
    trained, n = TrainedMultitask(average, side_tasks, units), len(EMOTIONS)

    def loss(network, x, level, targets, known):
        found = network([x, level], training=True)
        each, there = losses(found, targets, known, side_tasks=side_tasks)
        right = tf.equal(tf.argmax(tf.where(known[:, :n], found[:, :n], IMPOSSIBLE), 1), tf.argmax(targets[:, :n], 1))
        value = weighted(each, there, network.get_layer("tasks").log_variance)
        return value, tf.reduce_mean(tf.cast(right, tf.float32))

    trained.history, trained.best_epoch = fit_network(
        model,
        average,
        batches=drawn.epoch,
        per_epoch=drawn.per_epoch,
        loss=loss,
        validate=lambda: trained.scores(validation),
        config=config,
        key=training_key(config, seed, data, validation),
        gradient_norm=GRADIENT_NORM,
        **options,
    )
    return trained


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
