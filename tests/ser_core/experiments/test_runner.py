import itertools
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

from ser_core import corpora
from ser_core.errors import CancelledError, RunError
from ser_core.evaluation import protocols, summarise
from ser_core.experiments import ExperimentConfig, differences, list_runs, open_run, result, runner
from ser_core.experiments.examples import prepare, subset
from ser_core.experiments.results import among_known
from ser_core.experiments.runner import run_experiment
from ser_core.features import FunctionalsSpec
from ser_core.labels import EMOTIONS
from ser_core.models import Data, Fitted

#: Folds of the toy corpus: each of its speakers is left out once.
SPEAKERS_LEFT_OUT = 4


def test_a_run_holds_everything_the_pages_read(config, toy, tmp_path):
    run = run_experiment(config(seeds=(0, 1), fractions=(0.5,)), folder=tmp_path)
    assert summarise(run).uar.value == 1.0
    assert len(run.predictions) == 3 * 128 and set(run.predictions["fraction"]) == {0.5, 1.0}
    assert len(run.trainings) == 12 and len(run.history) == 12
    assert (run.trainings["n_test"] == 32).all() and (run.trainings["train_uar"] == 1).all()
    test = run.splits[run.splits["role"] == "test"]
    assert test.groupby("seed")["clip_id"].nunique().tolist() == [128, 128]
    assert run.environment["packages"]["numpy"] == np.__version__
    assert [each.id for each in list_runs(tmp_path)] == [run.id]
    assert not (run.folder / "parts").exists()


def test_a_finished_run_is_not_run_again(config, toy, tmp_path):
    run_experiment(config(), folder=tmp_path)
    trained = len(toy.trained)
    run_experiment(config(), folder=tmp_path)
    assert len(toy.trained) == trained


def test_a_stopped_run_goes_on_and_ends_with_the_same_results(config, toy, tmp_path):
    whole = run_experiment(config(seeds=(0, 1)), folder=tmp_path / "whole")
    n = len(toy.trained)
    with pytest.raises(CancelledError):
        run_experiment(config(seeds=(0, 1)), folder=tmp_path / "cut", cancel=lambda: len(toy.trained) >= n + 3)
    assert list_runs(tmp_path / "cut") == []
    resumed = run_experiment(config(seeds=(0, 1)), folder=tmp_path / "cut")
    assert len(toy.trained) == 2 * n
    pd.testing.assert_frame_equal(resumed.predictions, whole.predictions)


def test_further_seeds_extend_a_finished_run_without_repeating_it(config, toy, tmp_path):
    whole = run_experiment(config(seeds=(0, 1), fractions=(0.5,)), folder=tmp_path / "whole")
    run_experiment(config(seeds=(0,)), folder=tmp_path / "grown")
    n = len(toy.trained)
    grown = run_experiment(config(seeds=(0, 1), fractions=(0.5,)), folder=tmp_path / "grown")
    assert len(toy.trained) - n == 2 * SPEAKERS_LEFT_OUT
    assert grown.config == whole.config and not (grown.folder / "parts").exists()
    for name in ("predictions", "validation", "splits", "history"):
        pd.testing.assert_frame_equal(getattr(grown, name), getattr(whole, name))
    same = ["seed", "fold", "fraction", "n_train", "validation_uar", "info"]
    pd.testing.assert_frame_equal(grown.trainings[same], whole.trainings[same])


def test_an_extension_that_was_stopped_leaves_the_run_as_it_was_and_goes_on(config, toy, tmp_path):
    first = run_experiment(config(seeds=(0,)), folder=tmp_path)
    n = len(toy.trained)
    with pytest.raises(CancelledError):
        run_experiment(config(seeds=(0, 1)), folder=tmp_path, cancel=lambda: len(toy.trained) > n + 1)
    assert open_run(first.id, folder=tmp_path).config.seeds == (0,)
    assert set(open_run(first.id, folder=tmp_path).predictions["seed"]) == {0}
    run_experiment(config(seeds=(0, 1)), folder=tmp_path)
    assert len(toy.trained) == n + SPEAKERS_LEFT_OUT


def test_a_stop_while_tables_are_joined_repeats_nothing(config, toy, tmp_path, monkeypatch):
    """New predictions stand, the rest does not: the join is done again and adds nothing twice."""
    run_experiment(config(seeds=(0,)), folder=tmp_path)
    write, n = runner.write_table, len(toy.trained)

    def stop_at_trainings(table, path):
        if path.stem == "trainings":
            raise KeyboardInterrupt
        write(table, path)

    monkeypatch.setattr(runner, "write_table", stop_at_trainings)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(config(seeds=(0, 1)), folder=tmp_path)
    monkeypatch.setattr(runner, "write_table", write)
    run = run_experiment(config(seeds=(0, 1)), folder=tmp_path)
    assert len(toy.trained) == n + SPEAKERS_LEFT_OUT
    assert run.predictions.groupby("seed").size().tolist() == [128, 128]


