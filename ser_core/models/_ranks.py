"""Ranks within the voice: the search, the recogniser and its ONNX form."""

from copy import copy
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from ser_core.labels import EMOTIONS
from ser_core.models._backend import Backend
from ser_core.models._pipelines import ABSENT, FittedClassical, steady
from ser_core.models._preparation import preparation, write_preparation
from ser_core.models._ranking import quantiles, ranks_against, ranks_by, write_ranks
from ser_core.models._search import Fold, candidates, first_best, search_table
from ser_core.models.base import Data
from ser_core.models.onnx_tools import Graph, fit_temperature, softmax
from ser_core.progress import Meter
from ser_core.voices import some_of


class FittedRanks(FittedClassical):
    """Ranks, whitening, logistic regression and back-end, with the reference that clips are ranked against."""

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        reference: np.ndarray,
        backend: Backend,
        temperatures: tuple[float, float],
        config: dict[str, Any],
        info: dict[str, Any],
        held_out: np.ndarray,
    ):
        self.pipeline = pipeline
        self.history = []
        self.info = info
        self.held_out = held_out
        self.n_inputs = reference.shape[1]
        self._reference = reference
        self._backend = backend
        self._alone, self._by_voice = temperatures
        self._temperature = self._alone
        self._config = config

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Calibrated probabilities [shape=(n_clips, 8)]; an emotion without training clips has 0."""
        with steady():
            odds = self._backend.log_odds(self._logits(x))
        scores = np.full((len(x), len(EMOTIONS)), ABSENT)
        scores[:, self.pipeline[-1].classes_] = odds
        return softmax(scores / self._temperature)

    def _logits(self, x: np.ndarray) -> np.ndarray:
        return _logits(self.pipeline[-1], self.pipeline[:-1].transform(ranks_against(x, self._reference)))

    def adapted(self, x: np.ndarray) -> "FittedRanks":
        """The same model for one voice: clips are ranked among `x`, and emotions lie where this voice has them.

        Parameters
        ----------
        x : np.ndarray [shape=(n_clips, n_features)]
            Functionals of unlabelled clips of the voice.
        """
        if not self._config["by_voice"]:
            return self
        other = copy(self)
        other._reference = np.asarray(some_of(x), dtype=np.float32)
        with steady():
            other._backend = _of_voice(self._backend, other._logits(other._reference), self._config)
        other._temperature = self._by_voice
        return other

    def write(self, graph: Graph) -> str:
        """See `FittedClassical`."""
        estimator = self.pipeline[-1]
        z = write_preparation(graph, self.pipeline[:-1], x=write_ranks(graph, self._reference))
        weights, offsets = _two_columns(estimator.coef_.T), _two_columns(estimator.intercept_[None])[0]
        logits = graph.add("Add", graph.add("MatMul", z, np.float32(weights)), np.float32(offsets))
        columns = np.eye(len(EMOTIONS), dtype=np.float32)[estimator.classes_]
        absent = np.where(columns.any(axis=0), 0, ABSENT).astype(np.float32)
        scores = graph.add("Add", graph.add("MatMul", self._backend.write(graph, logits), columns), absent)
        return graph.softmax(scores, temperature=self._temperature)


def searched(data: Data, folds: list[Fold], *, n_train, config, progress, cancel) -> FittedRanks:
    """The best candidate over `folds`, fitted to all of `data`; back-end and temperatures stand on answers of folds."""
    points = candidates(config, names=("C",))
    classes, y = np.unique(data.y, return_inverse=True)
    reference = quantiles(data.x)
    of_all = ranks_against(data.x, reference)
    ranks = ranks_by(data.x, data.voice) if config["by_voice"] else of_all
    meter = Meter(progress, total=len(folds) * len(points) + 1, unit="fits", message="Searching C", cancel=cancel)
    scores, alone = np.zeros((2, len(points), len(data), len(classes)))
    for inner, outer in folds:
        steps = preparation(config)
        near, far = steps.fit_transform(ranks[inner], data.y[inner]), steps.transform(ranks[outer])
        far_alone = steps.transform(of_all[outer])
        for k, point in enumerate(points):
            estimator = _estimator(point["C"]).fit(near, data.y[inner])
            scores[k, outer] = _logits(estimator, far)
            alone[k, outer] = _logits(estimator, far_alone)
            meter.add()
    table = search_table(points, scores, y, folds)
    best = first_best(table)
    backend = Backend.of(scores[best], y)
    odds, t_alone = _held_odds(alone[best], scores[best], y, folds)
    t_voice = t_alone
    if config["by_voice"]:
        odds, t_voice = _held_odds(scores[best], scores[best], y, folds, voice=data.voice, config=config)
    pipeline = Pipeline([*preparation(config).steps, ("estimator", _estimator(points[best]["C"]))])
    pipeline.fit(ranks, data.y)
    meter.add()
    held_out = np.zeros((len(data), len(EMOTIONS)))
    held_out[:, classes] = softmax(odds / t_voice)
    info = {"best": points[best], "grid": table, "n_folds": len(folds), "temperature": t_voice}
    return FittedRanks(
        pipeline,
        reference=reference,
        backend=backend,
        temperatures=(t_alone, t_voice),
        config=config,
        info=info,
        held_out=held_out[n_train:],
    )


def _estimator(C: float) -> LogisticRegression:
    return LogisticRegression(C=C, class_weight="balanced", max_iter=300)


def _held_odds(
    given: np.ndarray, scores: np.ndarray, y: np.ndarray, folds: list[Fold], *, voice=None, config=None
) -> tuple[np.ndarray, float]:
    """Odds of the scores `given` by back-ends fitted to `scores` of other folds, and their temperature.

    With `voice`, adapted to each voice.
    """
    odds = np.empty(scores.shape)
    for inner, outer in folds:
        backend = Backend.of(scores[inner], y[inner])
        if voice is None:
            odds[outer] = backend.log_odds(given[outer])
            continue
        for name in np.unique(voice[outer]):
            clips = outer[voice[outer] == name]
            odds[clips] = _of_voice(backend, given[clips], config).log_odds(given[clips])
    return odds, fit_temperature(odds, y)


def _of_voice(backend: Backend, scores: np.ndarray, config: dict[str, Any]) -> Backend:
    return backend.adapted(scores, weight=config["prior_weight"], temperature=config["em_temperature"])


def _logits(estimator: LogisticRegression, z: np.ndarray) -> np.ndarray:
    """A column per class [shape=(n_clips, n_classes)]."""
    values = estimator.decision_function(z)
    return _two_columns(values[:, None]) if values.ndim == 1 else values


def _two_columns(values: np.ndarray) -> np.ndarray:
    """Of two classes scikit-learn keeps one column, that of the second."""
    return values if values.shape[1] > 1 else np.concatenate([-values / 2, values / 2], axis=1)
