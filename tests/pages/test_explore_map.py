import json
import time

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ser_core.analysis import acoustics, embedding
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import make_ravdess


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """The view on a machine without any recording."""
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path / "none"))
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    return AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=120).switch_page("pages/Explore.py")


@pytest.fixture
def no_process(monkeypatch):
    """Maps without the process that takes seconds to start."""
    calls = []

    def at_once(x, *, method, seed, progress, cancel):
        calls.append(method)
        return np.random.default_rng(len(x)).normal(size=(len(x), 2))

    monkeypatch.setattr(embedding, "_in_a_process", at_once)
    return calls


def open_(app, **query):
    app.query_params["view"] = "map"
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def words(app):
    return " ".join(element.value for element in (*app.markdown, *app.caption, *app.info, *app.warning))


def headings(app):
    return " ".join(html.proto.body for html in app.get("html"))


def figures(app):
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def until(app, condition):
    """Run again and again, as the page does by itself, until it shows what is waited for."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, words(app)
        time.sleep(0.2)
        app.run()
        assert not app.exception


def test_all_clips_of_the_five_corpora_lie_on_a_map_that_ships(bare):
    open_(bare)
    drawn, near = figures(bare)
    assert "t-SNE map of 12,697 clips" in headings(bare)
    assert "Speakers cluster before emotions do." in words(bare)
    assert [trace["name"].partition(" (")[0] for trace in drawn["data"]][:3] == ["Neutral", "Calm", "Happy"]
    assert all(trace["type"] == "scattergl" for trace in drawn["data"])
    assert len(near["data"]) == 3
    assert sum(len(chart.proto.spec) for chart in bare.get("plotly_chart")) < 5_000_000
    assert all(chart.proto.alt for chart in bare.get("plotly_chart"))


def test_standardising_keeps_the_axes_so_that_the_change_is_seen(bare):
    open_(bare, **{"map-method": "pca", "map-colour": "speaker", "corpus": "savee"})
    raw = figures(bare)[0]
    assert "4 speakers" not in raw["data"][0]["name"], "four speakers are named"
    assert raw["layout"]["xaxis"]["title"]["text"] == "Component 1 (32% of the variance)"
    bare.segmented_control(key="choice-map-measures").set_value("speaker").run()
    assert not bare.exception
    within = figures(bare)[0]
    assert raw["layout"]["xaxis"]["range"] == within["layout"]["xaxis"]["range"]
    assert raw["data"][0]["x"] != within["data"][0]["x"]
    assert "each speaker standardised" in headings(bare)


def test_choices_come_from_the_address_and_nonsense_is_passed_over(bare):
    open_(bare, corpus="emodb", **{"map-method": "umap", "map-measures": "speaker", "map-colour": "sex"})
    assert "UMAP map of 535 clips, drawn from all five corpora, each speaker standardised, coloured by sex" in headings(
        bare
    )
    open_(bare, **{"map-method": "som", "map-measures": "x", "map-colour": "<b>", "map-scope": "?", "a": "../etc"})


def test_a_clip_is_found_by_its_words_and_gets_a_ring(bare):
    open_(bare, corpus="emodb")
    curves = len(figures(bare)[0]["data"])
    bare.text_input(key="map-search").set_value("angry 03").run()
    match = next(box for box in bare.selectbox if "found" in box.label)
    match.set_value(match.options[0].rpartition(" · ")[2]).run()
    assert not bare.exception
    assert str(bare.query_params["a"]).find("emodb/03") >= 0
    assert len(figures(bare)[0]["data"]) == curves + 1
    assert "This recording is not on this machine" in words(bare)
    bare.text_input(key="map-search").set_value("no such words").run()
    assert "No clip of the selection has these words." in words(bare)


def test_a_demo_clip_that_is_chosen_plays(bare):
    open_(bare, corpus="demo", a="demo/nothing", **{"map-method": "pca"})
    until(bare, lambda: "Click a point of the map" in words(bare))
    bare.text_input(key="map-search").set_value("angry").run()
    match = next(box for box in bare.selectbox if "found" in box.label)
    match.set_value(match.options[0].rpartition(" · ")[2]).run()
    assert not bare.exception and len(bare.get("audio")) == 1


def test_a_map_of_these_clips_alone_is_drawn_in_the_background_and_kept(bare, no_process):
    open_(bare, corpus="savee", **{"map-scope": "these"})
    assert "The t-SNE map of these 480 clips has not been drawn on this machine yet." in words(bare)
    assert len(figures(bare)) == 1, "the neighbours need no map"
    bare.button(key="map-draw").click().run()
    until(bare, lambda: len(figures(bare)) == 2)
    assert no_process == ["tsne", "tsne"]
    assert "t-SNE map of 480 clips, measures as they are" in headings(bare)
    bare.segmented_control(key="choice-map-measures").set_value("speaker").run()
    assert len(figures(bare)) == 2 and no_process == ["tsne", "tsne"]


def test_the_pca_map_needs_no_wait(bare):
    open_(bare, corpus="savee", **{"map-scope": "these", "map-method": "pca"})
    assert len(figures(bare)) == 2
    assert not [button for button in bare.button if button.label == "Draw it"]


def test_clips_that_no_table_knows_are_measured_first(tmp_path, monkeypatch, no_process):
    make_ravdess(tmp_path, actors=1, clips=12)
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(acoustics, "shipped_file", lambda name: tmp_path / "none.parquet")
    app = AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=120).switch_page("pages/Explore.py")
    open_(app, corpus="ravdess", speaker="01", **{"map-scope": "these", "map-method": "umap"})
    until(app, lambda: "12 clips must be measured first." in words(app))
    app.button(key="map-draw").click().run()
    until(app, lambda: len(figures(app)) == 2)
    assert no_process == ["umap"], "of one speaker alone both maps are the same"
    assert "48 clips of 60 have no place on this map" in words(app)


def test_too_few_clips_make_no_map(bare):
    open_(bare, corpus="savee", speaker="DC", emotion="neutral", **{"map-scope": "these"})
    few = "A map needs at least 8 clips" in words(bare)
    assert few or "has not been drawn" in words(bare)


def test_a_box_lists_what_is_inside():
    """AppTest cannot draw a box: what the box gives is checked here, the drawing in the browser test."""
    import pandas as pd

    from ser_core.figures import map as drawing
    from ui.explore import map as view

    clips = pd.DataFrame({"clip_id": ["a/1", "a/2"], "corpus": "a", "speaker": "1", "voice": "1", "sex": "male"})
    drawn = drawing.scatter(
        clips.assign(feeling="sad"), np.zeros((2, 2)), by="emotion", frame=(-1, 1, -1, 1), title="A map"
    )
    point = {"curve_number": 0, "point_index": 1, "x": 0.0, "y": 0.0}
    assert drawn.position(*view._point(point)) == 1
    assert drawn.position(*view._point({})) is None
