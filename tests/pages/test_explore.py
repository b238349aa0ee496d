"""The page as a whole and its overview: corpora, filters, the answer in words, countplots."""

import time

import pytest

from ser_core import corpora
from ser_core.corpora import Corpus
from ser_core.errors import CancelledError
from ser_core.testing import make_emodb, make_ravdess
from tests.pages.explore_pages import figures, open_, page, table, titles, words
from ui.explore import reading

REAL = ("cremad", "emodb", "ravdess", "savee", "tess")


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Miniatures are read before the page is drawn, however busy the machine."""
    monkeypatch.setattr(reading, "PATIENCE_S", 60.0)


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """The page on a machine without any recording."""
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    return page()


@pytest.fixture
def two(tmp_path, monkeypatch):
    """The page on a machine with miniatures of RAVDESS and EMO-DB, which both have a speaker 03."""
    make_ravdess(tmp_path, actors=[3], clips=8)
    make_emodb(tmp_path, speakers=1)
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    return page()


def test_answers_in_words_before_any_figure(bare):
    open_(bare)
    assert bare.title[0].value.endswith("What is in the corpora?")
    text = words(bare)
    assert "**5 corpora**: **12,697 clips** of **real speech** in English and German by **131 speakers**" in text
    assert "**9.1 hours**, in 8 emotions (and 81 of boredom, which the set of emotions shared by all" in text
    assert "None of the recordings are on this machine" in text


def test_one_corpus_is_described_with_its_licence(bare):
    open_(bare, corpus="ravdess")
    text = words(bare)
    assert "**1,440 clips** of **real speech** in English by **24 speakers**, **1.5 hours**, in 8 emotions." in text
    assert "CC BY-NC-SA 4.0" in text and "Real recordings" in text


def test_corpora_stand_side_by_side_with_what_is_published(bare):
    open_(bare)
    side = table(bare).set_index("corpus")
    assert side.index.tolist() == [corpora.get(name).title for name in REAL]
    assert side["clips"].tolist() == [corpora.get(name).expected["clips"] for name in REAL]
    assert side["speakers"].tolist() == [corpora.get(name).expected["speakers"] for name in REAL]
    assert side["here"]["EMO-DB"] == "0 of 535" and side["sexes"]["TESS"] == "2 / 0"
    # As many as its release labels, boredom included.
    assert side["emotions"]["EMO-DB"] == 7 and side["licence"]["TESS"] == "CC BY-NC-ND 4.0"


def test_overview_draws_from_the_shipped_tables_alone(bare):
    open_(bare, corpus="ravdess")
    assert titles(bare)[:4] == [
        "96 clips of neutral, 192 of each other emotion",
        "720 clips of each sex",
        "768 normal intensity, 672 strong intensity",
        "60 clips of each speaker",
    ]
    assert titles(bare)[4].startswith("Disgust (2.2 s) is longest")
    assert titles(bare)[5].startswith("Angry (−27.0 dB) is loudest")
    assert len(figures(bare)) == 6
    assert all(chart.proto.alt for chart in bare.get("plotly_chart"))


def test_131_speakers_stand_in_one_facet_per_corpus(bare):
    open_(bare)
    assert "From 35 to 1,400 clips per speaker" in titles(bare)
    speakers = next(figure for figure in figures(bare) if "xaxis5" in figure["layout"])
    assert [note["text"] for note in speakers["layout"]["annotations"]] == [corpora.get(name).title for name in REAL]
    assert sum(len(chart.proto.spec) for chart in bare.get("plotly_chart")) < 500_000


def test_labels_without_counterpart_are_shown_and_chosen(bare):
    open_(bare, corpus="emodb", emotion="boredom")
    assert "Showing 81 of 535 clips: boredom." in words(bare)
    assert titles(bare)[0] == "All clips are boredom"


def test_filters_come_from_the_url_and_reset(bare):
    open_(bare, corpus="ravdess", emotion="angry", sex="female")
    assert "Showing 96 of 1,440 clips: angry · female." in words(bare)
    bare.multiselect(key="speaker").set_value(["02", "04"]).run()
    assert "Showing 16 of 1,440 clips: angry · speaker 02, speaker 04 · female." in words(bare)
    bare.button(key="reset-filters").click().run()
    assert "Showing all 1,440 clips." in words(bare)
    assert bare.multiselect(key="emotion").value == []


def test_filters_of_many_corpora(bare):
    open_(bare, age="20 to 29", language="de")
    assert "Showing 212 of 12,697 clips: aged 20 to 29 · de." in words(bare) or "aged 20 to 29 · de." in words(bare)
    bare.multiselect(key="age").set_value([]).run()
    assert "Showing 535 of 12,697 clips: de." in words(bare)


def test_speakers_of_the_same_name_are_told_apart(two):
    open_(two, corpus=["emodb", "ravdess"])
    options = two.multiselect(key="speaker").options
    assert "EMO-DB 03" in options and "RAVDESS speech 03" in options
    two.multiselect(key="speaker").set_value(["EMO-DB 03"]).run()
    known = corpora.get("emodb").manifest(complete=True)
    assert f"Showing {(known['speaker'] == '03').sum()} of 1,9" in words(two)
    assert "clips: speaker EMO-DB 03." in words(two)


def test_filters_survive_leaving_the_page(bare):
    open_(bare, corpus="emodb", emotion="angry", view="clips")
    bare.switch_page("pages/Compare.py").run()
    bare.switch_page("pages/Explore.py").run()
    assert not bare.exception
    assert "Showing 127 of 535 clips: angry." in words(bare)
    assert bare.segmented_control(key="view").value == "clips"


def test_other_corpora_keep_the_filters_that_hold_for_them(bare):
    open_(bare, corpus="ravdess", emotion="calm", sex="female", speaker="02")
    bare.session_state["choice-corpus"] = ["cremad"]
    bare.run()
    assert not bare.exception
    assert "calm" not in bare.multiselect(key="emotion").value
    assert bare.multiselect(key="sex").value == ["female"]


def test_nonsense_in_the_url_is_ignored(bare):
    open_(
        bare, corpus="nope", view="x", emotion="bored", a="../../etc/passwd", b="?", spectrogram="1", t="x", zoom="9-"
    )
    assert "Showing all 12,697 clips." in words(bare)
    open_(bare, view="clips")


def test_filters_that_match_nothing_say_so(bare):
    open_(bare, corpus="ravdess", emotion="neutral", intensity="strong")
    assert "No clip passes the filters" in words(bare)


def test_measures_and_bars_can_be_changed(bare):
    open_(bare, corpus="ravdess")
    bare.segmented_control(key="length").set_value("clip").run()
    bare.segmented_control(key="loudness").set_value("peak").run()
    bare.segmented_control(key="bars").set_value("side by side").run()
    assert not bare.exception
    drawn = figures(bare)
    assert drawn[1]["layout"]["barmode"] == "group"
    assert drawn[4]["layout"]["yaxis"]["title"]["text"] == "Length of the clip (s)"
    assert drawn[5]["layout"]["yaxis"]["title"]["text"] == "Peak of the clip (dB of full scale)"
    bare.segmented_control(key="unit").set_value("hours").run()
    bare.segmented_control(key="bars").set_value("shares").run()
    bare.segmented_control(key="spread").set_value("by sex").run()
    assert not bare.exception
    assert figures(bare)[1]["layout"]["barnorm"] == "percent"
    assert figures(bare)[4]["layout"]["xaxis"]["title"]["text"] == "Sex"


def test_reading_that_takes_long_shows_what_is_known_and_can_be_stopped(two, monkeypatch):
    monkeypatch.setattr(reading, "PATIENCE_S", 0.0)
    stopped = []

    def slow(self, root=None, *, complete=False, progress=None, cancel=None):
        while not cancel():
            time.sleep(0.01)
        stopped.append(self.name)
        raise CancelledError("Stopped.")

    monkeypatch.setattr(Corpus, "manifest", slow)
    open_(two, corpus=["emodb", "ravdess"])
    assert "Showing all 1,975 clips." in words(two), "what ships is shown meanwhile"
    for name in ("emodb", "ravdess"):
        two.button(key=f"stop-reading-{name}").click().run()
        assert not two.exception
    monkeypatch.setattr(reading, "PATIENCE_S", 60.0)
    two.run()
    assert not two.exception
    assert "The recordings were not all read." in words(two) and set(stopped) == {"emodb", "ravdess"}
