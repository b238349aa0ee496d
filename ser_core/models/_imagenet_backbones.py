"""Networks that learnt to see from ImageNet and where their weights come from. Without TensorFlow, for pages."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Backbone:
    """A published network without its classifier.

    Attributes
    ----------
    name : str
        Name of the family.
    title : str
        Name as shown.
    file : str
        Its weights as they are published, found in the folder of `ser_core.settings.pretrained_dir`.
    source : str
        Where the weights come from and under which licence.
    megabytes : int
        Size of that file.
    application : str
        Name in `keras.applications`, which downloads the weights; empty where they must be fetched by hand.
    pixels : str
        What it was trained on: ``"caffe"``, blue, green and red from 0 to 255 less their means over ImageNet; ``"tf"``,
        channels from -1 to 1. The names are those of `keras.applications.imagenet_utils.preprocess_input`.
    smallest : int
        Least height and width of its image, pixels.
    block_end : str
        Regular expression of the names of the layers that end a block.
    """

    name: str
    title: str
    file: str
    source: str
    megabytes: int
    application: str
    pixels: str
    smallest: int
    block_end: str

    def block_of(self, layers: list[str]) -> list[int]:
        """The number of the block that each of the layers belongs to, in their order, from 0.

        Examples
        --------
        >>> BACKBONES["vgg16"].block_of(["block1_conv1", "block1_pool", "block2_conv1"])
        [0, 0, 1]
        """
        numbers, number = [], 0
        for name in layers:
            numbers.append(number)
            number += bool(re.fullmatch(self.block_end, name))
        return numbers


def _keras(name: str, title: str, file: str, megabytes: int, **rest) -> Backbone:
    file = f"{file}_weights_tf_dim_ordering_tf_kernels{rest.pop('ending', '_notop')}.h5"
    return Backbone(name, title, file, "keras.applications", megabytes, title, **rest)


BACKBONES = {
    backbone.name: backbone
    for backbone in (
        Backbone(
            "squeezenet",
            "SqueezeNet",
            "squeezenet_imagenet_notop.h5",
            "SqueezeNet 1.1 (Iandola et al., 2016; DeepScale's weights, ported to Keras, MIT): take "
            "squeezenet_weights_tf_dim_ordering_tf_kernels_notop.h5 from the releases of "
            "github.com/rcmalli/keras-squeezenet",
            3,
            application="",
            pixels="caffe",
            smallest=32,
            block_end=r"fire\d+_concat",
        ),
        _keras("vgg16", "VGG16", "vgg16", 59, pixels="caffe", smallest=32, block_end=r"block\d+_pool"),
        _keras("vgg19", "VGG19", "vgg19", 80, pixels="caffe", smallest=32, block_end=r"block\d+_pool"),
        _keras("inceptionv3", "InceptionV3", "inception_v3", 88, pixels="tf", smallest=75, block_end=r"mixed\d+"),
        _keras(
            "mobilenetv2",
            "MobileNetV2",
            "mobilenet_v2",
            9,
            ending="_1.0_224_no_top",
            pixels="tf",
            smallest=32,
            block_end=r"(block_\d+|expanded_conv)_project_BN",
        ),
    )
}
