"""How networks are trained here: one-cycle AdamW, averaged weights, early stopping, a checkpoint per epoch."""

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ser_core.hashing import canonical_hash
from ser_core.labels import EMOTIONS
from ser_core.models._checkpoint import Checkpoint
from ser_core.models._tensorflow import keras, tf
from ser_core.models.base import Data
from ser_core.progress import Meter, check_cancel

WARM_UP = 0.15
"""Share of the steps over which the learning rate rises; it falls along a cosine afterwards."""


def begin(seed: int, config: dict[str, Any]) -> None:
    """Seed everything that Keras draws; ``config["deterministic"]`` forbids operators that may sum in any order."""
    keras.utils.set_random_seed(seed)
    if config["deterministic"]:
        tf.config.experimental.enable_op_determinism()


def fit_network(
    model: keras.Model,
    average: keras.Model,
    *,
    batches: Callable[[int], Iterable[tuple[np.ndarray, ...]]],
    per_epoch: int,
    loss: Callable[..., tuple[Any, Any]],
    validate: Callable[[], dict[str, float]],
    config: dict[str, Any],
    key: str = "",
    checkpoint: Path | str | None = None,
    gradient_norm: float | None = None,
    message: str = "Training the network",
    keep: bool = False,
    progress: Callable | None = None,
    cancel: Callable[[], bool] | None = None,
) -> tuple[list[dict[str, float]], int]:
    """Train `model` and leave the averaged weights of its best epoch in `average`.

    Call `begin` before the networks are built. Layers that are not trainable keep what they have, in both.

    Parameters
    ----------
    model, average : keras.Model
        Two networks of one architecture and the same weights.
    batches : callable
        Number of an epoch, from 1, to its batches: tuples of arrays. What it draws must depend on nothing but that
        number, so that a training that goes on meets the same batches.
    per_epoch : int
        Batches in an epoch.
    loss : callable
        ``loss(model, *batch)`` calls `model` with ``training=True`` and gives the scalar to be made small and the
        accuracy.
    validate : callable
        Columns of the history for the present weights of `average`, among them ``val_loss``, which decides.
    config : dict
        Hyperparameters: ``epochs``, ``min_steps``, ``patience``, ``learning_rate``, ``weight_decay``,
        ``average_decay``.
    key : str
        Names the training, see `training_key`: a checkpoint of another one is not taken up.
    checkpoint : Path or str, optional
        File that holds the state after each epoch; a training that was stopped goes on from it.
    gradient_norm : float, optional
        Longer gradients are cut to this.
    message : str
        What is being done, for `progress`.
    keep : bool
        Leave the checkpoint of the finished training where it is: trained again it is only read.
    progress, cancel : callable, optional
        See `ser_core.progress`; the unit is epochs.

    Returns
    -------
    list of dict
        The history: ``epoch``, ``loss``, ``accuracy``, what `validate` gives, ``learning_rate``.
    int
        The best epoch, from 1.

    Raises
    ------
    CancelledError
        When `cancel` answers True.
    """
    optimizer = keras.optimizers.AdamW(0.0, weight_decay=config["weight_decay"], beta_2=0.99)
    optimizer.exclude_from_weight_decay(var_list=[v for v in model.trainable_variables if len(v.shape) == 1])
    optimizer.build(model.trainable_variables)
    step = _step_function(model, average, optimizer, loss, decay=config["average_decay"], gradient_norm=gradient_norm)
    epochs = n_epochs(per_epoch, config)
    state = [*model.variables, *average.variables, *optimizer.variables]
    keeper = Checkpoint(checkpoint, key=key)
    best, notes = keeper.read(state) or ([], {"history": [], "best_epoch": 0})
    history, best_epoch = notes["history"], notes["best_epoch"]
    meter = Meter(progress, total=epochs, unit="epochs", message=message, cancel=cancel, done=len(history))
    for epoch in range(len(history) + 1, epochs + 1):
        if history and len(history) - best_epoch >= config["patience"] * epochs:
            break
        sums = np.zeros(2)
        for i, batch in enumerate(batches(epoch)):
            check_cancel(cancel)
            rate = config["learning_rate"] * one_cycle(((epoch - 1) * per_epoch + i) / (epochs * per_epoch))
            optimizer.learning_rate.assign(rate)
            sums += [float(value) for value in step(*map(tf.constant, batch))]
        row = {
            "epoch": epoch,
            "loss": float(sums[0] / per_epoch),
            "accuracy": float(sums[1] / per_epoch),
            **validate(),
            "learning_rate": float(rate),
        }
        history.append(row)
        if not best or row["val_loss"] < history[best_epoch - 1]["val_loss"]:
            best, best_epoch = average.get_weights(), epoch
        keeper.write(state, best, {"history": history, "best_epoch": best_epoch})
        meter.add()
    meter.finish()
    average.set_weights(best)
    if not keep:
        keeper.remove()
    return history, best_epoch


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


