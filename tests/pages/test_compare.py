"""Compare, with runs and without: the answer, the choices, and figures that equal the runs."""

import dataclasses
import json
import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from ser_core import evaluation
from ser_core.evaluation import summarise
from ser_core.evaluation.significance import compare_all
from ser_core.experiments import list_runs, store
from ser_core.figures.marks import family_title
from ser_core.settings import PROJECT_ROOT
from tests.miniature_runs import FOUND, make_run, make_runs
from ui import working
from ui.format import score_text

SIDE = {"view": "side-by-side"}


@pytest.fixture(scope="module", autouse=True)
def patient():
    """A busy machine may take longer than a visitor would wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(working, "PATIENCE_S", 60)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Run folders that no test changes."""
    folder = tmp_path_factory.mktemp("runs")
    make_runs(folder)
    return folder


@pytest.fixture
def runs(folder, monkeypatch):
    monkeypatch.setenv("SER_RUNS_DIR", str(folder))
    return list_runs()


@pytest.fixture(scope="module")
def opened(folder):
    """The page as it opens, for tests that only look."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SER_RUNS_DIR", str(folder))
        return compare()


@pytest.fixture(scope="module")
def sides(folder):
    """Side by side as it opens, for tests that only look."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SER_RUNS_DIR", str(folder))
        return compare(**SIDE)


def compare(**query) -> AppTest:
    """The page as a deep link opens it."""
    app = AppTest.from_file(str(PROJECT_ROOT / "streamlit_app.py"), default_timeout=60)
    app.switch_page("pages/Compare.py")
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def control(app, label):
    return next(each for each in app.segmented_control if each.label == label)


def test_answer_comes_first_and_names_the_better_model(opened):
    assert opened.markdown[0].value.startswith("**The CNN")


@pytest.mark.parametrize("protocol", ["speaker-independent", "random", "leaky"])
def test_headline_scores_equal_those_of_the_runs(runs, protocol):
    app = compare(**SIDE, protocol=protocol)
    expected = {
        f"{run.config.model.upper()}: average recall (UAR)": score_text(summarise(run).uar.value)
        for run in runs
        if run.config.protocol == protocol
    }
    assert {each.label: each.value for each in app.metric} == expected


def test_a_score_stands_with_its_interval_and_chance(sides, runs):
    summary = summarise(next(run for run in runs if run.id == "ravdess-speaker-independent-svm"))
    delta = sides.metric[0].delta
    assert score_text(summary.uar.low) in delta and score_text(summary.uar.high) in delta and ".125" in delta


def test_the_protocol_stands_in_the_address(runs):
    app = compare(**SIDE)
    control(app, "How the models were tested").set_value("random").run()
    assert app.query_params["protocol"] == ["random"] or app.query_params["protocol"] == "random"
    assert "other clips of the test speakers" in " ".join(each.value for each in app.caption)


PANELS = {"scores": 2, "learning": 3, "mix-ups": 4, "trust": 2, "people": 1, "robustness": 0}


@pytest.mark.parametrize(("panel", "figures"), PANELS.items())
def test_every_figure_is_drawn_with_data_to_take_away(runs, panel, figures):
    app = compare(**SIDE, show=panel)
    assert len(app.get("plotly_chart")) == figures
    assert len(app.get("download_button")) >= 2 * figures


@pytest.mark.parametrize("view", ["leaderboard", "leak-meter"])
def test_every_view_has_its_figure(runs, view):
    app = compare(view=view)
    assert len(app.get("plotly_chart")) == 1


@pytest.mark.parametrize(("cells", "score"), [("precision", "f1"), ("counts", "precision")])
def test_every_view_can_be_opened_by_its_address(runs, cells, score):
    app = compare(**SIDE, show="mix-ups", cells=cells)
    assert control(app, "A cell shows").value == cells
    app = compare(**SIDE, score=score)
    assert control(app, "Score of an emotion").value == score


