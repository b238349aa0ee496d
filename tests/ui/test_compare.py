"""The words about the runs follow from the runs."""

import os

import numpy as np
import pandas as pd
import pytest

from ser_core.evaluation import ConfusionMatrix, Interval, Summary, summarise
from tests.miniature_runs import GRID, make_run
from ui import compare, compare_titles
from ui.compare import Entry


class FakeRun:
    """Only a configuration."""

    def __init__(self, model: str, **config):
        self.config = type("Config", (), {"model": model, **config})()


def entry(model: str, value: float, *, half: float = 0.03) -> Entry:
    interval = Interval(value, value - half, value + half)
    return Entry(FakeRun(model), Summary(interval, interval, interval, interval, {0: value}, 1440, 24, 0.125))


def table(**models) -> dict:
    return {compare.HONEST: {name: entry(name, value) for name, value in models.items()}}


def test_entries_hold_every_run_under_its_protocol(runs):
    found = compare.entries()
    assert set(found) == {"speaker-independent", "random", "leaky"}
    for run in runs:
        stored = found[run.config.protocol][run.config.model]
        assert stored.run.id == run.id
        assert stored.summary == summarise(run)


def test_the_familiar_model_comes_first(runs):
    assert all(list(models) == ["svm", "cnn"] for models in compare.entries().values())


def test_conditions_are_never_mixed(runs, tmp_path):
    make_run(tmp_path, compare.HONEST, "svm", skill=0.9, speaker_calibration=True)
    assert compare.entries()[compare.HONEST]["svm"].run.id == "ravdess-speaker-independent-svm"
    calibrated = compare.entries(calibrated=True)
    assert list(calibrated) == [compare.HONEST] and list(calibrated[compare.HONEST]) == ["svm"]
    assert calibrated[compare.HONEST]["svm"].run.id.endswith("-calibrated")


def test_a_run_made_again_is_read_again(runs, tmp_path):
    before = compare.entries()[compare.HONEST]["svm"].summary
    file = tmp_path / "ravdess-speaker-independent-svm" / "predictions.parquet"
    other = tmp_path / "ravdess-leaky-svm" / "predictions.parquet"
    file.write_bytes(other.read_bytes())
    os.utime(file, ns=(1, 1))
    assert compare.entries()[compare.HONEST]["svm"].summary.uar.value > before.uar.value


def test_answer_names_the_better_model_and_its_certainty():
    clear = compare.answer(table(svm=0.5, cnn=0.62))
    assert clear.startswith("**The CNN.**")
    assert "**.62**" in clear and ".50 [.47, .53]" in clear and "do not overlap" in clear and ".125" in clear


def test_answer_does_not_decide_between_overlapping_intervals():
    close = compare.answer(table(svm=0.6, cnn=0.62))
    assert "may be luck" in close and "do not settle" in close


def test_answer_without_an_honest_run_trusts_none():
    assert compare.answer({"leaky": {"svm": entry("svm", 0.97)}}).startswith("**None yet.**")


def test_answer_of_a_single_model_compares_with_guessing_only():
    assert "only one" in compare.answer(table(svm=0.5))


def test_leak_title_tells_the_fall_from_leaky_to_honest():
    found = {
        compare.HONEST: {"svm": entry("svm", 0.57)},
        "random": {"svm": entry("svm", 0.81)},
        "leaky": {"svm": entry("svm", 0.97)},
    }
    title = compare.leak_title(found)
    assert title.startswith("The same SVM: .97") and title.index(".97") < title.index(".81") < title.index(".57")


def test_leak_scores_are_those_of_the_runs(runs):
    for score in compare.leak_scores(compare.entries()):
        run = next(r for r in runs if (r.config.protocol, r.config.model) == (score.protocol, score.model))
        assert score.interval == summarise(run).uar


