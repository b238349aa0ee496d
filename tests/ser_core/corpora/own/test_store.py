"""Own corpora as the registry knows them: added, read, broken by hand, removed."""

import json
import logging

import pytest

from ser_core import corpora, settings
from ser_core.corpora import own
from ser_core.corpora.own import Definition, store
from ser_core.errors import ConfigError, CorpusNotFoundError
from ser_core.testing import encode


@pytest.fixture
def mine(place):
    folder = place("anna/angry/a.wav", "anna/joy/b.wav", "bert/angry/a.wav", "bert/blorp/b.wav")
    corpus, _ = own.add(Definition("mine", folder, speaker_folder=1, language="de", licence="CC0", title="My voices"))
    return corpus


def test_the_registry_lists_own_corpora_last(mine):
    assert corpora.names() == (*corpora.builtin_names(), "mine")
    found = corpora.get("mine")
    assert (found.title, found.language_name, found.licence, found.own) == ("My voices", "German", "CC0", True)
    assert found.expected == {"clips": 4, "speakers": 2}
    assert found.source_of_manifest() == "files"
    assert found.is_present() and found.found() == 4


def test_the_manifest_has_the_form_of_all(mine):
    table = corpora.manifest("mine")
    assert list(table.columns[: len(corpora.COLUMNS)]) == list(corpora.COLUMNS)
    assert table["clip_id"].tolist() == [
        "mine/anna/angry/a",
        "mine/anna/joy/b",
        "mine/bert/angry/a",
        "mine/bert/blorp/b",
    ]
    assert table["label"].tolist() == ["angry", "joy", "angry", "blorp"]
    assert table["emotion"].fillna("-").tolist() == ["angry", "happy", "angry", "-"]
    assert table["speaker"].tolist() == ["anna", "anna", "bert", "bert"]
    assert set(table["language"]) == {"de"} and set(table["sampling_rate"]) == {16_000}
    for path in table["path"]:
        assert mine.clip_path(path).is_file()


@pytest.mark.parametrize("path", ["../own/mine.json", "/etc/passwd", "", None, float("nan"), "anna/angry/none.wav"])
def test_a_path_of_a_row_leads_nowhere_else(mine, path):
    assert mine.clip_path(path) is None


def test_summary(mine):
    row = mine.summary()
    assert (row["found"], row["expected"], row["speakers"]) == (4, 4, 2)
    assert row["emotions"] == {"happy": 1, "angry": 2}
    assert row["path"] == str(mine.folder())


def test_what_cannot_be_decoded_is_left_out_of_the_manifest_but_not_of_the_scan(mine, voice):
    folder = mine.folder() / "anna/angry"
    (folder / "text.wav").write_bytes(b"no audio")
    (folder / "empty.wav").write_bytes(b"")
    (folder / "header.wav").write_bytes(encode(voice[:0], sr=16_000))
    (folder / "pointer.wav").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    assert len(mine.scan()) == 8
    assert len(mine.manifest()) == len(corpora.manifest("mine", complete=True)) == 4


def test_hostile_names_pass_through_manifest_cache_and_features(place):
    from ser_core.features import spec_from_dict
    from ser_core.features.table import matrix

    names = (
        "-rf.wav",
        "new\nline.wav",
        "right\u202eleft.wav",
        "per%41.wav",
        "ü 😀.wav",
        "x" * 240 + ".wav",
        "[a](b).wav",
    )
    corpus, _ = own.add(Definition("mine", place(*(f"angry\t1/{name}" for name in names))))
    table = corpus.manifest()
    assert len(table) == len(names) and all(clip_id.isprintable() for clip_id in table["clip_id"])
    assert corpus.manifest().equals(table)
    assert matrix(table, spec_from_dict({"kind": "logmel"})).shape[0] == len(names)


def test_only_the_definition_is_kept(mine):
    (file,) = settings.own_dir().glob("*.json")
    assert json.loads(file.read_text())["folder"] == str(mine.folder())
    assert not (settings.own_dir() / "mine").exists()


