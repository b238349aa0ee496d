"""Figures that set models side by side draw what they are given."""

import numpy as np
import pandas as pd
import pytest

from ser_core.errors import ConfigError
from ser_core.evaluation import Interval, Reliability, Summary
from ser_core.figures.comparison import METRICS, intervals, per_emotion, reliability
from ser_core.figures.style import plain_title


def summary(value: float) -> Summary:
    return Summary(
        uar=Interval(value, value - 0.04, value + 0.03),
        accuracy=Interval(value + 0.01, value - 0.02, value + 0.05),
        macro_f1=Interval(value - 0.01, value - 0.03, value + 0.01),
        top3=Interval(value + 0.2, value + 0.1, value + 0.25),
        uar_by_seed={0: value},
        n_test=1440,
        n_speakers=24,
        chance=0.125,
    )


def emotions(shift: float = 0.0, **more) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "emotion": ["neutral", "happy", "sad"],
            "recall": [0.5 + shift, 0.6 + shift, 0.4 + shift],
            "recall_low": [0.4, 0.5, 0.3],
            "recall_high": [0.7, 0.8, 0.6],
            "precision": [0.55, 0.5, 0.45],
            "f1": [0.52, 0.55, 0.42],
            "support": [96, 192, 192],
        }
    )


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def test_intervals_show_every_score_of_every_model():
    found = traces(intervals({"svm": summary(0.57), "cnn": summary(0.62)}, title="t"))
    assert list(found["SVM"].x) == pytest.approx([0.57, 0.58, 0.56, 0.77])
    assert list(found["CNN"].x) == pytest.approx([0.62, 0.63, 0.61, 0.82])
    assert list(found["SVM"].error_x.array) == pytest.approx([0.03, 0.04, 0.02, 0.05])
    assert list(found["SVM"].error_x.arrayminus) == pytest.approx([0.04, 0.03, 0.02, 0.1])


def test_models_of_a_score_do_not_cover_each_other():
    found = traces(intervals({"svm": summary(0.5), "cnn": summary(0.5)}, title="t"))
    gaps = np.abs(np.asarray(found["SVM"].y) - np.asarray(found["CNN"].y))
    assert (gaps > 0.2).all()
    assert np.abs(np.diff(found["SVM"].y)).min() > gaps.max()


def test_guessing_is_one_in_eight_and_three_in_eight_for_the_top_three():
    figure = intervals({"svm": summary(0.5)}, title="t")
    assert list(traces(figure)["Guessing"].x) == [0.125, 0.125, 0.375]
    assert list(figure.layout.yaxis.ticktext) == list(METRICS.values())


def test_intervals_state_clips_and_speakers():
    assert "1,440 test clips of 24 speakers" in plain_title(intervals({"svm": summary(0.5)}, title="t"))


def test_per_emotion_draws_recall_with_its_interval():
    found = traces(per_emotion({"svm": emotions(), "cnn": emotions(0.1)}, metric="recall", title="t"))
    assert list(found["SVM"].x) == [0.5, 0.6, 0.4]
    assert list(found["CNN"].x) == pytest.approx([0.6, 0.7, 0.5])
    assert list(found["SVM"].error_x.array) == pytest.approx([0.2, 0.2, 0.2])
    assert list(found["SVM"].error_x.arrayminus) == pytest.approx([0.1, 0.1, 0.1])


def test_per_emotion_keeps_the_order_from_top_to_bottom():
    figure = per_emotion({"svm": emotions()}, metric="recall", title="t")
    assert list(figure.layout.yaxis.ticktext) == ["Neutral", "Happy", "Sad"]
    assert list(figure.layout.yaxis.tickvals) == [2, 1, 0]


def test_a_score_without_intervals_claims_none():
    figure = per_emotion({"svm": emotions()}, metric="precision", title="t")
    assert list(figure.data[0].x) == [0.55, 0.5, 0.45]
    assert not np.any(figure.data[0].error_x.array)
    assert "interval" not in figure.layout.title.text


def test_an_unknown_score_is_refused_by_name():
    with pytest.raises(ConfigError, match=r"specificity.*recall, precision, f1"):
        per_emotion({"svm": emotions()}, metric="specificity", title="t")


def test_reliability_draws_its_bins():
    bins = pd.DataFrame(
        {
            "low": [0.2, 0.8],
            "high": [0.4, 1.0],
            "confidence": [0.3, 0.9],
            "accuracy": [0.35, 0.8],
            "n": [25, 100],
        }
    )
    figure = reliability({"svm": Reliability(0.09, 0.5, bins)}, title="t")
    found = traces(figure)
    assert (list(found["Ideal"].x), list(found["Ideal"].y)) == ([0, 1], [0, 1])
    assert (list(found["SVM"].x), list(found["SVM"].y)) == ([0.3, 0.9], [0.35, 0.8])
    assert found["SVM"].marker.size[1] > found["SVM"].marker.size[0]
    assert "SVM .090 over 125 answers" in plain_title(figure)
