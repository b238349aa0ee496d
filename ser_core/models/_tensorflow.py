"""TensorFlow and Keras, imported in one place, quietly and on the processor. Slow to import (seconds, 700 MB)."""

import os

# Read when the libraries are imported, hence here. Networks this small gain nothing from a graphics card, whose sums
# are not repeatable either.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ["KERAS_BACKEND"] = "tensorflow"

import tensorflow as tf  # isort: skip
import keras

__all__ = ["keras", "tf"]
