"""Nearest neighbours among acoustic functionals."""

from typing import Any

from ser_core.features.spec import FunctionalsSpec
from ser_core.models._classical import SklearnFamily


def _estimator(config: dict[str, Any], seed: int) -> Any:
    from ser_core.models._neighbours import neighbours

    return neighbours(config["n_neighbors"])


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
