"""The family `vgg16`: VGG16, which learnt to see from ImageNet, trained on to hear emotions."""

from ser_core.models._imagenet import family

FAMILY = family(
    "vgg16",
    "A deep network of 15 million parameters that learnt to tell things in photographs, trained on to read "
    "spectrograms.",
    unfreeze=1,
)
