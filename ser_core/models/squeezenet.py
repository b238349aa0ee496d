"""The family `squeezenet`: SqueezeNet 1.1, which learnt to see from ImageNet, trained on to hear emotions."""

from ser_core.models._imagenet import family

FAMILY = family(
    "squeezenet",
    "A network of 0.7 million parameters that learnt to tell things in photographs, trained on to read spectrograms.",
)