def test_one_condition_is_no_choice(opened, sides):
    for app in (opened, sides):
        assert "What the model knows of the speaker" not in [each.label for each in app.segmented_control]


def test_conditions_are_never_mixed(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path))
    make_run(tmp_path, "speaker-independent", "svm")
    run = make_run(tmp_path, "speaker-independent", "svm", skill=0.9, speaker_calibration=True)
    app = compare(**SIDE)
    assert len(app.metric) == 1
    control(app, "What the model knows of the speaker").set_value("calibrated").run()
    assert not app.exception
    assert [each.value for each in app.metric] == [score_text(summarise(run).uar.value)]


def test_commands_make_the_shown_runs_again(runs):
    codes = " ".join(each.value for each in compare(**SIDE, protocol="leaky").code)
    assert "python -m ser_core train cnn --corpus ravdess --protocol leaky --learning-curve" in codes


def test_a_model_without_epochs_shows_its_grid_search(runs):
    app = compare(**SIDE, show="learning")
    assert any("grid search" in each.label for each in app.expander)
    assert any("Average recall" in each.value.columns for each in app.dataframe)


def test_an_ensemble_shows_what_its_members_weigh(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path))
    monkeypatch.setitem(FOUND, "svm", {"weights": {"lda": 0.25, "knn": 0.75}})
    make_run(tmp_path, "speaker-independent", "svm", folds=2, fractions=())
    app = compare(view="side-by-side", show="learning")
    assert any("the answers of its members" in each.label for each in app.expander)
    assert not any("grid search" in each.label for each in app.expander)
    assert any("Weight" in each.value.columns for each in app.dataframe)


def test_without_runs_it_says_how_to_make_them(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path / "none"))
    app = compare()
    assert "python -m ser_core train" in app.code[0].value
    assert not app.metric and not app.get("plotly_chart")


def test_runs_of_one_protocol_and_model_are_enough(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path))
    make_run(tmp_path, "leaky", "svm", fractions=())
    app = compare(**SIDE)
    assert app.markdown[0].value.startswith("**None yet.**")
    assert len(app.metric) == 1
    app = compare(**SIDE, show="learning")
    assert any("No learning curve" in each.value for each in app.caption)


