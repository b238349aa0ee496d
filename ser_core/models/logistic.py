"""Logistic regression on acoustic functionals."""

from typing import Any

from ser_core.features.spec import FunctionalsSpec
from ser_core.models._classical import SklearnFamily


def _estimator(config: dict[str, Any], seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=config["C"], class_weight="balanced", max_iter=500)


FAMILY = SklearnFamily(
    name="logistic",
    title="Logistic regression",
    description="A weighted sum of acoustic functionals for each emotion: the plainest model, and hard to beat.",
    spec=FunctionalsSpec(),
    config={
        "C": [0.3, 1.0, 3.0],
        "n_features": [1000, None],
        "n_components": 350,
        "power": 0.5,
        "shrinkage": 0.03,
        "bound": 5.0,
        "n_folds": 6,
    },
    estimator=_estimator,
)
