"""Scores of side tasks against known answers."""

import numpy as np
import pandas as pd
import pytest

from ser_core.evaluation import Part, side_tasks
from ser_core.evaluation.side_tasks import COLUMNS, ccc, summarise


def told(task: str, truth, value, *, speaker="s", seed=0) -> pd.DataFrame:
    n = len(truth)
    return pd.DataFrame(
        {
            "seed": seed,
            "fold": 0,
            "fraction": 1.0,
            "clip_id": [f"one/{task}{i}" for i in range(n)],
            "speaker": speaker,
            "task": task,
            "truth": np.asarray(truth, dtype=np.float32),
            "value": np.asarray(value, dtype=np.float32),
        }
    )


def rows(table: pd.DataFrame) -> dict[tuple[str, str], dict]:
    return {(row["task"], row["score"]): row for row in summarise(table).to_dict("records")}


def test_classes_are_scored_by_recall_over_the_clips_that_know_them():
    found = rows(told("sex", [1, 1, 1, 1, 0, np.nan], [0.9, 0.6, 0.4, 0.7, 0.2, 0.1], speaker=list("aabbcc")))
    assert set(found) == {("sex", "uar"), ("sex", "accuracy")}
    assert found["sex", "uar"]["value"] == pytest.approx((0.75 + 1) / 2)
    assert found["sex", "accuracy"]["value"] == pytest.approx(0.8)
    assert found["sex", "uar"]["chance"] == 0.5 and found["sex", "accuracy"]["chance"] == pytest.approx(0.8)
    assert (found["sex", "uar"]["clips"], found["sex", "uar"]["speakers"]) == (5, 3)
    assert found["sex", "uar"]["low"] < 0.875 < found["sex", "uar"]["high"]


def test_ratings_are_scored_by_concordance_and_error():
    rng = np.random.default_rng(0)
    truth, value = rng.uniform(-1, 1, 40), rng.uniform(-1, 1, 40)
    found = rows(told("valence", truth, value, speaker=[str(i % 5) for i in range(40)]))
    covariance = np.cov(truth, value, bias=True)
    expected = 2 * covariance[0, 1] / (covariance[0, 0] + covariance[1, 1] + (truth.mean() - value.mean()) ** 2)
    assert found["valence", "ccc"]["value"] == pytest.approx(expected, abs=1e-5)
    assert found["valence", "rmse"]["value"] == pytest.approx(np.sqrt(np.mean((truth - value) ** 2)), abs=1e-5)
    assert found["valence", "rmse"]["chance"] == pytest.approx(truth.std(), abs=1e-5)
    assert found["valence", "ccc"]["low"] <= found["valence", "ccc"]["value"] <= found["valence", "ccc"]["high"]


@pytest.mark.parametrize(("factor", "shift", "expected"), [(1, 0, 1.0), (-1, 0, -1.0), (0, 0, 0.0), (1, 2, 0.5)])
def test_concordance_falls_with_scale_sign_and_shift(factor, shift, expected):
    t = np.array([-2.0, 0.0, 2.0]) * np.sqrt(3 / 4)  # of variance 2
    v = factor * t + shift
    sums = np.array([3, t.sum(), v.sum(), (t * t).sum(), (v * v).sum(), (t * v).sum()])
    assert ccc(sums) == pytest.approx(expected)


def test_seeds_are_averaged_and_their_speakers_drawn_together():
    right, wrong = told("intensity", [0, 1], [0.1, 0.9]), told("intensity", [0, 1], [0.9, 0.1], seed=1)
    found = rows(pd.concat([right, wrong]))
    assert found["intensity", "uar"]["value"] == 0.5 and found["intensity", "uar"]["clips"] == 2
    # With one speaker there is nothing to draw from.
    assert np.isnan(found["intensity", "uar"]["low"])


def test_a_perfect_answer_has_an_interval_of_no_width():
    found = rows(told("sex", [0, 1, 0, 1], [0.1, 0.9, 0.2, 0.8], speaker=list("aabb")))
    assert [found["sex", "uar"][name] for name in ("value", "low", "high")] == [1, 1, 1]


def test_unknown_tasks_and_unknown_truths_have_no_row():
    table = told("valence", [np.nan, np.nan], [0.1, 0.2])
    assert list(summarise(table).columns) == list(COLUMNS) and summarise(table).empty


def test_a_run_without_side_tasks_has_none_and_a_part_only_its_own():
    run = type("Stored", (), {"side": None})()
    assert side_tasks(run) is None and side_tasks(Part(run, "one")) is None
    table = pd.concat([told("sex", [0, 1], [0.1, 0.9]), told("sex", [0, 1], [0.9, 0.9]).replace({"one/sex0": "two/x"})])
    run.side = table.assign(speaker="one/s")
    part = Part(run, "two")
    assert part.side["clip_id"].tolist() == ["two/x"]
    assert side_tasks(part)["clips"].tolist() == [1, 1]
