"""Several families trained side by side on the same clips, answering as one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ser_core.errors import ConfigError
from ser_core.models._classical import FittedClassical
from ser_core.models.base import Data, Family
from ser_core.models.onnx_tools import Graph
from ser_core.models.pooling import LEAST, Pool, log
from ser_core.progress import Meter

Members = list[FittedClassical]


class FittedCommittee(FittedClassical):
    """Members that read the same features, and how their answers are pooled."""

    def __init__(self, members: Members, pool: Pool, *, info: dict[str, Any], held_out: np.ndarray):
        self.members = members
        self.pool = pool
        self.history = []
        self.info = info
        self.held_out = held_out
        self.n_inputs = members[0].n_inputs

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Calibrated probabilities [shape=(n_clips, 8)]."""
        return self.pool.combine(np.stack([member.predict_proba(x) for member in self.members]))

    def write(self, graph: Graph) -> str:
        """See `FittedClassical`."""
        total = None
        for member, weight in zip(self.members, self.pool.weights, strict=True):
            logs = graph.add("Log", graph.add("Max", member.write(graph), np.float32([LEAST])))
            part = graph.add("Mul", logs, np.float32([weight]))
            total = part if total is None else graph.add("Add", total, part)
        return graph.softmax(total, temperature=self.pool.temperature)


@dataclass(frozen=True, kw_only=True)
class Committee(Family):
    """Each member is searched and trained as its own family does it; their held-out answers decide how they are pooled.

    Hyperparameters: ``members``, names of classical families, each with its own defaults.

    Attributes
    ----------
    pooling : callable
        Held-out probabilities [shape=(n_members, n_clips, 8)] and labels to a `Pool`.
    """

    pooling: Callable[[np.ndarray, np.ndarray], Pool]

    def fit(
        self, train: Data, validation: Data, *, config: dict[str, Any], seed: int, progress=None, cancel=None
    ) -> FittedCommittee:
        """Train on both parts together, as the members do.

        Raises
        ------
        ConfigError
            If a member is no classical family, or the clips are too few for one.
        CancelledError
            When `cancel` answers True.
        """
        from ser_core import models

        config = self.complete(config)
        data = Data.join(train, validation) if len(validation) else train
        families = [models.get(name) for name in config["members"]]
        if len(families) < 2:
            raise ConfigError(f"{self.name} needs at least two members, got {', '.join(config['members']) or 'none'}.")
        nothing = data.take(np.arange(0))
        meter = Meter(progress, total=len(families), unit="members", message="Training members", cancel=cancel)
        members: Members = []
        for family in families:
            # As validation clips all clips are answered by folds that did not learn from them.
            fitted = family.fit(nothing, data, config=family.config, seed=seed, cancel=cancel)
            if not isinstance(fitted, FittedClassical) or family.adapts:
                raise ConfigError(f"{self.name} takes classical families that judge clips alone, got {family.name}.")
            members.append(fitted)
            meter.add()
        told = np.stack([member.held_out for member in members])
        pool = self.pooling(told, data.y)
        scores = pool.combine(told)
        info = {
            "weights": dict(zip(config["members"], pool.weights, strict=True)),
            "temperature": pool.temperature,
            "log_loss": float(-log(scores)[np.arange(len(data)), data.y].mean()),
            "members": {name: member.info["best"] for name, member in zip(config["members"], members, strict=True)},
        }
        return FittedCommittee(members, pool, info=info, held_out=scores[len(train) :])