def test_it_imports_no_training_code(runs):
    code = (
        "import sys\n"
        "from ui import working\n"
        "working.PATIENCE_S = 60\n"
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('streamlit_app.py', default_timeout=60)\n"
        "app.switch_page('pages/Compare.py')\n"
        "for view in ('leaderboard', 'side-by-side', 'leak-meter'):\n"
        "    app.query_params['view'] = view\n"
        "    app.run()\n"
        "    assert not app.exception, app.exception\n"
        "print(*[name for name in ('tensorflow', 'keras', 'librosa', 'sklearn') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


# --- what the page shows is what the run folders say


def specs(app) -> dict[str, dict]:
    """The figures as plotly reads them, by their titles' place on the page."""
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def values(spec, name, axis="x"):
    """What a trace shows; plotly packs long arrays."""
    trace = next(each for each in spec["data"] if each.get("name") == name)
    found = trace[axis]
    if isinstance(found, dict):
        import base64

        import numpy as np

        return np.frombuffer(base64.b64decode(found["bdata"]), dtype=found["dtype"]).tolist()
    return found


def honest(runs) -> dict:
    return {run.config.model: run for run in runs if run.config.protocol == "speaker-independent"}


def test_every_figure_of_the_scores_equals_the_run_folders(sides, runs):
    scores, emotions = specs(sides)
    for model, run in honest(runs).items():
        summary = summarise(run)
        expected = [getattr(summary, name).value for name in ("uar", "accuracy", "macro_f1", "top3")]
        assert values(scores, model.upper()) == pytest.approx(expected)
        assert values(emotions, model.upper()) == pytest.approx(evaluation.per_emotion(run)["recall"].tolist())


def test_probabilities_and_speakers_equal_the_run_folders(runs):
    reliability, coverage = specs(compare(**SIDE, show="trust"))
    speakers = specs(compare(**SIDE, show="people"))[0]
    for model, run in honest(runs).items():
        name = model.upper()
        assert values(reliability, name, "y") == pytest.approx(evaluation.calibration(run).bins["accuracy"].tolist())
        assert values(coverage, name, "y") == pytest.approx(evaluation.coverage(run)["accuracy"].tolist())
        found = evaluation.per_speaker(run)
        assert sorted(values(speakers, name, "y")) == pytest.approx(sorted(found["uar"]))


def test_matrices_and_curves_equal_the_run_folders(runs):
    shown = specs(compare(**SIDE, show="mix-ups", cells="counts"))
    for spec, run in zip(shown[:2], (honest(runs)[name] for name in ("svm", "cnn")), strict=True):
        counts = [float(text) for row in spec["data"][0]["text"] for text in row]
        assert counts == pytest.approx(evaluation.confusion(run).counts.ravel().tolist(), abs=0.5)
    curves = specs(compare(**SIDE, show="learning"))[0]
    for model, run in honest(runs).items():
        expected = evaluation.curve_summary(evaluation.learning_curve(run)).sort_values("n_train")["uar_mean"]
        assert values(curves, model.upper(), "y") == pytest.approx(expected.tolist())


def test_the_leaderboard_equals_the_run_folders(runs):
    app = compare(protocol="any")
    table = app.dataframe[0].value.set_index("Run")
    assert len(table) == len(runs)
    for run in runs:
        row, summary = table.loc[run.id], summarise(run)
        assert row["Model"] == family_title(run.config.model)
        found = [row[name] for name in ("UAR", "Accuracy", "Macro F1", "Top 3", "Guessing", "Clips", "Speakers")]
        assert found == pytest.approx(
            [
                summary.uar.value,
                summary.accuracy.value,
                summary.macro_f1.value,
                summary.top3.value,
                summary.chance,
                summary.n_test,
                summary.n_speakers,
            ]
        )
        assert row["ECE"] == pytest.approx(evaluation.calibration(run).ece)
        assert row["Worst speaker"] == pytest.approx(evaluation.per_speaker(run)["uar"].min())


def test_the_leaderboard_can_be_scrolled_on_a_telephone(runs):
    # Columns stay pinned while they take 60% of the table; one without a width counts as 100 px however wide it is, and
    # the names once covered all other columns.
    columns = json.loads(compare().dataframe[0].proto.columns)
    pinned = {name: each.get("width", 100) for name, each in columns.items() if each.get("pinned")}
    assert set(pinned) == {"UAR", "Model"} and 358 * 0.6 < sum(pinned.values()) < 1020 * 0.6


def test_significance_equals_the_run_folders(sides, runs):
    pair = compare_all({name: evaluation.full(run) for name, run in honest(runs).items()}).iloc[0]
    said = next(each.value for each in sides.markdown if "McNemar" in each.value)
    assert f"{abs(pair['difference']):.3f}".removeprefix("0") in said
    assert f"{pair['only_first'] + pair['only_second']:,} of {pair['clips']:,} clips" in said


# --- the ways between the views


def test_the_chosen_test_stays_when_the_view_changes(runs):
    app = compare(protocol="random")
    assert app.button(key="to-side").disabled
    app.session_state["choice-view"] = "side-by-side"
    app.run()
    assert [each.label.partition(":")[0] for each in app.metric] == ["SVM", "CNN"]


def test_a_cell_lists_its_clips(runs):
    run = honest(runs)["cnn"]
    expected = set()
    table = evaluation.full(run)
    probabilities = table[list(evaluation.PROBABILITY_COLUMNS)].to_numpy().argmax(axis=1)
    for clip, true, answer in zip(table["clip_id"], table["emotion"], probabilities, strict=True):
        if true == "happy" and answer == 3:
            expected.add(str(clip).partition("/")[2])
    app = compare(**SIDE, show="mix-ups", **{"cell-model": "cnn", "cell-emotion": "happy", "cell-answer": "sad"})
    shown = app.dataframe[0].value
    assert expected and set(shown["name"]) == expected
    assert f"{len(expected)} clips of happy that the CNN takes for sad" in " ".join(each.value for each in app.caption)


def test_what_is_not_measured_says_how_to_measure_it(runs):
    app = compare(**SIDE, show="robustness")
    assert "Not measured yet: SVM, CNN" in " ".join(each.value for each in app.markdown)
    said = app.code[0].value
    assert "--keep-models" in said and "python -m ser_core robustness ravdess-speaker-independent-cnn" in said
    app = compare(view="cross-corpus")
    assert "--protocol cross-corpus" in app.code[0].value


def test_the_leak_meter_goes_from_flattering_to_honest(runs):
    app = compare(view="leak-meter")
    expected = [
        score_text(summarise(next(r for r in runs if r.id == f"ravdess-{protocol}-svm")).uar.value)
        for protocol in ("leaky", "random", "speaker-independent")
    ]
    assert [each.value for each in app.metric] == expected
    assert "times as many mistakes" in " ".join(each.value for each in app.markdown)


def test_groups_of_shipped_runs_equal_their_run_folders(monkeypatch):
    """The sexes of RAVDESS's speakers come from the table that ships."""
    from ser_core import corpora
    from ser_core.evaluation.groups import by_group, with_groups

    monkeypatch.delenv("SER_RUNS_DIR", raising=False)
    run = next((run for run in list_runs() if run.id == "ravdess-speaker-independent-svm"), None)
    if run is None:
        pytest.skip("the shipped run ravdess-speaker-independent-svm is not here")
    app = compare(**SIDE, show="people", runs=["svm"], tested="ravdess")
    table = with_groups(evaluation.full(run), corpora.load_manifest("ravdess"))
    expected = by_group(table, "sex").set_index("group").loc[["female", "male"], "uar"].tolist()
    spec = next(each for each in specs(app) if "Women (12)" in each["layout"]["yaxis"].get("ticktext", []))
    assert values(spec, "SVM") == pytest.approx(expected)


def test_a_run_across_corpora_fills_the_matrix(tmp_path, monkeypatch):
    import pandas as pd

    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path))
    run = make_run(tmp_path, "cross-corpus", "svm", corpora=("ravdess", "savee"), skill=0.4, folds=2)
    table = run.predictions
    corpus = table["clip_id"].astype(str).str.partition("/")[0]
    table["fold"] = (corpus == "savee").astype(int)
    table.to_parquet(run.folder / "predictions.parquet", index=False)
    splits = pd.DataFrame({"seed": 0, "fold": [1, 0], "clip_id": ["ravdess/1", "savee/1"], "role": ["train", "train"]})
    splits.to_parquet(run.folder / "splits.parquet", index=False)
    app = compare(view="cross-corpus")
    found = evaluation.crossing(list_runs()[0]).set_index(["train", "test"])["uar"]
    text = json.loads(app.get("plotly_chart")[0].proto.spec)["data"][0]["text"]
    assert list(map(list, text)) == [
        ["", score_text(found["ravdess", "savee"])],
        [score_text(found["savee", "ravdess"]), ""],
    ]


