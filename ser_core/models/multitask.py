"""The family `multitask`: one network that hears emotion, sex, intensity and, where rated, valence, arousal, dominance.

Importing this module is quick; TensorFlow comes in with the first `fit`.
"""

from typing import Any

import numpy as np

from ser_core.features.spec import AudioSetSpec
from ser_core.labels import EMOTIONS
from ser_core.models._audioset_weights import weights_path
from ser_core.models._networks import FittedNetwork, NetworkFamily
from ser_core.models.onnx_tools import fit_temperature
from ser_core.side_tasks import SIDE_TASKS

#: Network and changes are those that served the family `audioset`, but for the roll. On the speakers that validate in
#: the six folds of RAVDESS, one seed: all blocks trained, 20 epochs, UAR .61 and top three .921; first three frozen,
#: 16 epochs, .61 and .906. The level was let in after a trial on two of them without it (8 epochs: sex .96, intensity
#: .67): alone, without any network, it tells the intensity of unseen actors with a UAR of .68 (logistic regression, six
#: folds over all 24 actors, so that this one choice has seen those tested, too).
CONFIG: dict[str, Any] = {
    # Network: two-dimensional convolutions, attention over time and frequency for each task, two linear layers.
    "pretrained": True,  # start from AudioSet's weights; from random ones otherwise
    "frozen_blocks": -1,  # the stem and this many of 15 blocks keep AudioSet's weights; -1 trains everything
    # Whether batches are normalised by their own statistics in training. False: by those of AudioSet, as in use.
    "batch_statistics": False,
    "attention": 64,  # units that the attention weights are computed of
    "level": True,  # whether the intensity, and nothing else, is told how loud the clip was recorded
    "dropout": 0.2,
    "networks": 2,  # trained one after the other, each with a seed of its own; the mean of their answers
    # Changes to the training clips, see `ser_core.models._audioset_batches`.
    "crop": 256,  # frames
    "roll": 1,  # bands up or down; more would make another sex of a voice
    "gain": 0.3,  # of the image's unit, 0.046 per dB
    "channels": 0.3,  # share of the clips that a room, noise or a line changes
    "freq_width": 16,
    "time_width": 40,
    "speed": 0.1,  # faster or slower by up to this share
    # Training.
    "batch_size": 32,
    "epochs": 20,
    "min_steps": 400,  # batches that small training sets get at least, by more epochs
    "patience": 0.5,  # share of the epochs without a better validation loss after which training stops
    "learning_rate": 1.5e-3,  # peak of the cycle
    "weight_decay": 0.01,
    "label_smoothing": 0.1,
    "balance": 1.0,  # 1: every emotion of a corpus is drawn equally often; 0: every clip is
    "corpus_weights": {},  # how often clips of a corpus are drawn against those of others (1)
    "average_decay": 0.99,  # of the running average of the weights, per batch
    "deterministic": False,  # forbid TensorFlow operators that may sum in any order
}


class FittedMultitask(FittedNetwork):
    """See `FittedNetwork`; the answers of side tasks have temperatures of their own.

    It reads log-mel images with levels [shape=(n_clips, n_bands + 1, n_frames)].
    """

    def __init__(self, trained, *, validation):
        from ser_core.models._multitask_batches import columns

        super().__init__(trained, validation=validation)
        answers = trained.answers(validation.x)[:, len(EMOTIONS) :]
        truths = columns(validation, trained.side_tasks)
        self._side_temperatures = {
            name: _temperature_of_two(answer, truth)
            for name, answer, truth in zip(trained.side_tasks, answers.T, truths.T, strict=True)
            if not SIDE_TASKS[name].is_rating
        }
        self.info |= {"side_temperatures": self._side_temperatures, "task_variances": trained.variances}

    def predict_side(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Probability of ``female`` and of ``strong``, ratings in [-1, 1]: of the tasks that could be learnt."""
        found = self._trained.answers(x)[:, len(EMOTIONS) :].astype(np.float64)
        told = {}
        for name, answer in zip(self._trained.side_tasks, found.T, strict=True):
            if SIDE_TASKS[name].is_rating:
                told[name] = np.clip(answer, -1.0, 1.0)
            else:
                told[name] = 1.0 / (1.0 + np.exp(-answer / self._side_temperatures[name]))
        return told

    def to_onnx(self) -> bytes:
        """Images with levels ``features`` (batch, n_bands + 1, frames) of any length to ``probabilities`` (batch, 8).

        See `ser_core.models._multitask_onnx.to_onnx` for the outputs of side tasks.
        """
        return self._trained.to_onnx(temperature=self._temperature, side_temperatures=self._side_temperatures)


class Multitask(NetworkFamily):
    """Inverted residual blocks over a log-mel image, attention pooling and a linear layer for each task.

    A side task that the training clips know too little of is left out.
    """

    side_tasks = tuple(SIDE_TASKS)
    precision = np.float16
    takes = "log-mel images (n_clips, n_bands + 1, n_frames) with the same bands"
    any_length = True
    fitted = FittedMultitask

    def find_weights(self) -> None:
        """Look for the published ones."""
        weights_path()

    def _train(self, *data, **options):
        from ser_core.models import _multitask_training

        return _multitask_training.train(*data, **options)


def _temperature_of_two(logit: np.ndarray, truth: np.ndarray) -> float:
    """Temperature of the logit of a second class; never below 1, and 1 where `truth` does not show both classes.

    The few speakers that validate may all be told apart, which would ask for answers without any doubt.
    """
    known = np.isfinite(truth)
    if len(np.unique(truth[known])) < 2:
        return 1.0
    scores = np.stack([np.zeros(known.sum()), logit[known]], axis=1)
    return max(1.0, fit_temperature(scores, truth[known].astype(int)))


FAMILY = Multitask(
    name="multitask",
    title="Multitask CNN with attention",
    description=(
        "A two-dimensional network that hears emotion, sex and intensity at once, and valence, arousal and dominance "
        "where they are rated, each by an attention of its own."
    ),
    spec=AudioSetSpec(level_row=1),
    config=CONFIG,
)
