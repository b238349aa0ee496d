"""The networks along time of `ser_core.models._sequence_blocks`, in Keras. What pads a clip counts nowhere."""

from typing import Any

import numpy as np

from ser_core.labels import EMOTIONS
from ser_core.models._cnn_network import VARIANCE_EPSILON
from ser_core.models._sequence_blocks import Conv, Design, Lstm
from ser_core.models._tensorflow import keras

layers, ops = keras.layers, keras.ops

NORM_EPSILON = 1e-3
ATTENTION_UNITS = 32
UNHEARD = 1e4
"""Taken off the scores of padding, far beyond any score, so that it is never chosen."""


def build(design: Design, config: dict[str, Any], *, n_rows: int, n_frames: int) -> keras.Model:
    """The network with fresh weights, drawn by Keras' global seed.

    Parameters
    ----------
    design : Design
        What it is built of.
    config : dict
        Hyperparameters: ``spatial_dropout`` of convolutions, ``recurrent_dropout`` behind LSTMs, ``dropout`` before the
        last layer.
    n_rows, n_frames : int
        Tracks and frames.

    Returns
    -------
    keras.Model
        Standardised tracks ``(batch, n_rows + 1, n_frames)``, of which the last row marks the frames of sound, to
        logits ``(batch, 8)``.
    """
    features = keras.Input((n_rows + 1, n_frames), name="features")
    frames = layers.Permute((2, 1))(features)
    x, sound = frames[:, :, :-1], frames[:, :, -1:]
    if design.deltas:
        x = _with_deltas(x, sound)
    for i, block in enumerate(design.blocks):
        if isinstance(block, Conv):
            x, sound = _convolved(x, sound, block, config["spatial_dropout"], i)
        else:
            x = _remembered(x, sound, block, config["recurrent_dropout"], i)
    x = _norm("norm")(_pooled(x, sound, design.pooling))
    return keras.Model(features, layers.Dense(len(EMOTIONS), name="dense")(layers.Dropout(config["dropout"])(x)))


def _norm(name: str) -> keras.layers.Layer:
    return layers.BatchNormalization(momentum=0.9, epsilon=NORM_EPSILON, name=name)


def _heard(sound):
    """Which frames are of sound [shape=(batch, n_frames)], bool."""
    return ops.greater(sound[:, :, 0], 0.0)


def _with_deltas(x, sound):
    """Tracks with their first and second differences, all normalised [shape=(batch, n_frames, 3 * n_rows)].

    A difference is the slope of the regression over five frames, after Young et al., "The HTK Book", section 5.9;
    beyond its ends a clip is taken to be average.
    """
    first = _slope(x) * sound
    x = ops.concatenate([x, first, _slope(first) * sound], axis=-1)
    return _norm("norm_deltas")(x, mask=_heard(sound)) * sound


def _slope(x):
    n = x.shape[1]
    padded = layers.ZeroPadding1D(2)(x)
    near = padded[:, 3 : 3 + n] - padded[:, 1 : 1 + n]
    return (near + 2.0 * (padded[:, 4 : 4 + n] - padded[:, :n])) / 10.0


def _convolved(x, sound, block: Conv, dropout: float, i: int):
    x = layers.Conv1D(block.channels, block.kernel, padding="same", use_bias=False, name=f"conv{i}")(x)
    x = layers.ReLU()(_norm(f"norm{i}")(x, mask=_heard(sound)))
    x = layers.SpatialDropout1D(dropout)(x) * sound
    if block.pool > 1:
        x, sound = layers.MaxPooling1D(block.pool)(x), layers.MaxPooling1D(block.pool)(sound)
    return x, sound


def _remembered(x, sound, block: Lstm, dropout: float, i: int):
    # The frames of sound come first; a track that is not heard in between changes nothing of that.
    length = ops.sum(sound, axis=1)
    mask = ops.greater(length, np.arange(x.shape[1], dtype=np.float32))
    y = layers.Bidirectional(layers.LSTM(block.units, return_sequences=True), name=f"lstm{i}")(x, mask=mask)
    y = layers.Dropout(dropout)(y)
    if block.residual:
        y = layers.LayerNormalization(epsilon=NORM_EPSILON, name=f"norm{i}")(x + y)
    return y * sound


def _pooled(x, sound, pooling: str):
    """One vector for all frames of sound [shape=(batch, channels)], or three."""
    if pooling == "attention":
        scores = layers.Dense(1, name="attention_score")(
            layers.Dense(ATTENTION_UNITS, activation="tanh", name="attention")(x)
        )
        return ops.sum(x * ops.softmax(scores - UNHEARD * (1.0 - sound), axis=1), axis=1)
    count = ops.sum(sound, axis=1)
    mean = ops.sum(x * sound, axis=1) / count
    if pooling == "mean":
        return mean
    variance = ops.sum(sound * (x - mean[:, None]) ** 2, axis=1) / count
    largest = ops.max(x - UNHEARD * (1.0 - sound), axis=1)
    return ops.concatenate([mean, ops.sqrt(variance + VARIANCE_EPSILON), largest], axis=-1)
