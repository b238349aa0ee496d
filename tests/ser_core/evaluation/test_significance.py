"""Paired tests between recognisers: known answers, and what no test can tell."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from ser_core.errors import ConfigError
from ser_core.evaluation import significance
from tests.ser_core.evaluation.made import predictions

SPEAKERS = np.repeat([f"s{i}" for i in range(10)], 16)
TRUE = np.tile(np.arange(8), 20)


def skilled(skill, *, seed):
    """Answers that are right in a share of the clips, by chance."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(len(TRUE)) < skill, TRUE, (TRUE + 1) % 8)


@pytest.mark.parametrize(("one", "other"), [(0, 1), (2, 9), (12, 30), (5, 5)])
def test_mcnemar_is_the_sign_test_on_the_clips_that_differ(one, other):
    few = min(one, other)
    assert significance.mcnemar(one, other) == pytest.approx(min(1.0, 2 * binom.cdf(few, one + other, 0.5)))
    assert significance.mcnemar(one, other) == significance.mcnemar(other, one)


def test_clips_that_only_one_gets_right_are_counted():
    first, second = TRUE.copy(), TRUE.copy()
    first[:3] = (TRUE[:3] + 1) % 8  # wrong where the second is right
    second[3:10] = (TRUE[3:10] + 1) % 8
    second[:1] = (TRUE[:1] + 2) % 8  # both wrong
    found = significance.compare(
        predictions(TRUE, first, speaker=SPEAKERS), predictions(TRUE, second, speaker=SPEAKERS)
    )
    assert (found.only_first, found.only_second) == (7, 2)
    assert found.mcnemar_p == pytest.approx(significance.mcnemar(7, 2))
    assert found.n_clips == 160 and found.n_speakers == 10


def test_a_run_does_not_differ_from_itself():
    table = predictions(TRUE, skilled(0.6, seed=0), speaker=SPEAKERS)
    found = significance.compare(table, table)
    assert tuple(found.uar) == (0, 0, 0) and found.p == 1 and found.mcnemar_p == 1


def test_a_clear_lead_is_found_and_turns_around():
    good = predictions(TRUE, skilled(0.9, seed=1), speaker=SPEAKERS)
    poor = predictions(TRUE, skilled(0.5, seed=2), speaker=SPEAKERS)
    lead, lag = significance.compare(good, poor), significance.compare(poor, good)
    assert lead.uar.low > 0.2 and lead.p < 0.001 and lead.mcnemar_p < 0.001
    assert lag.uar.value == pytest.approx(-lead.uar.value) and lag.uar.high == pytest.approx(-lead.uar.low)


def test_pairing_finds_what_intervals_side_by_side_would_hide():
    """Speakers differ far more than the recognisers; the second is a little worse for each of them."""
    by_speaker = np.repeat(np.linspace(0.2, 0.95, 10), 16)
    right = np.tile(np.linspace(0, 1, 16, endpoint=False), 10) < by_speaker
    worse = np.tile(np.linspace(0, 1, 16, endpoint=False), 10) < by_speaker - 0.1
    first = predictions(TRUE, np.where(right, TRUE, (TRUE + 1) % 8), speaker=SPEAKERS)
    second = predictions(TRUE, np.where(worse, TRUE, (TRUE + 1) % 8), speaker=SPEAKERS)
    found = significance.compare(first, second)
    alone = [
        significance.interval(0, significance._mean_uar(significance.Tally.of(t), draws(10))) for t in (first, second)
    ]
    assert alone[0].low < alone[1].high  # side by side they overlap
    assert found.p < 0.01


def draws(n):
    return np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=500)


def test_chance_differences_are_rarely_called_real():
    """Under no difference at most some 5% of the p values lie below .05 (40 trials: at most 6, p < .01)."""
    low = 0
    for trial in range(40):
        a, b = (predictions(TRUE, skilled(0.6, seed=100 + 2 * trial + i), speaker=SPEAKERS) for i in (0, 1))
        low += significance.compare(a, b, seed=trial).p < 0.05
    assert low <= 6


def test_all_seeds_count_for_uar_and_the_first_for_mcnemar():
    both = pd.concat([predictions(TRUE, TRUE, speaker=SPEAKERS, seed=s) for s in (0, 1)])
    half = pd.concat(
        [
            predictions(TRUE, TRUE, speaker=SPEAKERS, seed=0),
            predictions(TRUE, (TRUE + 1) % 8, speaker=SPEAKERS, seed=1),
        ]
    )
    found = significance.compare(both, half)
    assert found.uar.value == pytest.approx(0.5)
    assert (found.only_first, found.only_second) == (0, 0)


def test_a_clip_judged_by_several_folds_counts_once_by_its_mean():
    twice = pd.concat(
        [
            predictions([0], [0], clip=["c/0"], fold=0, confidence=0.6),
            predictions([0], [1], clip=["c/0"], fold=1, confidence=0.9),
        ]
    )
    found = significance.answers(twice)
    assert found["answer"].tolist() == ["calm"] and not found["right"].any()


def test_few_speakers_allow_no_p_over_speakers():
    few = np.repeat(["a", "b", "c", "d"], 40)
    found = significance.compare(
        predictions(TRUE, skilled(0.9, seed=1), speaker=few), predictions(TRUE, skilled(0.4, seed=2), speaker=few)
    )
    assert np.isnan(found.p) and found.mcnemar_p < 0.001


def test_all_pairs_are_corrected_for_their_number():
    tables = {
        name: predictions(TRUE, skilled(skill, seed=i), speaker=SPEAKERS)
        for i, (name, skill) in enumerate({"a": 0.9, "b": 0.5, "c": 0.5}.items())
    }
    found = significance.compare_all(tables)
    assert list(zip(found["first"], found["second"], strict=True)) == [("a", "b"), ("a", "c"), ("b", "c")]
    worst = found.sort_values("mcnemar_p").iloc[0]
    assert worst["mcnemar_holm"] == pytest.approx(min(1, 3 * worst["mcnemar_p"]))
    assert (found["p_holm"] >= found["p"]).all()
    assert significance.compare_all({"a": tables["a"]}).empty


def test_runs_without_a_common_clip_cannot_be_paired():
    other = predictions([0, 1], [0, 1], clip=["d/0", "d/1"])
    with pytest.raises(ConfigError, match="no clip in common"):
        significance.compare(predictions([0, 1], [0, 1]), other)