def test_validation_clips_are_predicted_by_the_models_that_did_not_train_on_them(config, toy, tmp_path):
    run = run_experiment(config(fractions=(0.5,)), folder=tmp_path)
    held = run.splits[run.splits["role"] == "validation"]
    assert run.validation.groupby("fold")["clip_id"].apply(set).tolist() == [
        set(clips) for _, clips in held.groupby("fold")["clip_id"]
    ]
    assert set(run.validation["fraction"]) == {1.0}
    assert "corpus" not in run.predictions


def test_models_are_kept_if_asked(config, toy, tmp_path):
    kept = run_experiment(config(fractions=(0.5,)), folder=tmp_path / "kept", keep_models=True)
    names = sorted(file.name for file in (kept.folder / "models").iterdir())
    assert names == [f"seed0-fold{fold}.onnx" for fold in range(SPEAKERS_LEFT_OUT)]
    assert not (run_experiment(config(), folder=tmp_path / "not").folder / "models").exists()


def test_two_processes_share_the_trainings_of_a_run(config, toy, tmp_path, monkeypatch):
    """While the first is at a training the second takes another, then waits for the first, and both end well."""
    alone = run_experiment(config(), folder=tmp_path / "alone")
    toy.trained.clear()
    fit, together = type(toy).fit, threading.Barrier(2, timeout=20)

    def fit_together(self, *args, **options):
        if len(toy.trained) < 2:
            together.wait()
        return fit(self, *args, **options)

    monkeypatch.setattr(type(toy), "fit", fit_together)
    monkeypatch.setattr(runner, "_WAIT_S", 0.01)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(run_experiment, config(), folder=tmp_path / "both") for _ in range(2)]
        for run in runs:
            pd.testing.assert_frame_equal(run.result().predictions, alone.predictions)
    assert len(toy.trained) == SPEAKERS_LEFT_OUT


def test_a_run_at_which_another_process_works_is_not_replaced(config, toy, tmp_path):
    run_experiment(config(), folder=tmp_path)
    parts = tmp_path / config().id / "parts"
    parts.mkdir()
    with FileLock(parts / "seed0-fold0-of1.lock"), pytest.raises(RunError, match="Another process"):
        run_experiment(config(hyperparameters={"depth": 2}), folder=tmp_path, overwrite=True)


def test_a_training_that_was_stopped_goes_on_from_its_checkpoint(config, toy, tmp_path, monkeypatch):
    fit, given = type(toy).fit, []

    def with_checkpoint(self, *args, checkpoint, **options):
        given.append(checkpoint)
        return fit(self, *args, **options)

    monkeypatch.setattr(type(toy), "fit", with_checkpoint)
    monkeypatch.setattr(type(toy), "resumes", True)
    run_experiment(config(), folder=tmp_path)
    assert len(set(given)) == SPEAKERS_LEFT_OUT and all(path.parent.name == "parts" for path in given)


def test_another_configuration_is_not_overwritten_unless_asked(config, toy, tmp_path):
    run_experiment(config(), folder=tmp_path)
    other = config(hyperparameters={"depth": 2})
    with pytest.raises(RunError, match="--overwrite"):
        run_experiment(other, folder=tmp_path)
    assert run_experiment(other, folder=tmp_path, overwrite=True).config == other


def test_leaky_runs_on_copies(config, toy, tmp_path):
    run = run_experiment(config("leaky"), folder=tmp_path)
    assert run.predictions["clip_id"].astype(str).str.contains("#").any()
    assert summarise(run).n_test == round(0.2 * 3 * 128)


def test_results_come_from_the_stored_predictions(config, toy, tmp_path):
    run = run_experiment(config(seeds=(0, 1)), folder=tmp_path)
    row = result(run)
    assert row["seeds"] == [0, 1] and row["uar"] == 1.0 and row["n_test"] == 128
    assert json.loads(json.dumps(row)) == row
    changed = run.predictions.copy()
    columns = [f"p_{name}" for name in EMOTIONS]
    changed[columns] = np.roll(changed[columns].to_numpy(), 1, axis=1)
    changed.to_parquet(run.folder / "predictions.parquet")
    assert result(open_run(run.id, folder=tmp_path))["uar"] == 0.0


