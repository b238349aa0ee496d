"""The network of the family `multitask`: AudioSet's blocks, attention pooling for each task, a linear layer for each.

The attention is that of Ilse, Tomczak and Welling, "Attention-based deep multiple instance learning", ICML 2018, with
the places of the last feature map (time by frequency) as instances and one set of weights for each task.
"""

from typing import Any

import numpy as np

from ser_core.labels import EMOTIONS
from ser_core.models import _audioset_network as audioset
from ser_core.models._audioset_weights import weights_path
from ser_core.models._tensorflow import keras

layers, ops = keras.layers, keras.ops

EMOTION = "emotion"
"""Name of the main task, beside `ser_core.side_tasks.SIDE_TASKS`."""
HIDDEN = "classifier.2"
"""AudioSet's linear layer after its pooling; here it follows each task's attention."""
HEARS_LEVEL = "intensity"
"""The side task that is told how loud the clip was recorded; the others must not depend on a microphone's gain."""
FIRST_STD = 0.02
"""Of the first weights of new layers: small, so that every place counts alike at first, as in AudioSet's mean."""


class TaskWeights(layers.Layer):
    """Passes its input on and holds a trainable log-variance for each task, by which the losses are weighed.

    Parameters
    ----------
    n_tasks : int
        The emotions and the side tasks that are learnt, in this order.
    """

    def __init__(self, n_tasks: int, **options):
        super().__init__(**options)
        self.log_variance = self.add_weight(shape=(n_tasks,), initializer="zeros", name="log_variance")

    def call(self, x):
        """`x` as it is."""
        return x


def build(config: dict[str, Any], *, n_bands: int, side_tasks: tuple[str, ...], load: bool) -> keras.Model:
    """The network with fresh weights, or AudioSet's where `load` and ``config["pretrained"]`` ask for them.

    Parameters
    ----------
    config : dict
        Complete hyperparameters of the family.
    n_bands : int
        Mel bands of the images.
    side_tasks : tuple of str
        What is learnt besides emotions.
    load : bool
        Whether it is the one that begins the training.

    Returns
    -------
    keras.Model
        Log-mel images ``(batch, n_bands, n_frames)`` of any number of frames and levels ``(batch, 1)``, about 0 with
        a deviation of 1, to ``(batch, 8 + n_side)``: logits of the emotions, then for each side task the logit of its
        second class or the rating in standard deviations. Only `HEARS_LEVEL` is told the level.
    """
    trunk = audioset.build(
        n_bands=n_bands, n_outputs=1, frozen=config["frozen_blocks"], folded=not config["batch_statistics"]
    )
    if load and config["pretrained"]:
        with np.load(weights_path(), allow_pickle=False) as weights:
            audioset.load_pretrained(trunk, weights)
    maps = trunk.get_layer("embedding").input
    n_tasks = 1 + len(side_tasks)
    small = keras.initializers.RandomNormal(stddev=FIRST_STD)
    places = layers.Reshape((-1, audioset.LAST))(maps)
    seen = layers.Dense(config["attention"], activation="tanh", name="attention")(places)
    scores = layers.Dense(n_tasks, use_bias=False, kernel_initializer=small, name="queries")(seen)
    shares = ops.softmax(ops.transpose(scores, (0, 2, 1)), axis=-1)
    pooled = trunk.get_layer(HIDDEN)(ops.matmul(shares, places))
    pooled = layers.Dropout(config["dropout"])(pooled)
    level = keras.Input((1,), name="level")
    answers = []
    for i, name in enumerate((EMOTION, *side_tasks)):
        heard = pooled[:, i]
        if name == HEARS_LEVEL and config["level"]:
            heard = ops.concatenate([heard, level], axis=-1)
        linear = layers.Dense(len(EMOTIONS) if i == 0 else 1, kernel_initializer=small, name=f"answer.{name}")
        answers.append(linear(heard))
    return keras.Model([trunk.input, level], TaskWeights(n_tasks, name="tasks")(ops.concatenate(answers, axis=-1)))
