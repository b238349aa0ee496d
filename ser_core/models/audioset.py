"""The family `audioset`: a MobileNetV3 that learnt the sounds of AudioSet, fine-tuned on emotions, in Keras.

Importing this module is quick; TensorFlow comes in with the first `fit`.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from ser_core.errors import ConfigError
from ser_core.features.spec import AudioSetSpec
from ser_core.models._audioset_weights import weights_path
from ser_core.models._networks import FittedNetwork, NetworkFamily
from ser_core.models.base import Fitted
from ser_core.models.onnx_tools import session
from ser_core.voices import MOST_CLIPS, voice_inputs

#: Tried on development speakers (RAVDESS 04, 10, 12, 14, CREMA-D's second fold), five corpora pooled, 8 to 10 epochs,
#: one seed: clips alone UAR .62 and .58; an embedding standardised by speaker .67 and .66; by voice, with one roll per
#: voice and the level kept relative to the voice, .74 and .69. Training the first blocks as well: as good by voice
#: after one epoch, at twice the time. Batches of like length: worse, they mix fewer corpora. An average over 500
#: batches instead of 100 lags behind.
#:
#: Clips alone, one corpus at a time, its fold of index 1, UAR on the speakers tested (and on those that validate):
#: the first blocks frozen and batch statistics, RAVDESS, 20 epochs .59 (.66); the same with statistics of AudioSet, .63
#: (.69), CREMA-D, 6 epochs .51 (.57); all blocks trained, those statistics, .63 (.66) and .53 (.60); all blocks trained
#: and batch statistics, CREMA-D .58 (.67), in twice the time and without changes of speed. Five corpora with the first
#: blocks frozen and batch statistics, 8 epochs, two folds: .52 and .56 on RAVDESS, .51 on CREMA-D.
CONFIG: dict[str, Any] = {
    "pretrained": True,  # start from AudioSet's weights; from random ones otherwise
    "frozen_blocks": 3,  # the stem and this many of 15 blocks keep AudioSet's weights; -1 trains everything
    # Whether batches are normalised by their own statistics in training. False: by those of AudioSet, as in use.
    "batch_statistics": True,
    "dropout": 0.2,
    # Batches of this many voices, each normalised by its own statistics, so that the network learns to hear a voice
    # against its habits: for speaker calibration. 0: batches of any clips, for clips alone.
    "voices_per_batch": 0,
    # How far bands that a microphone or line has weakened in all that is known of a voice are lifted in use, in [0, 1];
    # by voice only.
    "equalised": 0.0,
    # Power added to every band before the logarithm, dB above AudioSet's, see `ser_core.models._audioset_offset`.
    "offset_db": 0.0,
    # Of each network that is trained beside it the hyperparameters by which it differs; the mean of all answers.
    "others": [],
    # Changes to the training clips, see `ser_core.models._audioset_batches`.
    "crop": 256,  # frames
    "roll": 4,  # bands up or down
    "gain": 0.3,  # of the image's unit, 0.046 per dB
    "channels": 0.5,  # share of the clips that a room, noise or a line changes
    "lines": 0.0,  # share of the clips that come over a line besides
    "freq_width": 16,
    "time_width": 40,
    "mixup": 0.3,
    "speed": 0.1,  # faster or slower by up to this share
    # Training.
    "batch_size": 32,
    "epochs": 20,
    "min_steps": 600,  # batches that small training sets get at least, by more epochs
    "patience": 0.5,  # share of the epochs without a better validation loss after which training stops
    "learning_rate": 1.5e-3,  # peak of the cycle
    "weight_decay": 0.01,
    "label_smoothing": 0.1,
    "balance": 1.0,  # 1: every emotion of a corpus is drawn equally often; 0: every clip is
    # How often clips of a corpus are drawn against those of others (1): TESS has two voices and 2800 clips.
    "corpus_weights": {"ravdess": 2.0, "savee": 2.0, "emodb": 2.0, "tess": 0.4},
    "average_decay": 0.99,  # of the running average of the weights, per batch
    "deterministic": False,  # forbid TensorFlow operators that may sum in any order
}


MOST_OTHERS = 7
"""Networks beside the first: an answer takes as many times as long."""


class FittedAudioSet(FittedNetwork):
    """See `FittedNetwork`; of log-mel images with levels [shape=(n_clips, n_bands + 1, n_frames)]."""

    def adapted(self, x: np.ndarray) -> "Fitted":
        """The same network with the batch-normalisation statistics of one voice; of one not trained by voice, itself.

        After Li et al., "Adaptive batch normalization for practical domain adaptation", Pattern Recognition 80, 2018,
        with a voice as the domain.

        Parameters
        ----------
        x : np.ndarray [shape=(n_clips, n_bands + 1, n_frames)]
            Log-mel images, with levels, of unlabelled clips of the voice.
        """
        if self._trained.equaliser is None:
            return self
        return AdaptedAudioSet(self._session, x, fitted=self)

    @cached_property
    def _session(self):
        return session(self.to_onnx())


class AdaptedAudioSet(Fitted):
    """The network as it hears one voice, by ONNX Runtime, as in serving.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        Of a network trained by voice.
    x : np.ndarray [shape=(n_clips, n_bands + 1, n_frames)]
        Unlabelled clips of the voice.
    fitted : FittedAudioSet
        What is adapted.
    """

    def __init__(self, session, x: np.ndarray, *, fitted: FittedAudioSet):
        self._session, self._fitted = session, fitted
        self.history, self.info = fitted.history, fitted.info
        self._voice = voice_inputs(session, x)

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Calibrated probabilities [shape=(n_clips, 8)] of clips of the voice."""
        parts = np.array_split(x, max(1, len(x) // MOST_CLIPS))
        found = [self._session.run(["probabilities"], {"features": _single(part), **self._voice})[0] for part in parts]
        return np.concatenate(found).astype(np.float64)

    def to_onnx(self) -> bytes:
        """As of the network that was adapted: the voice is an input of it."""
        return self._fitted.to_onnx()


class AudioSet(NetworkFamily):
    """Inverted residual blocks over a log-mel image, mean over time, two linear layers."""

    adapts = True
    precision = np.float16
    takes = "log-mel images (n_clips, n_bands + 1, n_frames) with the same bands"
    any_length = True
    fitted = FittedAudioSet

    def find_weights(self) -> None:
        """Look for the published ones."""
        weights_path()

    def check(self, config: dict[str, Any]) -> None:
        """Refuse a training by voice that does not normalise by the voice, and what only such a training heeds."""
        voices, size = config["voices_per_batch"], config["batch_size"]
        if voices and not config["batch_statistics"]:
            raise ConfigError("Training by voice normalises by the voice: voices_per_batch takes batch_statistics.")
        if voices > size:
            raise ConfigError(f"A batch holds a clip or more of each voice, got {voices} voices in batches of {size}.")
        if config["equalised"] and not voices:
            raise ConfigError("Spectra are made alike by voice: equalised takes voices_per_batch of 1 or more.")
        others = config["others"]
        if not isinstance(others, list) or not all(isinstance(each, Mapping) and "others" not in each for each in others):
            raise ConfigError(f"others of audioset lists hyperparameters of more networks, got {others!r}.")
        if len(others) > MOST_OTHERS:
            raise ConfigError(f"At most {MOST_OTHERS} networks stand beside the first, got {len(others)}.")
        for each in others:
            if bool(self.complete({**config, "others": [], **each})["voices_per_batch"]) != bool(voices):
                raise ConfigError("Either all networks are trained by voice or none: voices_per_batch must agree.")

    def _train(self, *data, **options):
        from ser_core.models import _audioset_training

        return _audioset_training.train(*data, **options)


FAMILY = AudioSet(
    name="audioset",
    title="AudioSet MobileNetV3, fine-tuned",
    description="A compact network that learnt 527 kinds of sound from two million clips, trained on to hear emotions.",
    spec=AudioSetSpec(level_row=1),
    config=CONFIG,
)


def _single(x: np.ndarray) -> np.ndarray:
    return np.asarray(x, dtype=np.float32)
