"""Bagged linear discriminant analyses of acoustic functionals."""

from typing import Any

from ser_core.features.spec import FunctionalsSpec
from ser_core.models._classical import SklearnFamily


def _estimator(config: dict[str, Any], seed: int) -> Any:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.ensemble import BaggingClassifier

    member = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=config["covariance_shrinkage"])
    return BaggingClassifier(
        member,
        config["n_members"],
        max_samples=config["max_samples"],
        max_features=config["max_features"],
        random_state=seed,
    )


FAMILY = SklearnFamily(
    name="bagging",
    title="Bagged discriminant analyses",
    description="Linear discriminant analyses, each of clips and features drawn by lot; their mean answers.",
    spec=FunctionalsSpec(),
    config={
        "covariance_shrinkage": [0.1, 0.03],
        "n_members": 12,
        "max_samples": 0.7,
        "max_features": [0.3, 0.6],
        "n_features": None,
        "n_components": 500,
        "power": 0.0,
        "shrinkage": 0.0,
        "bound": 5.0,
        "n_folds": 4,
    },
    estimator=_estimator,
)
