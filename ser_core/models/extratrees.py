"""Extremely randomised trees on acoustic functionals."""

from typing import Any

from sklearn.ensemble import ExtraTreesClassifier

from ser_core.features.spec import FunctionalsSpec
from ser_core.models._classical import SklearnFamily


def _estimator(config: dict[str, Any], seed: int) -> ExtraTreesClassifier:
    return ExtraTreesClassifier(
        config["n_trees"],
        min_samples_leaf=config["min_samples_leaf"],
        max_features=config["max_features"],
        class_weight="balanced",
        random_state=seed,
    )


FAMILY = SklearnFamily(
    name="extratrees",
    title="Extra trees",
    description="Many decision trees whose thresholds are drawn by lot, too: smoother than a random forest.",
    spec=FunctionalsSpec(),
    config={
        "n_trees": 200,
        "min_samples_leaf": 2,
        "max_features": "sqrt",
        "n_features": None,
        "n_components": [60, 150],
        "power": 0.5,
        "shrinkage": 0.03,
        "bound": 5.0,
        "n_folds": 4,
    },
    estimator=_estimator,
    trees=True,
)
