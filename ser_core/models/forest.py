"""Random forest on acoustic functionals."""

from typing import Any

from sklearn.ensemble import RandomForestClassifier

from ser_core.features.spec import FunctionalsSpec
from ser_core.models._classical import SklearnFamily


def _estimator(config: dict[str, Any], seed: int) -> RandomForestClassifier:
    return RandomForestClassifier(
        config["n_trees"],
        min_samples_leaf=config["min_samples_leaf"],
        max_features=config["max_features"],
        class_weight="balanced",
        random_state=seed,
    )


FAMILY = SklearnFamily(
    name="forest",
    title="Random forest",
    description="Many decision trees, each grown on clips and features drawn by lot; their mean answers.",
    spec=FunctionalsSpec(),
    config={
        "n_trees": 100,
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
