"""Multilayer perceptron on acoustic functionals."""

from typing import Any

from ser_core.features.spec import FunctionalsSpec
from ser_core.models._classical import SklearnFamily


def _estimator(config: dict[str, Any], seed: int) -> Any:
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(
        (config["n_hidden"],),
        alpha=config["alpha"],
        batch_size=64,
        learning_rate_init=config["learning_rate"],
        max_iter=config["epochs"],
        # The epochs are those asked for: no clips are set aside, none of the last ones is skipped.
        tol=0.0,
        n_iter_no_change=config["epochs"],
        random_state=seed,
    )


FAMILY = SklearnFamily(
    name="mlp",
    title="Multilayer perceptron",
    description="One hidden layer of rectified units over whitened acoustic functionals.",
    spec=FunctionalsSpec(),
    config={
        "alpha": [0.3, 0.1, 0.03],
        "n_hidden": 128,
        "learning_rate": 0.003,
        "epochs": 30,
        "n_features": None,
        "n_components": 350,
        "power": 0.5,
        "shrinkage": 0.03,
        "bound": 5.0,
        "n_folds": 4,
    },
    estimator=_estimator,
)
