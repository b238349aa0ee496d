"""What the classical families share: a grid search in grouped folds instead of a validation set.

Importing this module, or a family, is quick; scikit-learn comes in with the first `fit`.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ser_core.models._allowed import ALLOWED, Rule
from ser_core.models.base import Data, Family, Fitted

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin


class SearchedFamily(Family):
    """A family that searches and calibrates in folds that share no group, instead of on a validation set."""

    @property
    def allowed(self) -> Mapping[str, Rule]:
        """See `Family.allowed`."""
        return ALLOWED

    def fit(
        self,
        train: Data,
        validation: Data,
        *,
        config: dict[str, Any],
        seed: int,
        progress=None,
        cancel=None,
    ) -> Fitted:
        """Train on both parts together: the inner folds take the place of a validation set.

        Temperatures are fitted to answers of the inner folds, so on clips of groups not trained on.

        Raises
        ------
        ConfigError
            With fewer than two groups or two emotions, or an emotion that only one group shows.
        CancelledError
            When `cancel` answers True.
        """
        from ser_core.models._pipelines import steady
        from ser_core.models._search import grouped_folds

        with steady():
            config = self.complete(config)
            data = Data.join(train, validation) if len(validation) else train
            folds = grouped_folds(data, n_folds=config["n_folds"], seed=seed)
            return self._fit(
                data, folds, n_train=len(train), config=config, seed=seed, progress=progress, cancel=cancel
            )

    @abstractmethod
    def _fit(self, data: Data, folds, *, n_train, config, seed, progress, cancel) -> Fitted:
        """Search on `folds`, (inner, outer) positions in `data`; clips from `n_train` on validate."""


@dataclass(frozen=True, kw_only=True)
class SklearnFamily(SearchedFamily):
    """An estimator of scikit-learn behind a preparation, its hyperparameters searched in folds that share no speaker.

    Hyperparameters given as lists are searched, those of the preparation (`_preparation.HYPERPARAMETERS`) included:
    features are scaled, selected and whitened inside each fold, by its training part. ``n_folds`` is the number of
    folds.

    Attributes
    ----------
    estimator : callable
        Makes an unfitted estimator of one candidate's hyperparameters and a seed; it has `predict_proba`.
    trees : bool
        Whether it splits at thresholds, see `_preparation.Single`.
    special : dict of str to Rule
        Hyperparameters that may be something else than in other families.
    """

    estimator: Callable[[dict[str, Any], int], "ClassifierMixin"]
    trees: bool = False
    special: dict[str, Rule] = field(default_factory=dict)

    @property
    def searches(self) -> Iterable[str]:
        """All but the number of folds."""
        return set(self.config) - {"n_folds"}

    @property
    def allowed(self) -> Mapping[str, Rule]:
        """See `Family.allowed`."""
        return {**ALLOWED, **self.special}

    def _fit(self, data: Data, folds, **rest) -> Fitted:
        from ser_core.models._pipelines import searched

        return searched(self, data, folds, **rest)
