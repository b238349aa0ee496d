"""Learning and epoch curves draw what they are given."""

import pandas as pd
import pytest

from ser_core.errors import ConfigError
from ser_core.evaluation import curve_summary
from ser_core.figures.learning import epoch_curves, learning_curves
from ser_core.figures.style import plain_title

CURVE = pd.DataFrame(
    {
        "fraction": [0.5, 0.5, 1.0, 1.0],
        "n_train": [100, 100, 200, 200],
        "seed": 0,
        "fold": [0, 1, 0, 1],
        "uar": [0.4, 0.5, 0.5, 0.7],
        "train_uar": [0.9, 1.0, 0.8, 0.9],
    }
)


def named(figure):
    return {trace.name: trace for trace in figure.data if trace.name}


@pytest.fixture
def curves():
    return learning_curves({"svm": curve_summary(CURVE)}, {"svm": CURVE}, chance=0.125, n_test=60, title="t")


def test_mean_over_folds_at_each_size(curves):
    assert list(named(curves)["SVM"].x) == [100, 200]
    assert list(named(curves)["SVM"].y) == pytest.approx([0.45, 0.6])


def test_score_on_the_training_clips_stands_beside_it(curves):
    assert list(named(curves)["SVM on its training clips"].y) == pytest.approx([0.95, 0.85])


def test_an_ensemble_without_answers_to_its_training_clips_claims_none():
    curve = CURVE.assign(train_uar=float("nan"))
    figure = learning_curves({"svm": curve_summary(curve)}, {"svm": curve}, chance=0.125, n_test=60, title="t")
    assert list(named(figure)) == ["SVM"]


def test_every_fold_is_a_dot(curves):
    dots = next(trace for trace in curves.data if trace.mode == "markers")
    assert list(dots.y) == [0.4, 0.5, 0.5, 0.7]


def test_band_runs_along_the_spread(curves):
    band = next(trace for trace in curves.data if trace.fill == "toself")
    summary = curve_summary(CURVE)
    assert list(band.y) == pytest.approx([*summary["uar_high"], *summary["uar_low"][::-1]])


def test_chance_is_marked_and_spread_explained(curves):
    assert curves.layout.shapes[0].y0 == 0.125
    assert "2 folds" in plain_title(curves) and "60 test clips" in plain_title(curves)


def test_a_single_fold_claims_no_spread():
    one = CURVE[CURVE["fold"] == 0]
    figure = learning_curves({"svm": curve_summary(one)}, {"svm": one}, chance=0.125, n_test=60, title="t")
    assert "without a spread" in figure.layout.title.text


def history(lengths: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "seed": 0,
                "fold": fold,
                "epoch": epoch,
                "loss": 2.0 - 0.1 * epoch - fold,
                "accuracy": 0.1 * epoch,
                "val_loss": 2.0 - 0.05 * epoch,
                "val_accuracy": 0.05 * epoch,
            }
            for fold, length in enumerate(lengths)
            for epoch in range(length)
        ]
    )


def test_mean_of_all_trainings_at_each_epoch():
    figure = epoch_curves(history([3, 3]), metric="loss", n_train=100, title="t")
    assert list(named(figure)["Training clips"].y) == pytest.approx([1.5, 1.4, 1.3])
    assert list(named(figure)["Validation clips"].y) == pytest.approx([2.0, 1.95, 1.9])


def test_mean_stops_when_most_trainings_have_stopped():
    figure = epoch_curves(history([3, 3, 10]), metric="accuracy", n_train=100, title="t")
    assert list(named(figure)["Training clips"].x) == [0, 1, 2]


def test_thin_lines_hold_every_training_apart_by_gaps():
    figure = epoch_curves(history([2, 3]), metric="accuracy", n_train=100, title="t")
    thin = next(trace for trace in figure.data if not trace.name)
    assert list(thin.x) == [0, 1, None, 0, 1, 2, None]
    assert "2 trainings on 100 clips" in plain_title(figure)


def test_an_unknown_metric_is_refused_by_name():
    with pytest.raises(ConfigError, match=r"speed.*loss, accuracy"):
        epoch_curves(history([2]), metric="speed", n_train=100, title="t")


def test_a_curve_over_speakers_counts_them():
    summary = pd.DataFrame(
        {"n_speakers": [4, 8], "n_train": [200, 400], "uar_mean": [0.3, 0.4], "uar_low": 0.2, "uar_high": 0.5}
    ).assign(train_uar_mean=0.9, n_folds=6)
    folds = pd.DataFrame({"n_speakers": [4, 8], "uar": [0.3, 0.4], "fold": [0, 0]})
    figure = learning_curves({"svm": summary}, {"svm": folds}, chance=0.125, n_test=10, title="t", by="n_speakers")
    line = next(trace for trace in figure.data if trace.name == "SVM")
    assert list(line.x) == [4, 8] and figure.layout.xaxis.title.text == "Training speakers"
    assert "%{x:,} training speakers: %{y:.3f}, spread %{customdata[0]:.3f}" in line.hovertemplate
