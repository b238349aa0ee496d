"""The family `mobilenetv2`: MobileNetV2, which learnt to see from ImageNet, trained on to hear emotions."""

from ser_core.models._imagenet import family

FAMILY = family(
    "mobilenetv2",
    "A network of 2 million parameters that learnt to tell things in photographs, trained on to read spectrograms.",
    unfreeze=4,
)
