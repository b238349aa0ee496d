"""Several families trained side by side on the same clips, answering as one."""

import json
from dataclasses import dataclass
from typing import Any

from ser_core import models
from ser_core.errors import ConfigError
from ser_core.models._classical import SearchedFamily
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

    def complete(self, config: dict[str, Any] | None) -> dict[str, Any]:
        """As `Family.complete`, with the members looked at.

        Raises
        ------
        ConfigError
            If a name is not one of the family's hyperparameters, or the members are not two or more different
            classical families that judge clips alone.
        """
        complete = super().complete(config)
        members = complete["members"]
        if not isinstance(members, (list, tuple)) or len(members) < 2 or len(set(map(str, members))) < len(members):
            raise ConfigError(
                f"{self.name} needs a list of at least two members, all different; got "
                f"{json.dumps(members, default=repr)}."
            )
        for name in members:
            family = models.get(name)
            if not isinstance(family, SearchedFamily) or family.adapts or family.required:
                raise ConfigError(f"{self.name} takes classical families that judge clips alone, got {name}.")
        return complete

    def fit(
        self, train: Data, validation: Data, *, config: dict[str, Any], seed: int, progress=None, cancel=None
    ) -> Fitted:
        """Train on both parts together, as the members do.

        Raises
        ------
        ConfigError
            As for `complete`, or if the clips are too few for a member.
        CancelledError
            When `cancel` answers True.
        """
        from ser_core.models._committee_fitted import trained

        config = self.complete(config)
        return trained(self, train, validation, config=config, seed=seed, progress=progress, cancel=cancel)
