"""Protocols (who is in training and test) and the scores of stored predictions."""

from ser_core.evaluation.calibration import Reliability
from ser_core.evaluation.coverage import accuracy_at
from ser_core.evaluation.curves import curve_summary
from ser_core.evaluation.metrics import PROBABILITY_COLUMNS, ConfusionMatrix, Interval, Summary
from ser_core.evaluation.of_run import (
    calibration,
    confusion,
    coverage,
    crossing,
    full,
    learning_curve,
    per_emotion,
    per_speaker,
    side_tasks,
    speaker_curve,
    summarise,
)
from ser_core.evaluation.parts import Part
from ser_core.evaluation.protocols import PROTOCOLS, Protocol, Split, get

__all__ = [
    "PROBABILITY_COLUMNS",
    "PROTOCOLS",
    "ConfusionMatrix",
    "Interval",
    "Part",
    "Protocol",
    "Reliability",
    "Split",
    "Summary",
    "accuracy_at",
    "calibration",
    "confusion",
    "coverage",
    "crossing",
    "curve_summary",
    "full",
    "get",
    "learning_curve",
    "per_emotion",
    "per_speaker",
    "side_tasks",
    "speaker_curve",
    "summarise",
]
