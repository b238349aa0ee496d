"""Ensembles of runs: fitted on validation clips, stored as a run like any other."""

import json

import numpy as np
import pandas as pd
import pytest

from ser_core.cli import main
from ser_core.errors import ConfigError, RunError
from ser_core.evaluation import PROBABILITY_COLUMNS, learning_curve, summarise
from ser_core.experiments import list_runs, open_run, result
from ser_core.experiments.ensembles import combine
from ser_core.experiments.runner import run_experiment
from ser_core.labels import EMOTIONS

COLUMNS = list(PROBABILITY_COLUMNS)


@pytest.fixture
def made(config, toy, tmp_path):
    """Makes a run of the toy corpus whose answers are right in a given share of clips."""

    def make(name, skill, *, validation=None, seeds=(0,), folder=tmp_path, **options):
        run = run_experiment(config(seeds=seeds, **options), folder=folder / "raw" / name)
        place = folder / name
        run.folder.rename(place)
        stored = json.loads((place / "config.json").read_text())
        stored["model"] = name
        (place / "config.json").write_text(json.dumps(stored))
        for table, share in (("predictions", skill), ("validation", skill if validation is None else validation)):
            rng = np.random.default_rng(sum(map(ord, name + table)))
            rows = pd.read_parquet(place / f"{table}.parquet")
            y = np.array([EMOTIONS.index(emotion) for emotion in rows["emotion"].astype(str)])
            told = np.where(rng.random(len(y)) < share, y, (y + rng.integers(1, 8, len(y))) % 8)
            rows[COLUMNS] = (0.9 * np.eye(8)[told] + 0.0125).astype(np.float32)
            rows.to_parquet(place / f"{table}.parquet")
        return open_run(name, folder=folder)

    return make


def test_an_ensemble_is_a_run_like_any_other(made, tmp_path):
    members = [made("a", 0.6, seeds=(0, 1)), made("b", 0.6), made("c", 0.6)]
    run = combine(members, folder=tmp_path)
    assert run.id == "toy-speaker-independent-a+b+c" == run.config.id
    assert run.id in [each.id for each in list_runs(tmp_path)]
    assert run.config.seeds == (0,) and run.config.hyperparameters["members"]["b"] == members[1].config.hash
    assert result(run)["uar"] > max(result(each)["uar"] for each in members) + 0.05
    assert list(run.predictions.columns) == list(members[0].predictions.columns)
    assert len(run.predictions) == 128 and run.trainings["fold"].tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(run.predictions[COLUMNS].sum(axis=1), 1, atol=5e-4)
    assert set(run.splits["seed"]) == {0} and run.history.empty
    assert len(learning_curve(run)) == 4
    weights = [json.loads(info)["weights"] for info in run.trainings["info"]]
    assert all(each == pytest.approx({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}) for each in weights)


def test_stacking_listens_to_validation_clips_only(made, tmp_path):
    # "lucky" is right on test clips and useless on validation clips: nothing may find that out.
    members = [made("good", 0.7, validation=0.95), made("lucky", 0.95, validation=0.125)]
    run = combine(members, how="stack", folder=tmp_path)
    assert run.id == "toy-speaker-independent-good+lucky-stacked"
    for info in map(json.loads, run.trainings["info"]):
        assert info["weights"]["good"] > 0.7 > 0.3 > info["weights"]["lucky"]
    assert summarise(run).uar.value < result(members[1])["uar"]


def test_answers_follow_the_clips_whatever_their_order(made, tmp_path):
    members = [made("a", 0.9), made("b", 0.9)]
    straight = combine(members, folder=tmp_path)
    rows = pd.read_parquet(members[1].folder / "predictions.parquet")
    rows.sample(frac=1, random_state=0).to_parquet(members[1].folder / "predictions.parquet")
    mixed = combine([members[0], open_run("b", folder=tmp_path)], folder=tmp_path / "mixed")
    pd.testing.assert_frame_equal(mixed.predictions, straight.predictions)


def test_weights_may_be_given(made, tmp_path):
    members = [made("a", 0.9), made("b", 0.125)]
    run = combine(members, weights=(1.0, 0.0), folder=tmp_path)
    tables = [each.predictions.sort_values(["fold", "clip_id"]) for each in (run, members[0])]
    np.testing.assert_array_equal(*(table[COLUMNS].to_numpy().argmax(axis=1) for table in tables))
    with pytest.raises(ConfigError, match="as many weights"):
        combine(members, weights=(1.0,), folder=tmp_path / "other")
    with pytest.raises(ConfigError, match="its own weights"):
        combine(members, how="stack", weights=(1.0, 1.0), folder=tmp_path)
    with pytest.raises(ConfigError, match="average or stack"):
        combine(members, how="mix", folder=tmp_path)


