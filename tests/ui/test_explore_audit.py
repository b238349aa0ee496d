"""The audit's view: nothing runs unasked, what is known is shown at once, findings can be heard and taken away."""

import threading

import pytest
from streamlit.testing.v1 import AppTest

from ser_core.audit import Finding, Report, kept
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import make_ravdess
from ser_core.testing.faults import plant, plant_copy
from ui.jobs import jobs

WAIT_S = 60


@pytest.fixture
def own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def spoilt(own_places):
    """A miniature with a silent clip and one recording under two names."""
    folder = make_ravdess(own_places, actors=2, clips=8)
    plant(folder / "Actor_02" / "03-01-02-01-01-01-02.wav", "silent")
    first, second = ((folder / "Actor_01" / f"03-01-0{i}-01-01-01-01.wav") for i in (5, 7))
    plant_copy(first, second, how="opus")


def page(**query):
    app = AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=WAIT_S).switch_page("pages/Explore.py")
    for key, value in {"corpus": "ravdess", "view": "audit", **query}.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def words(app):
    return " ".join(each.value for each in (*app.markdown, *app.caption, *app.info, *app.warning, *app.subheader))


def button(app, key):
    return next(each for each in app.button if each.key == key)


def run_audit(app):
    button(app, "audit-run").click().run()
    for thread in threading.enumerate():
        if thread.name == "job":
            thread.join(WAIT_S)
    app.run()
    assert not app.exception
    return app


def test_the_report_that_ships_is_shown_without_any_recording(own_places):
    app = page()
    assert "**1,440 of 1,440 clips** are readable" in words(app)
    assert "From the audit that ships with the app" in words(app)
    assert not jobs()._jobs
    assert "03-01-03-01-02-02-07" in " ".join(app.dataframe[0].value["clip_id"])


def test_nothing_runs_unasked_then_the_findings_are_there(spoilt):
    app = page()
    assert not jobs()._jobs
    run_audit(app)
    assert "**16 of 16 clips** are readable" in words(app)
    assert "From the audit that ships" not in words(app)
    table = app.dataframe[0].value
    assert {"Silent", "The same recording, processed"} <= set(table["kind"])


def test_another_visit_shows_the_kept_report_at_once(spoilt):
    run_audit(page())
    app = page()
    assert "**16 of 16 clips** are readable" in words(app)
    assert not jobs()._jobs


def test_kinds_narrow_the_table(spoilt):
    app = run_audit(page())
    app.multiselect(key="audit-kind").set_value(["silent"]).run()
    assert set(app.dataframe[0].value["kind"]) == {"Silent"}
    assert "1 finding." in words(app)


@pytest.mark.parametrize(("clips", "players"), [(1, 1), (2, 2), (5, 1)])
def test_clips_of_a_finding_stand_side_by_side_of_many_one_is_chosen(spoilt, clips, players):
    def script(number):
        from ser_core import corpora
        from ui.explore import audit, selection

        chosen = selection.select((corpora.get("ravdess"),), selection.known(["ravdess"]), {})
        here = chosen.table.loc[chosen.table["here"], "clip_id"]
        audit._cards(here.tolist()[:number], chosen)

    app = AppTest.from_function(script, args=(clips,), default_timeout=WAIT_S).run()
    assert not app.exception
    assert len(app.get("audio")) == players
    assert len(app.selectbox) == (clips > 2)


def test_a_protocol_in_the_address_is_audited(own_places):
    make_ravdess(own_places, actors=2)
    app = run_audit(page(**{"audit-protocol": "leaky"}))
    assert "The same recording in training and test" in set(app.dataframe[0].value["kind"])


def test_figures_have_titles_and_alternatives(own_places):
    app = page()
    assert len(app.get("plotly_chart")) == 4
    assert all(chart.proto.alt for chart in app.get("plotly_chart"))


# what is kept


def test_a_kept_report_comes_back(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path))
    found = (Finding("duplicate", "a/2", "The same.", "warning", ("a/1",), "a"),)
    report = Report(found, {"clips": 2}, kept.shipped(("savee",)).clips)
    kept.save(report, "k")
    assert kept.load("k") == report
    assert kept.load("other") is None


def test_what_ships_is_about_all_that_is_asked_for():
    assert kept.shipped(("demo",)) is None
    both, one = kept.shipped(("cremad", "savee")), kept.shipped(("savee",))
    assert both.facts["clips"] == 7442 + 480 and one.facts["clips"] == 480
    assert {finding.corpus for finding in one.findings} == {"savee"}
