"""Gradient boosting on acoustic functionals."""

from typing import Any

from ser_core.features.spec import FunctionalsSpec
from ser_core.models._allowed import Allowed
from ser_core.models._classical import SklearnFamily


def _estimator(config: dict[str, Any], seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=config["learning_rate"],
        max_iter=config["n_rounds"],
        max_leaf_nodes=config["n_leaves"],
        min_samples_leaf=config["min_samples_leaf"],
        max_features=config["max_features"],
        l2_regularization=config["l2"],
        class_weight="balanced",
        early_stopping=False,
        random_state=seed,
    )


FAMILY = SklearnFamily(
    name="boosting",
    title="Gradient boosting",
    description="Small decision trees one after the other, each mending what those before it got wrong.",
    spec=FunctionalsSpec(),
    config={
        "learning_rate": 0.1,
        "n_rounds": 60,
        "n_leaves": 6,
        "min_samples_leaf": 10,
        "max_features": 0.3,
        "l2": 1.0,
        "n_features": None,
        "n_components": [40, 80],
        "power": 0.5,
        "shrinkage": 0.03,
        "bound": 5.0,
        "n_folds": 3,
    },
    estimator=_estimator,
    trees=True,
    # Of each split; here it is a share only.
    special={"max_features": Allowed(low=0, high=1, above=True)},
)