def test_voices_are_aligned_by_their_unlabelled_clips(made, tmp_path):
    members = [made("a", 0.7), made("b", 0.7)]
    for member in members:
        for table in ("predictions", "validation"):
            rows = pd.read_parquet(member.folder / f"{table}.parquet")
            # Voice s1 sounds angry whatever it says.
            angry = rows["speaker"].astype(str) == "s1"
            rows.loc[angry, "p_angry"] *= 60.0
            rows[COLUMNS] = rows[COLUMNS].div(rows[COLUMNS].sum(axis=1), axis=0).astype(np.float32)
            rows.to_parquet(member.folder / f"{table}.parquet")
    members = [open_run(name, folder=tmp_path) for name in ("a", "b")]
    plain, found = combine(members, folder=tmp_path), combine(members, align=1.0, folder=tmp_path)
    assert found.id == "toy-speaker-independent-a+b-aligned-calibrated" and found.config.speaker_calibration
    assert found.config.hyperparameters["align"] == 1.0 and found.config.hash != plain.config.hash

    def recall(run):
        rows = run.predictions[run.predictions["speaker"].astype(str) == "s1"]
        told = rows[COLUMNS].to_numpy().argmax(axis=1)
        return float(np.mean(np.array(COLUMNS)[told] == ("p_" + rows["emotion"].astype(str)).to_numpy()))

    assert recall(found) > recall(plain) + 0.1
    np.testing.assert_allclose(found.predictions[COLUMNS].sum(axis=1), 1, atol=5e-4)
    for wrong in (-0.1, 1.5):
        with pytest.raises(ConfigError, match="from 0 to 1"):
            combine(members, align=wrong, folder=tmp_path)


def test_an_emotion_that_nobody_shows_in_validation_is_still_found_where_voices_are_aligned(made, tmp_path):
    for member in (made("a", 0.9), made("b", 0.9)):
        rows = pd.read_parquet(member.folder / "validation.parquet")
        rows[rows["emotion"].astype(str) != "sad"].to_parquet(member.folder / "validation.parquet")
    run = combine([open_run(name, folder=tmp_path) for name in ("a", "b")], align=1.0, folder=tmp_path)
    sad = run.predictions[run.predictions["emotion"].astype(str) == "sad"]
    assert (sad[COLUMNS].to_numpy().argmax(axis=1) == EMOTIONS.index("sad")).mean() > 0.6


def test_what_is_there_is_kept_and_not_mixed_up(made, tmp_path):
    members = [made("a", 0.9), made("b", 0.9)]
    run = combine(members, folder=tmp_path)
    before = (run.folder / "environment.json").stat().st_mtime_ns
    assert (combine(members, folder=tmp_path).folder / "environment.json").stat().st_mtime_ns == before
    with pytest.raises(RunError, match="--overwrite"):
        combine(members, weights=(0.7, 0.3), folder=tmp_path)
    again = combine(members, weights=(0.7, 0.3), folder=tmp_path, overwrite=True)
    assert again.config.hyperparameters["weights"] == [0.7, 0.3]


def test_runs_that_do_not_belong_together_are_refused(made, tmp_path):
    a, b = made("a", 0.9), made("b", 0.9)
    for runs, message in (
        ([a], "two or more"),
        ([a, a], "two or more"),
        ([a, made("r", 0.9, protocol="random")], "tested alike"),
        ([a, made("s", 0.9, seeds=(5,))], "no seed in common"),
    ):
        with pytest.raises(RunError, match=message):
            combine(runs, folder=tmp_path)
    rows = pd.read_parquet(b.folder / "splits.parquet")
    rows.assign(fold=(rows["fold"] + 1) % 4).to_parquet(b.folder / "splits.parquet")
    with pytest.raises(RunError, match="split alike"):
        combine([a, open_run("b", folder=tmp_path)], folder=tmp_path)


def test_a_run_without_validation_predictions_is_named(made, tmp_path):
    members = [made("a", 0.9), made("b", 0.9)]
    (members[1].folder / "validation.parquet").unlink()
    with pytest.raises(RunError, match=r"b/validation\.parquet"):
        combine(members, folder=tmp_path)
    assert {each.id for each in list_runs(tmp_path)} == {"a", "b"}


def test_the_command_makes_one_and_shows_its_members(made, tmp_path, capsys):
    made("a", 0.9), made("b", 0.8)
    assert main(["ensemble", "a", "b", "--runs", str(tmp_path), "--stack"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[-3:]] == ["toy-speaker-independent-a+b-stacked", "a", "b"]
    assert main(["ensemble", "a", "c", "--runs", str(tmp_path)]) == 2
