"""The family `vgg19`: VGG19, which learnt to see from ImageNet, trained on to hear emotions."""

from ser_core.models._imagenet import family

FAMILY = family(
    "vgg19",
    "A deep network of 20 million parameters that learnt to tell things in photographs, trained on to read "
    "spectrograms.",
    unfreeze=1,
)
