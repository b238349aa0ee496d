"""The front page, with runs and without."""

import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from ser_core.evaluation import summarise
from ser_core.experiments import list_runs
from ser_core.settings import PROJECT_ROOT
from tests.miniature_runs import make_runs
from ui.format import interval_text

HEAVY = ("tensorflow", "keras", "librosa", "sklearn", "onnxruntime", "av")


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


@pytest.fixture
def no_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path / "none"))


def front() -> AppTest:
    app = AppTest.from_file(str(PROJECT_ROOT / "streamlit_app.py"), default_timeout=30).run()
    assert not app.exception
    return app


def text(app) -> str:
    return " ".join(each.value for each in [*app.markdown, *app.caption, *app.info, *app.warning, *app.title])


def test_headline_quotes_the_best_honest_run_with_interval_and_chance(runs):
    best = max((summarise(r) for r in runs if r.config.protocol == "speaker-independent"), key=lambda s: s.uar.value)
    said = text(front())
    assert interval_text(best.uar) in said and "chance .125" in said


def test_headline_figure_is_there(runs):
    assert len(front().get("plotly_chart")) == 1


def test_without_runs_it_says_where_to_look(no_runs):
    app = front()
    assert "No results are here yet" in text(app)
    assert len(app.get("plotly_chart")) == 0


def test_menu_and_cards_lead_to_every_page(no_runs):
    links = [each.proto.page for each in front().get("page_link")]
    assert all(links.count(name) == 2 for name in ("Explore", "Train", "Compare", "Predict"))


def test_limits_law_and_licences_are_stated(no_runs):
    said = text(front())
    assert "AI Act" in said and "2024/1689" in said
    assert "RAVDESS" in said and "CC BY-NC-SA 4.0" in said and "synthetic" in said


def test_evidence_is_one_click_away(runs):
    app = front()
    next(each for each in app.button if each.key == "evidence").click().run()
    assert "Which model should I trust?" in app.title[0].value


def test_demo_opens_predict_with_a_clip_that_is_here(no_runs):
    from ser_core import corpora
    from ui import front as parts

    clip = parts.demo_clip()
    if clip is None:
        pytest.skip("no clip is on this machine: the demo corpus is not made yet")
    name = clip.partition("/")[0]
    row = corpora.manifest(name, complete=True).set_index("clip_id").loc[clip]
    assert corpora.get(name).clip_path(row["path"]).is_file()
    app = front()
    next(each for each in app.button if each.key == "demo").click().run()
    assert not app.exception
    assert app.session_state[f"predict-clip-{name}"] == clip


def test_the_first_clip_is_judged_as_it_was_meant():
    """It once was not: the models had changed since it was chosen."""
    from ser_core import corpora
    from ser_core.serving import Predictor
    from ui.recording import FIRST_CLIP

    demo = corpora.get("demo")
    row = demo.manifest().set_index("clip_id").loc[FIRST_CLIP]
    said = Predictor.load().predict(demo.clip_path(row["path"]))
    assert said.label == row["emotion"] and not said.uncertain


def test_it_imports_nothing_heavy(runs):
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('streamlit_app.py', default_timeout=60).run()\n"
        "assert not app.exception, app.exception\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_the_front_page_and_predict_state_limits_and_law_in_the_same_words(no_runs):
    from ser_core import statement
    from ui.markdown import plain

    said = text(front())
    predict = text(front().switch_page("pages/Predict.py").run())
    for point in statement.POINTS:
        assert plain(point.text) in said and plain(point.text) in predict


def test_what_the_default_model_is_worth_comes_from_its_runs(monkeypatch):
    monkeypatch.delenv("SER_RUNS_DIR", raising=False)
    from ser_core.experiments import open_run
    from ser_core.experiments.enrolment import enrolment_curve, read_enrolment
    from ser_core.figures.marks import score_text
    from ser_core.serving import available_models
    from ui import worth

    _, known = worth.measured(available_models()[0])
    table = read_enrolment(open_run(known["run"]))
    table = table[(table["corpus"] == known["corpus"]) & table["n_clips"].isin((0, known["enrolled_clips"]))]
    curve = enrolment_curve(table)
    app = front()
    assert [each.value for each in app.metric] == [score_text(value) for value in curve["uar"]]
    assert f"{known['enrolled_clips']} other clips" in text(app)


def test_without_the_runs_of_the_default_model_nothing_is_said_of_its_worth(runs):
    assert not front().metric
