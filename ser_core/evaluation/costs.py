"""What a model costs: time to train, parameters, bytes on disk, time to answer."""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd


@dataclass(frozen=True)
class Cost:
    """What is known of a run's cost; None where it was not measured.

    Attributes
    ----------
    fold_seconds : float
        Median time to train on one fold with all its clips, seconds of the machine in the run's environment.
    total_seconds : float
        All trainings of the run, seconds.
    parameters : int or None
        Numbers that were fitted, as the training reports them.
    model_bytes : int or None
        Size of the model file.
    """

    fold_seconds: float
    total_seconds: float
    parameters: int | None
    model_bytes: int | None


def cost(trainings: pd.DataFrame, *, model_file: Path | None = None) -> Cost:
    """The cost of a run from its trainings.

    Parameters
    ----------
    trainings : pd.DataFrame
        ``fraction, seconds, info`` (JSON; ``n_parameters`` where the family counts them), one row per training.
    model_file : Path, optional
        A model that was trained so.
    """
    full = trainings[trainings["fraction"] == 1.0]
    counted = [info["n_parameters"] for info in map(json.loads, full["info"]) if info.get("n_parameters")]
    return Cost(
        fold_seconds=float(full["seconds"].median()),
        total_seconds=float(trainings["seconds"].sum()),
        parameters=round(sum(counted) / len(counted)) if counted else None,
        model_bytes=size_of(model_file),
    )


def size_of(model_file: Path | None) -> int | None:
    """Size of a model file, bytes; None where there is none."""
    return model_file.stat().st_size if model_file is not None and model_file.is_file() else None
