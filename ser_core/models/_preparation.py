"""What happens to functionals before a classical model: scaling, selection of features, whitening."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_selection import f_classif
from sklearn.pipeline import Pipeline

from ser_core.models._whitening import BoundedScaler, WithinClassWhitening
from ser_core.models.onnx_tools import INPUT, Graph

#: Hyperparameters that decide the preparation; a family has the steps whose hyperparameters it has.
HYPERPARAMETERS = ("bound", "n_features", "n_components", "power", "shrinkage")


class BestFeatures(TransformerMixin, BaseEstimator):
    """Keep the features that tell the emotions apart best by themselves: those of the largest F value.

    Parameters
    ----------
    n_features : int or None
        Features kept, all where there are fewer; None keeps all.
    """

    def __init__(self, n_features: int | None = None):
        self.n_features = n_features

    def fit(self, x, y):
        self.n_features_in_ = x.shape[1]
        if self.n_features is None or self.n_features >= x.shape[1]:
            self.kept_ = np.arange(x.shape[1])
            return self
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            # Features that do not vary have no F value; they come last.
            warnings.simplefilter("ignore", UserWarning)
            value = np.nan_to_num(f_classif(x, y)[0], nan=-1.0, posinf=np.inf)
        self.kept_ = np.sort(np.argsort(-value, kind="stable")[: self.n_features])
        return self

    def transform(self, x):
        return x[:, self.kept_]


class Single(TransformerMixin, BaseEstimator):
    """Round to float32, for trees: they split at thresholds, so they must learn from the numbers that ONNX gives."""

    def fit(self, x, y=None):
        self.n_features_in_ = x.shape[1]
        return self

    def transform(self, x):
        return np.asarray(x, dtype=np.float32)


def preparation(config: Mapping[str, Any], *, single: bool = False) -> Pipeline:
    """The steps that `config` has hyperparameters for, unfitted; features as they are where it has none.

    With `single`, the last one rounds to float32.
    """
    steps: list[tuple[str, Any]] = []
    if "bound" in config:
        steps.append(("scale", BoundedScaler(bound=config["bound"])))
    if "n_features" in config:
        steps.append(("select", BestFeatures(config["n_features"])))
    if "n_components" in config:
        whiten = {name: config[name] for name in ("n_components", "power", "shrinkage")}
        steps.append(("whiten", WithinClassWhitening(**whiten)))
    if single or not steps:
        steps.append(("single", Single()))
    return Pipeline(steps)


def write_preparation(graph: Graph, steps: Pipeline, *, x: str = INPUT) -> str:
    """Fitted steps of `preparation` as ONNX operators; gives the name of their output, float32.

    Scaling is done in double precision, where float32 would lose what matters in features of large mean; before trees
    whitening is, too.
    """
    precise = isinstance(steps[-1], Single)
    wide = False
    for step in steps:
        if isinstance(step, BoundedScaler):
            x = graph.add("Cast", x, to=11)
            x = graph.add("Mul", graph.add("Sub", x, step.mean_), step.factor_)
            x = graph.add("Clip", x, np.float64(-step.bound), np.float64(step.bound))
            wide = True
        elif isinstance(step, BestFeatures):
            if len(step.kept_) < step.n_features_in_:
                x = graph.add("Gather", x, step.kept_.astype(np.int64), axis=1)
        elif isinstance(step, WithinClassWhitening):
            x = x if wide else graph.add("Cast", x, to=11)
            x = graph.add("Sub", x, step.mean_.astype(np.float64))
            if precise:
                x = graph.add("MatMul", x, step.projection_.astype(np.float64))
            else:
                x = graph.add("MatMul", graph.add("Cast", x, to=1), step.projection_.astype(np.float32))
            wide = precise
        elif not isinstance(step, Single):
            raise TypeError(f"No ONNX form of the step {type(step).__name__}.")
    return graph.add("Cast", x, to=1) if wide else x
