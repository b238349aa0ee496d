import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ser_core import settings
from ser_core.corpora.own import Definition
from ser_core.corpora.own.definition import check_pattern, is_name
from ser_core.corpora.own.folder import speaker
from ser_core.corpora.own.paths import allowed, key
from ser_core.errors import ConfigError

FULL = {
    "table": Path("/data/t.csv"),
    "columns": {"path": "file"},
    "labels": {"Mad": "angry", "meh": None},
    "scale": (1, 5),
    "speaker_folder": -1,
    "speaker_pattern": "^(.)",
    "title": "Calls",
    "language": "de",
    "licence": "CC BY 4.0",
    "licence_url": "https://creativecommons.org/licenses/by/4.0/",
    "clips": 3,
}


def test_a_definition_survives_json():
    made = Definition("calls", Path("/data"), **FULL)
    again = Definition.from_dict(json.loads(json.dumps(made.to_dict())))
    assert again == made and again.hash == made.hash
    assert again.labels == {"mad": "angry", "meh": None}
    assert made.counted(clips=4, speakers=2).hash != made.hash


def test_an_upload_moves_with_its_folder(tmp_path, monkeypatch):
    home = settings.own_dir() / "calls"
    fields = Definition("calls", home / "audio", table=home / "table.csv", uploaded=True).to_dict()
    assert (fields["folder"], fields["table"]) == ("calls/audio", "calls/table.csv")
    monkeypatch.setenv("SER_OWN_DIR", str(tmp_path / "elsewhere"))
    assert Definition.from_dict(fields).folder == tmp_path / "elsewhere/calls/audio"


@pytest.mark.parametrize("name", ["a", "my-calls-2", "x" * 32])
def test_names(name):
    assert is_name(name) and Definition(name, Path("/data")).name == name


@pytest.mark.parametrize("name", ["", "A", "1a", "a_b", "a b", "../a", "a/b", "x" * 33, "ä", "con", "a\n", None, 3])
def test_other_names_are_refused(name):
    with pytest.raises(ConfigError, match="small letters"):
        Definition(name, Path("/data"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"version": 2}, "version 1"),
        ({"surprise": 1}, "unknown field 'surprise'"),
        ({"folder": 3}, "folder is 3"),
        ({"folder": "relative"}, "absolute path"),
        ({"folder": "/a\0b"}, "no valid text"),
        ({"labels": {"a": "cross"}}, "Unknown emotion"),
        ({"labels": {"a": 1}}, "maps 'a' to 1"),
        ({"labels": ["a"]}, "labels is"),
        ({"columns": {"colour": "c"}}, "columns are mapped to"),
        ({"scale": [5, 1]}, "must lie below"),
        ({"scale": [1]}, "lowest and highest"),
        ({"scale": ["a", "b"]}, "lowest and highest"),
        ({"clips": True}, "clips is True"),
        ({"speaker_folder": 0}, "counted from 1"),
        ({"speaker_pattern": "(a+)+"}, "too complicated"),
        ({"language": "German!"}, "ISO 639"),
        ({"licence_url": "javascript:alert(1)"}, "https://"),
        ({"uploaded": True}, "does not lie in"),
        ({"uploaded": True, "folder": "../x"}, "does not lie in"),
    ],
)
def test_what_was_changed_into_nonsense_is_refused(change, says):
    fields = Definition("calls", Path("/data")).to_dict() | change
    with pytest.raises(ConfigError, match=says):
        Definition.from_dict(fields)


@pytest.mark.parametrize("missing", ["name", "folder"])
def test_what_is_needed_must_be_there(missing):
    fields = Definition("calls", Path("/data")).to_dict()
    del fields[missing]
    with pytest.raises(ConfigError, match=f"{missing} is missing"):
        Definition.from_dict(fields)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda s: st.lists(s) | st.dictionaries(st.text(max_size=5), s),
    )
)
def test_any_json_is_a_definition_or_refused(value):
    with pytest.raises(ConfigError):
        Definition.from_dict({"version": 1, "name": "a", "folder": value} if not isinstance(value, str) else value)


@pytest.mark.parametrize(
    "pattern", [r"^([^_]+)_", r"spk(\d+)", r"^(?P<speaker>[a-z]{2})", r"(a|b)?x(.)", r"[*+)](.)", r"\)+(.)"]
)
def test_patterns(pattern):
    assert check_pattern(pattern) == pattern


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(", "no regular expression"),
        (r"\d+", "does not say where"),
        ("(a+)+$", "too complicated"),
        ("(a|aa)*$", "too complicated"),
        ("(.*)(.*)(.*)(.*)x", "too complicated"),
        (r"(.)\1", "too complicated"),
        ("(a{1,99}){1,99}", "too complicated"),
        ("(" + "a?" * 25 + "a" * 25 + ")", "too complicated"),
        ("(a|a)" * 25 + "x", "too complicated"),
        ("(" + "a" * 300 + ")", "too complicated"),
    ],
)
def test_patterns_that_fail_or_could_run_for_ever_are_refused(pattern, says):
    with pytest.raises(ConfigError, match=says):
        check_pattern(pattern)


def test_the_worst_allowed_pattern_takes_no_time():
    from pathlib import PurePosixPath

    start = time.process_time()
    speaker(PurePosixPath("a" * 5_000 + ".wav"), folder=None, pattern=check_pattern("(a*)a*a*$x"))
    assert time.process_time() - start < 5


def test_keys_are_short_and_differ():
    from pathlib import PurePosixPath

    long = [key(PurePosixPath("x" * 300 + f"{i}.wav")) for i in range(2)]
    assert len(set(long)) == 2 and max(map(len, long)) <= 160
    assert key(PurePosixPath("a/b.c/take.1")) == "a/b.c/take.1"


@pytest.fixture
def home(tmp_path, monkeypatch):
    home = tmp_path / "home"
    (home / "clips").mkdir(parents=True)
    (home / ".ssh").mkdir()
    monkeypatch.setenv("HOME", str(home))
    return home


def test_a_visitor_may_name_folders_in_the_home_and_the_data_root(home, tmp_path):
    (tmp_path / "data").mkdir()
    assert allowed(str(home / "clips")) == allowed("~/clips") == allowed(f" {home}/x/../clips ") == home / "clips"
    assert allowed(str(tmp_path / "data")) == tmp_path / "data"


@pytest.mark.parametrize(
    "path", ["/etc", "/", "~/../x", "~/.ssh", "~root", "clips", "~/out", "~/loop", "~/nothing/../../x"]
)
def test_nothing_else(home, path):
    (home / "out").symlink_to("/etc")
    (home / "loop").symlink_to(home / "loop")
    with pytest.raises(ConfigError, match=r"SER_OWN_FOLDERS|There is no"):
        allowed(path)


@pytest.mark.parametrize("path", ["", "  ", "a\0b"])
def test_no_path(home, path):
    with pytest.raises(ConfigError, match="Name a folder"):
        allowed(path)


def test_folders_may_be_allowed_and_forbidden(home, tmp_path, monkeypatch):
    (tmp_path / "more").mkdir()
    with pytest.raises(ConfigError):
        allowed(str(tmp_path / "more"))
    monkeypatch.setenv("SER_OWN_FOLDERS", f"{tmp_path / 'more'}:{tmp_path / 'other'}")
    assert allowed(str(tmp_path / "more")) == tmp_path / "more"
    with pytest.raises(ConfigError):
        allowed(str(home / "clips"))
    monkeypatch.setenv("SER_OWN_FOLDERS", "")
    with pytest.raises(ConfigError):
        allowed(str(tmp_path / "more"))
