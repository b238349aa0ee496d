"""The family `multitask`: one network that hears emotion, sex, intensity and, where rated, valence, arousal, dominance.

Importing this module is quick; TensorFlow comes in with the first `fit`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ser_core.errors import ConfigError, ModelError
from ser_core.features.spec import AudioSetSpec
from ser_core.labels import EMOTIONS
from ser_core.models._audioset_weights import weights_path
from ser_core.models.base import Data, Family, Fitted, require_enough, without_tensorflow
from ser_core.models.onnx_tools import fit_temperature, softmax
from ser_core.side_tasks import SIDE_TASKS

#: Network and changes are those that served the family `audioset`, but for the roll; not tuned any further. One trial
#: on the two validation actors of RAVDESS's first fold, 8 epochs, without the level: UAR .56, top three .89, sex .96,
#: intensity .67. Then the level was let in: alone, without any network, it tells the intensity of unseen actors with a
#: UAR of .68 (logistic regression, six folds over all 24 actors, so that this one choice has seen those tested, too).
CONFIG: dict[str, Any] = {
    # Network: two-dimensional convolutions, attention over time and frequency for each task, two linear layers.
    "pretrained": True,  # start from AudioSet's weights; from random ones otherwise
    "frozen_blocks": 3,  # the stem and this many of 15 blocks keep AudioSet's weights; -1 trains everything
    # Whether batches are normalised by their own statistics in training. False: by those of AudioSet, as in use.
    "batch_statistics": False,
    "attention": 64,  # units that the attention weights are computed of
    "level": True,  # whether the intensity, and nothing else, is told how loud the clip was recorded
    "dropout": 0.2,
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
    "epochs": 16,
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


class FittedMultitask(Fitted):
    """A trained network with the temperatures that calibrate its answers.

    Parameters
    ----------
    trained : ser_core.models._multitask_training.Trained
        Network and history.
    validation : Data
        Clips the network was not trained on; they set the temperatures.
    """

    def __init__(self, trained, *, validation: Data):
        from ser_core.models._multitask_batches import columns
        from ser_core.models._multitask_training import possible

        self._trained = trained
        self.history = trained.history
        found = trained.predict(validation.x)
        self._temperature = fit_temperature(possible(found, validation), validation.y)
        self._side_temperatures = {
            name: _temperature_of_two(found[:, i], truth)
            for i, (name, truth) in enumerate(
                zip(trained.side_tasks, columns(validation, trained.side_tasks).T, strict=True), start=len(EMOTIONS)
            )
            if not SIDE_TASKS[name].is_rating
        }
        self.info = {
            "n_parameters": int(trained.model.count_params()),
            "epochs": len(self.history),
            "best_epoch": trained.best_epoch,
            "temperature": self._temperature,
            "side_temperatures": self._side_temperatures,
            "task_variances": trained.variances,
        }

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Calibrated probabilities [shape=(n_clips, 8)].

        Parameters
        ----------
        x : np.ndarray [shape=(n_clips, n_bands + 1, n_frames)]
            Log-mel images with levels, each taken alone.
        """
        return softmax(self._trained.predict(x)[:, : len(EMOTIONS)].astype(np.float64) / self._temperature)

    def predict_side(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Probability of ``female`` and of ``strong``, ratings in [-1, 1]: of the tasks that could be learnt."""
        found = self._trained.predict(x)[:, len(EMOTIONS) :].astype(np.float64)
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
        from ser_core.models._multitask_onnx import to_onnx

        return to_onnx(self._trained, temperature=self._temperature, side_temperatures=self._side_temperatures)


class Multitask(Family):
    """Inverted residual blocks over a log-mel image, attention pooling and a linear layer for each task."""

    has_epochs = True
    resumes = True
    side_tasks = tuple(SIDE_TASKS)
    precision = np.float16

    def obstacle(self) -> str | None:
        """Without TensorFlow or the published weights there is no training."""
        try:
            weights_path()
        except ModelError as error:
            return without_tensorflow() or str(error)
        return without_tensorflow()

    def fit(
        self,
        train: Data,
        validation: Data,
        *,
        config: dict[str, Any],
        seed: int,
        checkpoint: Path | str | None = None,
        progress: Callable | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> FittedMultitask:
        """Train on `train`; `validation` decides which epoch is kept, by its emotions, and calibrates.

        On one machine and number of threads the same seed gives the same network, also when a training was stopped
        and went on from its `checkpoint`. A side task that `train` knows too little of is left out.

        Raises
        ------
        ConfigError
            If there are too few clips, or they are no log-mel images with levels.
        CancelledError
            When `cancel` answers True.
        ModelError
            If the weights to start from are not there; the message says where to get them.
        """
        config = self.complete(config)
        if train.x.ndim != 3 or train.x.shape[1] != validation.x.shape[1]:
            raise ConfigError(
                "The network reads log-mel images (n_clips, n_bands + 1, n_frames) with the same bands, got "
                f"{train.x.shape} for training and {validation.x.shape} for validation."
            )
        require_enough(train, validation)
        from ser_core.models import _multitask_training

        trained = _multitask_training.train(
            train, validation, config=config, seed=seed, checkpoint=checkpoint, progress=progress, cancel=cancel
        )
        return FittedMultitask(trained, validation=validation)


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
