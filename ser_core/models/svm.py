"""Support-vector machine on acoustic functionals: scaling, whitening and the machine in one pipeline."""

from ser_core.features.spec import FunctionalsSpec
from ser_core.models._classical import SearchedFamily
from ser_core.models.base import Data, Fitted


class SVM(SearchedFamily):
    """Grid search over C and gamma in folds that share no group, then one machine on all clips."""

    searches = ("C", "gamma")

    def _fit(self, data: Data, folds, *, seed, **rest) -> Fitted:
        from ser_core.models._svm import searched

        return searched(data, folds, **rest)


FAMILY = SVM(
    name="svm",
    title="SVM",
    description=(
        "Support-vector machine on 2279 acoustic functionals: statistics of pitch, voice quality, loudness, spectrum "
        "and rhythm over the whole clip."
    ),
    spec=FunctionalsSpec(),
    config={
        "C": [1.0, 3.0, 10.0],
        "gamma": [0.15, 0.3, 0.6],
        "n_folds": 6,
        "n_components": 350,
        "power": 0.5,
        "shrinkage": 0.03,
        "bound": 5.0,
    },
)
