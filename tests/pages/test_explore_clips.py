"""The view of clips: table, slots, segment, comparison, all emotions of a sentence, and what is missing or broken."""

import pytest

from ser_core import corpora
from ser_core.testing import make_emodb, make_ravdess
from tests.pages.explore_pages import figures, open_, page, table, titles, words
from ui.explore import reading

STEM = "03-01-05-01-01-01-01"  # angry, actor 1, in every miniature
CLIP = f"ravdess/{STEM}"


def other(code: str) -> str:
    """The same voice and sentence in another emotion."""
    return CLIP.replace("-05-", f"-{code}-", 1)


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Miniatures are read before the page is drawn, however busy the machine."""
    monkeypatch.setattr(reading, "PATIENCE_S", 60.0)


@pytest.fixture(scope="module")
def miniature(tmp_path_factory):
    """A data root with 2 actors of 24."""
    root = tmp_path_factory.mktemp("explore")
    make_ravdess(root, actors=2)
    return root


@pytest.fixture
def app(miniature, monkeypatch):
    """The view on a machine with these."""
    monkeypatch.setenv("SER_DATA_ROOT", str(miniature))
    test = page()
    test.query_params["corpus"] = "ravdess"
    test.query_params["view"] = "clips"
    return test


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """The page on a machine without any recording."""
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    return page()


def headings(app):
    return [heading.value for heading in app.subheader]


def test_without_recordings_the_clips_are_listed_and_offered(bare):
    open_(bare, corpus="ravdess", view="clips")
    assert len(table(bare)) == 1440
    assert not figures(bare)
    offers = [button.label for button in bare.button]
    assert any(label.startswith("Get a sample: 48 clips") for label in offers)
    assert any(label.startswith("Get everything: 1,440 clips") for label in offers)
    next(button for button in bare.button if "demo voices" in button.label).click().run()
    assert not bare.exception
    assert bare.query_params["corpus"] == "demo"


def test_demo_is_plainly_synthetic_and_plays(bare):
    open_(bare, corpus="demo", view="clips")
    assert "SYNTHETIC" in words(bare) and "machine-made speech" in words(bare)
    assert len(bare.get("audio")) == 1
    assert "synthetic voice" in words(bare)
    assert len(table(bare)) == corpora.get("demo").expected["clips"]
    assert all(table(bare)["level_db"].notna()), "the table of levels of the demo corpus ships"


def test_what_is_here_comes_first_and_plays(app):
    open_(app)
    assert "32 recordings of them are on this machine" in words(app)
    assert table(app)["here"].tolist() == [True] * 32 + [False] * 1408
    assert len(app.get("audio")) == 1 and len(figures(app)) == 1


def test_the_url_names_the_clips_and_their_axes_are_shared(app):
    open_(app, a=CLIP, b=other("02"), spectrogram=["log-mel", "linear"])
    assert headings(app) == ["A: Angry (normal), speaker 01", "B: Calm (normal), speaker 01"]
    assert len(app.get("audio")) == 2
    first, second = figures(app)
    for axis in ("xaxis", "yaxis"):
        assert first["layout"][axis]["range"] == second["layout"][axis]["range"]
    images = [trace for figure in (first, second) for trace in figure["data"] if trace["type"] == "heatmap"]
    assert len(images) == 4 and len({(image["zmin"], image["zmax"]) for image in images}) == 1


def test_four_clips_stand_side_by_side_and_change_places(app):
    open_(app, a=CLIP, b=other("02"), c=other("03"), d=other("04"))
    assert [heading[0] for heading in headings(app)] == ["A", "B", "C", "D"]
    assert len(app.get("audio")) == len(figures(app)) == 4
    app.button(key="swap-c").click().run()
    assert app.query_params["a"] == other("03") and app.query_params["c"] == CLIP
    app.button(key="close-b").click().run()
    assert "b" not in app.query_params and len(app.get("audio")) == 3
    assert not app.exception


def test_one_click_compares_the_same_voice_in_another_emotion(app):
    open_(app, a=CLIP)
    app.get("button_group")[-1].set_value(["as Sad"]).run()
    assert not app.exception
    assert app.query_params["b"] == other("04")
    assert headings(app)[1] == "B: Sad (normal), speaker 01"
    app.get("button_group")[-1].set_value(["as Sad", "as Happy"]).run()
    assert app.query_params["c"] == other("03")
    app.get("button_group")[-1].set_value(["as Happy"]).run()
    assert "b" not in app.query_params and app.query_params["c"] == other("03")


def test_the_segment_of_the_address_is_heard_and_marked(app):
    open_(app, a=CLIP)
    whole = app.get("audio")[0].proto.url
    open_(app, t="0.10-0.30")
    assert app.slider(key="segment-t").value == (0.1, 0.3)
    assert app.get("audio")[0].proto.url != whole
    (mark,) = figures(app)[0]["layout"]["shapes"]
    assert (mark["x0"], mark["x1"]) == (0.1, 0.3)
    next(button for button in app.button if button.label == "Zoom in").click().run()
    assert app.query_params["zoom"] == "0.10-0.30"
    assert figures(app)[0]["layout"]["xaxis"]["range"] == [0.1, 0.3]
    next(button for button in app.button if button.label == "Whole clip").click().run()
    assert "t" not in app.query_params and "zoom" not in app.query_params
    assert app.get("audio")[0].proto.url == whole


def test_the_slider_sets_the_segment(app):
    open_(app, a=CLIP)
    app.slider(key="segment-t").set_value((0.05, 0.25)).run()
    assert not app.exception
    assert app.query_params["t"] == "0.05-0.25"


def test_tracks_stand_in_rows_or_on_top(app):
    open_(app, a=CLIP, tracks=["pitch", "energy", "formants"])
    assert titles(app) == ["Waveform, log-mel spectrogram, pitch, energy and formants"]
    rows = [name for name in figures(app)[0]["layout"] if name.startswith("yaxis")]
    assert len(rows) == 5
    app.toggle(key="overlay").set_value(True).run()
    rows = [name for name in figures(app)[0]["layout"] if name.startswith("yaxis")]
    assert len(rows) == 3, "waveform, spectrogram, and the hidden axis over it"


def test_the_sentence_in_all_emotions(app):
    open_(app, a=CLIP, layout="all emotions")
    assert "in 8 emotions, as close as they come" in words(app)
    assert len(app.get("audio")) == len(figures(app)) == 8
    assert len({tuple(figure["layout"]["xaxis"]["range"]) for figure in figures(app)}) == 1
    assert len({figure["data"][0]["zmax"] for figure in figures(app)}) == 1


def test_search_narrows_the_table(app):
    open_(app)
    app.text_input(key="search").set_value("ANGRY dogs 02-12").run()
    assert set(table(app)["feeling"]) == {"Angry"}
    app.text_input(key="search").set_value("no such words").run()
    assert not app.exception
    assert "No clip passes the filters and the search" in words(app)


def test_a_label_without_counterpart_can_be_heard(tmp_path, monkeypatch):
    make_emodb(tmp_path, speakers=1)
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    app = open_(page(), corpus="emodb", view="clips", emotion="boredom")
    assert headings(app)[0].startswith("A: Boredom")
    assert set(table(app)["feeling"]) == {"Boredom"}


def test_a_clip_that_is_not_here_is_explained(app):
    open_(app, a=CLIP[:-2] + "24")
    assert "This recording is not on this machine" in words(app)
    assert any(label.label.startswith("Get the other 1,408") for label in app.expander)
    assert not app.get("audio")


def test_a_clip_that_cannot_be_read_is_explained(tmp_path, monkeypatch):
    folder = make_ravdess(tmp_path, actors=1, clips=8)
    (folder / "Actor_01" / f"{STEM}.wav").write_bytes(b"RIFF but not really")
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    app = open_(page(), corpus="ravdess", view="clips", a=CLIP, b=other("04"))
    assert "This recording cannot be played." in words(app)
    assert len(app.get("audio")) == 1
    assert len(figures(app)) == 1


def test_a_pointer_instead_of_audio_is_named(tmp_path, monkeypatch):
    folder = make_ravdess(tmp_path, actors=1, clips=8)
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
    (folder / "Actor_01" / f"{STEM}.wav").write_bytes(pointer)
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    assert "LFS" in words(open_(page(), corpus="ravdess", view="clips", a=CLIP))


def test_without_any_recording_what_ships_is_offered_before_what_can_be_got(tmp_path, monkeypatch):
    """The offer once stood below the panels of all corpora, five screens down on a telephone."""
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path))
    app = open_(page(), corpus="ravdess", view="clips")
    order = [block.value if block.type == "markdown" else getattr(block, "label", "") for block in app.main]
    panel = next(i for i, text in enumerate(order) if "are not on this machine" in text)
    assert order.index("Listen to the demo voices, which are here") < panel
    app.button(key="clips-demo").click().run()
    assert not app.exception and app.get("audio")
