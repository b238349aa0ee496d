"""The view of one clip: answers and their absence, parts, reasons, clips alike, and the visitor's voice."""

import dataclasses
import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ser_core.features import LogMelSpec
from ser_core.serving import Predictor
from ser_core.serving.testing import make_model
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import encode, speechlike
from ser_core.testing.nonspeech import nonspeech

SR = 16_000
VOICE = speechlike(2.0, sr=SR, f0=180.0, seed=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model that asks for a voice and listens to the sound, one that does not, and no corpora."""
    root = tmp_path_factory.mktemp("clip")
    card = make_model(root / "best", weight=1e-3, probabilities={"angry": 0.5}, min_confidence=0.2, uar=0.65)
    thresholds = {**card.thresholds, "min_speech_s": 0.2}
    text = json.dumps(dataclasses.replace(card, thresholds=thresholds).to_dict())
    (root / "best" / "card.json").write_text(text)
    make_model(root / "second", probabilities={"sad": 0.9}, uar=0.5)
    return root


@pytest.fixture
def page(folder, monkeypatch, tmp_path):
    """Opens the page with a clip that was uploaded, at an address."""
    monkeypatch.setenv("SER_MODELS_DIR", str(folder))
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))

    def opened(content=None, **query):
        app = AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=60).switch_page("pages/Predict.py")
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if content is not None:
            app.segmented_control(key="voice").set_value("upload").run()
            app.file_uploader(key="predict-upload").set_value(("clip.wav", content, "audio/wav")).run()
        assert not app.exception
        return app

    return opened


def words(app) -> str:
    kinds = (app.markdown, app.caption, app.warning, app.info, app.error)
    html = [element.proto.body for element in app.get("html")]
    return " ".join([*html, *(element.value for kind in kinds for element in kind)]).replace("\\", "")


def charts(app) -> list[str]:
    return [element.key for element in app.get("plotly_chart")]


@pytest.fixture(scope="module")
def spoken():
    """What the detector takes for a voice: a demo clip."""
    from ser_core import corpora

    demo = corpora.get("demo")
    return demo.clip_path(demo.manifest()["path"].iloc[0]).read_bytes()


def test_a_voice_gets_words_a_wheel_and_its_probabilities(page, spoken, folder):
    app = page(spoken)
    said = Predictor(folder / "best").predict(spoken)
    assert not said.abstained
    assert said.opening in words(app)
    assert "predict-wheel" in charts(app)
    assert "Test model second hears sad" in words(app)


def test_music_gets_no_answer_and_the_reason(page):
    app = page(encode(nonspeech("music", 3.0, seed=3), sr=SR))
    assert "No answer" in words(app)
    assert "no speech found" in app.warning[0].value
    # The model that asks for a voice shows no bars, the other one does.
    assert "predict-bars-best" not in charts(app) and "predict-bars-second" in charts(app)
    assert "predict-wheel" not in charts(app)
    assert "Test model second hears sad" in words(app)
    app.segmented_control(key="choice-evidence").set_value("why").run()
    assert not app.exception
    assert "nothing to explain" in words(app)


def test_the_statement_stands_on_the_page_with_the_law(page):
    text = words(page())
    assert "Never decide about people by it" in text
    assert "2024/1689" in text and "5(1)(f)" in text.replace(" ", "") and "50(3)" in text


def test_a_part_of_the_address_is_judged(page, folder):
    app = page(part="0.30-1.10")
    (analysis,) = app.session_state["predict-analyses"].values()
    assert analysis.part == (0.3, 1.1)
    assert analysis.audio.duration == pytest.approx(0.8, abs=1e-4)
    expected = Predictor(folder / "best").predict(analysis.audio)
    assert analysis.predictions["best"].probabilities == pytest.approx(expected.probabilities)
    assert "0.30 to 1.10 s of it" in words(app)


def test_the_slider_trims_and_another_clip_is_judged_as_a_whole(page, spoken):
    app = page(spoken)
    app.slider(key="segment-part").set_value((0.2, 1.0)).run()
    assert app.query_params["part"] == "0.20-1.00"
    assert "0.20 to 1.00 s of it" in words(app)
    app.file_uploader(key="predict-upload").set_value(("other.wav", encode(VOICE, sr=SR), "audio/wav")).run()
    assert not app.exception
    assert "part" not in app.query_params
    assert "s of it" not in words(app)


def test_a_part_that_cannot_be_judged_says_so(page, spoken):
    app = page(spoken)
    app.slider(key="segment-part").set_value((0.2, 0.23)).run()
    assert not app.exception
    assert "lasts only 0.03 s" in app.error[0].value


def test_why_names_a_part_and_draws_it(page, spoken, monkeypatch):
    # A busy machine may take longer than a page waits before it shows progress.
    monkeypatch.setattr("ui.working.PATIENCE_S", 60)
    app = page(spoken, evidence="why")
    assert "Most of all the answer rests on" in words(app)
    assert "figure-predict-why" in charts(app)


def test_all_numbers_of_all_models_can_be_downloaded(page, spoken):
    app = page(spoken, evidence="numbers")
    assert [button.proto.label for button in app.get("download_button")][:2] == ["Download CSV", "Download JSON"]


def test_clips_alike_are_named_with_what_they_were_meant_to_be(page, spoken):
    app = page(spoken, evidence="similar")
    text = words(app)
    assert "clips that measure most like this one" in text
    assert "Synthetic demo voices" in text and "meant to sound" in text
    # Of itself nothing is heard: three others.
    assert len(app.get("audio")) == 4


def test_without_a_model_that_knows_voices_the_view_says_so(page):
    app = page(view="your voice")
    assert "None of the models here can get to know a voice" in app.info[0].value


@pytest.fixture
def listener(tmp_path_factory, monkeypatch):
    """Only a model that gets to know voices."""
    root = tmp_path_factory.mktemp("listener")
    make_model(root / "ear", spec=LogMelSpec(), weight=1e-4, min_confidence=0.1, calibrates=True)
    return root


def test_a_voice_is_shown_used_switched_off_and_deleted(page, listener, monkeypatch, spoken):
    app = page(view="your voice")
    monkeypatch.setenv("SER_MODELS_DIR", str(listener))
    app.run()
    clips = [("a.wav", encode(speechlike(1.5, f0=150.0, seed=i), sr=SR), "audio/wav") for i in range(3)]
    app.file_uploader(key="your-voice-upload-0").set_value(clips).run()
    assert "Clips of your voice: 3" in app.subheader[0].value
    app.button(key="enrol").click().run()
    assert not app.exception
    assert "knows your voice from **3 clips**" in words(app)
    table = app.dataframe[0].value
    assert list(table.columns) == ["Clip", "Alone", "Knowing your voice"] and len(table) == 3
    voice = app.session_state["predict-voices"]["ear"]

    app.segmented_control(key="choice-view").set_value("clip").run()
    app.segmented_control(key="voice").set_value("upload").run()
    app.file_uploader(key="predict-upload").set_value(("clip.wav", spoken, "audio/wav")).run()
    predictor = Predictor(listener / "ear")
    analysis = list(app.session_state["predict-analyses"].values())[-1]
    expected = predictor.predict(spoken, voice=voice).probabilities
    assert analysis.said("ear").probabilities == pytest.approx(expected)
    assert not np.allclose(list(expected.values()), list(predictor.predict(spoken).probabilities.values()), atol=1e-4)
    assert "Judged knowing your voice. Without it:" in words(app)

    app.segmented_control(key="choice-view").set_value("your voice").run()
    app.toggle(key="your-voice-use").set_value(False).run()
    app.segmented_control(key="choice-view").set_value("clip").run()
    assert "Judged knowing your voice" not in words(app)
    app.segmented_control(key="choice-view").set_value("your voice").run()
    assert not app.toggle(key="your-voice-use").value
    app.button(key="forget-voice").click().run()
    assert "predict-voices" not in app.session_state
    assert "Clips of your voice: 0" in app.subheader[0].value


def test_a_voice_comes_back_from_its_file_and_a_strange_file_is_refused(page, listener, monkeypatch):
    voice = Predictor(listener / "ear").enrol([encode(VOICE, sr=SR)])
    monkeypatch.setenv("SER_MODELS_DIR", str(listener))
    app = page(view="your voice")
    monkeypatch.setenv("SER_MODELS_DIR", str(listener))
    app.run()
    for content, message in ((b"a letter", "Not a voice"), (_other(voice), "which is not here")):
        app.file_uploader(key="your-voice-file").set_value(("voice.npz", content, "application/zip")).run()
        assert not app.exception
        assert message in app.error[0].value.replace("\\", "")
        assert "predict-voices" not in app.session_state
    app.file_uploader(key="your-voice-file").set_value(("voice.npz", voice.to_bytes(), "application/zip")).run()
    assert "knows your voice from **1 clip**" in words(app)


def _other(voice) -> bytes:
    return dataclasses.replace(voice, model="other").to_bytes()


def test_a_clip_that_is_no_audio_is_named_when_a_voice_is_shown(page, listener, monkeypatch):
    app = page(view="your voice")
    monkeypatch.setenv("SER_MODELS_DIR", str(listener))
    app.run()
    app.file_uploader(key="your-voice-upload-0").set_value([("letter.wav", b"Dear Sir", "audio/wav")]).run()
    app.button(key="enrol").click().run()
    assert not app.exception
    assert "Clip 1 of 1" in app.error[0].value


def test_what_knowing_a_voice_is_worth_is_told_for_as_many_clips_as_are_taken(page, monkeypatch):
    """It once was told for one clip, the first entry of the card."""
    models = PROJECT_ROOT / "models"
    monkeypatch.setenv("SER_MODELS_DIR", str(models))
    card = json.loads((models / "pooled-audioset" / "card.json").read_text(encoding="utf-8"))
    (entry,) = [m for m in card["metrics"] if m.get("enrolled_clips") == 12 and m["corpus"] == "ravdess"]
    uar = f"{entry['uar']:.2f}".removeprefix("0")
    assert f"UAR {uar} [" in words(page(view="your voice")).partition("RAVDESS speech that it never heard")[2]
    assert "knowing 12 clips of the voice" in words(page(view="your voice"))
