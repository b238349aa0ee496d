"""Compare, with runs and without: the answer, the choices, and figures that equal the runs."""

import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from ser_core.evaluation import summarise
from ser_core.experiments import list_runs
from ser_core.settings import PROJECT_ROOT
from tests.miniature_runs import make_run, make_runs
from ui.format import score_text


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
    app = compare(protocol=protocol)
    expected = {
        f"{run.config.model.upper()}: average recall (UAR)": score_text(summarise(run).uar.value)
        for run in runs
        if run.config.protocol == protocol
    }
    assert {each.label: each.value for each in app.metric} == expected


def test_a_score_stands_with_its_interval_and_chance(opened, runs):
    summary = summarise(next(run for run in runs if run.id == "ravdess-speaker-independent-svm"))
    delta = opened.metric[0].delta
    assert score_text(summary.uar.low) in delta and score_text(summary.uar.high) in delta and ".125" in delta


def test_the_protocol_stands_in_the_address(runs):
    app = compare()
    control(app, "How the models were tested").set_value("random").run()
    assert app.query_params["protocol"] == "random"
    assert "other clips of the test speakers" in " ".join(each.value for each in app.caption)


def test_every_figure_is_drawn_with_data_to_take_away(opened):
    # Leak, scores, learning curves, loss, accuracy, two confusion matrices, emotions, reliability.
    assert len(opened.get("plotly_chart")) == 9
    assert len(opened.get("download_button")) == 18


@pytest.mark.parametrize(("cells", "score"), [("precision", "f1"), ("counts", "precision")])
def test_every_view_can_be_opened_by_its_address(runs, cells, score):
    app = compare(cells=cells, score=score)
    assert control(app, "A cell shows").value == cells
    assert control(app, "Score of an emotion").value == score


def test_one_condition_is_no_choice(opened):
    assert "What the model knows of the speaker" not in [each.label for each in opened.segmented_control]


def test_conditions_are_never_mixed(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path))
    make_run(tmp_path, "speaker-independent", "svm")
    run = make_run(tmp_path, "speaker-independent", "svm", skill=0.9, speaker_calibration=True)
    app = compare()
    assert len(app.metric) == 1
    control(app, "What the model knows of the speaker").set_value("calibrated").run()
    assert not app.exception
    assert [each.value for each in app.metric] == [score_text(summarise(run).uar.value)]


def test_commands_make_the_shown_runs_again(runs):
    codes = " ".join(each.value for each in compare(protocol="leaky").code)
    assert "python -m ser_core train cnn --corpus ravdess --protocol leaky --learning-curve" in codes


def test_a_model_without_epochs_shows_its_grid_search(opened):
    assert any("grid search" in each.label for each in opened.expander)
    assert any("Average recall" in each.value.columns for each in opened.dataframe)


def test_without_runs_it_says_how_to_make_them(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path / "none"))
    app = compare()
    assert "python -m ser_core train" in app.code[0].value
    assert not app.metric and not app.get("plotly_chart")


def test_runs_of_one_protocol_and_model_are_enough(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path))
    make_run(tmp_path, "leaky", "svm", fractions=())
    app = compare()
    assert app.markdown[0].value.startswith("**None yet.**")
    assert len(app.metric) == 1
    assert any("No learning curve" in each.value for each in app.caption)


def test_it_imports_no_training_code(runs):
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('streamlit_app.py', default_timeout=60)\n"
        "app.switch_page('pages/Compare.py').run()\n"
        "assert not app.exception, app.exception\n"
        "print(*[name for name in ('tensorflow', 'keras', 'librosa', 'sklearn') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
