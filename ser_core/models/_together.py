"""Several networks trained one after the other for one answer, the mean of theirs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from ser_core.models._trained import Trained

T = TypeVar("T", bound=Trained)


def train_together(
    trainings: Sequence[Callable[..., T]], *, message: str, checkpoint: Path | str | None = None
) -> list[T]:
    """Train each, in this order; the first one's history tells of all, its epochs counted on.

    Stopped in any of them it goes on to the same result: their states stay until the last is trained.

    Parameters
    ----------
    trainings : sequence of callable
        One or more; each takes ``message``, ``checkpoint`` and ``keep`` of `fit_network`.
    message : str
        What is being done to a network, for `progress`.
    checkpoint : Path or str, optional
        Of the first; those of others stand beside it.
    """
    n, trained = len(trainings), []
    states = [_beside(checkpoint, number) for number in range(1, n + 1)]
    for number, (train, state) in enumerate(zip(trainings, states, strict=True), start=1):
        told = message if n == 1 else f"{message} ({number} of {n})"
        trained.append(train(message=told, checkpoint=state, keep=number < n))
    first, *others = trained
    for other in others:
        first.history += [{**row, "epoch": len(first.history) + row["epoch"]} for row in other.history]
    for state in filter(None, states):
        state.unlink(missing_ok=True)
    return trained


def _beside(checkpoint: Path | str | None, number: int) -> Path | None:
    if checkpoint is None:
        return None
    return Path(checkpoint) if number == 1 else Path(checkpoint).with_suffix(f".{number}.npz")