def cross_entropy(model: keras.Model, x: Any, y: Any) -> tuple[Any, Any]:
    """The loss of most families: `entropy_of` what the network says of a batch.

    Parameters
    ----------
    model : keras.Model
        Gives logits ``(batch, k)``.
    x : tf.Tensor
        Its input.
    y : tf.Tensor [shape=(batch, k)]
        Target probabilities.
    """
    return entropy_of(model(x, training=True), y)


def entropy_of(logits: Any, y: Any, *, weight: Any = None) -> tuple[Any, Any]:
    """Mean cross-entropy of logits, each clip counting by its weight if there are any, and their accuracy.

    Parameters
    ----------
    logits, y : tf.Tensor [shape=(batch, k)]
        Logits and target probabilities.
    weight : tf.Tensor [shape=(batch,)], optional
        Of each clip.
    """
    each = tf.nn.softmax_cross_entropy_with_logits(y, logits)
    right = tf.equal(tf.argmax(logits, axis=1), tf.argmax(y, axis=1))
    return tf.reduce_mean(each if weight is None else weight * each), tf.reduce_mean(tf.cast(right, tf.float32))


def training_key(config: dict[str, Any], seed: int, *parts: Data) -> str:
    """Names a training by what decides its outcome, side targets included; features by their shape and sum."""
    told = [
        [
            list(part.x.shape),
            float(part.x.sum(dtype=np.float64)),
            part.y.tolist(),
            part.voice.tolist(),
            part.corpus.tolist(),
        ]
        for part in parts
    ]
    key = canonical_hash({"config": config, "seed": seed, "data": told})
    if all(part.side is None for part in parts):
        return key
    side = [None if part.side is None else np.nan_to_num(part.side, nan=-9.0).tolist() for part in parts]
    return canonical_hash([key, side])


def _step_function(model, average, optimizer, loss, *, decay: float, gradient_norm: float | None) -> Callable:
    """One update of `model` and of the running average of its weights, compiled; gives loss and accuracy.

    Statistics of batch normalisation are averaged with the weights they belong to. What is frozen is left alone.
    """
    pairs = [pair for pair, frozen in zip(_pairs(average, model), _frozen(model), strict=True) if not frozen]

    @tf.function(reduce_retracing=True)
    def step(*batch):
        with tf.GradientTape() as tape:
            value, accuracy = loss(model, *batch)
        gradients = tape.gradient(value, [v.value for v in model.trainable_variables])
        if gradient_norm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, gradient_norm)
        optimizer.apply(gradients)
        count = tf.cast(optimizer.iterations.value, tf.float32)
        # Early on the average follows fast, else it would remember the first, random weights.
        keep = tf.minimum(decay, (1.0 + count) / (10.0 + count))
        for slow, fast in pairs:
            slow.assign(keep * slow.value + (1.0 - keep) * fast.value)
        return value, accuracy

    return step


def _pairs(average: keras.Model, model: keras.Model) -> list[tuple[keras.Variable, keras.Variable]]:
    return list(zip(average.weights, model.weights, strict=True))


def _frozen(model: keras.Model) -> list[bool]:
    """Of each of `Model.weights`, whether training leaves it as it is.

    The weights of a layer that is not trainable, also where that lies within a network that is used as a layer.
    """
    held: set[int] = set()

    def look(layer: keras.Layer) -> None:
        if not layer.trainable:
            held.update(id(weight) for weight in layer.weights)
        for inner in getattr(layer, "layers", []):
            look(inner)

    look(model)
    return [id(weight) in held for weight in model.weights]