def test_people_stand_among_the_models_of_a_corpus_with_votes(tmp_path, monkeypatch):
    """CREMA-D's raters come from the table that ships."""
    from ser_core import corpora
    from ser_core.analysis import listeners

    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path))
    manifest = corpora.load_manifest("cremad")
    some = manifest[manifest["speaker"].isin(["1001", "1002", "1003", "1004", "1005", "1006"])]
    make_run(tmp_path, "speaker-independent", "svm", clips=some, corpora=("cremad",), fractions=())
    app = compare()
    table = app.dataframe[0].value.set_index("Model")
    heard = listeners.agreement(listeners.votes(manifest)).iloc[0]
    people = table.loc["People, by the voice alone"]
    assert people["UAR"] == pytest.approx(heard["agreement"]) and people["Clips"] == heard["clips"]
    assert "people reach .46" in " ".join(each.proto.body for each in app.get("html"))
    app = compare(**SIDE, show="people")
    assert len(app.get("plotly_chart")) == 5  # speakers, sex, age, the raters' matrix, agreement
    assert "Raters who heard the voice alone" in " ".join(each.value for each in app.markdown)


@pytest.mark.parametrize("calibrated", [False, True])
def test_what_was_measured_on_worse_recordings_is_drawn(tmp_path, monkeypatch, calibrated):
    import pandas as pd

    from ser_core.evaluation.robustness import robustness

    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path))
    run = make_run(tmp_path, "speaker-independent", "svm", fractions=(), speaker_calibration=calibrated)
    clean = evaluation.full(run)[["seed", "fold", "clip_id", "speaker", "emotion"]].astype({"emotion": str})
    parts = [
        clean.assign(condition="clean", answer=clean["emotion"], confidence=0.9),
        clean.assign(condition="noise-10", answer="sad", confidence=0.5),
    ]
    table = pd.concat(parts, ignore_index=True)
    table.to_parquet(run.folder / "robustness.parquet", index=False)
    app = compare(**SIDE, show="robustness")
    assert sorted(values(specs(app)[0], "SVM")) == pytest.approx(sorted(robustness(table)["uar"]))
    assert not any("Not measured yet" in each.value for each in app.markdown)
    assert any("over the same channel" in each.value for each in app.caption) == calibrated
    assert not any("Served after" in each.value for each in app.caption)


