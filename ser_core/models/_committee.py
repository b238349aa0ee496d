"""Several families trained side by side on the same clips, answering as one."""

from dataclasses import dataclass
from typing import Any

from ser_core.models.base import Data, Family, Fitted


@dataclass(frozen=True, kw_only=True)
class Committee(Family):
    """Each member is searched and trained as its own family does it; their held-out answers decide how they are pooled.

    Hyperparameters: ``members``, names of classical families, each with its own defaults.

    Attributes
    ----------
    pooling : str
        Name of the function of `ser_core.models.pooling` that weighs the members.
    """

    pooling: str

    def fit(
        self, train: Data, validation: Data, *, config: dict[str, Any], seed: int, progress=None, cancel=None
    ) -> Fitted:
        """Train on both parts together, as the members do.

        Raises
        ------
        ConfigError
            If a member is no classical family, or the clips are too few for one.
        CancelledError
            When `cancel` answers True.
        """
        from ser_core.models._committee_fitted import trained

        config = self.complete(config)
        return trained(self, train, validation, config=config, seed=seed, progress=progress, cancel=cancel)
