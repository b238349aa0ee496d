"""Protocols (who is in training and test) and the scores of stored predictions."""

from ser_core.evaluation.calibration import Reliability
from ser_core.evaluation.curves import curve_summary
from ser_core.evaluation.metrics import PROBABILITY_COLUMNS, ConfusionMatrix, Interval, Summary
from ser_core.evaluation.of_run import calibration, confusion, full, learning_curve, per_emotion, summarise
from ser_core.evaluation.protocols import PROTOCOLS, Protocol, Split, get

__all__ = [
    "PROBABILITY_COLUMNS",
    "PROTOCOLS",
    "ConfusionMatrix",
    "Interval",
    "Protocol",
    "Reliability",
    "Split",
    "Summary",
    "calibration",
    "confusion",
    "curve_summary",
    "full",
    "get",
    "learning_curve",
    "per_emotion",
    "summarise",
]
