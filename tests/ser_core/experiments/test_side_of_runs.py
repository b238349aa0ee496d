"""Runs of families that tell more than emotions: what they are taught, what is stored, stopped and extended."""

import numpy as np
import pandas as pd
import pytest

from ser_core.errors import CancelledError
from ser_core.evaluation import side_tasks
from ser_core.experiments.runner import run_experiment
from tests.ser_core.experiments.conftest import NearestMean


@pytest.fixture
def told(toy, manifest, monkeypatch):
    """The toy family as one that answers a constant for the sex, and notes the side targets that it is given."""
    seen = []
    fit = type(toy).fit

    def noting(self, train, validation, **options):
        seen.append((train.side, validation.side))
        return fit(self, train, validation, **options)

    monkeypatch.setattr(type(toy), "side_tasks", ("sex", "intensity"))
    monkeypatch.setattr(type(toy), "fit", noting)
    monkeypatch.setattr(NearestMean, "predict_side", lambda self, x: {"sex": np.full(len(x), 0.75)}, raising=False)
    return seen


def test_a_run_stores_what_is_told_of_the_test_clips(config, toy, told, manifest, tmp_path):
    run = run_experiment(config(seeds=(0, 1), fractions=(0.5,)), folder=tmp_path)
    assert all(part.shape[1] == 5 and not np.isnan(part[:, 0]).any() for pair in told for part in pair)
    assert list(run.side.columns) == ["seed", "fold", "fraction", "clip_id", "speaker", "task", "truth", "value"]
    # Of the trainings on all clips, each clip once for each seed.
    assert run.side.groupby("seed")["clip_id"].nunique().tolist() == [len(manifest)] * 2
    assert set(run.side["fraction"]) == {1.0} and set(run.side["value"]) == {0.75}
    sex = run.side["clip_id"].astype(str).map(manifest.set_index("clip_id")["sex"])
    assert ((sex == "female") == (run.side["truth"] == 1)).all()
    uar = side_tasks(run).set_index("score").loc["uar"]
    assert uar["value"] == 0.5 and uar["clips"] == len(manifest)


def test_a_run_that_was_stopped_or_extended_stores_the_same(config, toy, told, tmp_path):
    whole = run_experiment(config(seeds=(0, 1)), folder=tmp_path / "whole")
    n = len(told)
    with pytest.raises(CancelledError):
        run_experiment(config(), folder=tmp_path / "cut", cancel=lambda: len(told) >= n + 2)
    run_experiment(config(), folder=tmp_path / "cut")
    extended = run_experiment(config(seeds=(0, 1)), folder=tmp_path / "cut")
    assert len(told) == 2 * n
    pd.testing.assert_frame_equal(extended.side, whole.side)


def test_other_families_have_no_side_targets_and_store_no_such_table(config, toy, tmp_path, monkeypatch):
    seen, fit = [], type(toy).fit

    def noting(self, train, *args, **options):
        seen.append(train.side)
        return fit(self, train, *args, **options)

    monkeypatch.setattr(type(toy), "fit", noting)
    run = run_experiment(config(), folder=tmp_path)
    assert run.side is None and not (run.folder / "side.parquet").exists()
    assert seen and all(side is None for side in seen)
