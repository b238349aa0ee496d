import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from ser_core.settings import PROJECT_ROOT
from ser_core.testing import make_ravdess


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """The page on a machine without recordings: everything comes from the tables that ship."""
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    return AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=120).switch_page("pages/Explore.py")


def open_(app, **query):
    for key, value in {"view": "listeners", "corpus": "cremad", **query}.items():
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


def clips(app):
    return app.dataframe[-1].value


def test_answers_in_words_with_interval_and_chance(bare):
    text = words(open_(bare))
    assert re.search(r"\*\*\.46 \[\.4\d, \.4\d\]\*\* of the cases \(mean over 6 emotions", text)
    assert "guessing: .167" in text and "91 speakers" in text
    assert "Best heard: **neutral** (.97); least: **sad** (.20)" in text
    assert "the vote is split evenly" in text and "How many raters heard a clip" in text


def test_matrix_and_agreement_are_drawn_and_small(bare):
    open_(bare)
    assert titles(bare) == [
        "Neutral is what people hear in 55% of the clips",
        "Neutral is heard better than sad (.97 against .20)",
    ]
    matrix, agreement = figures(bare)
    assert matrix["layout"]["yaxis"]["title"]["text"] == "Meant by the actor"
    assert [trace["type"] for trace in matrix["data"]] == ["heatmap", "scatter"]
    assert "error_x" in agreement["data"][0]
    assert sum(len(chart.proto.spec) for chart in bare.get("plotly_chart")) < 50_000


def test_agreement_by_sex_and_age_and_intensity(bare):
    open_(bare, **{"listeners-by": "intensity"})
    assert titles(bare)[1].startswith("High is heard better than low (.")
    bare.segmented_control(key="choice-listeners-by").set_value("decade").run()
    assert not bare.exception
    assert "20 to 29" in figures(bare)[1]["data"][0]["y"]
    bare.segmented_control(key="choice-listeners-by").set_value("sex").run()
    assert figures(bare)[1]["data"][0]["y"] == ["Women", "Men"]


def test_the_clips_of_a_cell_are_listed(bare):
    open_(bare, **{"listeners-meant": "sad", "listeners-heard": "angry"})
    table = clips(bare)
    assert set(table["meant"]) == {"Sad"} and all("Angry" in heard for heard in table["heard"])
    assert "meant as sad and heard as angry" in words(bare)
    bare.selectbox(key="choice-listeners-heard").set_value("any").run()
    assert len(clips(bare)) > len(table) and "heard otherwise" in words(bare)


def test_a_clip_without_audio_says_so(bare):
    open_(bare)
    assert "not on this machine" in words(bare)


def test_filters_apply(bare):
    open_(bare, sex="female", emotion="angry")
    assert len(set(clips(bare)["meant"])) == 1
    assert "43 speakers" in words(bare)


def test_a_corpus_without_votes_says_who_has_them_and_switches(bare):
    open_(bare, corpus="ravdess")
    assert "Only CREMA-D brings what listeners heard" in words(bare)
    assert not figures(bare)
    bare.button(key="listeners-switch").click().run()
    assert not bare.exception
    assert "By the voice alone" in words(bare)


def test_votes_that_the_filters_leave_out(bare):
    open_(bare, corpus=["cremad", "ravdess"], emotion="calm")
    assert "None of the chosen clips has a vote" in words(bare)


def test_several_corpora_show_the_votes_of_the_one(bare, tmp_path):
    make_ravdess(tmp_path, actors=1, clips=2)
    open_(bare, corpus=["cremad", "ravdess"])
    assert "7,442 clips with a vote" in words(bare)
