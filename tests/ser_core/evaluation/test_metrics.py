import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as reference

from ser_core.evaluation import metrics
from ser_core.labels import EMOTIONS


def predictions(true, predicted, *, speaker=None, seed=0, confidence=0.9):
    """Stored predictions that choose `predicted` with the given confidence."""
    k = len(EMOTIONS)
    p = np.full((len(true), k), (1 - confidence) / (k - 1))
    p[np.arange(len(true)), predicted] = confidence
    table = pd.DataFrame(p, columns=list(metrics.PROBABILITY_COLUMNS))
    table["seed"], table["fold"], table["fraction"] = seed, 0, 1.0
    table["speaker"] = speaker if speaker is not None else "a"
    table["clip_id"] = [f"c{i}" for i in range(len(true))]
    table["emotion"] = [EMOTIONS.names[i] for i in true]
    return table


@pytest.fixture
def noisy():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 8, 600)
    predicted = np.where(rng.random(600) < 0.6, true, rng.integers(0, 8, 600))
    return true, predicted, predictions(true, predicted, speaker=[f"s{i % 12}" for i in range(600)])


def test_scores_equal_scikit_learns(noisy):
    true, predicted, table = noisy
    summary = metrics.summarise(table)
    assert summary.uar.value == pytest.approx(reference.balanced_accuracy_score(true, predicted))
    assert summary.accuracy.value == pytest.approx(reference.accuracy_score(true, predicted))
    assert summary.macro_f1.value == pytest.approx(reference.f1_score(true, predicted, average="macro"))
    probabilities = (
        table[list(metrics.PROBABILITY_COLUMNS)].to_numpy() + np.random.default_rng(1).random((600, 8)) / 1e3
    )
    table[list(metrics.PROBABILITY_COLUMNS)] = probabilities
    assert metrics.summarise(table).top3.value == pytest.approx(
        reference.top_k_accuracy_score(true, probabilities, k=3, labels=range(8))
    )


def test_perfect_predictions_score_one_with_a_tight_interval():
    true = np.tile(np.arange(8), 10)
    summary = metrics.summarise(predictions(true, true, speaker=[f"s{i % 5}" for i in range(80)]))
    for interval in (summary.uar, summary.accuracy, summary.macro_f1, summary.top3):
        assert tuple(interval) == (1.0, 1.0, 1.0)
    assert summary.chance == 1 / 8 and summary.n_test == 80 and summary.n_speakers == 5


def test_interval_holds_the_figure_and_widens_with_speakers_that_differ():
    true = np.tile(np.arange(8), 40)
    speaker = np.repeat([f"s{i}" for i in range(10)], 32)
    rng = np.random.default_rng(0)
    evenly = np.where(rng.random(320) < 0.5, true, (true + 1) % 8)
    by_speaker = np.where(np.repeat(np.arange(10) % 2 == 0, 32), true, (true + 1) % 8)
    even, uneven = (metrics.summarise(predictions(true, p, speaker=speaker)).uar for p in (evenly, by_speaker))
    assert uneven.low < uneven.value < uneven.high
    assert uneven.high - uneven.low > 2 * (even.high - even.low)


def test_seeds_are_averaged_not_pooled():
    true = np.tile(np.arange(8), 4)
    right, wrong = predictions(true, true, seed=0), predictions(true, (true + 1) % 8, seed=1)
    summary = metrics.summarise(pd.concat([right, wrong]))
    assert summary.uar_by_seed == {0: 1.0, 1: 0.0}
    assert summary.uar.value == 0.5 and summary.n_test == 32
    assert summary.uar_spread == pytest.approx(np.std([0, 1], ddof=1))
    assert metrics.summarise(right).uar_spread is None


def test_emotions_that_do_not_occur_do_not_count():
    true = np.array([2, 2, 3, 3])
    summary = metrics.summarise(predictions(true, np.array([2, 2, 3, 0])))
    assert summary.uar.value == 0.75 and summary.chance == 0.5


def test_confusion_counts_rows_and_columns(noisy):
    true, predicted, table = noisy
    matrix = metrics.confusion(table)
    assert np.array_equal(matrix.counts, reference.confusion_matrix(true, predicted))
    assert matrix.labels == EMOTIONS.names
    assert np.allclose(matrix.recall.sum(axis=1), 1) and np.allclose(matrix.precision.sum(axis=0), 1)


def test_confusion_leaves_out_what_neither_occurs_nor_is_predicted():
    matrix = metrics.confusion(predictions(np.array([2, 3]), np.array([3, 3])))
    assert matrix.labels == ("happy", "sad")
    assert matrix.precision[:, 0].tolist() == [0, 0]


def test_per_emotion_equals_scikit_learns(noisy):
    true, predicted, table = noisy
    precision, recall, f1, support = reference.precision_recall_fscore_support(true, predicted)
    rows = metrics.per_emotion(table)
    assert rows["emotion"].tolist() == list(EMOTIONS)
    for name, values in (("precision", precision), ("recall", recall), ("f1", f1), ("support", support)):
        assert np.allclose(rows[name], values)
    assert (rows["recall_low"] <= rows["recall"]).all() and (rows["recall"] <= rows["recall_high"]).all()
