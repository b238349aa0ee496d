"""Extremely randomised trees on acoustic functionals."""

from typing import Any

from ser_core.features.spec import FunctionalsSpec
from ser_core.models._classical import SklearnFamily
from ser_core.models._forests import CONFIG, SPECIAL, grown


def _estimator(config: dict[str, Any], seed: int) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier

    return grown(ExtraTreesClassifier, config, seed)


FAMILY = SklearnFamily(
    name="extratrees",
    title="Extra trees",
    description="Many decision trees whose thresholds are drawn by lot, too: smoother than a random forest.",
    spec=FunctionalsSpec(),
    config={"n_trees": 200, **CONFIG},
    estimator=_estimator,
    trees=True,
    special=SPECIAL,
)
