"""Fine-tuning of the family `audioset`: one-cycle AdamW, averaged weights, early stopping, a checkpoint per epoch."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ser_core.labels import EMOTIONS
from ser_core.models import _audioset_network as network
from ser_core.models._audioset_batches import Batches, known_emotions, level_to
from ser_core.models._audioset_equaliser import Equaliser
from ser_core.models._audioset_offset import with_offset
from ser_core.models._audioset_onnx import to_onnx
from ser_core.models._audioset_voice import copy_of, logits_by_voice, network_options
from ser_core.models._audioset_weights import weights_path
from ser_core.models._tensorflow import keras, tf
from ser_core.models._together import TrainedTogether, train_together
from ser_core.models._trained import predict_logits
from ser_core.models._training import begin, entropy_of, fit_network, training_key
from ser_core.models.base import Data
from ser_core.progress import CancelCallback, ProgressCallback

GRADIENT_NORM = 5.0
"""Longer gradients are cut to this: the new last layer starts with large ones."""
FIRST_STD = 0.02
"""Of the weights of the new last layer: small, so that the first gradients do not upset what was learnt before."""
IMPOSSIBLE = -1e9
"""Logit of an emotion that the corpus of a clip does not hold: it neither costs nor teaches anything."""


@dataclass
class TrainedAudioSet(TrainedTogether):
    """See `TrainedTogether`.

    Attributes
    ----------
    equaliser : Equaliser or None
        Of the clips that it was trained on, if it was trained by voice.
    offset_db : float
        See `ser_core.models._audioset_offset`.
    """

    equaliser: Equaliser | None
    offset_db: float

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Logits [shape=(n_clips, 8)] of images with levels [shape=(n_clips, n_bands + 1, n_frames)], each alone."""
        found = predict_logits(self.call, x, prepare=lambda part: (with_offset(level_to(part), self.offset_db),))
        return np.mean([found, *(other.predict(x) for other in self.others)], axis=0)

    def validation_logits(self, data: Data) -> np.ndarray:
        """Logits [shape=(n_clips, 8)], adapted to each voice if trained by voice.

        Emotions that the corpus of a clip does not hold are impossible.
        """
        if self.equaliser is None:
            return possible(self.predict(data.x), data)
        heard = {"equaliser": self.equaliser, "offset_db": self.offset_db}
        found = possible(logits_by_voice(self.model, data, call=self.call, **heard), data)
        return np.mean([found, *(other.validation_logits(data) for other in self.others)], axis=0)

    def to_onnx(self, *, temperature: float) -> bytes:
        """Images with levels ``features`` (batch, n_bands + 1, frames) of any length to ``probabilities`` (batch, 8).

        See `ser_core.models._audioset_onnx.to_onnx` for what else a network trained by voice takes and gives.
        """
        return to_onnx(self.networks, temperature=temperature)


def train(
    data: Data,
    validation: Data,
    *,
    config: dict[str, Any],
    seed: int,
    checkpoint: Path | str | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> TrainedAudioSet:
    """Fine-tune a network, and those that the configuration sets beside it, whose epochs follow those of the first.

    Parameters
    ----------
    data, validation : Data
        Log-mel images with their levels ``(n_clips, n_bands + 1, n_frames)``. `validation` decides which epoch is kept,
        nothing else.
    config : dict
        Complete hyperparameters of the family.
    seed : int
        Decides the new layer, the batches and dropout.
    checkpoint, progress : optional
        See `train_together`.
    cancel : callable, optional
        See `ser_core.progress`.

    Raises
    ------
    ModelError
        If the weights to start from are not there.
    """
    configs = [config, *({**config, **other} for other in config["others"])]
    return train_together(
        [partial(_train, data, validation, config=each, seed=seed, cancel=cancel) for each in configs],
        checkpoint=checkpoint,
        progress=progress,
    )


def _train(data: Data, validation: Data, *, config: dict[str, Any], seed: int, **options) -> TrainedAudioSet:
    begin(seed, config)
    model = _start(config, n_bands=data.x.shape[1] - 1)
    average = copy_of(model, config=config)
    drawn, n_parts = Batches(data, config=config, seed=seed), max(1, config["voices_per_batch"])
    equaliser = Equaliser.of(data, share=config["equalised"]) if config["voices_per_batch"] else None
    trained = TrainedAudioSet(average, equaliser, config["offset_db"])

    def loss(network, x, y, known):
        # Each voice is normalised by its own statistics.
        logits = tf.concat([network(part, training=True) for part in tf.split(x, n_parts)], axis=0)
        return entropy_of(tf.where(known, logits, IMPOSSIBLE), y)

    trained.history, trained.best_epoch = fit_network(
        model,
        average,
        batches=drawn.epoch,
        per_epoch=drawn.per_epoch,
        loss=loss,
        validate=lambda: trained.scores(validation),
        config=config,
        key=training_key(config, seed, data, validation),
        gradient_norm=GRADIENT_NORM,
        message="Fine-tuning the network",
        **options,
    )
    return trained


def possible(logits: np.ndarray, data: Data) -> np.ndarray:
    """Logits [shape=(n_clips, 8)] with those of emotions that the corpus of a clip does not hold made impossible."""
    return np.where(known_emotions(data), logits, IMPOSSIBLE)


def _start(config: dict[str, Any], *, n_bands: int) -> keras.Model:
    """The network to begin with: AudioSet's, or random where the configuration says so."""
    model = network.build(
        n_bands=n_bands, n_outputs=len(EMOTIONS), dropout=config["dropout"], **network_options(config)
    )
    if config["pretrained"]:
        with np.load(weights_path(), allow_pickle=False) as weights:
            network.load_pretrained(model, weights)
        last = model.get_layer("classifier.5").kernel
        last.assign(keras.random.normal(last.shape, stddev=FIRST_STD))
    return model
