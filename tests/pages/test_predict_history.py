import hashlib

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from ser_core import settings
from ser_core.history import History, Query
from ser_core.serving.testing import make_model
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import encode, speechlike
from ui.predict import history

SR = 16_000
VOICE = encode(speechlike(1.5, sr=SR, f0=180.0, seed=0), sr=SR)


@pytest.fixture
def app(tmp_path, monkeypatch):
    """The view, where keeping is offered to everybody."""
    make_model(tmp_path / "models" / "best", probabilities={"angry": 0.85, "sad": 0.1})
    monkeypatch.setenv("SER_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("SER_HISTORY", "on")
    monkeypatch.setenv("SER_HISTORY_DIR", str(tmp_path / "history"))
    return start()


def start() -> AppTest:
    app = AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=60).switch_page("pages/Predict.py")
    app.query_params["view"] = "history"
    return app


def run(app) -> AppTest:
    app.run()
    assert not app.exception
    return app


def predict(app, *names) -> AppTest:
    """Answers as the other views record them."""
    from ser_core.history import Entry
    from ser_core.serving import Predictor

    answer = Predictor.load().predict(VOICE)
    digest = hashlib.sha256(VOICE).hexdigest()
    entries = [Entry.of(answer, view="clip", name=name, sha256=digest) for name in names]
    app.session_state["history-held"].add(entries, audio={digest: VOICE})
    return run(app)


def words(app) -> str:
    kinds = (app.markdown, app.caption, app.info, app.success, app.warning, app.error)
    return " ".join(element.value for kind in kinds for element in kind).replace("\\", "")


def listed(app) -> list[str]:
    return list(app.dataframe[0].value["Name"])


def choose(app, row: int) -> AppTest:
    """Choose a row of the table: AppTest clicks on none."""
    key = app.dataframe[0].key
    app.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return run(app)


def test_an_empty_history_says_what_to_do(app):
    assert "Nothing was predicted yet" in words(run(app)) and "0 predictions of this visit" in words(app)
    assert not settings.history_dir().exists()


def test_a_doubt_stands_beside_the_answer_in_rows_that_hold_it():
    """On a telephone it was the last column of many, and cut."""
    assert history._doubt("no speech found; low confidence: 27% is below the 50% that this model asks for") == (
        "no speech found; low confidence"
    )
    names = pd.DataFrame({"Name": ["a.wav", "b.wav"]})
    assert history._row_height(names) is None
    assert history._row_height(names.assign(Doubt=["", "clipped"])) is None
    two, four = (history._row_height(names.assign(Doubt=["", "seven letters " * n])) for n in (2, 4))
    assert (
        two
        < four
        < history._row_height(names.assign(Name="long " * 60))
        == history._row_height(names.assign(Name="long " * 90))
    )


def test_predictions_stay_in_memory_unless_asked(app):
    predict(run(app), "a.wav", "b.wav")
    assert list(app.dataframe[0].value)[:2] == ["Name", "Sounds"]
    assert sorted(listed(app)) == ["a.wav", "b.wav"] and "in memory only" in words(app)
    assert not settings.history_dir().exists()


def test_what_is_looked_for(app):
    predict(run(app), "first.wav", "second.wav")
    app.text_input(key="history-text").set_value("SECOND").run()
    assert listed(app) == ["second.wav"] and "1 of 2 predictions" in words(app)
    app.text_input(key="history-text").set_value("third").run()
    assert "No prediction fits" in words(app)


def test_kept_on_disk_then_deleted_from_it(app):
    predict(run(app), "a.wav")
    app.button(key="history-keep").click().run()
    assert not app.exception and "1 prediction kept on this machine" in words(app)
    assert b"a.wav" in (settings.history_dir() / "history.sqlite").read_bytes()
    secret = app.session_state["history-store"]
    assert [entry.name for entry in History(settings.history_dir(), secret=secret).find()] == ["a.wav"]
    # Another visitor has another secret, and sees nothing.
    assert "0 predictions of this visit" in words(run(start()))
    app.button(key="history-stop").click().run()
    assert "in memory only" in words(app) and listed(app) == ["a.wav"]
    assert b"a.wav" not in (settings.history_dir() / "history.sqlite").read_bytes()


def test_audio_is_kept_only_if_asked_separately(app):
    predict(run(app), "a.wav")
    app.button(key="history-keep").click().run()
    assert not list(settings.history_dir().rglob("*.wav"))
    app.toggle(key="history-audio").set_value(True).run()
    (file,) = settings.history_dir().rglob("*.wav")
    assert file.read_bytes() == VOICE and not app.exception
    app.toggle(key="history-audio").set_value(False).run()
    assert not file.exists()


def test_an_answer_is_corrected_and_deleted(app):
    predict(run(app), "a.wav")
    entry = app.session_state["history-held"].find()[0]
    choose(app, 0)
    assert app.get("audio") and "Noted" not in words(app)
    app.selectbox(key=f"history-corrected-{entry.key}").set_value("sad")
    app.text_input(key=f"history-speaker-{entry.key}").set_value("Anna")
    next(button for button in app.button if button.label == "Save").click().run()
    assert not app.exception and "Noted: a.wav sounds sad to a person" in words(app)
    (found,) = app.session_state["history-held"].find(Query(answers=("corrected",)))
    assert (found.corrected, found.speaker) == ("sad", "Anna")
    choose(app, 0)
    app.button(key=f"history-delete-{entry.key}").click().run()
    assert "was deleted" in words(app) and "Nothing was predicted yet" in words(app)


def test_all_is_deleted_with_a_confirmation_that_a_second_click_leaves(app, monkeypatch):
    clear = history._clear
    monkeypatch.setattr(history, "_clear", lambda: [clear() for _ in range(2)])
    predict(run(app), "a.wav", "b.wav")
    app.button(key="history-keep").click().run()
    app.toggle(key="history-audio").set_value(True).run()
    assert "Deletes 2 predictions from this machine's disk" in words(app)
    app.button(key="history-delete-all").click().run()
    assert not app.exception and "Deleted: 2 predictions" in words(app)
    assert app.toggle(key="history-audio").value
    assert not list(settings.history_dir().rglob("*.wav"))
    assert b"a.wav" not in (settings.history_dir() / "history.sqlite").read_bytes()


def test_keeping_is_offered_only_where_it_may_be(app, monkeypatch):
    monkeypatch.setenv("SER_HISTORY", "off")
    run(app)
    assert "history-keep" not in [button.key for button in app.button] and "SER_HISTORY=on" in words(app)
    monkeypatch.setenv("SER_HISTORY", "perhaps")
    assert "SER_HISTORY must be local, on or off" in words(run(app))


def test_a_disk_that_fails_is_told_and_answers_stay(app, monkeypatch, tmp_path):
    predict(run(app), "a.wav")
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("SER_HISTORY_DIR", str(tmp_path / "file"))
    app.button(key="history-keep").click().run()
    assert "cannot be used" in words(app) and listed(app) == ["a.wav"] and not app.exception
