import dataclasses
from types import SimpleNamespace

import pytest

from ser_core.errors import HistoryError
from ser_core.history import History
from ser_core.serving import Prediction
from ui import visitor
from ui.predict import browser_secret, kept

SECRET = "0123456789abcdef" * 4


def answer(label="angry"):
    return Prediction(label, {label: 1.0}, False, None, "m", 0.01, 2.0)


@pytest.fixture
def session(monkeypatch, tmp_path):
    """A visitor's session, without a browser: `told` is what the browser says."""
    context = SimpleNamespace(ip_address=None, url="http://localhost:8501/Predict")
    stand_in = SimpleNamespace(session_state={}, context=context, told="")
    monkeypatch.setattr(kept, "st", stand_in)
    monkeypatch.setattr(visitor, "st", stand_in)
    monkeypatch.setattr(browser_secret, "exchange", lambda **_: stand_in.told)
    monkeypatch.setenv("SER_HISTORY_DIR", str(tmp_path / "history"))
    return stand_in


def names():
    return sorted(entry.name for entry in kept.history().find())


def test_what_is_predicted_is_recorded_once_and_not_again_after_it_was_deleted(session):
    for _ in range(2):
        kept.remember("clip", "a.wav", answer(), audio=b"sound")
    (entry,) = kept.history().find()
    assert kept.history().audio(entry.sha256) == b"sound"
    kept.history().delete([entry.key])
    kept.remember("clip", "a.wav", answer(), audio=b"sound")
    assert names() == []
    kept.remember("clip", "a.wav", dataclasses.replace(answer(), model="n"), audio=b"sound")
    assert names() == ["a.wav"]


def test_a_browser_that_has_a_secret_finds_what_was_kept(session, tmp_path):
    earlier = History(tmp_path / "history", secret=SECRET)
    kept.remember("clip", "now.wav", answer())
    kept.connect()
    assert not kept.is_kept() and names() == ["now.wav"]
    session.told = SECRET
    kept.connect()
    assert kept.is_kept() and [entry.name for entry in earlier.find()] == ["now.wav"]
    kept.remember("clip", "later.wav", answer())
    assert len(earlier.find()) == 2


def test_what_was_given_up_is_not_taken_up_again_by_a_late_word_of_the_browser(session, tmp_path):
    session.told = SECRET
    kept.connect()
    kept.remember("clip", "a.wav", answer())
    kept.stop_keeping()
    kept.connect()
    assert not kept.is_kept() and names() == ["a.wav"]
    assert History(tmp_path / "history", secret=SECRET).find() == []
    # Asked for again, there is another secret.
    kept.keep()
    assert kept.is_kept() and session.session_state["history-store"] != SECRET


def test_a_browser_that_stores_nothing_has_nothing_kept(session):
    kept.keep()
    kept.remember("clip", "a.wav", answer())
    session.told = browser_secret.BLOCKED
    kept.connect()
    assert not kept.is_kept() and "stores nothing" in kept.trouble() and kept.trouble() is None
    assert names() == ["a.wav"]


@pytest.mark.parametrize(
    ("setting", "address", "url", "offered"),
    [
        ("", None, "http://localhost:8501/Predict", True),
        ("", None, "http://127.0.0.1:8501/", True),
        ("", None, "http://[::1]:8501/", True),
        # Behind a proxy on the same machine every address is that of the machine.
        ("", None, "https://lab.example.org/", False),
        ("", "10.0.0.7", "http://localhost:8501/", False),
        ("", None, None, False),
        ("on", "10.0.0.7", "https://lab.example.org/", True),
        ("off", None, "http://localhost:8501/", False),
    ],
)
def test_who_may_have_predictions_kept(session, monkeypatch, setting, address, url, offered):
    monkeypatch.setenv("SER_HISTORY", setting)
    session.context.ip_address, session.context.url = address, url
    assert kept.offered() is offered
    session.told = SECRET
    kept.connect()
    assert kept.is_kept() is offered


def test_a_secret_of_another_form_is_told_and_changes_nothing(session):
    session.told = "../../etc"
    kept.connect()
    assert not kept.is_kept() and "64 hexadecimal" in kept.trouble()


def test_a_record_that_fails_is_told_later(session, monkeypatch):
    def full(*_, **__):
        raise HistoryError("The disk is full.")

    monkeypatch.setattr(kept.history(), "add", full)
    kept.remember("clip", "a.wav", answer())
    assert "not recorded: The disk is full." in kept.trouble()


def test_what_goes_to_disk_brings_its_audio_only_to_memory(session, tmp_path):
    kept.remember("clip", "a.wav", answer(), audio=b"sound")
    (entry,) = kept.history().find()
    kept.keep()
    assert kept.history().audio(entry.sha256) == b"sound"
    assert not list((tmp_path / "history").rglob("audio"))


def test_a_second_click_leaves_nothing_under_a_secret_that_no_browser_knows(session, tmp_path):
    kept.remember("clip", "a.wav", answer())
    kept.keep()
    secret = session.session_state["history-store"]
    kept.keep()
    assert session.session_state["history-store"] == secret
    kept.history().clear()
    assert b"a.wav" not in (tmp_path / "history" / "history.sqlite").read_bytes()
