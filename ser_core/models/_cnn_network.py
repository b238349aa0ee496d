"""The network of the family `cnn`: convolutions along time over the bands of a log-mel spectrogram."""

from typing import Any

import numpy as np

from ser_core.labels import EMOTIONS
from ser_core.models._tensorflow import keras

layers, ops = keras.layers, keras.ops

CLIP = (-3.5, 4.0)
"""Range of the standardised levels: the floor of padding and gaps must not outweigh speech."""
STD_EPSILON = 1e-4
"""Added to variances over time before the root, whose slope has no bound at 0."""
BATCH_NORM_EPSILON = 1e-3


def build(config: dict[str, Any], *, mean: np.ndarray, std: np.ndarray, n_frames: int) -> keras.Model:
    """The network with fresh weights, drawn by Keras' global seed.

    Parameters
    ----------
    config : dict
        Hyperparameters of the family: ``channels``, ``kernels``, ``pools``, ``dropout``, ``spatial_dropout``,
        ``members``.
    mean, std : np.ndarray [shape=(n_mels,)]
        Level of the training clips per band, dB; standardising by them is the network's first step.
    n_frames : int
        Frames of the spectrogram.

    Returns
    -------
    keras.Model
        Log-mel spectrograms ``(batch, n_mels, n_frames)``, dB, to logits ``(members, batch, 8)``.
    """
    features = keras.Input((len(mean), n_frames), name="features")
    x = layers.Permute((2, 1))(features)
    x = (x - mean.astype(np.float32)) / std.astype(np.float32)
    x = ops.clip(x, *CLIP)
    logits = [_member(x, config, number) for number in range(config["members"])]
    return keras.Model(features, ops.stack(logits), name="cnn")


def _member(x, config: dict[str, Any], number: int):
    """One of the networks whose logits are averaged: convolutions, statistics over time, a linear layer."""

    def named(name: str) -> str:
        return f"member{number}_{name}"

    for i, (channels, kernel, pool) in enumerate(
        zip(config["channels"], config["kernels"], config["pools"], strict=True)
    ):
        x = layers.Conv1D(
            channels, kernel, padding="same", use_bias=False, kernel_initializer="he_normal", name=named(f"conv{i}")
        )(x)
        x = layers.BatchNormalization(momentum=0.9, epsilon=BATCH_NORM_EPSILON, name=named(f"norm{i}"))(x)
        x = layers.ReLU(name=named(f"relu{i}"))(x)
        if pool > 1:
            x = layers.MaxPooling1D(pool, name=named(f"pool{i}"))(x)
        x = layers.SpatialDropout1D(config["spatial_dropout"], name=named(f"drop{i}"))(x)
    x = ops.concatenate([ops.mean(x, axis=1), ops.sqrt(ops.var(x, axis=1) + STD_EPSILON), ops.max(x, axis=1)], axis=-1)
    x = layers.BatchNormalization(momentum=0.9, epsilon=BATCH_NORM_EPSILON, name=named("norm"))(x)
    x = layers.Dropout(config["dropout"], name=named("drop"))(x)
    return layers.Dense(len(EMOTIONS), name=named("dense"))(x)
