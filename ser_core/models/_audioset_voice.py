"""Adapting the network of the family `audioset` to a voice by batch-normalisation statistics."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ser_core.labels import EMOTIONS
from ser_core.models import _audioset_network as network
from ser_core.models._cnn_training import predict_logits
from ser_core.models._tensorflow import keras, tf
from ser_core.models.base import Data

MOST_CLIPS = 128
"""More clips say nothing new of a voice and take memory."""


def set_voice(model: keras.Model, x: np.ndarray) -> None:
    """Give a network the batch-normalisation statistics of the clips `x` of one voice, layer after layer, in place.

    Only layers that are trained have any. Of more than `MOST_CLIPS` clips some from all over are used.
    """
    chosen = np.unique(np.linspace(0, len(x) - 1, MOST_CLIPS).round().astype(int))
    normalisations = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in normalisations:
        layer.momentum = 0.0
    model(tf.constant(x[chosen]), training=True)
    for layer in normalisations:
        layer.momentum = network.BATCH_NORM_MOMENTUM


def logits_by_voice(model: keras.Model, data: Data, *, config: dict[str, Any]) -> np.ndarray:
    """Logits [shape=(n_clips, 8)]; of a network trained by voice, adapted to each voice of `data` in turn.

    Parameters
    ----------
    model : keras.Model
        Without dropout; it is left as it was.
    data : Data
        Log-mel images and who speaks.
    config : dict
        Hyperparameters of the family.
    """
    if not config["voices_per_batch"]:
        return predict_logits(compiled(model), data.x)
    own = model.get_weights()
    logits = np.empty((len(data), len(EMOTIONS)), dtype=np.float32)
    for voice in np.unique(data.voice):
        clips = data.voice == voice
        set_voice(model, data.x[clips])
        logits[clips] = predict_logits(compiled(model), data.x[clips])
    model.set_weights(own)
    return logits


def compiled(model: keras.Model) -> Callable:
    """`model` as a compiled function of images ``(batch, n_bands, n_frames)``, made once per model."""
    if not hasattr(model, "compiled_call"):
        signature = [tf.TensorSpec((None, model.input_shape[1], None), tf.float32)]
        model.compiled_call = tf.function(lambda x: model(x, training=False), input_signature=signature)
    return model.compiled_call


def copy_of(model: keras.Model, *, config: dict[str, Any]) -> keras.Model:
    """A copy without dropout, for averaged weights or for another voice."""
    other = network.build(n_bands=model.input_shape[1], n_outputs=len(EMOTIONS), frozen=config["frozen_blocks"])
    other.set_weights(model.get_weights())
    return other
