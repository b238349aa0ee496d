"""Logistic regression on ranks within the voice: a clip is judged by what is high and low for its speaker."""

from typing import Any

from ser_core.features.spec import FunctionalsSpec
from ser_core.models._classical import SearchedFamily
from ser_core.models.base import Data, Fitted

#: Chosen by folds over twenty RAVDESS speakers (all but 01, 11, 20, 21), UAR: one copy of each clip .745, with copies
#: at .9 and 1.1 of the speed .762; 350 components .751, 800 .762; adapted means and prior .777 at temperature .5, .773
#: at 1, .735 at .2.
CONFIG: dict[str, Any] = {
    "C": [0.3, 1.0, 3.0],
    # Rank each clip among those of its voice, for speaker calibration; else among those of all voices.
    "by_voice": True,
    # Of the adaptation of means and prior, see `ser_core.models._backend`.
    "prior_weight": 5.0,
    "em_temperature": 0.5,
    "n_components": 800,
    "power": 0.5,
    "shrinkage": 0.03,
    "n_folds": 5,
}


class Ranks(SearchedFamily):
    """Candidates are searched in folds that share no speaker; back-end and temperatures stand on their answers."""

    adapts = True
    searches = ("C",)

    def _fit(self, data: Data, folds, *, seed, **rest) -> Fitted:
        from ser_core.models._ranks import searched

        return searched(data, folds, **rest)


FAMILY = Ranks(
    name="ranks",
    title="Ranks within the voice",
    description="Logistic regression on where each functional of a clip stands among other clips of the voice.",
    spec=FunctionalsSpec(),
    config=CONFIG,
)