def test_answers_may_be_chosen_among_the_emotions_of_a_corpus():
    """Calm, which the corpus does not hold, is the most probable answer to a clip that is else taken for sad."""
    table = pd.DataFrame(0.0, index=range(2), columns=[f"p_{name}" for name in EMOTIONS])
    table.loc[0, ["p_calm", "p_sad", "p_angry"]] = 0.6, 0.3, 0.1
    table.loc[1, "p_calm"] = 1.0
    known = among_known(table.assign(emotion=["sad", "angry"]))
    assert known["p_sad"][0] == pytest.approx(0.75) and (known["p_calm"] == 0).all()
    np.testing.assert_allclose(known.filter(regex="^p_").sum(axis=1), 1)


def test_differences_tell_reproduced_from_not(config, toy, tmp_path):
    first = run_experiment(config(), folder=tmp_path / "a")
    second = run_experiment(config(), folder=tmp_path / "b")
    (row,) = differences([second], [first])
    assert row["same_predictions"] and row["reproduced"]
    assert differences([second], [])[0]["reproduced"] is None
    changed = second.predictions.copy()
    columns = [f"p_{name}" for name in EMOTIONS]
    changed[columns] = np.roll(changed[columns].to_numpy(), 1, axis=1)
    changed.to_parquet(second.folder / "predictions.parquet")
    assert differences([open_run(second.id, folder=tmp_path / "b")], [first])[0]["reproduced"] is False


def test_a_damaged_run_says_so(config, toy, tmp_path):
    run = run_experiment(config(), folder=tmp_path)
    (run.folder / "predictions.parquet").write_bytes(b"PAR1")
    with pytest.raises(RunError, match="make the run again"):
        _ = open_run(run.id, folder=tmp_path).predictions
    with pytest.raises(RunError, match="there are"):
        open_run("nothing", folder=tmp_path)


def test_speaker_calibration_standardises_each_speaker(toy, manifest):
    protocol = protocols.get("speaker-independent")
    pool, data = prepare(manifest, protocol, FunctionalsSpec(), speaker_calibration=True)
    for speaker in pool["speaker"].unique():
        assert np.allclose(data.x[pool["speaker"] == speaker].mean(axis=0), 0, atol=1e-6)


def test_several_corpora_are_tested_together(toy, manifest, tmp_path, monkeypatch):
    """Speakers of the same name in two corpora are two voices, each tested once."""
    other = manifest.assign(corpus="more", clip_id=manifest["clip_id"].str.replace("toy", "more"))
    found = {
        name: type("Corpus", (), {"manifest": lambda self, root=None, clips=clips: clips})()
        for name, clips in (("toy", manifest), ("more", other))
    }
    monkeypatch.setattr(corpora, "get", found.get)
    run = run_experiment(ExperimentConfig.of(["toy", "more"], "speaker-independent", "toy"), folder=tmp_path)
    assert result(run)["corpus"] == "more+toy" and result(run)["n_test"] == 256
    assert run.predictions["speaker"].nunique() == 8
    assert run.predictions["corpus"].value_counts().to_dict() == {"toy": 128, "more": 128}
    row = result(run, corpus="more")
    assert (row["corpus"], row["n_test"], row["uar"], row["uar_known"]) == ("more", 128, 1.0, 1.0)
    for _, fold in run.predictions.groupby("fold"):
        assert {name.partition("/")[0] for name in fold["speaker"].astype(str)} == {"toy", "more"}


def test_a_model_that_adapts_hears_each_voice_by_itself(config, toy, tmp_path, monkeypatch):
    """Its features stay as they are, and it sees the unlabelled clips of one voice at a time."""
    seen = []

    def adapted(self, x):
        seen.append(len(x))
        return self

    monkeypatch.setattr(Fitted, "adapted", adapted)
    monkeypatch.setattr(type(toy), "adapts", True)
    run = run_experiment(config(speaker_calibration=True), folder=tmp_path)
    assert result(run)["uar"] == 1.0 and run.id.endswith("-calibrated")
    assert set(seen) == {4 * len(EMOTIONS)}
    seen.clear()
    run_experiment(config(), folder=tmp_path)
    assert not seen


def test_clips_without_a_shared_emotion_are_left_out(toy, manifest):
    manifest.loc[0, "emotion"] = pd.NA
    pool, data = prepare(manifest, protocols.get("random"), FunctionalsSpec())
    assert len(pool) == len(data) == 127


def test_subsets_are_nested_and_keep_every_emotion():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 8, 400)
    data = Data(np.zeros((400, 1)), y, np.arange(400).astype(str))
    index = np.arange(0, 400, 2)
    sizes = [set(subset(data, index, fraction, seed=1)) for fraction in (0.125, 0.25, 0.5, 1.0)]
    for smaller, larger in itertools.pairwise(sizes):
        assert smaller < larger and set(y[list(smaller)]) == set(range(8))
    assert sizes[-1] == set(index)
