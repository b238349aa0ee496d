"""Linear discriminant analysis on acoustic functionals."""

from typing import Any

from ser_core.features.spec import FunctionalsSpec
from ser_core.models._classical import SklearnFamily


def _estimator(config: dict[str, Any], seed: int) -> Any:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage=config["covariance_shrinkage"])


FAMILY = SklearnFamily(
    name="lda",
    title="Linear discriminant analysis",
    description="One bell of the same shape for each emotion in the space of acoustic functionals, its shape shrunk.",
    spec=FunctionalsSpec(),
    config={
        "covariance_shrinkage": [0.3, 0.1, 0.03],
        "n_features": [1000, None],
        # Principal components only: the analysis itself whitens within emotions.
        "n_components": 350,
        "power": 0.0,
        "shrinkage": 0.0,
        "bound": 5.0,
        "n_folds": 6,
    },
    estimator=_estimator,
)
