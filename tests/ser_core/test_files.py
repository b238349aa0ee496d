import json

import pytest

from ser_core.files import atomic_path, write_bytes, write_json


def test_files_appear_whole_with_their_folders(tmp_path):
    write_json(tmp_path / "a" / "b.json", {"name": "Zoë"})
    assert json.loads((tmp_path / "a" / "b.json").read_text(encoding="utf-8")) == {"name": "Zoë"}
    write_bytes(tmp_path / "c.bin", b"12")
    assert (tmp_path / "c.bin").read_bytes() == b"12"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "kept.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_ending_is_kept_for_writers_that_look_at_it(tmp_path):
    with atomic_path(tmp_path / "table.parquet") as temporary:
        assert temporary.suffix == ".parquet" and temporary.parent == tmp_path
        temporary.write_bytes(b"")
