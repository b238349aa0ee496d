"""A trained network: its compiled form, its logits, and what they reach."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ser_core.models._tensorflow import keras, tf
from ser_core.models.base import Data
from ser_core.models.onnx_tools import log_loss

PREDICT_BATCH = 256


@dataclass
class Trained(ABC):
    """What a training gives; a family adds what stands before and after its network.

    Attributes
    ----------
    model : keras.Model
        With the averaged weights of the best epoch.
    history : list of dict
        One row per epoch.
    best_epoch : int
        Epoch of the weights, from 1.
    """

    model: Any
    history: list[dict[str, float]] = field(default_factory=list, kw_only=True)
    best_epoch: int = field(default=0, kw_only=True)

    @property
    def n_parameters(self) -> int:
        """Weights of the network, those that are not trained included."""
        return int(self.model.count_params())

    @cached_property
    def call(self) -> Callable:
        """`model`, compiled."""
        return compiled(self.model)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Logits [shape=(n_clips, 8)] of features as the family reads them, each clip alone."""
        return predict_logits(self.call, x)

    def validation_logits(self, data: Data) -> np.ndarray:
        """Logits [shape=(n_clips, 8)] as the network is meant to be used: of clips alone unless stated otherwise."""
        return self.predict(data.x)

    def scores(self, data: Data) -> dict[str, float]:
        """Columns of the history for the present weights."""
        return scores(self.validation_logits(data), data.y)

    @abstractmethod
    def to_onnx(self, *, temperature: float) -> bytes:
        """Serialise the network; `temperature` divides the logits before the softmax."""


def compiled(model: keras.Model) -> Callable:
    """`model` as a compiled function of its inputs, one by one, of any number of rows; without dropout."""
    signature = [tf.TensorSpec(given.shape, tf.float32) for given in model.inputs]
    return tf.function(
        lambda *given: model(given[0] if len(given) == 1 else list(given), training=False), input_signature=signature
    )


def predict_logits(
    function: Callable,
    x: np.ndarray,
    *,
    prepare: Callable[[np.ndarray], tuple[np.ndarray, ...]] = lambda part: (part,),
    size: int = PREDICT_BATCH,
) -> np.ndarray:
    """Logits [shape=(n_clips, k)], in batches that bound the memory.

    Parameters
    ----------
    function : callable
        From `compiled`.
    x : np.ndarray [shape=(n_clips, ...)]
        Features.
    prepare : callable
        Features of some clips to the inputs of the network; as they are unless given.
    size : int
        Clips in a batch.
    """
    parts = (prepare(x[start : start + size]) for start in range(0, len(x), size))
    return np.concatenate([function(*(tf.constant(given, tf.float32) for given in part)).numpy() for part in parts])


def scores(logits: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """``val_loss, val_accuracy, val_uar`` of logits [shape=(n, 8)], for a row of the history."""
    right = logits.argmax(axis=1) == y
    return {
        "val_loss": log_loss(logits, y),
        "val_accuracy": float(right.mean()),
        "val_uar": float(np.mean([right[y == label].mean() for label in np.unique(y)])),
    }
