"""MobileNetV3 of EfficientAT (width 0.4, "mn04_as") in Keras, and its AudioSet weights.

Schmid, Koutini and Widmer, "Efficient large-scale audio tagging via transformer-to-CNN knowledge distillation", ICASSP
2023; Howard et al., "Searching for MobileNetV3", ICCV 2019, table 1. Layers bear the names of the published weights.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ser_core.errors import ConfigError, ModelError
from ser_core.models._tensorflow import keras

layers = keras.layers

N_AUDIOSET = 527
N_PARAMETERS = 993_439
WIDTH = 0.4
BATCH_NORM_EPSILON = 1e-3
#: Share of the running statistics that a training step keeps.
BATCH_NORM_MOMENTUM = 0.98
STEM, LAST, HIDDEN = 8, 384, 512

#: (kernel, expanded, out, squeeze-excite, hard-swish, stride) of each inverted residual block before scaling.
_BLOCKS = (
    (3, 16, 16, False, False, 1),
    (3, 64, 24, False, False, 2),
    (3, 72, 24, False, False, 1),
    (5, 72, 40, True, False, 2),
    (5, 120, 40, True, False, 1),
    (5, 120, 40, True, False, 1),
    (3, 240, 80, False, True, 2),
    (3, 200, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 480, 112, True, True, 1),
    (3, 672, 112, True, True, 1),
    (5, 672, 160, True, True, 2),
    (5, 960, 160, True, True, 1),
    (5, 960, 160, True, True, 1),
)
N_BLOCKS = len(_BLOCKS)


@dataclass(frozen=True)
class Block:
    """One inverted residual block, channels scaled.

    Attributes
    ----------
    name : str
        Prefix of its layers.
    kernel, stride : int
        Of the depthwise convolution.
    before, expanded, after : int
        Channels; no convolution expands where `before` equals `expanded`.
    squeezed : int
        Channels of the squeeze-excite bottleneck, 0 without.
    hard_swish : bool
        Activation: hard-swish or ReLU.
    """

    name: str
    kernel: int
    stride: int
    before: int
    expanded: int
    after: int
    squeezed: int
    hard_swish: bool

    @property
    def expands(self) -> bool:
        """Whether a convolution expands the channels first."""
        return self.before != self.expanded

    @property
    def adds(self) -> bool:
        """Whether the input is added to the output."""
        return self.stride == 1 and self.before == self.after

    @property
    def depthwise(self) -> str:
        """Prefix of the depthwise convolution and its normalisation."""
        return f"{self.name}.{int(self.expands)}"

    @property
    def excite(self) -> str:
        """Prefix of the squeeze-excite layers."""
        return f"{self.name}.{int(self.expands) + 1}.conc_se_layers.0"

    @property
    def project(self) -> str:
        """Prefix of the last convolution and its normalisation."""
        return f"{self.name}.{int(self.expands) + 1 + bool(self.squeezed)}"


def blocks() -> Iterator[Block]:
    """The blocks in order."""
    before = STEM
    for number, (kernel, expanded, after, squeezes, hard_swish, stride) in enumerate(_BLOCKS, start=1):
        expanded, after = round_channels(expanded * WIDTH), round_channels(after * WIDTH)
        squeezed = round_channels(expanded / 4) if squeezes else 0
        yield Block(f"features.{number}.block", kernel, stride, before, expanded, after, squeezed, hard_swish)
        before = after


def round_channels(channels: float, *, divisor: int = 8) -> int:
    """The nearest multiple of `divisor`, at least one of it, never below 90% of `channels`.

    Examples
    --------
    >>> [round_channels(channels) for channels in (6.4, 9.6, 28.8, 48.0)]
    [8, 16, 32, 48]
    """
    rounded = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * channels else rounded


def build(*, n_bands: int, n_outputs: int, dropout: float = 0.0, frozen: int = -1, folded: bool = False) -> keras.Model:
    """The network with fresh weights.

    Parameters
    ----------
    n_bands : int
        Mel bands: 128 as published, fewer where the sampling rate holds fewer.
    n_outputs : int
        Outputs of the last layer.
    dropout : float
        Before the last layer.
    frozen : int
        The stem and this many blocks are not trained, and their normalisation is part of their convolutions, which
        makes them several times faster; -1 for none.
    folded : bool
        Normalisation is part of the convolutions that are trained, too: it keeps the statistics that it came with, so
        that training hears each clip by itself, as use does.

    Returns
    -------
    keras.Model
        Log-mel images ``(batch, n_bands, n_frames)`` of any number of frames to logits ``(batch, n_outputs)``.
    """
    if not -1 <= frozen <= N_BLOCKS:
        raise ConfigError(f"frozen must lie in -1..{N_BLOCKS} blocks, got {frozen}.")

    def how(block: int) -> dict[str, bool]:
        return {"frozen": block <= frozen, "folded": folded or block <= frozen}

    image = keras.Input((n_bands, None), name="features")
    x = layers.Reshape((n_bands, -1, 1))(image)
    x = layers.Activation("hard_swish")(_convolve(x, "features.0", STEM, kernel=3, stride=2, **how(0)))
    for number, block in enumerate(blocks(), start=1):
        x = _inverted_residual(x, block, **how(number))
    x = layers.Activation("hard_swish")(_convolve(x, f"features.{N_BLOCKS + 1}", LAST, folded=folded))
    x = layers.GlobalAveragePooling2D(name="embedding")(x)
    x = layers.Dense(HIDDEN, activation="hard_swish", name="classifier.2")(x)
    x = layers.Dropout(dropout)(x)
    return keras.Model(image, layers.Dense(n_outputs, name="classifier.5")(x))


def _convolve(x, name: str, channels: int, *, kernel=1, stride=1, depthwise=False, frozen=False, folded=False):
    """Convolution with symmetric padding, and its normalisation (part of the convolution where folded)."""
    options = {"use_bias": folded, "name": f"{name}.0", "trainable": not frozen, "padding": "same"}
    if stride > 1:
        # Keras' own padding of strided convolutions is one-sided, PyTorch's is not.
        x = layers.ZeroPadding2D((kernel - 1) // 2)(x)
        options["padding"] = "valid"
    if depthwise:
        x = layers.DepthwiseConv2D(kernel, stride, **options)(x)
    else:
        x = layers.Conv2D(channels, kernel, stride, **options)(x)
    if folded:
        return x
    return layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, epsilon=BATCH_NORM_EPSILON, name=f"{name}.1")(x)


def _inverted_residual(x, block: Block, *, frozen: bool, folded: bool):
    how = {"frozen": frozen, "folded": folded}
    activation = "hard_swish" if block.hard_swish else "relu"
    before = x
    if block.expands:
        x = layers.Activation(activation)(_convolve(x, f"{block.name}.0", block.expanded, **how))
    x = _convolve(
        x,
        block.depthwise,
        block.expanded,
        kernel=block.kernel,
        stride=block.stride,
        depthwise=True,
        **how,
    )
    x = layers.Activation(activation)(x)
    if block.squeezed:
        options = {"trainable": not frozen}
        share = layers.GlobalAveragePooling2D(keepdims=True)(x)
        share = layers.Dense(block.squeezed, activation="relu", name=f"{block.excite}.fc1", **options)(share)
        share = layers.Dense(block.expanded, activation="sigmoid", name=f"{block.excite}.fc2", **options)(share)
        x = layers.Multiply()([x, share])
    x = _convolve(x, block.project, block.after, **how)
    return layers.Add()([before, x]) if block.adds else x


def load_pretrained(model: keras.Model, weights: dict[str, np.ndarray]) -> None:
    """Give a network of `build` the published weights, in place.

    The last layer keeps its own unless it has the 527 outputs of AudioSet.

    Parameters
    ----------
    model : keras.Model
        From `build`.
    weights : mapping of str to np.ndarray
        PyTorch's names and layouts.

    Raises
    ------
    ModelError
        If an array is missing or of another shape.
    """
    try:
        for layer in model.layers:
            if layer.weights and (layer.name != "classifier.5" or layer.units == N_AUDIOSET):
                layer.set_weights(_arrays(layer, weights))
    except (KeyError, ValueError) as error:
        raise ModelError(f"Not the weights of EfficientAT's mn04_as: {error}.") from error


def _arrays(layer, weights) -> list[np.ndarray]:
    """The published arrays of one layer in Keras' order and layout."""
    name = layer.name
    if isinstance(layer, layers.BatchNormalization):
        return _normalisation(weights, name)
    weight = np.asarray(weights[f"{name}.weight"])
    if isinstance(layer, layers.Dense):
        return [weight.T, weights[f"{name}.bias"]]
    depthwise = isinstance(layer, layers.DepthwiseConv2D)
    # PyTorch: (out, in, height, width), of a depthwise convolution (channels, 1, height, width).
    kernel = weight.transpose(2, 3, 0, 1) if depthwise else weight.transpose(2, 3, 1, 0)
    if not layer.use_bias:
        return [kernel]
    factor, offset = affine(*_normalisation(weights, f"{name.removesuffix('.0')}.1"))
    return [kernel * (factor[:, None] if depthwise else factor), offset]


def _normalisation(weights, name: str) -> list[np.ndarray]:
    return [np.asarray(weights[f"{name}.{part}"]) for part in ("weight", "bias", "running_mean", "running_var")]


def affine(gamma, beta, mean, variance) -> tuple[np.ndarray, np.ndarray]:
    """Factor and offset per channel, float32, that a trained batch normalisation amounts to."""
    factor = np.asarray(gamma, dtype=np.float64) / np.sqrt(np.asarray(variance, dtype=np.float64) + BATCH_NORM_EPSILON)
    return factor.astype(np.float32), (beta - mean * factor).astype(np.float32)