def test_what_is_served_stands_beside_the_run_on_worse_recordings(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path))
    run = make_run(tmp_path, "speaker-independent", "svm", fractions=(), speaker_calibration=True)
    clean = evaluation.full(run)[["seed", "fold", "clip_id", "speaker", "emotion"]].astype({"emotion": str})
    for name, answer in (("robustness", "sad"), ("robustness-served", clean["emotion"])):
        clean.assign(condition="clean", answer=answer, confidence=0.9).to_parquet(
            run.folder / f"{name}.parquet", index=False
        )
    app = compare(**SIDE, show="robustness")
    assert values(specs(app)[0], "SVM") == pytest.approx([1 / 8])
    assert values(specs(app)[0], "SVM · served after 30 clips") == [1.0]
    assert any("Served after 30 clips" in each.value for each in app.caption)
    assert f"{run.id} --served-with {run.id.removesuffix('-calibrated')}" in " ".join(each.value for each in app.code)


def test_an_ensemble_is_not_said_to_be_measurable(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path))
    run = make_run(tmp_path, "speaker-independent", "svm", fractions=())
    joint = dataclasses.replace(run.config, hyperparameters={"how": "average", "members": {}})
    store.write_config(run.folder, joint)
    app = compare(**SIDE, show="robustness")
    assert not app.exception and not any("--keep-models" in each.value for each in app.code)
    assert "has no model to ask" in " ".join(each.value for each in app.markdown)


def test_a_model_that_was_measured_on_worse_recordings_is_a_click_away(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path))
    for model in ("svm", "cnn"):
        run = make_run(tmp_path, "speaker-independent", model, fractions=())
    clean = evaluation.full(run)[["seed", "fold", "clip_id", "speaker", "emotion"]].astype({"emotion": str})
    clean.assign(condition="clean", answer=clean["emotion"], confidence=0.9).to_parquet(
        run.folder / "robustness.parquet", index=False
    )
    app = compare(**SIDE, show="robustness", runs="svm")
    assert not specs(app)
    app.button(key="robustness-measured").click().run()
    assert not app.exception and values(specs(app)[0], "CNN") == [1.0]
    assert not [each for each in app.button if each.key == "robustness-measured"]
