"""Several networks trained one after the other for one answer, the mean of theirs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ser_core.models._trained import Trained
from ser_core.progress import ProgressCallback, stage


@dataclass
class TrainedTogether(Trained):
    """See `Trained`; the answer is the mean over it and those trained beside it.

    Attributes
    ----------
    others : tuple of TrainedTogether
        Those beside it, on the same clips.
    """

    others: "tuple[TrainedTogether, ...]" = field(default=(), kw_only=True)

    @property
    def networks(self) -> "tuple[TrainedTogether, ...]":
        """It and those beside it."""
        return (self, *self.others)

    @property
    def n_parameters(self) -> int:
        """Weights of all networks."""
        return super().n_parameters + sum(other.n_parameters for other in self.others)


T = TypeVar("T", bound=TrainedTogether)


def train_together(
    trainings: Sequence[Callable[..., T]],
    *,
    checkpoint: Path | str | None = None,
    progress: ProgressCallback | None = None,
) -> T:
    """Train each, in this order: the first one, beside which the others stand.

    Its history tells of all, epochs counted on.

    Stopped in any of them it goes on to the same result: their states stay until the last is trained.

    Parameters
    ----------
    trainings : sequence of callable
        One or more; each takes ``checkpoint``, ``progress`` and ``keep`` of `fit_network`.
    checkpoint : Path or str, optional
        Of the first; those of others stand beside it.
    progress : callable, optional
        See `ser_core.progress`; counts the epochs of all as if all were as long.
    """
    n, trained = len(trainings), []
    states = [_beside(checkpoint, number) for number in range(1, n + 1)]
    for number, (train, state) in enumerate(zip(trainings, states, strict=True), start=1):
        trained.append(train(checkpoint=state, progress=stage(progress, number=number, of=n), keep=number < n))
    first = trained[0]
    first.others = tuple(trained[1:])
    for other in first.others:
        first.history += [{**row, "epoch": len(first.history) + row["epoch"]} for row in other.history]
    for state in filter(None, states):
        state.unlink(missing_ok=True)
    return first


def _beside(checkpoint: Path | str | None, number: int) -> Path | None:
    if checkpoint is None:
        return None
    return Path(checkpoint) if number == 1 else Path(checkpoint).with_suffix(f".{number}.npz")
