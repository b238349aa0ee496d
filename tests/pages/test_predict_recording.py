import json
import time

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ser_core import settings
from ser_core.recordings import FORMATS, segments
from ser_core.serving import Predictor
from ser_core.serving.testing import make_model
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import encode
from ui.predict import recording_work, timeline_view

SR = 16_000
WAIT_S = 30


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A model whose answers depend on the sound, and one that finds everything sad."""
    root = tmp_path_factory.mktemp("models")
    make_model(root / "lively", weight=0.002, uar=0.65, min_confidence=0.3)
    make_model(root / "always-sad", probabilities={"sad": 0.7}, uar=0.55)
    return root


@pytest.fixture(scope="module")
def talk(stitched_signal):
    return encode(stitched_signal)


@pytest.fixture(scope="module")
def stitched_signal():
    from ser_core import corpora
    from ser_core.audio import decode

    demo = corpora.get("demo")
    parts = []
    for row in demo.manifest().iloc[::20].itertuples():
        parts += [np.zeros(SR, np.float32), decode(demo.clip_path(row.path)).signal]
    return np.concatenate([*parts, np.zeros(SR, np.float32)])


@pytest.fixture
def open_app(models, monkeypatch, tmp_path):
    """Opens the view in a session of its own."""
    monkeypatch.setenv("SER_MODELS_DIR", str(models))
    monkeypatch.setenv("SER_OWN_FOLDERS", str(tmp_path))

    def opened(**query):
        app = AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=60).switch_page("pages/Predict.py")
        for key, value in {"view": "recording", **query}.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception
        return app

    return opened


def upload(app, content, name="talk.wav"):
    key = next(each.key for each in app.get("file_uploader") if each.key.startswith("recording-upload"))
    app.file_uploader(key=key).set_value((name, content, "audio/wav")).run()
    return settled(app)


def settled(app):
    """Run the page until the work behind it has ended."""
    end = time.monotonic() + WAIT_S
    while app.session_state["recording-work"].is_running:
        assert time.monotonic() < end
        time.sleep(0.05)
    app.run()
    assert not app.exception
    return app


def html(app):
    return " ".join(element.proto.body for element in app.get("html"))


def text(app):
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error)
    return " ".join([html(app), *(element.value for kind in kinds for element in kind)])


def lanes(app):
    """The timeline as plotly reads it."""
    charts = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    return next(chart for chart in charts if "yaxis3" in chart["layout"])


def drawn(app):
    """Positions of the segments that the timeline shows."""
    return sorted(i for trace in lanes(app)["data"] if trace["type"] == "bar" for i in trace.get("customdata", ()))


def test_an_upload_becomes_the_timeline_that_python_gives(open_app, talk, models):
    app = upload(open_app(recording="upload"), talk)
    expected = list(segments(talk, Predictor(models / "lively")))
    work = app.session_state["recording-work"]
    assert [s.to_dict() for s in work.heard.segments] == [s.to_dict() for s in expected]
    assert f"{len(expected)} segments" in text(app)
    assert "talk.wav" in text(app)
    assert drawn(app) == list(range(len(expected)))
    assert len(app.get("download_button")) >= len(FORMATS)


def test_the_demo_is_one_click_away_and_says_what_is_meant(open_app):
    app = open_app()
    app.button(key="recording-demo").click().run()
    settled(app)
    assert "Meant to sound" in text(app) and "Synthetic voices" in text(app)
    work = app.session_state["recording-work"]
    assert len(work.heard.segments) == pytest.approx(len(work.script), rel=0.2)


def test_segments_are_stepped_through_and_heard(open_app, talk):
    app = upload(open_app(recording="upload"), talk)
    found = app.session_state["recording-work"].heard.segments
    app.number_input(key="timeline-number").set_value(3).run()
    assert not app.exception
    assert f"{found[2].duration_s:.1f}\N{NO-BREAK SPACE}s)" in html(app)
    assert app.get("audio")[0].proto.autoplay
    app.button(key=f"timeline-moment-{found[-1].label}").click().run()
    best = max((s.confidence, i) for i, s in enumerate(found) if s.label == found[-1].label)[1]
    assert app.number_input(key="timeline-number").value == best + 1


def test_smoothing_changes_the_answers_and_not_the_recording(open_app, talk):
    app = upload(open_app(recording="upload"), talk)
    before = lanes(app)["data"]
    app.segmented_control(key="choice-smooth").set_value("60").run()
    assert not app.exception
    assert lanes(app)["data"] != before
    assert drawn(app) == list(range(len(app.session_state["recording-work"].heard.segments)))
    assert app.session_state["recording-work"].heard.timeline.smoothing_s == 0


def test_likely_speakers_are_off_until_asked_for(open_app, talk):
    app = upload(open_app(recording="upload"), talk)
    assert "Speaker" not in lanes(app)["layout"]["yaxis"]["categoryarray"]
    app.selectbox(key="choice-speakers").set_value("2").run()
    job = app.session_state["recording-work"].voices.job
    end = time.monotonic() + WAIT_S
    while job.state == "running" and time.monotonic() < end:
        time.sleep(0.05)
    app.run()
    assert not app.exception
    assert "Speaker" in lanes(app)["layout"]["yaxis"]["categoryarray"]
    assert "likely speaker" in text(app)


def test_a_long_recording_is_seen_as_a_whole_and_in_parts(open_app, talk, monkeypatch):
    monkeypatch.setattr(timeline_view, "LONG_S", 10.0)
    monkeypatch.setattr(timeline_view, "WINDOWS", {"5": "5 s", "15": "15 s"})
    app = upload(open_app(recording="upload"), talk)
    count = len(app.session_state["recording-work"].heard.segments)
    first = drawn(app)
    assert first[0] == 0 and len(first) < count
    app.number_input(key="timeline-number").set_value(count).run()
    assert not app.exception
    assert count - 1 in drawn(app) and 0 not in drawn(app)
    app.select_slider(key="timeline-slider").set_value(0.0).run()
    assert drawn(app) == first
    app.segmented_control(key="choice-window").set_value("15").run()
    assert not app.exception
    assert len(drawn(app)) > len(first)


def test_nobody_sees_the_recording_of_another(open_app, talk):
    first = upload(open_app(recording="upload"), talk)
    other = open_app(recording="upload")
    assert "recording-work" not in other.session_state
    assert "talk.wav" in text(first) and "talk.wav" not in text(other)


def test_it_survives_other_views_and_pages_and_goes_when_removed(open_app, talk):
    app = upload(open_app(recording="upload"), talk)
    folder = app.session_state["recording-work"].file.parent
    app.switch_page("pages/Compare.py").run()
    app.switch_page("pages/Predict.py").run()
    assert "talk.wav" in text(app)
    app.button(key="recording-remove").click().run()
    assert not app.exception
    assert "The timeline will stand here" in html(app)
    end = time.monotonic() + WAIT_S
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not folder.exists()


def test_cancelling_keeps_what_was_heard(open_app, stitched_signal, monkeypatch):
    plain = recording_work.make_timeline

    def slow(*args, cancel, heard, **how):
        def one_by_one(segment):
            heard(segment)
            while not cancel() and len(waiting) >= 2:
                time.sleep(0.01)
            waiting.append(segment)

        waiting = []
        return plain(*args, cancel=cancel, heard=one_by_one, **how)

    # So long that much is still to be read when it is stopped.
    talk = encode(np.tile(stitched_signal, 4))
    monkeypatch.setattr(recording_work, "make_timeline", slow)
    app = open_app(recording="upload")
    key = next(each.key for each in app.get("file_uploader"))
    app.file_uploader(key=key).set_value(("talk.wav", talk, "audio/wav")).run()
    # A busy machine may take longer to the first segments than the page waits for them.
    end = time.monotonic() + WAIT_S
    while not app.session_state["recording-work"].heard.segments and time.monotonic() < end:
        time.sleep(0.05)
    app.run()
    assert not app.exception
    assert "so far" in text(app) and drawn(app)
    app.button(key="recording-cancel").click().run()
    settled(app)
    assert "Stopped after" in text(app)
    assert drawn(app)


def test_another_model_judges_the_same_recording(open_app, talk):
    app = upload(open_app(recording="upload"), talk)
    app.selectbox(key="choice-model").set_value("always-sad").run()
    app.button(key="recording-again").click().run()
    settled(app)
    assert {s.label for s in app.session_state["recording-work"].heard.segments} == {"sad"}
    assert "Sounds sad" in html(app)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Dear Sir or Madam, this is a letter.", "text file"),
        (b"", "0 bytes"),
        (encode(np.zeros(3 * SR, np.float32)), "Nobody speaks"),
    ],
)
def test_what_cannot_be_judged_is_explained(open_app, content, message):
    app = upload(open_app(recording="upload"), content)
    assert message in text(app)


def test_how_much_is_taken_is_said_with_the_way_for_more(open_app):
    app = open_app(recording="upload")
    (uploader,) = app.get("file_uploader")
    megabytes = settings.RECORDING_UPLOAD_BYTES >> 20
    assert uploader.proto.max_upload_size_mb == megabytes
    said = next(caption.value for caption in app.caption if "Opus" in caption.value)
    assert f"up to {megabytes} MB" in said and "24 hours" in said and "`python -m ser_core timeline`" in said


def test_a_file_of_this_machine_is_read_where_it_lies(open_app, talk, tmp_path):
    file = tmp_path / "interview.wav"
    file.write_bytes(talk)
    app = open_app(recording="file")
    app.text_input(key="recording-path").set_value(str(file)).run()
    app.button(key="recording-take-file").click().run()
    settled(app)
    assert "interview.wav" in text(app)
    app.button(key="recording-remove").click().run()
    assert file.exists()


@pytest.mark.parametrize("path", ["/etc/passwd", "", "~root/x", "a\0b"])
def test_other_files_of_this_machine_are_refused(open_app, path):
    app = open_app(recording="file")
    app.text_input(key="recording-path").set_value(path).run()
    app.button(key="recording-take-file").click().run()
    assert not app.exception
    assert len(app.error) == 1 and "recording-work" not in app.session_state


def test_a_name_is_shown_as_text(open_app, talk):
    app = upload(open_app(recording="upload"), talk, name="![x](http://example.org) **b**.wav")
    assert r"\!\[x\]" in text(app)


def test_every_segment_is_noted_in_the_history_once(open_app, talk):
    app = upload(open_app(recording="upload"), talk)
    app.run()
    heard = app.session_state["recording-work"].heard
    history = app.session_state["history-held"]
    entries = history.find()
    assert len(entries) == len(heard.segments)
    assert {(entry.view, entry.name, entry.model) for entry in entries} == {("recording", "talk.wav", "lively")}
    assert sorted(entry.start_s for entry in entries) == [segment.start for segment in heard.segments]
    assert all(history.audio(entry.sha256) for entry in entries)


def test_an_uploader_that_is_gone_takes_its_file_once(open_app, talk):
    app = open_app(recording="upload")
    key = next(each.key for each in app.get("file_uploader"))
    app.file_uploader(key=key).set_value(("talk.wav", talk, "audio/wav"))
    sent = app._tree.get_widget_states()
    app.run()
    work = app.session_state["recording-work"]
    # What a browser sends on a click while the run that follows the upload still goes on: it shows the uploader yet.
    app._run(sent)
    assert not app.exception
    assert app.session_state["recording-work"] is work
