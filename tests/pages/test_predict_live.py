"""The live view with a microphone that plays what the test gives it."""

import base64
from datetime import datetime

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ser_core import corpora
from ser_core.audio import decode
from ser_core.serving.testing import make_model
from ser_core.settings import PROJECT_ROOT, HistoryLimits

SR = 16_000


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    make_model(root / "always-sad", probabilities={"sad": 0.85})
    return root


@pytest.fixture(scope="module")
def voice():
    demo = corpora.get("demo")
    sound = decode(demo.clip_path(demo.manifest()["path"].iloc[0])).signal
    return np.concatenate([np.zeros(SR, np.float32), sound, np.zeros(SR, np.float32)])


@pytest.fixture
def open_app(models, monkeypatch):
    def microphone(*, key, told, on_heard):
        st.session_state["told"] = told
        for message in st.session_state.pop("to-send", ()):
            st.session_state[key] = {"heard": message}
            on_heard()

    monkeypatch.setattr("ui.predict.live.microphone", microphone)
    monkeypatch.setenv("SER_MODELS_DIR", str(models))

    def opened():
        app = AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=60).switch_page("pages/Predict.py")
        app.query_params["view"] = "live"
        return run(app)

    return opened


def run(app):
    app.run()
    assert not app.exception
    return app


def send(app, *messages):
    app.session_state["to-send"] = list(messages)
    return run(run(app))


def sound(samples, *, start=0, end=False, delays=()):
    text = base64.b64encode((samples * 32767).astype("<i2").tobytes()).decode()
    return {"run": "r", "rate": SR, "start": start, "samples": text, "end": end, "delays": list(delays)}


def html(app):
    return " ".join(element.proto.body for element in app.get("html"))


def test_answers_stand_while_somebody_speaks_and_the_whole_afterwards(open_app, voice):
    app = open_app()
    assert "Start listening" in html(app)
    step = 4 * SR
    send(app, *(sound(voice[i : i + step], start=i) for i in range(0, len(voice), step)))
    assert "Sounds sad" in html(app) and "85%" in html(app)
    found = len(app.session_state["live-work"].heard.segments)
    assert app.session_state["told"]["taken"] == len(voice)
    assert [answer for answer, _ in app.session_state["told"]["answers"]] == list(range(found))
    send(app, sound(voice[:0], start=len(voice), delays=[[0, 900]]))
    assert "median 0.9 s" in " ".join(each.value for each in app.markdown)
    assert "0.9 s" in app.table[0].value["Delay"].tolist()
    send(app, sound(voice[:0], start=len(voice), end=True))
    assert app.number_input(key="timeline-number").value == 1
    assert len(app.get("audio")) == 1 and len(app.get("download_button")) >= 5
    app.button(key="live-clear").click()
    run(app)
    assert "live-work" not in app.session_state and "Start listening" in html(app)


def test_every_answer_is_noted_once_with_its_sound(open_app, voice):
    app = open_app()
    send(app, sound(voice))
    work, history = app.session_state["live-work"], app.session_state["history-held"]
    said = len(work.heard.segments)
    assert len(history.find()) == said > 0, "while somebody still speaks"
    send(app, sound(voice, start=len(voice), end=True))
    run(run(app))
    segments, noted = work.heard.segments, sorted(history.find(), key=lambda entry: entry.start_s)
    assert len(noted) == len(segments) > said
    for entry, segment in zip(noted, segments, strict=True):
        assert (entry.view, entry.model, entry.label) == ("live", "always-sad", segment.label)
        assert entry.start_s == segment.start
        heard = decode(history.audio(entry.sha256))
        assert len(heard.signal) / heard.sr == pytest.approx(segment.duration_s, abs=0.05)


def test_two_runs_stand_apart(open_app, voice, monkeypatch):
    monkeypatch.setattr("ui.predict.recording_kept.settings.SESSION_LIMITS", HistoryLimits(max_audio_bytes=1))
    app = open_app()
    for second in ("10", "11"):
        monkeypatch.setattr("ui.predict.live_work.datetime", _clock(f"2026-03-04 05:06:{second}"))
        send(app, sound(voice, end=True))
        segments = len(app.session_state["live-work"].heard.segments)
        app.button(key="live-clear").click()
        run(app)
    entries = app.session_state["history-held"].find()
    assert len(entries) == 2 * segments and not any(entry.sha256 for entry in entries)
    assert {entry.name for entry in entries} == {
        f"Live recording of 2026-03-04 05:06:{second} UTC" for second in ("10", "11")
    }


def _clock(now):
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromisoformat(now).replace(tzinfo=tz)

    return Clock


def test_nobody_hears_another(open_app, voice):
    speaking, other = open_app(), open_app()
    send(speaking, sound(voice))
    run(other)
    assert "live-work" in speaking.session_state and "live-work" not in other.session_state


def test_what_no_microphone_sends_is_told_without_harm(open_app, voice):
    app = open_app()
    app.session_state["to-send"] = [{"run": 1}]
    run(run(app))
    assert "live-work" not in app.session_state
    send(app, sound(voice))
    assert app.session_state["live-work"].heard.segments


def test_silence_is_no_answer(open_app):
    app = open_app()
    send(app, sound(np.zeros(2 * SR), end=True))
    assert any("No speech was heard" in info.value for info in app.info)
