"""Random forest on acoustic functionals."""

from typing import Any

from ser_core.features.spec import FunctionalsSpec
from ser_core.models._classical import SklearnFamily
from ser_core.models._forests import CONFIG, SPECIAL, grown


def _estimator(config: dict[str, Any], seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return grown(RandomForestClassifier, config, seed)


FAMILY = SklearnFamily(
    name="forest",
    title="Random forest",
    description="Many decision trees, each grown on clips and features drawn by lot; their mean answers.",
    spec=FunctionalsSpec(),
    config={"n_trees": 100, **CONFIG},
    estimator=_estimator,
    trees=True,
    special=SPECIAL,
)
