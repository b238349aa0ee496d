"""Coverage and accuracy: the surer answers first."""

import numpy as np
import pytest

from ser_core.evaluation.coverage import COVERAGES, accuracy_at, accuracy_of_surest, coverage
from tests.ser_core.evaluation.made import predictions

TRUE = np.tile(np.arange(8), 25)
SPEAKERS = [f"s{i % 10}" for i in range(200)]


def test_accuracy_falls_from_the_surest_to_all():
    """The surer half is right, the other wrong."""
    sure = np.arange(200) < 100
    table = predictions(
        TRUE, np.where(sure, TRUE, (TRUE + 1) % 8), speaker=SPEAKERS, confidence=np.linspace(0.9, 0.3, 200)
    )
    curve = coverage(table)
    assert curve["coverage"].tolist() == list(COVERAGES)
    assert accuracy_at(curve, 0.5) == 1.0 and accuracy_at(curve, 1.0) == 0.5
    assert [accuracy_of_surest(table, share) for share in (0.5, 1.0)] == [1.0, 0.5]
    assert curve["accuracy"].is_monotonic_decreasing
    assert curve["threshold"].iloc[-1] == pytest.approx(0.3) and curve["n"].iloc[-1] == 200


def test_the_interval_holds_the_figure():
    rng = np.random.default_rng(0)
    right = rng.random(200) < 0.7
    confidence = 0.3 + 0.6 * rng.random(200)
    curve = coverage(predictions(TRUE, np.where(right, TRUE, (TRUE + 1) % 8), speaker=SPEAKERS, confidence=confidence))
    assert (curve["low"] <= curve["accuracy"]).all() and (curve["accuracy"] <= curve["high"]).all()
    assert curve["accuracy"].iloc[-1] == pytest.approx(right.mean())


def test_confidence_without_worth_gives_a_level_curve():
    wrong = np.arange(200) % 4 == 0
    curve = coverage(predictions(TRUE, np.where(wrong, (TRUE + 1) % 8, TRUE), speaker=SPEAKERS))
    assert curve["accuracy"].between(0.7, 0.8).all()
