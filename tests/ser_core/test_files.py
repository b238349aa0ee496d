import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from ser_core.files import atomic_path, read_parquet, write_bytes, write_json


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


def test_a_table_that_is_replaced_while_it_is_read_is_the_old_or_the_new_one(tmp_path):
    file = tmp_path / "table.parquet"
    old, new = (pd.DataFrame({"clip": [f"clip {i % kinds}" for i in range(n)]}) for n, kinds in ((10, 3), (4000, 3000)))
    old.to_parquet(file)
    ended = threading.Event()

    def replace():
        while not ended.is_set():
            for table in (new, old):
                with atomic_path(file) as temporary:
                    table.to_parquet(temporary)

    with ThreadPoolExecutor(1) as thread:
        replacing = thread.submit(replace)
        try:
            assert {len(read_parquet(file)) for _ in range(400)} <= {len(old), len(new)}
        finally:
            ended.set()
        replacing.result()
