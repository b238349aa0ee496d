import numpy as np
import pytest

from ser_core.evaluation.calibration import calibration
from tests.ser_core.evaluation.test_metrics import predictions


def test_sure_and_right_is_calibrated():
    true = np.tile(np.arange(8), 10)
    reliability = calibration(predictions(true, true, confidence=1.0))
    assert reliability.ece == 0 and reliability.brier == 0
    assert reliability.bins["n"].sum() == 80


def test_sure_and_always_wrong_is_worst():
    true = np.tile(np.arange(8), 10)
    reliability = calibration(predictions(true, (true + 1) % 8, confidence=1.0))
    assert reliability.ece == 1 and reliability.brier == 2


def test_confidence_that_matches_accuracy_has_no_error():
    true = np.tile(np.arange(8), 100)
    predicted = np.where(np.arange(800) % 10 < 7, true, (true + 1) % 8)
    reliability = calibration(predictions(true, predicted, confidence=0.7))
    assert reliability.ece == pytest.approx(0, abs=1e-9)
    assert len(reliability.bins) == 1 and reliability.bins["accuracy"].iloc[0] == pytest.approx(0.7)
