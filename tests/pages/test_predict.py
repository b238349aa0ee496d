import csv
import io
import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ser_core.labels import EMOTIONS
from ser_core.serving import Predictor
from ser_core.serving.testing import make_model
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import encode, make_ravdess, silence, speechlike

SR = 16_000


@pytest.fixture(scope="module")
def voice():
    return encode(speechlike(1.5, sr=SR, f0=180.0, seed=0), sr=SR)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two models that disagree, and a miniature RAVDESS."""
    root = tmp_path_factory.mktemp("predict")
    make_model(root / "models" / "best", probabilities={"angry": 0.85, "sad": 0.1}, uar=0.65)
    make_model(root / "models" / "second", probabilities={"sad": 0.4, "calm": 0.3}, uar=0.55)
    make_ravdess(root / "data", actors=2)
    return root


@pytest.fixture
def app(folders, monkeypatch):
    """The page as a deep link opens it: the front page has not run."""
    monkeypatch.setenv("SER_MODELS_DIR", str(folders / "models"))
    monkeypatch.setenv("SER_DATA_ROOT", str(folders / "data"))
    return AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=60).switch_page("pages/Predict.py")


def open_way(app, way):
    app.run()
    app.segmented_control(key="voice").set_value(way).run()
    assert not app.exception
    return app


def upload(app, content, name="clip.wav"):
    open_way(app, "upload")
    app.file_uploader(key="predict-upload").set_value((name, content, "audio/wav")).run()
    assert not app.exception
    return app


def html(app):
    return " ".join(element.proto.body for element in app.get("html"))


def text(app):
    """All that the page says, as far as it is text."""
    kinds = (app.markdown, app.caption, app.error, app.warning, app.info, app.title, app.subheader)
    return " ".join([html(app), *(element.value for kind in kinds for element in kind)])


def test_a_sample_is_judged_at_once_and_can_be_changed(app):
    app.run()
    assert not app.exception
    assert app.title[0].value.endswith("What does this voice sound like?")
    app.selectbox(key="predict-corpus").set_value("ravdess").run()
    assert "Sounds angry <span>(85%)" in html(app)
    assert "Meant to sound neutral (from RAVDESS" in text(app)
    app.pills(key="predict-emotion-ravdess").set_value("fear").run()
    app.selectbox(key="predict-speaker-ravdess").set_value("02").run()
    assert not app.exception
    assert "Meant to sound fearful" in text(app)
    assert "02, “" in html(app)


def test_every_run_tells_the_browser_which_clip_a_link_named(app):
    """A slow browser may be told the next run before it has drawn one: it sent back the first clip of all."""
    app.query_params["sample"] = "ravdess/03-01-06-02-01-01-02"
    app.run().run()
    for field in ("speaker", "clip"):
        box = app.selectbox(key=f"predict-{field}-ravdess")
        assert box.proto.default == box.index > 0
    assert list(app.pills(key="predict-emotion-ravdess").proto.default) == [5]


def test_an_upload_gets_the_answer_of_python(app, voice, folders):
    upload(app, voice)
    page = html(app)
    assert "Sounds angry <span>(85%)" in page
    assert "clip.wav" in page
    for badge in ("Angry 85%", "Sad 10%"):
        assert badge in page
    for name in ("best", "second"):
        said = Predictor.load(name, folder=folders / "models").predict(voice)
        shown = app.session_state["predict-analyses"]
        (analysis,) = [each for each in shown.values() if each.audio is not None and len(each.predictions) == 2][-1:]
        assert analysis.predictions[name].probabilities == said.probabilities


def test_both_models_stand_side_by_side_with_how_good_they_are(app, voice):
    upload(app, voice)
    page = text(app)
    assert len(app.get("plotly_chart")) == 4
    assert "UAR .65 [.62, .68], chance .125" in page
    assert "UAR .55 [.52, .58], chance .125" in page
    assert "The models disagree: Test model second hears sad." in page.replace("\\", "")
    assert page.count("on this server") == 2


def test_another_model_can_give_the_answer_and_says_that_it_is_unsure(app, voice):
    upload(app, voice)
    app.selectbox(key="choice-model").set_value("second").run()
    assert not app.exception
    assert "Hard to tell, perhaps sad <span>(40%)" in html(app)
    assert "low confidence: 40%" in app.warning[0].value


def test_the_upload_is_kept_when_another_way_in_is_looked_at_and_gone_when_removed(app, voice):
    upload(app, voice)
    app.segmented_control(key="voice").set_value("record").run()
    assert "The answer will stand here" in html(app)
    app.segmented_control(key="voice").set_value("upload").run()
    assert "Sounds angry" in html(app)
    app.file_uploader(key="predict-upload").set_value(("other.wav", voice, "audio/wav")).run()
    assert "other.wav" in html(app)
    app.file_uploader(key="predict-upload").set_value(None).run()
    assert "The answer will stand here" in html(app)


def test_a_recording_is_judged(app, voice):
    open_way(app, "record")
    assert app.audio_input(key="predict-record").sample_rate == SR
    app.audio_input(key="predict-record").set_value(("audio.wav", voice, "audio/wav")).run()
    assert not app.exception
    assert "Sounds angry" in html(app)


@pytest.mark.parametrize("content", [None, b"", encode(np.zeros(0, np.float32), sr=SR)])
def test_the_hands_free_recorder_without_sound_yet_is_no_error(app, content, monkeypatch):
    """Its first click can send a WAV of 44 bytes without frames."""
    monkeypatch.setattr("audio_recorder_streamlit.audio_recorder", lambda **_: content)
    open_way(app, "hands-free")
    assert "The answer will stand here" in html(app)
    assert not app.error
    assert any("Press it again" in info.value for info in app.info) == bool(content)


def test_a_hands_free_recording_is_judged_and_kept(app, voice, monkeypatch):
    # As the recorder writes it: the RIFF size is 8 too large.
    content = voice[:4] + (int.from_bytes(voice[4:8], "little") + 8).to_bytes(4, "little") + voice[8:]
    answers = iter([content])
    monkeypatch.setattr("audio_recorder_streamlit.audio_recorder", lambda **_: next(answers, None))
    open_way(app, "hands-free")
    assert "Sounds angry" in html(app)
    # A recorder that was away starts empty; the recording is still there.
    app.segmented_control(key="voice").set_value("sample").run()
    app.segmented_control(key="voice").set_value("hands-free").run()
    assert "Sounds angry" in html(app)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "0 bytes"),
        (encode(np.zeros(0, np.float32), sr=SR), "no samples"),
        (encode(silence(2.0, sr=SR), sr=SR), "silent"),
        (encode(speechlike(0.01, sr=SR, f0=180.0, seed=0), sr=SR), "0.01 s"),
        (b"Dear Sir or Madam, this is a letter.", "text file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG image"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "broken"),
        (encode(silence(61, sr=4000), sr=4000), "longer than 60 s"),
    ],
)
def test_bad_audio_gets_a_message_with_advice_and_no_traceback(app, content, message):
    upload(app, content)
    shown = [*app.error, *app.warning]
    assert len(shown) == 1
    assert message in shown[0].value
    assert shown[0].value.startswith("**")
    assert not shown[0].value.endswith("**")
    assert "sel-answer" not in html(app).replace("sel-answer {", "").replace(".sel-answer", "")


def test_a_mislabelled_and_a_truncated_file_are_judged_by_what_they_are(app, voice):
    upload(app, voice, name="song.mp3")
    assert "Sounds angry" in html(app)
    app.file_uploader(key="predict-upload").set_value(("cut.wav", voice[: len(voice) // 2], "audio/wav")).run()
    assert not app.exception
    assert "Sounds angry" in html(app)


def test_a_hostile_file_name_is_shown_as_text(app, voice):
    upload(app, voice, name="<img src=x onerror=alert(1)>.wav")
    assert "<img" not in html(app)
    assert "&lt;img" in html(app)


def test_downloads_hold_every_probability(voice, folders):
    from ser_core.audio import decode
    from ui.predict.analysis import Analysis
    from ui.predict.downloads import as_csv, as_json
    from ui.recording import VoiceClip

    said = {name: Predictor.load(name, folder=folders / "models").predict(voice) for name in ("best", "second")}
    analysis = Analysis("ab" * 32, decode(voice), None, said, {})
    rows = list(csv.DictReader(io.StringIO(as_csv(analysis))))
    assert len(rows) == 2 * len(EMOTIONS)
    assert float(rows[EMOTIONS.index("angry")]["probability"]) == pytest.approx(0.85, abs=1e-5)
    told = json.loads(as_json(VoiceClip("a clip", voice), analysis))
    assert [each["model"] for each in told["predictions"]] == ["best", "second"]
    assert told["predictions"][0]["probabilities"] == said["best"].probabilities


def test_answers_are_remembered_within_bounds(app, voice, monkeypatch):
    monkeypatch.setattr("ui.predict.analysis.MAX_REMEMBERED", 2)
    upload(app, voice)
    for seed in range(2):
        clip = encode(speechlike(0.6, sr=SR, f0=150.0, seed=seed), sr=SR)
        app.file_uploader(key="predict-upload").set_value((f"{seed}.wav", clip, "audio/wav")).run()
    assert len(app.session_state["predict-analyses"]) == 2


def test_one_broken_model_does_not_take_the_other_down(app, voice, folders, tmp_path, monkeypatch):
    make_model(tmp_path / "good", probabilities={"happy": 0.9}, uar=0.5)
    make_model(tmp_path / "tampered", uar=0.6)
    (tmp_path / "tampered" / "model.onnx").write_bytes(b"something else")
    monkeypatch.setenv("SER_MODELS_DIR", str(tmp_path))
    upload(app, voice)
    assert any("SHA-256" in error.value for error in app.error)
    app.selectbox(key="choice-model").set_value("good").run()
    assert not app.exception
    assert "Sounds happy" in html(app)


def test_without_a_model_the_page_says_how_to_get_one(app, tmp_path, monkeypatch):
    monkeypatch.setenv("SER_MODELS_DIR", str(tmp_path))
    app.run()
    assert not app.exception
    assert "make models" in app.info[0].value


def test_without_any_corpus_the_other_ways_stay_open(app, tmp_path, monkeypatch, voice):
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    monkeypatch.setattr("ser_core.settings.demo_dir", lambda: tmp_path)
    app.run()
    assert not app.exception
    assert "Upload a file or record" in app.info[0].value
    upload(app, voice)
    assert "Sounds angry" in html(app)
