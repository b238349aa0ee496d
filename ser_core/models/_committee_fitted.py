"""A committee of classical recognisers: its training, its answer and its ONNX form."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ser_core import models
from ser_core.models import pooling
from ser_core.models._pipelines import FittedClassical
from ser_core.models.base import Data
from ser_core.models.onnx_tools import Graph
from ser_core.progress import Meter

if TYPE_CHECKING:
    from ser_core.models._committee import Committee

Members = list[FittedClassical]


class FittedCommittee(FittedClassical):
    """Members that read the same features, and how their answers are pooled."""

    def __init__(self, members: Members, pool: pooling.Pool, *, info: dict[str, Any], held_out: np.ndarray):
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
            logs = graph.add("Log", graph.add("Max", member.write(graph), np.float32([pooling.LEAST])))
            part = graph.add("Mul", logs, np.float32([weight]))
            total = part if total is None else graph.add("Add", total, part)
        return graph.softmax(total, temperature=self.pool.temperature)


def trained(
    committee: "Committee", train: Data, validation: Data, *, config: dict[str, Any], seed: int, progress, cancel
) -> FittedCommittee:
    """The members of `config` trained side by side, and pooled; errors are those of `Committee.fit`."""
    data = Data.join(train, validation) if len(validation) else train
    families = [models.get(name) for name in config["members"]]
    nothing = data.take(np.arange(0))
    meter = Meter(progress, total=len(families), unit="members", message="Training members", cancel=cancel)
    members: Members = []
    for family in families:
        # As validation clips all clips are answered by folds that did not learn from them.
        members.append(family.fit(nothing, data, config=family.config, seed=seed, cancel=cancel))
        meter.add()
    told = np.stack([member.held_out for member in members])
    pool = getattr(pooling, committee.pooling)(told, data.y)
    scores = pool.combine(told)
    info = {
        "weights": dict(zip(config["members"], pool.weights, strict=True)),
        "temperature": pool.temperature,
        "log_loss": float(-pooling.log(scores)[np.arange(len(data)), data.y].mean()),
        "members": {name: member.info["best"] for name, member in zip(config["members"], members, strict=True)},
    }
    return FittedCommittee(members, pool, info=info, held_out=scores[len(train) :])
