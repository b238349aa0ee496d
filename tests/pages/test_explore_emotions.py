import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from ser_core import corpora, settings
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import make_ravdess


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """The page on a machine without recordings: everything comes from the tables that ship."""
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    return page()


def page():
    return AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=120).switch_page("pages/Explore.py")


def open_(app, **query):
    for key, value in {"view": "emotions", "corpus": "ravdess", **query}.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def words(app):
    return " ".join(element.value for element in (*app.markdown, *app.caption, *app.info, *app.warning))


def figures(app):
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def titles(app):
    return re.findall(r'sel-figure-title">(.*?)</p>', " ".join(html.proto.body for html in app.get("html")))


def test_answers_in_words_before_any_figure(bare):
    text = words(open_(bare))
    assert re.search(r"\*\*Angry\*\* differs most from neutral: .*louder by \d+ dB", text)
    assert re.search(r"Of 91 measures, \*\*\d+\*\* tell at least one emotion from neutral over 24 speakers", text)
    assert "- Calm: " in text and "- Surprise: " in text


def test_measures_are_ranked_drawn_and_small(bare):
    open_(bare)
    heat, *_ = figures(bare)
    assert heat["data"][0]["x"] == ["Calm", "Happy", "Sad", "Angry", "Fear", "Disgust", "Surprise"]
    assert len(heat["data"][0]["y"]) == 16
    ranking = bare.dataframe[-1].value
    assert len(ranking) == 91 and ranking["explained"].is_monotonic_decreasing
    assert sum(len(chart.proto.spec) for chart in bare.get("plotly_chart")) < 200_000
    assert all(chart.proto.alt for chart in bare.get("plotly_chart"))


def test_one_measure_in_detail_from_the_address(bare):
    open_(bare, **{"emotions-measure-name": "pitch_mean", "emotions-shape": "box", "emotions-values": "raw"})
    assert "Mean F0 of the voiced frames" in words(bare)
    _, distribution, differences = figures(bare)
    assert distribution["layout"]["yaxis"]["title"]["text"] == "Pitch, mean (semitones)"
    assert differences["layout"]["xaxis"]["title"]["text"] == "Difference from neutral (semitones)"
    bare.segmented_control(key="choice-emotions-shape").set_value("quantiles").run()
    bare.segmented_control(key="choice-emotions-against").set_value("pairs").run()
    assert not bare.exception
    assert len(figures(bare)[2]["data"][0]["x"]) == 8


def test_groups_references_and_other_sizes(bare):
    open_(bare, **{"emotions-group": "pitch", "emotions-reference": "calm", "emotions-effect": "delta"})
    heat = figures(bare)[0]["data"][0]
    assert heat["x"][0] == "Neutral" and heat["zmax"] == 1 and len(heat["y"]) == 11
    assert "differs most from calm" in words(bare)


def test_two_speakers_are_not_tested_and_that_is_said(bare):
    text = words(open_(bare, corpus="tess"))
    assert "With 2 speakers no test can tell a habit of these voices from one of people (it takes 6)" in text


def test_mean_spectrograms(bare):
    open_(bare, **{"emotions-part": "spectra"})
    assert re.search(r"\w+ has (more|less) energy above 1 kHz", titles(bare)[0])
    (difference,) = figures(bare)
    assert len(difference["data"]) == 14, "seven emotions, each with a veil over what may be chance"
    assert sum(len(chart.proto.spec) for chart in bare.get("plotly_chart")) < 1_000_000
    bare.segmented_control(key="choice-emotions-spectrum").set_value("mean").run()
    bare.segmented_control(key="choice-emotions-voices").set_value("female").run()
    assert not bare.exception
    assert len(figures(bare)[0]["data"]) == 8
    assert "levels are relative to the clip's mean power" in words(bare)


def test_voices_that_a_corpus_lacks_have_no_mean(bare):
    open_(bare, corpus="savee", **{"emotions-part": "spectra", "emotions-voices": "female"})
    assert "For these voices there is no mean spectrogram" in words(bare)


def test_what_goes_together(bare):
    choice = {"emotions-x": "duration", "emotions-y": "peaks_rate", "emotions-values": "raw"}
    open_(bare, **{"emotions-part": "together", **choice})
    heat, scatter = figures(bare)
    assert len(heat["data"][0]["x"]) > 80
    assert scatter["layout"]["xaxis"]["title"]["text"] == "Length of the sound (s)"
    assert len(scatter["data"]) == 8
    assert "nearly repeat another" in titles(bare)[0]


def test_one_emotion_is_nothing_to_compare(bare):
    assert "only one emotion" in words(open_(bare, emotion="angry"))


def test_without_neutral_the_first_emotion_is_the_reference(bare):
    open_(bare, emotion=["sad", "angry"])
    assert "**Angry** differs most from sad" in words(bare)


def test_nonsense_in_the_address_is_ignored(bare):
    open_(bare, **{"emotions-part": "x", "emotions-measure-name": "x", "emotions-reference": "x", "emotions-group": ""})
    assert len(figures(bare)) == 3


def test_clips_without_measures_can_be_measured_on_request(tmp_path, monkeypatch):
    """As with a user's own corpus: no table ships, the audio is here."""
    make_ravdess(tmp_path / "data", actors=2, clips=8)
    tables = tmp_path / "tables"
    tables.mkdir()
    manifest = corpora.get("ravdess").manifest_file()
    (tables / manifest.name).symlink_to(manifest)
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path / "data"))
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(settings, "tables_dir", lambda: tables)
    app = open_(page())
    assert "have not been measured yet" in words(app) and not figures(app)
    app.button(key="emotions-measure").click().run()
    for _ in range(100):
        if figures(app):
            break
        app.run()
    assert not app.exception
    assert "differs most from neutral" in words(app)
    app.segmented_control(key="choice-emotions-part").set_value("spectra").run()
    assert len(figures(app)) == 1
