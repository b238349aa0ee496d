"""A vote of classical models: the calibrated mean of their log-probabilities."""

from ser_core.features.spec import FunctionalsSpec
from ser_core.models._committee import Committee

FAMILY = Committee(
    name="voting",
    title="Vote of classical models",
    description="Support-vector machine, discriminant analysis, nearest neighbours and a forest; each counts as much.",
    spec=FunctionalsSpec(),
    config={"members": ["svm", "lda", "knn", "forest"]},
    pooling="average",
)
