"""Networks that read a spectrogram as an image: a backbone that learnt from ImageNet, and a linear layer of its own."""

import contextlib
import logging
import sys
from typing import Any

import numpy as np

from ser_core.labels import EMOTIONS
from ser_core.models._imagenet_backbones import Backbone
from ser_core.models._imagenet_image import CAFFE_MEANS, MIDDLE, Image
from ser_core.models._imagenet_weights import no_download, read_weights, weights_file
from ser_core.models._tensorflow import keras

layers, ops = keras.layers, keras.ops
_LOG = logging.getLogger(__name__)

FIRES = ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))
"""Channels of the fire modules 2 to 9 of SqueezeNet, squeezed and expanded (each of the two sides)."""


def build(image: Image, backbone: keras.Model, *, pixels: str, config: dict[str, Any]) -> keras.Model:
    """The whole network; its parts are the layers ``trunk`` (up to the mean) and ``head``.

    Parameters
    ----------
    image : Image
        How spectrograms become images.
    backbone : keras.Model
        Images to maps ``(batch, h, w, channels)``.
    pixels : str
        What it was trained on, see `Backbone.pixels`.
    config : dict
        Hyperparameters: ``pool``, whether the mean is taken over the whole image (``"all"``) or over ``"time"`` only,
        so that it matters in which bands something stands, and ``dropout``.

    Returns
    -------
    keras.Model
        Spectrograms ``(batch, n_mels, n_frames)`` to logits ``(batch, 8)``.
    """
    features = keras.Input((image.rows.shape[1], image.columns.shape[0]), name="features")
    maps = backbone(_pixels(image, features, pixels))
    pooled = ops.mean(maps, axis=(1, 2) if config["pool"] == "all" else 2)
    trunk = keras.Model(features, layers.Flatten()(pooled), name="trunk")
    means = keras.Input(trunk.output_shape[1:])
    # Standardises by the training clips; what it takes off and divides by is set once, see `standardise`.
    x = layers.BatchNormalization(center=False, scale=False, trainable=False, name="standardise")(means)
    head = keras.Model(means, layers.Dense(len(EMOTIONS))(layers.Dropout(config["dropout"])(x)), name="head")
    return keras.Model(features, head(trunk(features)))


def standardise(head: keras.Model, x: np.ndarray) -> None:
    """Have the head standardise its input by these examples of it [shape=(n, d)]."""
    layer = head.get_layer("standardise")
    layer.moving_mean.assign(x.mean(axis=0, dtype=np.float64))
    layer.moving_variance.assign(x.var(axis=0, dtype=np.float64))


def backbone_network(
    backbone: Backbone, shape: tuple[int, int, int], *, pretrained: bool = True, weights: str | None = None
) -> keras.Model:
    """The backbone for images of a shape ``(height, width, 3)``, with its published weights.

    Parameters
    ----------
    backbone : Backbone
        Which.
    shape : tuple of int
        Of the image, which is at least `Backbone.smallest` high and wide.
    pretrained : bool
        False: random weights, drawn by Keras' global seed.
    weights : str, optional
        The file to take them from, see `ser_core.models._imagenet_weights.weights_file`.

    Raises
    ------
    ModelError
        If the weights cannot be had; the message says what to do.
    """
    file = weights_file(backbone, weights) if pretrained else None
    if pretrained and file is None:
        _LOG.warning("Getting the ImageNet weights of %s: %d MB, once.", backbone.title, backbone.megabytes)
        # Keras tells of its download on standard output, where ours may be read by programs.
        with contextlib.redirect_stdout(sys.stderr):
            try:
                return _application(backbone, shape, weights="imagenet")
            except Exception as error:
                raise no_download(backbone, error) from error
    model = _application(backbone, shape) if backbone.application else squeezenet(shape)
    if file is not None:
        own = [(layer.name, [tuple(w.shape) for w in layer.weights]) for layer in model.layers if layer.weights]
        model.set_weights(read_weights(file, backbone, own))
    return model


def freeze(model: keras.Model, backbone: Backbone, *, unfreeze: int) -> None:
    """Leave the last `unfreeze` blocks of the backbone trainable (-1: all of it), and nothing before.

    Batch normalisation keeps the statistics and factors of ImageNet throughout: batches are too small for new ones.
    """
    network = model.get_layer("trunk").get_layer(backbone.name)
    blocks = backbone.block_of([layer.name for layer in network.layers])
    own = [block for layer, block in zip(network.layers, blocks, strict=True) if layer.weights]
    first = 0 if unfreeze < 0 else max(own) + 1 - unfreeze
    for layer, block in zip(network.layers, blocks, strict=True):
        layer.trainable = block >= first and not isinstance(layer, layers.BatchNormalization)


def squeezenet(shape: tuple[int, int, int]) -> keras.Model:
    """SqueezeNet 1.1 (Iandola et al., "SqueezeNet", 2016) up to its last fire module, with random weights."""
    image = keras.Input(shape)
    x = layers.Conv2D(64, 3, strides=2, activation="relu", name="conv1")(image)
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)
    for number, (squeezed, expanded) in enumerate(FIRES, start=2):
        if number in (4, 6):
            x = layers.MaxPooling2D(3, strides=2, name=f"pool{number - 1}")(x)
        x = layers.Conv2D(squeezed, 1, activation="relu", name=f"fire{number}_squeeze1x1")(x)
        sides = [
            layers.Conv2D(expanded, size, padding="same", activation="relu", name=f"fire{number}_expand{size}x{size}")
            for size in (1, 3)
        ]
        x = layers.Concatenate(name=f"fire{number}_concat")([side(x) for side in sides])
    return keras.Model(image, x, name="squeezenet")


def _application(backbone: Backbone, shape: tuple[int, int, int], weights: str | None = None) -> keras.Model:
    make = getattr(keras.applications, backbone.application)
    return make(include_top=False, weights=weights, input_shape=shape, name=backbone.name)


def _pixels(image: Image, features: Any, pixels: str) -> Any:
    """Images as the backbone was trained on ``(batch, height, width, 3)``."""
    height, width, channels = image.shape
    x = ops.matmul(ops.matmul(image.rows, features), image.columns)
    x = ops.clip(layers.Reshape((height, width, channels))(x) * image.scale + image.offset, 0.0, 255.0)
    if pixels == "caffe":
        return x - np.float32(CAFFE_MEANS)
    return x / np.float32(MIDDLE) - 1.0
