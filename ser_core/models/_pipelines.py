"""Recognisers that scikit-learn trains: a grid search in grouped folds, calibration, one way to ONNX."""

import warnings
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from ser_core.errors import ConfigError
from ser_core.labels import EMOTIONS
from ser_core.models._estimators_onnx import write_probabilities
from ser_core.models._preparation import HYPERPARAMETERS, preparation, write_preparation
from ser_core.models._search import Fold, candidates, first_best, search_table
from ser_core.models.base import Data, Fitted
from ser_core.models.onnx_tools import Graph, fit_temperature, softmax
from ser_core.progress import Meter

if TYPE_CHECKING:
    from ser_core.models._classical import SklearnFamily

#: Score of an emotion that no training clip shows: a probability of nothing at any temperature that is found.
ABSENT = -1e4
#: Least probability that a model is believed to mean: forests and neighbours say 0 of what they have not seen.
_LEAST = 1e-4


class FittedClassical(Fitted):
    """A trained recogniser that reads vectors and can write itself into an ONNX graph.

    Attributes
    ----------
    n_inputs : int
        Features of a clip.
    """

    n_inputs: int

    @abstractmethod
    def write(self, graph: Graph) -> str:
        """Put the recogniser into `graph`; gives the name of its calibrated probabilities (batch, 8)."""

    def to_onnx(self) -> bytes:
        """Functionals ``features`` (batch, n_inputs) to ``probabilities`` (batch, 8)."""
        graph = Graph(shape=[self.n_inputs])
        return graph.finish(self.write(graph), n_labels=len(EMOTIONS))


class FittedPipeline(FittedClassical):
    """Preparation and estimator of scikit-learn, with the temperature of their probabilities.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Fitted; the last step predicts.
    temperature : float
        Divides the logarithms of its probabilities.
    info : dict
        See `Fitted`.
    held_out : np.ndarray [shape=(n_validation, 8)]
        See `Fitted`.
    """

    def __init__(self, pipeline: Pipeline, *, temperature: float, info: dict[str, Any], held_out: np.ndarray):
        self.pipeline = pipeline
        self.temperature = temperature
        self.history = []
        self.info = info
        self.held_out = held_out
        self.n_inputs = int(pipeline[0].n_features_in_)

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Calibrated probabilities [shape=(n_clips, 8)]; an emotion without training clips has 0."""
        with steady():
            return softmax(log_scores(self.pipeline[-1], self.pipeline[:-1].transform(x)) / self.temperature)

    def write(self, graph: Graph) -> str:
        """See `FittedClassical`."""
        estimator = self.pipeline[-1]
        z = write_preparation(graph, self.pipeline[:-1])
        scores = graph.add("Log", graph.add("Max", write_probabilities(estimator, graph, z), np.float32([_LEAST])))
        columns = np.eye(len(EMOTIONS), dtype=np.float32)[estimator.classes_]
        absent = np.where(columns.any(axis=0), 0, ABSENT).astype(np.float32)
        scores = graph.add("Add", graph.add("MatMul", scores, columns), absent)
        return graph.softmax(scores, temperature=self.temperature)


def log_scores(estimator: ClassifierMixin, z: np.ndarray) -> np.ndarray:
    """Logarithms of an estimator's probabilities with a column for every emotion [shape=(n_clips, 8)]."""
    scores = np.full((len(z), len(EMOTIONS)), ABSENT)
    scores[:, estimator.classes_] = np.log(np.maximum(estimator.predict_proba(z), _LEAST))
    return scores


@contextmanager
def steady() -> Iterator[None]:
    """Linear algebra on one thread: sums come out alike on machines of any number of cores, busy or not.

    The warning of perceptrons that their epochs are over is not for the reader: the epochs are a hyperparameter.
    """
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Stochastic Optimizer", category=ConvergenceWarning)
        yield


def searched(
    family: "SklearnFamily", data: Data, folds: list[Fold], *, n_train, config, seed, progress, cancel
) -> FittedPipeline:
    """The best candidate of `family` over `folds`, fitted to all of `data`; see `SklearnFamily`.

    Raises
    ------
    ConfigError
        If the estimator refuses the clips of a fold or a hyperparameter.
    """
    points = candidates(config)
    scores = np.zeros((len(points), len(data), len(EMOTIONS)))
    meter = Meter(progress, total=len(folds) * len(points) + 1, unit="fits", message="Searching", cancel=cancel)
    for inner, outer in folds:
        prepared: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for k, point in enumerate(points):
            settings = {**config, **point}
            key = repr([settings.get(name) for name in HYPERPARAMETERS])
            if key not in prepared:
                steps = preparation(settings, single=family.trees)
                prepared[key] = steps.fit_transform(data.x[inner], data.y[inner]), steps.transform(data.x[outer])
            near, far = prepared[key]
            scores[k, outer] = _answers(family, settings, near, data.y[inner], far, seed=seed)
            meter.add()
    table = search_table(points, scores, data.y, folds)
    best = first_best(table)
    temperature = fit_temperature(scores[best], data.y)
    chosen = {**config, **points[best]}
    pipeline = Pipeline(
        [*preparation(chosen, single=family.trees).steps, ("estimator", family.estimator(chosen, seed))]
    )
    pipeline.fit(data.x, data.y)
    meter.add()
    info = {"best": points[best], "grid": table, "n_folds": len(folds), "temperature": temperature}
    held_out = softmax(scores[best] / temperature)[n_train:]
    return FittedPipeline(pipeline, temperature=temperature, info=info, held_out=held_out)


def _answers(family: "SklearnFamily", settings: dict[str, Any], near, y, far, *, seed: int) -> np.ndarray:
    """Log scores of `far` by an estimator that learnt from `near`."""
    try:
        return log_scores(family.estimator(settings, seed).fit(near, y), far)
    except ValueError as error:
        raise ConfigError(
            f"{family.title} cannot learn from the {len(y)} clips of {len(np.unique(y))} emotions that a fold of its "
            f"grid search has ({error}). Add clips of every emotion, or change its hyperparameters."
        ) from error
