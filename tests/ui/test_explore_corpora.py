"""The view in which corpora are got and added: what is here, a folder and a table of one's own, and letting go."""

import io
import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from ser_core import corpora, settings
from ser_core.corpora import own
from ser_core.corpora.own import Definition, store
from ser_core.settings import PROJECT_ROOT
from ser_core.testing import encode, speechlike, write_wav
from ui import working
from ui.explore import own_add, own_list


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with recordings of three speakers, two known words and two unknown ones."""
    home = tmp_path / "home"
    for i, speaker in enumerate(("anna", "bert", "cleo")):
        for j, word in enumerate(("joy", "anger", "sadd", "blorp")):
            signal = speechlike(0.5, sr=16_000, f0=110.0 + 40 * i + 20 * j, seed=i)
            write_wav(home / "clips" / speaker / word / f"{speaker}_1.wav", signal, sr=16_000)
    (home / "clips/anna/joy/broken.wav").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    rows = ["anna/joy/anna_1.wav;joy;f", "none.wav;joy;f", "bert/anger/bert_1.wav;anger;x"]
    (home / "clips/labels.csv").write_text("\n".join(["file;label;gender", *rows]), encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SER_OWN_DIR", str(tmp_path / "own"))
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path / "data"))
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("SER_OWN_FOLDERS", raising=False)
    monkeypatch.setattr(working, "PATIENCE_S", 60)
    return home


@pytest.fixture
def app(home):
    return opened()


def opened(**query):
    app = AppTest.from_file(PROJECT_ROOT / "streamlit_app.py", default_timeout=60).switch_page("pages/Explore.py")
    for key, value in {"view": "get and add", **query}.items():
        app.query_params[key] = value
    return ran(app.run())


def ran(app):
    assert not app.exception
    return app


def said(app) -> str:
    kinds = (app.markdown, app.caption, app.info, app.error, app.success, app.warning, app.subheader)
    return " ".join(element.value for kind in kinds for element in kind)


def widget(kind, key: str):
    return next(each for each in kind if str(each.key).startswith(key))


def typed(app, folder: str):
    widget(app.text_input, "corpora-folder").set_value(folder)
    return ran(app.run())


def test_every_known_corpus_says_what_is_here_and_how_to_get_it(app):
    text = said(app)
    for name in corpora.builtin_names():
        corpus = corpora.get(name)
        assert corpus.synthetic or f"0 of {corpus.expected['clips']:,} clips here" in text
    assert "CC BY-NC-SA 4.0" in text and "not here" in text
    assert "Your own corpora" not in text and "Add your own" in text


def test_how_to_get_a_corpus_is_shown_one_at_a_time(app):
    for name in ("ravdess", "savee"):
        widget(app.button, f"corpora-how-{name}").click()
        ran(app.run())
        assert [each.label for each in app.button if str(each.key).startswith("corpora-how-")].count("Close") == 1
        assert f"The clips of {corpora.get(name).title} are not on this machine" in said(app)
    widget(app.button, "corpora-how-savee").click()
    ran(app.run())
    assert "are not on this machine" not in said(app)


def test_a_folder_is_looked_at_before_it_is_added(app, home):
    typed(app, "~/clips")
    text = said(app)
    assert "**13 clips** can be used; 4 happy, 3 sad, 3 angry, 3 without an emotion" in text
    assert "**0 speakers**, 13 of unknown speakers" in text
    assert "2 words not known" in text
    words = [each for each in app.selectbox if each.key.startswith("corpora-word-")]
    assert [(each.label, each.value) for each in words] == [
        ("blorp (3 clips)", "not decided"),
        ("sadd (3 clips)", "sad"),
    ]
    findings = app.dataframe[2].value
    assert findings["kind"].value_counts().to_dict() == {"unknown-label": 3, "lfs-pointer": 1}
    assert corpora.names() == corpora.builtin_names()


def test_a_folder_is_added_with_its_words_and_speakers_and_chosen(app, home):
    typed(app, str(home / "clips"))
    widget(app.selectbox, "corpora-word-blorp").set_value("no counterpart")
    widget(app.selectbox, "corpora-speaker").set_value("1")
    ran(app.run())
    assert "**3 speakers**" in said(app)
    widget(app.text_input, "corpora-name").set_value("voices")
    widget(app.selectbox, "corpora-language").set_value("de")
    widget(app.text_input, "corpora-licence").set_value("CC0")
    ran(app.run())
    widget(app.button, "corpora-add").click()
    ran(app.run())
    assert "voices was added, 13 clips" in said(app)
    corpus = corpora.get("voices")
    assert (corpus.language, corpus.licence, corpus.expected) == ("de", "CC0", {"clips": 13, "speakers": 3})
    assert corpus.definition.labels == {"sadd": "sad", "blorp": None}
    assert app.session_state["choice-corpus"] == ["voices"]
    assert "Your own corpora" in said(app)


def test_a_second_click_does_not_turn_what_was_done_into_an_error(app, home, monkeypatch):
    for module, name in ((own_add, "_take"), (own_list, "_remove")):
        callback = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *told, callback=callback: [callback(*told) for _ in range(2)])
    typed(app, str(home / "clips"))
    widget(app.button, "corpora-add").click()
    ran(app.run())
    assert "clips was added, 13 clips" in said(app) and not app.error
    widget(app.button, "corpora-remove-clips").click()
    ran(app.run())
    assert "clips was removed" in said(app) and not app.error


def test_a_table_is_mapped_and_added(app, home):
    widget(app.segmented_control, "corpora-form").set_value("table")
    ran(app.run())
    widget(app.text_input, "corpora-table").set_value("~/clips/labels.csv")
    ran(app.run())
    assert widget(app.selectbox, "corpora-path").value == "file"
    assert widget(app.selectbox, "corpora-sex").value == "gender"
    findings = app.dataframe[2].value
    assert list(zip(findings["row"], findings["kind"], strict=True)) == [(3, "missing-file"), (4, "bad-value")]
    widget(app.selectbox, "corpora-sex").set_value("(none)")
    ran(app.run())
    assert len(app.dataframe[2].value) == 1
    widget(app.button, "corpora-add").click()
    ran(app.run())
    assert corpora.get("labels").definition.columns == {"path": "file", "emotion": "label"}


def test_a_zip_file_is_unpacked_added_and_deleted_with_its_corpus(app):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("Wut/ü.wav", encode(speechlike(0.5, sr=16_000, f0=120.0, seed=0), sr=16_000))
        archive.writestr("../out.wav", b"x")
    widget(app.segmented_control, "corpora-form").set_value("zip")
    ran(app.run())
    app.file_uploader[0].upload("Sent.zip", packed.getvalue(), "application/zip")
    ran(app.run())
    assert "**1 clip** can be used; 1 angry" in said(app)
    assert app.dataframe[2].value["kind"].tolist() == ["outside"]
    widget(app.button, "corpora-add").click()
    ran(app.run())
    assert corpora.get("sent").definition.uploaded and (settings.own_dir() / "sent/audio/Wut/ü.wav").is_file()
    assert "The recordings were uploaded: they are deleted too." in said(app)
    widget(app.button, "corpora-remove-sent").click()
    ran(app.run())
    assert "sent was removed; its uploaded recordings were deleted." in said(app)
    assert not (settings.own_dir() / "sent").exists()


@pytest.mark.parametrize("name", ["not a zip", "harmful"])
def test_a_zip_file_that_cannot_be_taken_says_why(app, name):
    content = b"words"
    if name == "harmful":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("angry/bomb.wav", bytes(20 << 20))
        content = packed.getvalue()
    widget(app.segmented_control, "corpora-form").set_value("zip")
    ran(app.run())
    app.file_uploader[0].upload("Sent.zip", content, "application/zip")
    ran(app.run())
    assert "no zip file" in app.error[0].value or "would unpack" in app.error[0].value
    assert [path.name for path in settings.own_dir().iterdir() if path.is_dir()] == []


@pytest.mark.parametrize("path", ["/etc", "~/..", "~/none", "~/clips/labels.csv"])
def test_a_path_elsewhere_is_refused(app, path):
    typed(app, path)
    (error,) = app.error
    assert "SER\\_OWN\\_FOLDERS" in error.value or "There is no" in error.value or "is no folder" in error.value


def test_a_name_that_is_taken_or_none_cannot_be_added(app, home):
    typed(app, "~/clips")
    for name in ("ravdess", "My Corpus", ""):
        widget(app.text_input, "corpora-name").set_value(name)
        ran(app.run())
        assert widget(app.button, "corpora-add").disabled
    assert app.warning


def test_a_corpus_is_removed_and_no_longer_chosen(home):
    own.add(Definition("voices", home / "clips"))
    app = opened(corpus="voices")
    assert app.session_state["choice-corpus"] == ["voices"]
    assert "the recordings stay where they are" in said(app)
    widget(app.button, "corpora-remove-voices").click()
    ran(app.run())
    assert "voices was removed; its recordings were left alone." in said(app)
    assert corpora.names() == corpora.builtin_names() and (home / "clips/anna").is_dir()
    assert "voices" not in app.session_state["choice-corpus"]


def test_a_corpus_that_somebody_else_removed_is_no_longer_chosen(home):
    own.add(Definition("voices", home / "clips"))
    app = opened(corpus="voices")
    own.remove("voices")
    ran(app.run())
    assert "Your own corpora" not in said(app)


def test_a_broken_description_is_told_and_can_be_removed(app, home):
    own.add(Definition("voices", home / "clips"))
    store.file_of("voices").write_text("{")
    ran(app.run())
    assert any("is left out" in error.value for error in app.error)
    widget(app.button, "remove-broken-voices").click()
    ran(app.run())
    assert not app.error and not store.file_of("voices").exists()
