"""Training of the family `cnn`: one-cycle AdamW, averaged weights, early stopping."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ser_core.labels import EMOTIONS
from ser_core.models._cnn_network import build
from ser_core.models._tensorflow import keras, tf
from ser_core.models.base import Data
from ser_core.models.onnx_tools import log_loss
from ser_core.progress import Meter, check_cancel

WARM_UP = 0.15
"""Share of the steps over which the learning rate rises; it falls along a cosine afterwards."""
PREDICT_BATCH = 256
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
    progress, cancel : callable, optional
        See `ser_core.progress`; the unit is epochs.

    Raises
    ------
    CancelledError
        When `cancel` answers True.
    """
    keras.utils.set_random_seed(seed)
    if config["deterministic"]:
        tf.config.experimental.enable_op_determinism()
    rng = np.random.default_rng(seed)
    mean, std = track_statistics(data.x)
    model, average = (build(config, mean=mean, std=std, n_frames=data.x.shape[2]) for _ in range(2))
    average.set_weights(model.get_weights())
    optimizer = keras.optimizers.AdamW(learning_rate=0.0, weight_decay=config["weight_decay"], beta_2=0.99)
    optimizer.exclude_from_weight_decay(var_list=[v for v in model.trainable_variables if len(v.shape) == 1])
    optimizer.build(model.trainable_variables)
    step = _step_function(model, average, optimizer, config)
    evaluate = tf.function(
        lambda x: average(x, training=False),
        input_signature=[tf.TensorSpec((None, *data.x.shape[1:]), tf.float32)],
    )

    targets = smooth(data.y, config["label_smoothing"])
    batch = min(config["batch_size"], len(data))
    steps = len(data) // batch
    epochs = n_epochs(steps, config)
    meter = Meter(progress, total=epochs, unit="epochs", message="Training the network", cancel=cancel)
    history, best, best_epoch = [], None, 0
    for epoch in range(1, epochs + 1):
        order = rng.permutation(len(data))
        sums = np.zeros(2)
        for i in range(steps):
            check_cancel(cancel)
            done = ((epoch - 1) * steps + i) / (epochs * steps)
            optimizer.learning_rate.assign(config["learning_rate"] * one_cycle(done))
            chosen = order[i * batch : (i + 1) * batch]
            sums += [float(value) for value in step(tf.constant(data.x[chosen]), tf.constant(targets[chosen]))]
        row = {
            "epoch": epoch,
            "loss": float(sums[0] / steps),
            "accuracy": float(sums[1] / steps),
            **scores(predict_logits(evaluate, validation.x), validation.y),
            "learning_rate": float(config["learning_rate"] * one_cycle(done)),
        }
        history.append(row)
        if best is None or row["val_loss"] < history[best_epoch - 1]["val_loss"]:
            best, best_epoch = average.get_weights(), epoch
        meter.add()
        if epoch - best_epoch >= config["patience"] * epochs:
            break
    meter.finish()
    average.set_weights(best)
    return Trained(average, mean, std, history, best_epoch, evaluate)


def n_epochs(steps: int, config: dict[str, Any]) -> int:
    """Epochs of `steps` batches each: ``config["epochs"]``, or as many as give ``config["min_steps"]`` updates.

    Examples
    --------
    >>> n_epochs(33, {"epochs": 40, "min_steps": 600}), n_epochs(4, {"epochs": 40, "min_steps": 600})
    (40, 150)
    """
    return max(config["epochs"], math.ceil(config["min_steps"] / steps))


def one_cycle(done: float) -> float:
    """Learning rate as a share of its peak when the share `done` of the training is over.

    Linear warm-up, then half a cosine, after Loshchilov and Hutter, "SGDR", ICLR 2017, without restarts.

    Examples
    --------
    >>> [round(one_cycle(done), 3) for done in (0.0, 0.075, 0.15, 0.575, 1.0)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    if done < WARM_UP:
        return done / WARM_UP
    return 0.5 * (1.0 + math.cos(math.pi * (done - WARM_UP) / (1.0 - WARM_UP)))


def smooth(y: np.ndarray, share: float) -> np.ndarray:
    """One-hot targets [shape=(n, 8)] with `share` of the probability spread over all emotions."""
    return (np.eye(len(EMOTIONS), dtype=np.float32)[y] * (1 - share) + share / len(EMOTIONS)).astype(np.float32)


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


def predict_logits(function: Callable, x: np.ndarray) -> np.ndarray:
    """Logits [shape=(n_clips, 8)], in batches that bound the memory."""
    parts = [function(tf.constant(x[i : i + PREDICT_BATCH])).numpy() for i in range(0, len(x), PREDICT_BATCH)]
    return np.concatenate(parts)


def scores(logits: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """``val_loss, val_accuracy, val_uar`` of logits [shape=(n, 8)], for a row of the history."""
    right = logits.argmax(axis=1) == y
    return {
        "val_loss": log_loss(logits, y),
        "val_accuracy": float(right.mean()),
        "val_uar": float(np.mean([right[y == label].mean() for label in np.unique(y)])),
    }


def _step_function(model, average, optimizer, config: dict[str, Any]) -> Callable:
    """One update of `model` and of the running average of its weights, compiled; gives loss and accuracy.

    Statistics of batch normalisation are averaged with the weights they belong to.
    """
    decay = config["average_decay"]
    pairs = list(zip(average.weights, model.weights, strict=True))
    count = tf.Variable(0.0)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            logits = model(x, training=True)
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, logits))
        gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
        optimizer.apply(gradients)
        count.assign_add(1.0)
        # Early on the average follows fast, else it would remember the first, random weights.
        keep = tf.minimum(decay, (1.0 + count) / (10.0 + count))
        for slow, fast in pairs:
            slow.assign(keep * slow.value + (1.0 - keep) * fast.value)
        right = tf.equal(tf.argmax(logits, axis=1), tf.argmax(y, axis=1))
        return loss, tf.reduce_mean(tf.cast(right, tf.float32))

    return step
