"""Logits of the network of the family `audioset`, adapted to voices by batch normalisation."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ser_core.features.audioset import long_term_spectrum
from ser_core.labels import EMOTIONS
from ser_core.models import _audioset_network as network
from ser_core.models._audioset_batches import level_to
from ser_core.models._audioset_equaliser import Equaliser
from ser_core.models._audioset_offset import with_offset
from ser_core.models._tensorflow import keras, tf
from ser_core.models._trained import predict_logits
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


def logits_by_voice(
    model: keras.Model, data: Data, *, call: Callable, equaliser: Equaliser, offset_db: float
) -> np.ndarray:
    """Logits [shape=(n_clips, 8)] of a network trained by voice, adapted to each voice of `data` in turn.

    Parameters
    ----------
    model : keras.Model
        Without dropout; it is left as it was.
    data : Data
        Log-mel images with their levels, and who speaks.
    call : callable
        `model`, compiled.
    equaliser : Equaliser
        Of the clips that it was trained on.
    offset_db : float
        See `ser_core.models._audioset_offset`.
    """
    own = model.get_weights()
    logits = np.empty((len(data), len(EMOTIONS)), dtype=np.float32)
    for voice in np.unique(data.voice):
        clips = np.flatnonzero(data.voice == voice)
        some = data.x[some_of(clips)]
        reference = data.x[clips, -1, 0].mean(dtype=np.float64)
        spectrum = long_term_spectrum(some[:, :-1])
        enrolled, judged = (
            with_offset(equaliser(level_to(x, reference), spectrum), offset_db) for x in (some, data.x[clips])
        )
        set_voice(model, enrolled)
        logits[clips] = predict_logits(call, judged)
    model.set_weights(own)
    return logits


def copy_of(model: keras.Model, *, config: dict[str, Any]) -> keras.Model:
    """A copy without dropout, for averaged weights."""
    other = network.build(n_bands=model.input_shape[1], n_outputs=len(EMOTIONS), **network_options(config))
    other.set_weights(model.get_weights())
    return other


def network_options(config: dict[str, Any]) -> dict[str, Any]:
    """What `ser_core.models._audioset_network.build` needs of the hyperparameters."""
    return {"frozen": config["frozen_blocks"], "folded": not config["batch_statistics"]}
