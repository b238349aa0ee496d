"""Stacked classical models: their weights are found on held-out answers."""

from ser_core.features.spec import FunctionalsSpec
from ser_core.models._committee import Committee

FAMILY = Committee(
    name="stacking",
    title="Stacked classical models",
    description="Support-vector machine, discriminant analysis, nearest neighbours and a forest, each by its worth.",
    spec=FunctionalsSpec(),
    config={"members": ["svm", "lda", "knn", "forest"]},
    pooling="stack",
)
