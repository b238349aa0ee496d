"""The words about the runs follow from the runs."""

import os

import pandas as pd
import pyarrow as pa
import pytest
import streamlit as st

from ser_core.evaluation import Interval, Summary, summarise
from ser_core.evaluation.costs import Cost
from ser_core.experiments import ExperimentConfig
from ser_core.experiments.entries import Entry, Row
from ser_core.reports.names import labels
from tests.miniature_runs import FOUND, GRID, make_run
from ui import working
from ui.compare import scores, side, tables, words
from ui.compare.scores import HONEST, Scored


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A busy machine may take longer than a visitor would wait."""
    monkeypatch.setattr(working, "PATIENCE_S", 60)


class FakeRun:
    """Only a configuration."""

    def __init__(self, model: str, **config):
        self.id = model
        self.config = ExperimentConfig("ravdess", HONEST, model, **config)


def entry(model: str, value: float, *, half: float = 0.03, **config) -> Scored:
    interval = Interval(value, value - half, value + half)
    summary = Summary(interval, interval, interval, interval, {0: value}, 1440, 24, 0.125)
    return Scored(Entry(FakeRun(model, **config)), Row(summary, 0.05, 0.8, "01", 0.4, Cost(1.0, 6.0, None, None)))


def table(**models) -> dict:
    return {HONEST: {name: entry(name, value) for name, value in models.items()}}


def entries(*, calibrated: bool = False) -> dict:
    """Protocol -> label -> entry, of all runs on RAVDESS."""
    return scores.by_protocol(scores.everything(), tested_on=("ravdess",), calibrated=calibrated)


def test_entries_hold_every_run_under_its_protocol(runs):
    found = entries()
    assert set(found) == {"speaker-independent", "random", "leaky"}
    for run in runs:
        stored = found[run.config.protocol][run.config.model]
        assert stored.run.id == run.id
        assert stored.summary == summarise(run)


def test_the_familiar_model_comes_first(runs):
    assert all(list(models) == ["svm", "cnn"] for models in entries().values())


def test_conditions_are_never_mixed(runs, tmp_path):
    make_run(tmp_path, HONEST, "svm", skill=0.9, speaker_calibration=True)
    assert entries()[HONEST]["svm"].run.id == "ravdess-speaker-independent-svm"
    calibrated = entries(calibrated=True)
    assert list(calibrated) == [HONEST] and list(calibrated[HONEST]) == ["svm"]
    assert calibrated[HONEST]["svm"].run.id.endswith("-calibrated")


def test_a_run_made_again_is_read_again(runs, tmp_path):
    before = entries()[HONEST]["svm"].summary
    file = tmp_path / "ravdess-speaker-independent-svm" / "predictions.parquet"
    other = tmp_path / "ravdess-leaky-svm" / "predictions.parquet"
    file.write_bytes(other.read_bytes())
    os.utime(file, ns=(1, 1))
    assert entries()[HONEST]["svm"].summary.uar.value > before.uar.value


def test_two_families_stand_side_by_side_at_first():
    group = {"svm": entry("svm", 0.7), "svm · silence left in": entry("svm", 0.6), "forest": entry("forest", 0.5)}
    assert side.usual(group) == ["svm", "forest"]
    assert side.usual({"svm": group["svm"]}) == ["svm"]
    assert side.usual({"lda": entry("lda", 0.8), "svm": entry("svm", 0.6), "cnn": entry("cnn", 0.7)}) == ["lda", "svm"]


def test_a_server_that_starts_again_scores_no_run_anew(runs, monkeypatch):
    before = scores.everything()
    st.cache_resource.clear()

    def again(*_, **__):
        raise AssertionError("scored again")

    monkeypatch.setattr(scores, "row", again)
    assert [each.row for each in scores.everything()] == [each.row for each in before]


def test_answer_names_the_better_model_and_its_certainty():
    clear = words.answer(table(svm=0.5, cnn=0.62))
    assert clear.startswith("**The CNN.**")
    assert "**.62**" in clear and ".50 [.47, .53]" in clear and "do not overlap" in clear and ".125" in clear


def test_answer_does_not_decide_between_overlapping_intervals():
    close = words.answer(table(svm=0.6, cnn=0.62))
    assert "may be luck" in close and "do not settle" in close


def test_answer_without_an_honest_run_trusts_none():
    assert words.answer({"leaky": {"svm": entry("svm", 0.97)}}).startswith("**None yet.**")


def test_answer_of_a_single_model_compares_with_guessing_only():
    assert "only one" in words.answer(table(svm=0.5))


def test_leak_title_tells_the_fall_from_leaky_to_honest():
    found = {
        HONEST: {"svm": entry("svm", 0.57)},
        "random": {"svm": entry("svm", 0.81)},
        "leaky": {"svm": entry("svm", 0.97)},
    }
    title = words.leak_title(found)
    assert title.startswith("The same SVM: .97") and title.index(".97") < title.index(".81") < title.index(".57")


def test_leak_scores_are_those_of_the_runs(runs):
    for score in words.leak_scores(entries()):
        run = next(r for r in runs if (r.config.protocol, r.config.model) == (score.protocol, score.model))
        assert score.interval == summarise(run).uar


def test_warning_quotes_the_leaky_score():
    found = table(svm=0.57) | {"leaky": {"svm": entry("svm", 0.97)}}
    assert "**.97**" in words.warning(found)
    assert words.warning(table(svm=0.57)) == ""
    assert words.warning(table(svm=0.57) | {"leaky": {"svm": entry("svm", 0.58)}}) == ""


def test_speaker_calibration_is_told_apart():
    assert ".70 [.67, .73]" in words.calibration_words(table(svm=0.7))
    assert words.calibration_words({}) == ""


def test_what_alignment_takes_for_granted_is_said():
    aligned = entry("svm", 0.8, hyperparameters={"align": 0.5})
    told = words.calibration_words({HONEST: {"svm": aligned, "cnn": entry("cnn", 0.7)}})
    assert "provided that they show the emotions about as often as its training" in told and ".80 [" in told
    assert "provided" not in words.calibration_words(table(svm=0.7))


def test_command_makes_the_same_configuration(runs):
    commands = {tables.command(run) for run in runs}
    assert "python -m ser_core train svm --corpus ravdess --protocol leaky --learning-curve" in commands


@pytest.mark.parametrize("seeds", [(0,), (0, 1)])
def test_command_names_seeds_that_are_not_the_default(tmp_path, seeds):
    run = make_run(tmp_path, "random", "svm", seeds=seeds, fractions=())
    assert ("--seeds 0 1" in tables.command(run)) == (seeds != (0,))
    assert "--learning-curve" not in tables.command(run)


def test_grid_table_is_the_mean_over_folds_best_first(tmp_path):
    run = make_run(tmp_path, HONEST, "svm")
    grid = tables.grid_table(run)
    assert list(grid["C"]) == [10.0, 1.0]
    assert list(grid["Average recall"]) == pytest.approx([GRID[1]["uar"], GRID[0]["uar"]])
    assert list(grid["Chosen"]) == [3, 0]


def test_a_grid_of_numbers_and_none_can_be_sent_to_a_browser(tmp_path, monkeypatch):
    """Feature counts of 300, 1000 and None made pyarrow fail, whose errors filled the server's log.

    Where one hyperparameter was searched, none of its values seemed ever chosen.
    """
    grid = [{"n_features": n, "uar": score} for n, score in ((300, 0.5), (None, 0.6), (1000, 0.4))]
    monkeypatch.setitem(FOUND, "svm", {"grid": grid, "best": {"n_features": None}})
    table = tables.grid_table(make_run(tmp_path, HONEST, "svm"))
    assert pa.Table.from_pandas(table)["n_features"].to_pylist() == ["None", "300", "1000"]
    assert list(table["Chosen"]) == [3, 0, 0]


def test_a_run_without_grid_search_has_an_empty_table(tmp_path):
    assert tables.grid_table(make_run(tmp_path, HONEST, "cnn")).empty


def test_weights_of_members_are_means_over_folds_the_heaviest_first(tmp_path, monkeypatch):
    """An ensemble was once said to keep no table of the grid search that it never made."""
    member = "savee+tess-speaker-independent-cnn"
    monkeypatch.setitem(FOUND, "svm", {"weights": {"lda": 0.25, member: 0.75}, "temperature": 1.0})
    table = tables.weight_table(make_run(tmp_path, HONEST, "svm"))
    assert table.to_numpy().tolist() == [[member, 0.75, 0.0], ["Linear discriminant analysis", 0.25, 0.0]]
    assert tables.weight_table(make_run(tmp_path, HONEST, "cnn")).empty


def test_summary_rows_equal_the_summary(runs):
    models = entries()[HONEST]
    rows = tables.summary_rows(models.values()).set_index(["model", "metric"])
    for name, stored in models.items():
        assert tuple(rows.loc[(name, "uar"), ["value", "low", "high"]]) == tuple(stored.summary.uar)


def test_run_table_says_what_was_run(runs):
    found = tables.run_table(entries()[HONEST].values())
    assert list(found["Folds"]) == [3, 3] and list(found["Test clips"]) == [144, 144]


# --- pairs, and what the words say of them


def pair(difference, *, p=0.001, low=None, high=None, speakers=24, only=(30, 10)):
    return pd.Series(
        {
            "first": "svm",
            "second": "cnn",
            "difference": difference,
            "low": difference - 0.03 if low is None else low,
            "high": difference + 0.03 if high is None else high,
            "p": p,
            "p_holm": p,
            "only_first": only[0],
            "only_second": only[1],
            "mcnemar_holm": 0.0004,
            "clips": 1440,
            "speakers": speakers,
        }
    )


def test_a_paired_lead_overrules_intervals_that_overlap():
    close = table(svm=0.62, cnn=0.6)
    ahead = words.answer(close, paired=pair(0.05))
    assert ahead.startswith("**The SVM.**") and "+.050 [+.020, +.080]" in ahead
    level = words.answer(close, paired=pair(0.01, p=0.4))
    assert "may be luck" in level and "might turn the order around" in level


def test_significance_names_the_better_one_first():
    said = words.significance(pair(-0.05, p=0.03, only=(10, 30)), pairs=3)
    assert said.startswith("**CNN against SVM: +.050 [+.020, +.080]**")
    assert "More than the choice of speakers explains (p = .030, corrected for 3 comparisons)" in said
    assert "differ on 40 of 1,440 clips: 30 only the CNN gets right, 10 only the SVM" in said and "p < .001" in said


def test_significance_of_few_speakers_is_left_open():
    said = words.significance(pair(0.3, p=float("nan"), speakers=2), pairs=1)
    assert "With 2 speakers (fewer than 6) nobody can tell" in said and "corrected" not in said.split(".")[2]


# --- several corpora


def test_a_pooled_run_has_an_entry_for_each_corpus(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path))
    make_run(tmp_path, HONEST, "svm")
    pooled = make_run(tmp_path, HONEST, "svm", corpora=("ravdess", "savee"), skill=0.8)
    found = scores.everything()
    assert {each.entry.key for each in found} == {
        "ravdess-speaker-independent-svm",
        pooled.id,
        f"{pooled.id}@ravdess",
        f"{pooled.id}@savee",
    }
    on_ravdess = scores.by_protocol(found, tested_on=("ravdess",))[HONEST]
    assert list(on_ravdess) == ["svm", "svm · RAVDESS speech and SAVEE"]
    part = on_ravdess["svm · RAVDESS speech and SAVEE"]
    full = pooled.predictions[pooled.predictions["fraction"] == 1.0]
    own = full[full["clip_id"].astype(str).str.startswith("ravdess/")]
    assert part.summary.uar.value == pytest.approx(summarise_table(own))
    assert scores.judged_on(found)[0] == ("ravdess",)


def test_labels_say_what_else_was_trained_on():
    plain, changed = FakeRun("svm"), FakeRun("svm", augmentation=("speed:speed=0.9",))
    assert labels([Entry(plain), Entry(changed), Entry(plain)]) == ["svm", "svm · changed copies", "svm · 2"]
    assert scores.sentence_name("svm · changed copies") == "SVM trained on changed copies"


def summarise_table(predictions) -> float:
    from ser_core.evaluation import metrics

    return metrics.summarise(predictions).uar.value


def test_the_leaderboard_is_sorted_and_complete(runs):
    found = scores.everything()
    board = tables.leaderboard(found)
    assert board["UAR"].is_monotonic_decreasing and len(board) == len(runs)
    # On a telephone there is no room for more.
    assert board.columns[:2].tolist() == ["UAR", "Model"]
    for each in found:
        assert board.loc[each.entry.key, "UAR"] == summarise(each.run).uar.value
        assert board.loc[each.entry.key, "Parameters"] in (12_345, None) or pd.isna(
            board.loc[each.entry.key, "Parameters"]
        )


def test_rows_of_the_leak_come_from_the_best_tested_models():
    many = {
        "leaky": {"svm": entry("svm", 0.9)},
        HONEST: {name: entry(name, value) for name, value in {"svm": 0.5, "lda": 0.7, "knn": 0.3}.items()},
    }
    assert words.leak_models(many) == ["svm"]
    assert words.leak_models({HONEST: many[HONEST]}, most=2) == ["svm", "lda"]
