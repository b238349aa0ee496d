"""The family `inceptionv3`: InceptionV3, which learnt to see from ImageNet, trained on to hear emotions."""

from ser_core.models._imagenet import family

FAMILY = family(
    "inceptionv3",
    "A deep network of 22 million parameters that learnt to tell things in photographs, trained on to read "
    "spectrograms.",
    # It shrinks an image by 32 and more: less would leave a single row of the map.
    height=150,
    width=200,
    unfreeze=2,
)
