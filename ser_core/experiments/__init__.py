"""Experiments: a configuration in, a run folder out; and the figures of what was run."""

from ser_core.experiments.config import LEARNING_CURVE, SPEAKER_CURVE, ExperimentConfig
from ser_core.experiments.results import differences, result
from ser_core.experiments.store import Run, list_runs, open_run

__all__ = [
    "LEARNING_CURVE",
    "SPEAKER_CURVE",
    "ExperimentConfig",
    "Run",
    "differences",
    "list_runs",
    "open_run",
    "result",
]
