"""A toy model family and a toy corpus, so that experiments run in milliseconds with known outcomes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from ser_core import corpora, models
from ser_core.experiments import blending, examples
from ser_core.experiments.config import ExperimentConfig
from ser_core.features import FunctionalsSpec
from ser_core.labels import EMOTIONS
from ser_core.models import Family, Fitted
from ser_core.models.onnx_tools import session
from ser_core.serving.testing import voice_softmax
from ser_core.voices import voice_inputs

SPEAKERS = 4
CLIPS = 4


class NearestMean(Fitted):
    """Scores by the distance to each emotion's mean."""

    def __init__(self, train, *, seed):
        self.means = np.stack([train.x[train.y == label].mean(axis=0) for label in range(len(EMOTIONS))])
        self.history = [{"epoch": 1, "loss": 1.0, "accuracy": 0.5, "val_loss": 1.0, "val_accuracy": 0.5}]
        self.info = {"seed": seed, "n_train": len(train)}

    def predict_proba(self, x):
        score = np.exp(-((x[:, None] - self.means) ** 2).sum(axis=-1))
        return score / score.sum(axis=1, keepdims=True)

    def to_onnx(self):
        return b""


@dataclass(frozen=True)
class ToyFamily(Family):
    """Counts its trainings and can be told to be cancelled after some."""

    trained = []

    def fit(self, train, validation, *, config, seed, progress=None, cancel=None):
        type(self).trained.append((len(train), seed))
        return NearestMean(train, seed=seed)


@pytest.fixture
def manifest():
    rows = [
        {
            "clip_id": f"toy/{speaker}-{emotion}-{n}",
            "path": f"toy/{speaker}-{emotion}-{n}.wav",
            "corpus": "toy",
            "speaker": f"s{speaker}",
            "sex": "female" if speaker % 2 else "male",
            "emotion": emotion,
            "text": "a",
            "sampling_rate": 16000,
            "sha256": f"{speaker}{i}{n}" * 8,
        }
        for speaker in range(SPEAKERS)
        for i, emotion in enumerate(EMOTIONS)
        for n in range(CLIPS)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def toy(monkeypatch, manifest):
    """The toy family and corpus in the place of the real ones; answers the family."""
    family = ToyFamily("toy", "Toy", "For tests.", FunctionalsSpec(), {"depth": 1})
    ToyFamily.trained = []
    corpus = type("ToyCorpus", (), {"manifest": lambda self, root=None: manifest, "name": "toy", "title": "Toy"})()

    def features(clips, spec, *, augmentation=None, **rest):
        shift = 0.0 if augmentation is None else 0.01
        label = np.array([EMOTIONS.index(name) for name in clips["emotion"]])
        return (np.eye(len(EMOTIONS))[label] + shift).astype(np.float32)

    monkeypatch.setattr(models, "get", lambda name: family)
    monkeypatch.setattr(corpora, "get", lambda name: corpus)
    monkeypatch.setattr(examples, "matrix", features)
    return family


@pytest.fixture
def config(toy):
    def make(protocol="speaker-independent", **rest):
        return ExperimentConfig.of("toy", protocol, "toy", **rest)

    return make


class Loudest(Fitted):
    """Answers the row that stands out, after taking away what a voice has in common."""

    def __init__(self):
        n = len(EMOTIONS)
        self.onnx = voice_softmax(
            np.vstack([np.repeat(np.eye(n), 2, axis=0), np.zeros((2, n))]), np.zeros(n), shape=(n + 1, 2)
        )
        self.voice = {}
        self.history = []
        self.info = {"temperature": 1.0, "best_epoch": 1}

    def predict_proba(self, x):
        return session(self.onnx).run(["probabilities"], {"features": x.astype(np.float32), **self.voice})[0]

    def adapted(self, x):
        other = Loudest()
        other.voice = voice_inputs(session(self.onnx), x)
        return other

    def to_onnx(self):
        return self.onnx


@pytest.fixture
def toy_of_voices(toy, monkeypatch):
    """The toy family as one of networks that hear voices: each has a tint that drowns its emotions (4 against 10)."""

    def images(clips, spec, **rest):
        label = np.array([EMOTIONS.index(name) for name in clips["emotion"]])
        speaker = clips["speaker"].str[1:].astype(int).to_numpy()
        x = np.zeros((len(clips), len(EMOTIONS) + 1, 2), np.float32)
        x[np.arange(len(clips)), label] += 4.0
        x[np.arange(len(clips)), speaker] += 10.0
        return x

    monkeypatch.setattr(examples, "matrix", images)
    # A blend of few to choose from is enough.
    monkeypatch.setattr(blending, "HALF_CLIPS", (1.0, 8.0))
    monkeypatch.setattr(blending, "MOST", (1.0,))
    monkeypatch.setattr(type(toy), "adapts", True)
    monkeypatch.setattr(type(toy), "fit", lambda self, *args, **options: Loudest())
    return toy
