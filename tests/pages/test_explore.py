import json
import re

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from ser_core import corpora
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import make_ravdess

CLIP = "03-01-05-01-01-01-01"  # angry, actor 1, in every miniature


@pytest.fixture(scope="module")
def miniature(tmp_path_factory):
    """A data root with 2 actors of 24."""
    root = tmp_path_factory.mktemp("explore")
    make_ravdess(root, actors=2)
    return root


@pytest.fixture
def app(miniature, monkeypatch):
    """The page as a deep link opens it: the front page has not run."""
    monkeypatch.setenv("SER_DATA_ROOT", str(miniature))
    return page()


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """The page on a machine without any recording of RAVDESS."""
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    return page()


def page():
    return AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=60).switch_page("pages/Explore.py")


def open_(app, **query):
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def words(app):
    return " ".join(element.value for element in (*app.markdown, *app.caption, *app.info, *app.warning, *app.subheader))


def figures(app):
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def table(app) -> pd.DataFrame:
    return app.dataframe[0].value


def test_answers_in_words_before_any_figure(bare):
    open_(bare)
    assert bare.title[0].value.endswith("What is in the corpora?")
    text = words(bare)
    assert "**1,440 clips** of **real speech** in English by **24 speakers**, **1.5 hours**, in 8 emotions" in text
    assert "CC BY-NC-SA 4.0" in text and "Real recordings" in text
    assert "None of the recordings are on this machine" in text


def test_overview_draws_from_the_shipped_tables_alone(bare):
    open_(bare)
    titles = re.findall(r'sel-figure-title">(.*?)</p>', " ".join(html.proto.body for html in bare.get("html")))
    assert titles[:4] == [
        "96 clips of neutral, 192 of each other emotion",
        "720 clips of each sex",
        "768 normal intensity, 672 strong intensity",
        "60 clips of each speaker",
    ]
    assert titles[4].startswith("Disgust (2.2 s) is longest") and titles[5].startswith("Angry (−27.0 dB) is loudest")
    assert len(figures(bare)) == 6
    assert all(chart.proto.alt for chart in bare.get("plotly_chart"))


def test_without_recordings_the_clips_are_listed_and_offered(bare):
    open_(bare, view="clips")
    assert len(table(bare)) == 1440
    assert not figures(bare)
    offers = [button.label for button in bare.button]
    assert any(label.startswith("Get a sample: 48 clips") for label in offers)
    assert any(label.startswith("Get everything: 1,440 clips") for label in offers)
    next(button for button in bare.button if "demo voices" in button.label).click().run()
    assert not bare.exception
    assert bare.segmented_control(key="corpus").value == "demo"


def test_demo_is_plainly_synthetic_and_plays(bare):
    open_(bare, corpus="demo", view="clips")
    assert "SYNTHETIC" in words(bare) and "machine-made speech" in words(bare)
    assert len(bare.get("audio")) == 1
    assert "synthetic voice" in words(bare)
    assert len(table(bare)) == corpora.get("demo").expected["clips"]
    assert all(table(bare)["level_db"].notna()), "the table of levels of the demo corpus ships"


def test_filters_come_from_the_url_and_reset(bare):
    open_(bare, emotion="angry", sex="female")
    assert "Showing 96 of 1,440 clips: angry · female." in words(bare)
    bare.multiselect(key="speaker").set_value(["02", "04"]).run()
    assert "Showing 16 of 1,440 clips: angry · speaker 02, speaker 04 · female." in words(bare)
    bare.button(key="reset-filters").click().run()
    assert "Showing all 1,440 clips." in words(bare)
    assert bare.multiselect(key="emotion").value == []


def test_nonsense_in_the_url_is_ignored(bare):
    open_(bare, corpus="nope", view="x", emotion="bored", a="../../etc/passwd", b="?", spectrogram="1")
    assert "Showing all 1,440 clips." in words(bare)
    open_(bare, view="clips")