def test_removing_leaves_audio_in_place_alone(mine):
    assert own.remove("mine") is False
    assert "mine" not in corpora.names()
    assert mine.is_present()
    with pytest.raises(ConfigError, match="Unknown corpus 'mine'"):
        corpora.get("mine")
    with pytest.raises(ConfigError, match=r"no corpus of your own named 'mine'; there are: none"):
        own.remove("mine")


@pytest.mark.parametrize("name", ["../mine", "/etc", "", "a/b", "mine.json"])
def test_no_name_reaches_another_file(mine, name):
    assert store.get(name) is None
    with pytest.raises(ConfigError, match="small letters"):
        own.remove(name)


def test_a_name_is_taken_once(mine, place):
    again = Definition("mine", place("sad/x.wav") / "sad")
    with pytest.raises(ConfigError, match="'mine' already"):
        own.add(again)
    corpus, reading = own.add(again, replace=True)
    assert len(reading.clips) == 1 and corpora.get("mine").folder().name == "sad" and corpus.expected["clips"] == 1
    with pytest.raises(ConfigError, match="belongs to a corpus that this project knows"):
        own.add(Definition("ravdess", place()))


def test_nothing_to_add(place):
    with pytest.raises(ConfigError, match=r"no recording that can be used \(0 looked at\)"):
        own.add(Definition("mine", place()))
    assert corpora.names() == corpora.builtin_names()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "is left out"),
        (b"\xff\xfe", "is left out"),
        (b"[" * 100_000, "is left out"),
        (b'{"version": 1, "name": "mine", "folder": 1}', "folder is 1"),
        (b'{"version": 1, "name": "other", "folder": "/x"}', "named 'other'"),
    ],
)
def test_a_definition_changed_into_nonsense_is_told_and_left_out(mine, place, content, says, caplog):
    own.add(Definition("second", place() / "anna"))
    store.file_of("mine").write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert corpora.names()[-1] == "second"
        assert store.get("mine") is None
    assert [record.name for record in caplog.records] == ["ser_core.corpora.own.store"]
    (broken,) = own.broken()
    assert broken.name == "mine" and says in broken.message
    own.remove("mine")
    assert own.broken() == []


def test_a_definition_that_takes_a_name_of_this_project(mine):
    fields = mine.definition.to_dict() | {"name": "demo"}
    store.file_of("demo").write_text(json.dumps(fields))
    assert corpora.get("demo").synthetic
    assert "belongs to a corpus" in own.broken()[0].message


def test_a_folder_that_is_gone(mine):
    mine.folder().rename(mine.folder().with_name("elsewhere"))
    assert not mine.is_present() and mine.found() == 0 and mine.source_of_manifest() == "nothing"
    assert mine.summary()["found"] == 0
    with pytest.raises(CorpusNotFoundError, match="corpora remove mine"):
        mine.manifest()
    mine.folder().with_name("elsewhere").rename(mine.folder())
    assert mine.is_present()


def test_a_table_is_read_anew_when_it_changes(place, table):
    folder = place("a.wav", "b.wav")
    file = table("file,label\na.wav,sad\n")
    corpus, _ = own.add(Definition("mine", folder, table=file, columns={"path": "file", "emotion": "label"}))
    version = corpus.version
    assert corpus.manifest()["emotion"].tolist() == ["sad"]
    table("file,label\na.wav,sad\nb.wav,calm\n")
    assert corpus.version != version
    assert corpus.manifest()["emotion"].tolist() == ["sad", "calm"]
    file.unlink()
    assert not corpus.is_present() and corpus.found() == 0


def test_presence_is_not_searched_for_at_every_question(mine, monkeypatch):
    assert mine.is_present()
    monkeypatch.setattr(type(mine), "_first", lambda self: pytest.fail("searched again"))
    assert mine.is_present()
