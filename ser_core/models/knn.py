"""Nearest neighbours among acoustic functionals."""

from typing import Any

from sklearn.neighbors import KNeighborsClassifier

from ser_core.features.spec import FunctionalsSpec
from ser_core.models._classical import SklearnFamily
from ser_core.models._estimators_onnx import neighbour_weights


class _Neighbours(KNeighborsClassifier):
    """Asks no more neighbours than there are clips, so that small corpora do, too."""

    def fit(self, X, y):
        self.n_neighbors = min(self.n_neighbors, len(X))
        return super().fit(X, y)


def _estimator(config: dict[str, Any], seed: int) -> KNeighborsClassifier:
    return _Neighbours(config["n_neighbors"], weights=neighbour_weights, algorithm="brute")


FAMILY = SklearnFamily(
    name="knn",
    title="Nearest neighbours",
    description="The most alike of the training clips vote, the nearer ones more.",
    spec=FunctionalsSpec(),
    config={
        "n_neighbors": [80, 40, 20],
        "n_features": [300, 1000, None],
        "n_components": 100,
        "power": 0.5,
        "shrinkage": 0.03,
        "bound": 5.0,
        "n_folds": 6,
    },
    estimator=_estimator,
)