def test_filters_that_match_nothing_say_so(bare):
    open_(bare, emotion="neutral", intensity="strong")
    assert "No clip passes the filters" in words(bare)


def test_measures_and_bars_can_be_changed(bare):
    open_(bare)
    bare.segmented_control(key="length").set_value("clip").run()
    bare.segmented_control(key="loudness").set_value("peak").run()
    bare.segmented_control(key="bars").set_value("side by side").run()
    assert not bare.exception
    drawn = figures(bare)
    assert drawn[1]["layout"]["barmode"] == "group"
    assert drawn[4]["layout"]["yaxis"]["title"]["text"] == "Length of the clip (s)"
    assert drawn[5]["layout"]["yaxis"]["title"]["text"] == "Peak of the clip (dB of full scale)"


def test_what_is_here_comes_first_and_plays(app):
    open_(app, view="clips")
    assert "32 recordings of them are on this machine" in words(app)
    assert table(app)["here"].tolist() == [True] * 32 + [False] * 1408
    assert len(app.get("audio")) == 1 and len(figures(app)) == 1


def test_the_url_names_the_clips_and_their_axes_are_shared(app):
    open_(app, view="clips", a=CLIP, b=CLIP.replace("-05-", "-02-", 1), spectrogram="both")
    headings = [heading.value for heading in app.subheader]
    assert headings == ["A: Angry (normal), speaker 01", "B: Calm (normal), speaker 01"]
    assert len(app.get("audio")) == 2
    first, second = figures(app)
    for axis in ("xaxis", "yaxis"):
        assert first["layout"][axis]["range"] == second["layout"][axis]["range"]
    images = [trace for figure in (first, second) for trace in figure["data"] if trace["type"] == "heatmap"]
    assert len(images) == 4 and len({(image["zmin"], image["zmax"]) for image in images}) == 1


def test_one_click_compares_the_same_voice_in_another_emotion(app):
    open_(app, view="clips", a=CLIP)
    pills = app.get("button_group")[-1]
    pills.set_value("Sad").run()
    assert not app.exception
    assert app.query_params["b"] == CLIP.replace("-05-", "-04-", 1)
    assert [heading.value for heading in app.subheader][1] == "B: Sad (normal), speaker 01"
    next(button for button in app.button if button.label == "Swap").click().run()
    assert app.query_params["a"] == CLIP.replace("-05-", "-04-", 1) and app.query_params["b"] == CLIP
    next(button for button in app.button if button.label == "Close").click().run()
    assert "b" not in app.query_params
    assert len(app.get("audio")) == 1


def test_search_narrows_the_table(app):
    open_(app, view="clips")
    app.text_input(key="search").set_value("ANGRY dogs 02-12").run()
    assert set(table(app)["emotion"]) == {"Angry"}
    app.text_input(key="search").set_value("no such words").run()
    assert not app.exception
    assert "No clip passes the filters and the search" in words(app)


def test_a_clip_that_is_not_here_is_explained(app):
    open_(app, view="clips", a=CLIP[:-2] + "24")
    assert "This recording is not on this machine" in words(app)
    assert any(label.label.startswith("Get the other 1,408") for label in app.expander)
    assert not app.get("audio")


def test_a_clip_that_cannot_be_read_is_explained(tmp_path, monkeypatch):
    folder = make_ravdess(tmp_path, actors=1, clips=8)
    (folder / "Actor_01" / f"{CLIP}.wav").write_bytes(b"RIFF but not really")
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    app = open_(page(), view="clips", a=CLIP, b=CLIP.replace("-05-", "-04-", 1))
    assert "This recording cannot be played." in words(app)
    assert len(app.get("audio")) == 1
    assert len(figures(app)) == 1


def test_a_pointer_instead_of_audio_is_named(tmp_path, monkeypatch):
    folder = make_ravdess(tmp_path, actors=1, clips=8)
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
    (folder / "Actor_01" / f"{CLIP}.wav").write_bytes(pointer)
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    assert "LFS" in words(open_(page(), view="clips", a=CLIP))