def test_warning_quotes_the_leaky_score():
    found = table(svm=0.57) | {"leaky": {"svm": entry("svm", 0.97)}}
    assert "**.97**" in compare.warning(found)
    assert compare.warning(table(svm=0.57)) == ""


def test_speaker_calibration_is_told_apart():
    assert ".70 [.67, .73]" in compare.calibration_words(table(svm=0.7))
    assert compare.calibration_words({}) == ""


def test_command_makes_the_same_configuration(runs):
    commands = {compare.command(run) for run in runs}
    assert "python -m ser_core train svm --corpus ravdess --protocol leaky --learning-curve" in commands


@pytest.mark.parametrize("seeds", [(0,), (0, 1)])
def test_command_names_seeds_that_are_not_the_default(tmp_path, seeds):
    run = make_run(tmp_path, "random", "svm", seeds=seeds, fractions=())
    assert ("--seeds 0 1" in compare.command(run)) == (seeds != (0,))
    assert "--learning-curve" not in compare.command(run)


def test_the_most_frequent_mistake_is_named():
    matrix = ConfusionMatrix(np.array([[8.0, 2, 0], [5, 5, 0], [0, 1, 9]]), ("neutral", "calm", "angry"))
    assert compare_titles.confusion_title("SVM", matrix) == "SVM: calm is taken for neutral most often (.50)"


def test_a_perfect_matrix_has_no_mistake():
    matrix = ConfusionMatrix(np.eye(2), ("calm", "angry"))
    assert "no clip" in compare_titles.confusion_title("SVM", matrix)


def test_learning_title_states_the_last_gain():
    curve = pd.DataFrame({"fraction": [0.25, 0.5, 1.0], "n_train": [1, 2, 4], "uar_mean": [0.3, 0.4, 0.45]})
    fall = curve.assign(uar_mean=[0.5, 0.5, 0.48])
    title = compare_titles.learning_title({"svm": curve, "cnn": fall})
    assert title == "From 50% of the training clips to all of them: SVM +.05, CNN −.02"


def test_learning_title_of_one_size_claims_no_curve():
    curve = pd.DataFrame({"fraction": [1.0], "n_train": [4], "uar_mean": [0.45]})
    assert "one training size" in compare_titles.learning_title({"svm": curve})


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
    assert compare_titles.loss_title("CNN", history).endswith("around epoch 1")
    assert ".90 on training, .60 on validation" in compare_titles.accuracy_title("CNN", history)


def test_best_and_worst_emotion_are_means_over_models():
    first = pd.DataFrame({"emotion": ["calm", "sad", "angry"], "recall": [0.9, 0.2, 0.5]})
    second = pd.DataFrame({"emotion": ["calm", "sad", "angry"], "recall": [0.5, 0.3, 0.8]})
    assert compare_titles.emotion_title({"a": first, "b": second}, "recall") == "Calm is found best, sad least well"


def test_grid_table_is_the_mean_over_folds_best_first(tmp_path):
    run = make_run(tmp_path, compare.HONEST, "svm")
    grid = compare.grid_table(run)
    assert list(grid["C"]) == [10.0, 1.0]
    assert list(grid["Average recall"]) == pytest.approx([GRID[1]["uar"], GRID[0]["uar"]])
    assert list(grid["Chosen"]) == [3, 0]


def test_a_run_without_grid_search_has_an_empty_table(tmp_path):
    assert compare.grid_table(make_run(tmp_path, compare.HONEST, "cnn")).empty


def test_summary_rows_equal_the_summary(runs):
    models = compare.entries()[compare.HONEST]
    rows = compare.summary_rows(models.values()).set_index(["model", "metric"])
    for name, stored in models.items():
        assert tuple(rows.loc[(name, "uar"), ["value", "low", "high"]]) == tuple(stored.summary.uar)


def test_run_table_says_what_was_run(runs):
    found = compare.run_table(compare.entries()[compare.HONEST].values())
    assert list(found["Folds"]) == [3, 3] and list(found["Test clips"]) == [144, 144]
