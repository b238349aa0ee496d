import numpy as np
import pandas as pd
import pytest

from ser_core.evaluation.curves import curve_summary, learning_curve
from tests.ser_core.evaluation.test_metrics import predictions

TRUE = np.tile(np.arange(8), 2)


@pytest.fixture
def curve():
    parts, trainings = [], []
    for fraction, wrong in ((0.5, 8), (1.0, 4)):
        for fold in (0, 1):
            predicted = np.where(np.arange(16) < wrong * fold, (TRUE + 1) % 8, TRUE)
            parts.append(predictions(TRUE, predicted).assign(fold=fold, fraction=fraction))
            trainings.append(
                {"seed": 0, "fold": fold, "fraction": fraction, "n_train": int(100 * fraction), "train_uar": 1.0}
            )
    return learning_curve(pd.concat(parts), pd.DataFrame(trainings))


def test_one_row_per_training(curve):
    assert curve["uar"].tolist() == [1.0, 0.5, 1.0, 0.75]
    assert curve["n_train"].tolist() == [50, 50, 100, 100]


def test_spread_is_over_folds(curve):
    summary = curve_summary(curve)
    assert summary["uar_mean"].tolist() == [0.75, 0.875]
    assert summary["uar_sd"].tolist() == pytest.approx([np.std([1, 0.5], ddof=1), np.std([1, 0.75], ddof=1)])
    assert (summary["uar_high"] <= 1).all() and summary["n_folds"].tolist() == [2, 2]


def test_a_single_fold_has_no_spread(curve):
    summary = curve_summary(curve[curve["fold"] == 0])
    assert (summary["uar_low"] == summary["uar_mean"]).all()
