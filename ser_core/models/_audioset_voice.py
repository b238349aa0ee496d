"""Logits of the network of the family `audioset`: of clips alone, or adapted to voices by batch normalisation."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ser_core.labels import EMOTIONS
from ser_core.models import _audioset_network as network
from ser_core.models._audioset_batches import level_to
from ser_core.models._tensorflow import keras, tf
from ser_core.models._training import PREDICT_BATCH, predict_logits
from ser_core.models.base import Data
from ser_core.voices import some_of


def set_voice(model: keras.Model, x: np.ndarray) -> None:
    """Give a network the batch-normalisation statistics of the clips of one voice, layer after layer, in place.

    Only layers that are trained have any.

    Parameters
    ----------
    model : keras.Model
        Built by `ser_core.models._audioset_network.build`.
    x : np.ndarray [shape=(n_clips, n_bands, n_frames)]
        Images.
    """
    normalisations = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in normalisations:
        layer.momentum = 0.0
    model(tf.constant(x), training=True)
    for layer in normalisations:
        layer.momentum = network.BATCH_NORM_MOMENTUM


def logits_alone(model: keras.Model, x: np.ndarray) -> np.ndarray:
    """Logits [shape=(n_clips, 8)] of images with their levels [shape=(n_clips, n_bands + 1, n_frames)]."""
    call = compiled(model)
    parts = [predict_logits(call, level_to(x[i : i + PREDICT_BATCH])) for i in range(0, len(x), PREDICT_BATCH)]
    return np.concatenate(parts)


def logits_by_voice(model: keras.Model, data: Data, *, config: dict[str, Any]) -> np.ndarray:
    """Logits [shape=(n_clips, 8)]; of a network trained by voice, adapted to each voice of `data` in turn.

    Parameters
    ----------
    model : keras.Model
        Without dropout; it is left as it was.
    data : Data
        Log-mel images with their levels, and who speaks.
    config : dict
        Hyperparameters of the family.
    """
    if not config["voices_per_batch"]:
        return logits_alone(model, data.x)
    own = model.get_weights()
    logits = np.empty((len(data), len(EMOTIONS)), dtype=np.float32)
    for voice in np.unique(data.voice):
        clips = np.flatnonzero(data.voice == voice)
        reference = data.x[clips, -1, 0].mean(dtype=np.float64)
        set_voice(model, level_to(data.x[some_of(clips)], reference))
        logits[clips] = predict_logits(compiled(model), level_to(data.x[clips], reference))
    model.set_weights(own)
    return logits


def compiled(model: keras.Model) -> Callable:
    """`model` as a compiled function of images ``(batch, n_bands, n_frames)``, made once per model."""
    if not hasattr(model, "compiled_call"):
        signature = [tf.TensorSpec((None, model.input_shape[1], None), tf.float32)]
        model.compiled_call = tf.function(lambda x: model(x, training=False), input_signature=signature)
    return model.compiled_call


def copy_of(model: keras.Model, *, config: dict[str, Any]) -> keras.Model:
    """A copy without dropout, for averaged weights."""
    other = network.build(n_bands=model.input_shape[1], n_outputs=len(EMOTIONS), **network_options(config))
    other.set_weights(model.get_weights())
    return other


def network_options(config: dict[str, Any]) -> dict[str, Any]:
    """What `ser_core.models._audioset_network.build` needs of the hyperparameters."""
    return {"frozen": config["frozen_blocks"], "folded": not config["batch_statistics"]}
