import json

import pytest
from streamlit.testing.v1 import AppTest

from ser_core.serving.testing import make_model
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import make_ravdess

CLIP = "ravdess/03-01-05-01-01-01-01"


@pytest.fixture(scope="module")
def miniature(tmp_path_factory):
    """A data root with one actor of 24, and two models: one reads log-mel spectrograms."""
    root = tmp_path_factory.mktemp("lab")
    make_ravdess(root, actors=1, clips=8)
    make_model(root / "models" / "linear", weight=0.003, uar=0.7)
    make_model(root / "models" / "sure", probabilities={"angry": 0.7}, uar=0.5)
    return root


@pytest.fixture
def app(miniature, monkeypatch):
    """The view on a machine with a few recordings."""
    monkeypatch.setenv("SER_DATA_ROOT", str(miniature))
    monkeypatch.setenv("SER_MODELS_DIR", str(miniature / "models"))
    return AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=60).switch_page("pages/Explore.py")


def open_(app, **query):
    app.query_params["view"] = "augmentation"
    app.query_params["corpus"] = "ravdess"
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def words(app):
    return " ".join(element.value for element in (*app.markdown, *app.caption, *app.info, *app.warning))


def figures(app):
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def address(app):
    found = app.query_params["lab"]
    return found[0] if isinstance(found, list) else found


def test_a_clip_is_heard_seen_and_judged_before_and_after(app):
    open_(app, a=CLIP)
    assert address(app) == "noise:snr_db=10"
    assert len(app.get("audio")) == 2
    bars, before, after = figures(app)
    assert [trace["name"] for trace in bars["data"]] == ["before", "after"]
    for axis in ("xaxis", "yaxis", "yaxis2"):
        assert before["layout"][axis]["range"] == after["layout"][axis]["range"]
    assert all(chart.proto.alt for chart in app.get("plotly_chart"))
    assert "| Test model linear |" in words(app) and "| Test model sure | Angry 70% | Angry 70% | Angry ±0 |" in words(
        app
    )


def test_the_address_holds_the_whole_chain(app):
    open_(app, a=CLIP, lab="room:rt60_s=0.8,drr_db=-3+telephone:law=a-law")
    assert "**1. Room**" in words(app) and "**2. Telephone**" in words(app)
    assert [slider.value for slider in app.slider] == [0.8, -3.0]
    app.slider[0].set_value(1.2).run()
    assert address(app) == "room:rt60_s=1.2,drr_db=-3+telephone:law=a-law"
    assert not app.exception


def test_changes_are_added_moved_and_removed(app):
    open_(app, a=CLIP)
    app.selectbox(key="lab-add").set_value("gain").run()
    assert address(app) == "noise:snr_db=10+gain:gain_db=-6"
    app.button(key="lab-earlier-1").click().run()
    assert address(app) == "gain:gain_db=-6+noise:snr_db=10"
    app.slider[1].set_value(20.0).run()
    app.button(key="lab-remove-0").click().run()
    assert address(app) == "noise:snr_db=20", "what was set stays set when another change goes"
    app.button(key="lab-remove-0").click().run()
    assert address(app) == "none"
    assert not app.exception and len(app.get("audio")) == 2


def test_what_changes_the_spectrogram_stays_last_and_is_shown(app):
    open_(app, a=CLIP, lab="spec-augment:freq_masks=2,freq_width=30")
    assert len(figures(app)) == 4
    before, after = (trace for trace in figures(app)[-1]["data"])
    assert before["z"] != after["z"]
    assert "This model reads no log-mel" not in words(app)
    app.selectbox(key="lab-add").set_value("noise").run()
    assert address(app).startswith("noise:snr_db=20+spec-augment:")
    assert app.button(key="lab-later-0").disabled and app.button(key="lab-earlier-1").disabled


def test_the_seed_comes_from_the_address_and_decides(app):
    open_(app, a=CLIP, **{"lab-seed": "7"})
    assert app.number_input(key="lab-seed").value == 7
    first = figures(app)[2]["data"][0]["y"]
    app.number_input(key="lab-seed").set_value(0).run()
    assert figures(app)[2]["data"][0]["y"] != first


def test_the_setting_is_taken_along(app):
    open_(app, a=CLIP, lab="mp3:kbps=16")
    texts = [code.value for code in app.get("code")]
    assert texts[0] == 'python -m ser_core train svm --corpus ravdess --augment "mp3:kbps=16"'
    assert {"kind": "mp3", "version": 1, "kbps": 16.0} in json.loads(texts[1])["augmentation"]
    assert any("mp3:kbps=16" in text for text in texts[2:])


def test_masks_are_left_out_of_the_copies_to_train_on(app):
    open_(app, a=CLIP, lab="noise:snr_db=20+spec-augment")
    texts = [code.value for code in app.get("code")]
    assert texts[0].endswith('--augment "noise:snr_db=20"')
    assert "Networks mask spectrograms themselves" in words(app)


def test_another_clip_is_found_by_its_words(app):
    open_(app, a=CLIP)
    app.text_input(key="lab-search").set_value("sad").run()
    match = next(box for box in app.selectbox if box.label.endswith("found"))
    match.set_value(match.options[0].rpartition(" · ")[2]).run()
    assert not app.exception
    assert "03-01-04-" in str(app.query_params["a"])
    assert r"**Sad \(normal\), speaker 01**" in words(app)


@pytest.mark.parametrize("text", ["reverse", "noise:snr_db=loud", "spec-augment+noise", "+".join(["gain"] * 9), "<b>"])
def test_nonsense_in_the_address_is_named_and_passed_over(app, text):
    open_(app, a="../../etc/passwd", lab=text)
    assert "The address holds settings that cannot be used" in words(app)
    assert address(app) == "noise:snr_db=10"
    assert len(app.get("audio")) == 2


def test_a_value_that_no_slider_offers_is_kept(app):
    open_(app, a=CLIP, lab="noise:snr_db=77.5")
    assert address(app) == "noise:snr_db=77.5"
    assert app.slider[0].value == 77.5


def test_without_recordings_a_demo_voice_stands_in(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    monkeypatch.setenv("SER_MODELS_DIR", str(tmp_path / "none"))
    app = AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=60).switch_page("pages/Explore.py")
    open_(app)
    assert "a synthetic demo voice stands in" in words(app)
    assert "No model ships with this app" in words(app)
    assert len(app.get("audio")) == 2


def test_what_a_model_cannot_judge_is_said(app):
    open_(app, a=CLIP, lab="shift:seconds=60")
    assert "The changed clip cannot be judged." in words(app)
    assert "not to be judged" in words(app)
    assert len(figures(app)) == 2
