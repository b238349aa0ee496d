"""Titles follow from what is drawn."""

import numpy as np
import pandas as pd
import pytest

from ser_core.evaluation import ConfusionMatrix, Interval
from ser_core.evaluation.clips import OUTCOMES
from ser_core.evaluation.groups import Gap
from ser_core.figures import run_titles


def test_the_most_frequent_mistake_is_named():
    matrix = ConfusionMatrix(np.array([[8.0, 2, 0], [5, 5, 0], [0, 1, 9]]), ("neutral", "calm", "angry"))
    assert run_titles.confusion_title("SVM", matrix) == "SVM: calm is taken for neutral most often (.50)"


def test_a_perfect_matrix_has_no_mistake():
    matrix = ConfusionMatrix(np.eye(2), ("calm", "angry"))
    assert "no clip" in run_titles.confusion_title("SVM", matrix)


def test_learning_title_states_the_last_gain():
    curve = pd.DataFrame({"fraction": [0.25, 0.5, 1.0], "n_train": [1, 2, 4], "uar_mean": [0.3, 0.4, 0.45]})
    fall = curve.assign(uar_mean=[0.5, 0.5, 0.48])
    title = run_titles.learning_title({"svm": curve, "cnn": fall})
    assert title == "From 50% of the training clips to all of them: SVM +.05, CNN −.02"


def test_learning_title_of_one_size_claims_no_curve():
    curve = pd.DataFrame({"fraction": [1.0], "n_train": [4], "uar_mean": [0.45]})
    assert "one training size" in run_titles.learning_title({"svm": curve})


def test_epoch_titles_are_medians_over_trainings():
    history = pd.DataFrame(
        {
            "seed": 0,
            "fold": [0, 0, 0, 1, 1, 1, 2, 2, 2],
            "epoch": [0, 1, 2] * 3,
            "accuracy": [0.1, 0.5, 0.9] * 3,
            "val_accuracy": [0.1, 0.4, 0.6] * 3,
            "val_loss": [3, 1, 2, 3, 2, 1, 3, 1, 2],
        }
    )
    assert run_titles.loss_title("CNN", history).endswith("around epoch 1")
    assert ".90 on training, .60 on validation" in run_titles.accuracy_title("CNN", history)


def test_best_and_worst_emotion_are_means_over_models():
    first = pd.DataFrame({"emotion": ["calm", "sad", "angry"], "recall": [0.9, 0.2, 0.5]})
    second = pd.DataFrame({"emotion": ["calm", "sad", "angry"], "recall": [0.5, 0.3, 0.8]})
    assert run_titles.emotion_title({"a": first, "b": second}, "recall") == "Calm is found best, sad least well"


def test_the_surer_half_is_named():
    curve = pd.DataFrame({"coverage": [0.5, 1.0], "accuracy": [0.9, 0.6]})
    assert run_titles.coverage_title({"svm": curve}) == "Answering only the surer half: SVM .90 right"


def test_speakers_lie_between_the_worst_and_the_best():
    table = pd.DataFrame({"speaker": ["09", "01"], "uar": [0.3, 0.8]})
    assert run_titles.speakers_title({"cnn": table}) == "Speakers differ: CNN from .30 (09) to .80"


@pytest.mark.parametrize(
    ("low", "said"),
    [(0.01, "SVM .14 better on women than on men"), (-0.01, "SVM without clear difference by sex")],
)
def test_a_gap_that_may_be_chance_is_none(low, said):
    gap = Gap("female", "male", Interval(0.14, low, 0.2))
    assert run_titles.groups_title({"svm": gap}, "sex") == said
    assert run_titles.groups_title({"svm": None}, "sex") == "Average recall by sex"


def test_the_costliest_condition_is_named():
    table = pd.DataFrame({"condition": ["clean", "noise-10", "mp3-64"], "loss": [0, 0.2, 0.01]})
    assert run_titles.robustness_title({"svm": table}) == "What costs most: SVM loses .20 by white noise, 10 dB"


def test_outcomes_and_difference_name_both_models():
    counts = pd.DataFrame([[5, 3, 2, 1], [4, 1, 0, 2]], index=["calm", "sad"], columns=list(OUTCOMES))
    assert run_titles.outcomes_title(counts, ("A", "B")) == "4 clips only A gets right, 2 only B"
    first = ConfusionMatrix(np.array([[8.0, 2], [5, 5]]), ("calm", "sad"))
    second = ConfusionMatrix(np.array([[7.0, 3], [1, 9]]), ("calm", "sad"))
    assert run_titles.difference_title(first, second, ("A", "B")).startswith("Sad: B finds .40 more of it")
