"""The network of the family `cnn`: convolutions along time over the acoustic tracks of a clip."""

from typing import Any

import numpy as np

from ser_core.labels import EMOTIONS
from ser_core.models._sequence_blocks import CLIP
from ser_core.models._tensorflow import keras

layers, ops = keras.layers, keras.ops

VARIANCE_EPSILON = 1e-4
"""Added to variances over time before the root, whose slope has no bound at 0."""
BATCH_NORM_EPSILON = 1e-3


def build(config: dict[str, Any], *, mean: np.ndarray, std: np.ndarray, n_frames: int) -> keras.Model:
    """The network with fresh weights, drawn by Keras' global seed.

    Parameters
    ----------
    config : dict
        Hyperparameters of the family: ``channels``, ``kernels``, ``pools``, ``noise``, ``dropout``,
        ``spatial_dropout``.
    mean, std : np.ndarray [shape=(n_tracks,)]
        Of the training frames; standardising by them is the network's first step.
    n_frames : int
        Frames of the tracks.

    Returns
    -------
    keras.Model
        Tracks ``(batch, n_tracks + 1, n_frames)``, the last row marking the frames that are not padding, to logits
        ``(batch, 8)``.
    """
    features = keras.Input((len(mean) + 1, n_frames), name="features")
    frames = layers.Permute((2, 1))(features)
    sound = frames[:, :, -1:]
    x = (frames[:, :, :-1] - mean.astype(np.float32)) / std.astype(np.float32)
    x = layers.GaussianNoise(config["noise"])(ops.clip(x, -CLIP, CLIP)) * sound
    for i, (channels, kernel, pool) in enumerate(
        zip(config["channels"], config["kernels"], config["pools"], strict=True)
    ):
        x = layers.Conv1D(channels, kernel, padding="same", use_bias=False, name=f"conv{i}")(x)
        x = layers.BatchNormalization(momentum=0.9, epsilon=BATCH_NORM_EPSILON, name=f"norm{i}")(x)
        x = layers.SpatialDropout1D(config["spatial_dropout"])(layers.ReLU()(x))
        if pool > 1:
            x, sound = layers.MaxPooling1D(pool)(x), layers.MaxPooling1D(pool)(sound)
    x = layers.BatchNormalization(momentum=0.9, epsilon=BATCH_NORM_EPSILON, name="norm")(_statistics(x, sound))
    return keras.Model(features, layers.Dense(len(EMOTIONS), name="dense")(layers.Dropout(config["dropout"])(x)))


def _statistics(x, sound):
    """Mean, deviation and maximum over the frames of sound [shape=(batch, 3 * channels)]."""
    count = ops.maximum(ops.sum(sound, axis=1, keepdims=True), 1.0)
    mean = ops.sum(x * sound, axis=1, keepdims=True) / count
    variance = ops.sum(sound * (x - mean) ** 2, axis=1) / count[:, 0]
    # After the rectifier nothing is below the 0 of padding, so that the maximum needs no other mask.
    return ops.concatenate([mean[:, 0], ops.sqrt(variance + VARIANCE_EPSILON), ops.max(x * sound, axis=1)], axis=-1)
