"""What families of many trees share: their hyperparameters, and how they are handed to scikit-learn."""

from typing import Any

from ser_core.models._allowed import Allowed

#: Besides the number of trees.
CONFIG: dict[str, Any] = {
    "min_samples_leaf": 2,
    "max_features": "sqrt",
    "n_features": None,
    "n_components": [60, 150],
    "power": 0.5,
    "shrinkage": 0.03,
    "bound": 5.0,
    "n_folds": 4,
}

#: Besides a share or number of features, scikit-learn's own rules for it.
SPECIAL = {"max_features": Allowed(low=0, high=1, above=True, counts=True, also=("sqrt", "log2", None))}


def grown(kind: type, config: dict[str, Any], seed: int) -> Any:
    """An unfitted forest of a `kind` of scikit-learn."""
    return kind(
        config["n_trees"],
        min_samples_leaf=config["min_samples_leaf"],
        max_features=config["max_features"],
        class_weight="balanced",
        random_state=seed,
    )
