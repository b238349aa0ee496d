"""The feature cache: whole rows or none, bounded, several processes at once."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ser_core.errors import ConfigError
from ser_core.features import segment_folder as module
from ser_core.features.cache import FeatureCache

KEY = "ab" * 32
SPEC = "0123456789abcdef"


def segments(folder):
    return sorted(folder.rglob("*.seg"))


def keys(count, *, start=0):
    return [f"{i:064x}" for i in range(start, start + count)]


def rows(count, *, start=0, width=5):
    return np.arange(start, start + count, dtype=np.float32)[:, None] * np.ones(width, dtype=np.float32)


def test_gives_back_what_was_put(tmp_path):
    cache = FeatureCache(tmp_path)
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert cache.get(KEY, SPEC) is None
    cache.put(KEY, SPEC, array)
    assert np.array_equal(FeatureCache(tmp_path).get(KEY, SPEC), array)
    assert cache.get(KEY, SPEC + "-augmented") is None
    assert cache.get("cd" * 32, SPEC) is None


def test_what_was_there_is_replaced(tmp_path):
    cache = FeatureCache(tmp_path)
    for value in (1.0, 2.0):
        cache.put(KEY, SPEC, np.full(3, value, dtype=np.float32))
    assert cache.get(KEY, SPEC).tolist() == [2.0] * 3


@pytest.mark.parametrize("array", [np.float64(2.5), np.zeros((2, 0)), np.array([True, False]), np.arange(3)[::-1]])
def test_keeps_type_and_shape(tmp_path, array):
    FeatureCache(tmp_path).put(KEY, SPEC, array)
    found = FeatureCache(tmp_path).get(KEY, SPEC)
    assert np.array_equal(found, array) and found.dtype == np.asarray(array).dtype and found.shape == np.shape(array)


def test_many_at_once_in_the_order_asked_for(tmp_path):
    cache = FeatureCache(tmp_path)
    cache.put_many(keys(6), SPEC, rows(6))
    cache.put_many(keys(4, start=6), SPEC, rows(4, start=6))
    wanted = [*keys(10)[::-1], KEY, *keys(2)]
    found_rows, found = FeatureCache(tmp_path).get_many(wanted, SPEC)
    assert found.tolist() == [True] * 10 + [False, True, True]
    assert found_rows[found, 0].tolist() == [*range(9, -1, -1), 0, 1]
    assert cache.has_many(wanted, SPEC).tolist() == found.tolist()


@pytest.mark.parametrize("threads", [False, True])
def test_whole_files_parts_of_them_and_scattered_rows(tmp_path, monkeypatch, threads):
    monkeypatch.setattr(module, "_LARGE_BYTES", 0 if threads else 2**40)
    monkeypatch.setattr("ser_core.features.segments._BLOCK_BYTES", 64)
    cache = FeatureCache(tmp_path)
    for start in (0, 40, 80):
        cache.put_many(keys(40, start=start), SPEC, rows(40, start=start))
    order = np.arange(120)
    scattered = np.random.default_rng(0).permutation(120)
    for wanted in (order, order[::-1], order[35:90], np.r_[80:120, 0:40], scattered, np.r_[3:30, scattered[:5], 3:30]):
        found_rows, found = FeatureCache(tmp_path).get_many([keys(120)[i] for i in wanted], SPEC)
        assert found.all() and np.array_equal(found_rows, rows(120)[wanted])


@pytest.mark.parametrize("wanted", [range(20), range(19, -1, -1)], ids=["in a row", "one by one"])
def test_a_row_that_changed_on_disk_is_missing(tmp_path, wanted):
    cache = FeatureCache(tmp_path)
    cache.put_many(keys(20), SPEC, rows(20))
    (file,) = segments(tmp_path)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert not cache.get_many([keys(20)[i] for i in wanted], SPEC)[1].any() and not segments(tmp_path)


def test_nothing_found(tmp_path):
    found_rows, found = FeatureCache(tmp_path).get_many(keys(2), SPEC)
    assert found_rows is None and not found.any()


def test_rows_of_another_shape_than_the_newest_are_missing(tmp_path):
    cache = FeatureCache(tmp_path)
    cache.put_many(keys(2), SPEC, rows(2, width=3))
    cache.put_many(keys(2, start=2), SPEC, rows(2, start=2, width=4))
    found_rows, found = cache.get_many(keys(4), SPEC)
    assert found.tolist() == [False, False, True, True] and found_rows.shape == (4, 4)


def test_one_key_per_row(tmp_path):
    with pytest.raises(ConfigError, match="3 rows and 2 keys"):
        FeatureCache(tmp_path).put_many(keys(2), SPEC, rows(3))


def test_default_folder_follows_the_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path))
    assert FeatureCache().folder == tmp_path / "features"


@settings(max_examples=60)
@given(data=st.data())
def test_broken_files_are_missing_and_go(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("cache")
    cache = FeatureCache(folder)
    cache.put_many(keys(3), SPEC, rows(3))
    (file,) = segments(folder)
    content = file.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    cut = data.draw(st.booleans())
    file.write_bytes(content[:at] if cut else content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :])
    # Seen by a reader that knew the file before, and by one that did not.
    for reader in (cache, FeatureCache(folder)):
        for key, row in zip(keys(3), rows(3), strict=True):
            found = reader.get(key, SPEC)
            assert found is None or np.array_equal(found, row)
    if cut:
        assert not segments(folder)
    cache.put_many(keys(3), SPEC, rows(3))
    assert np.array_equal(FeatureCache(folder).get_many(keys(3), SPEC)[0], rows(3))


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"not a segment"])
def test_files_of_something_else_go(tmp_path, content):
    cache = FeatureCache(tmp_path)
    cache.put(KEY, SPEC, np.zeros(3))
    (file,) = segments(tmp_path)
    file.write_bytes(content)
    assert FeatureCache(tmp_path).get(KEY, SPEC) is None
    assert not file.exists()


def test_never_unpickles(tmp_path):
    cache = FeatureCache(tmp_path)
    cache.put(KEY, SPEC, np.zeros(3))
    (file,) = segments(tmp_path)
    with file.open("wb") as out:
        for _ in range(3):
            np.save(out, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert FeatureCache(tmp_path).get(KEY, SPEC) is None


def test_objects_are_refused_without_a_trace(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        FeatureCache(tmp_path).put(KEY, SPEC, np.array([object()]))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_small_files_are_merged(tmp_path):
    cache = FeatureCache(tmp_path)
    for i in range(100):
        cache.put_many(keys(3, start=2 * i), SPEC, rows(3, start=2 * i))
    assert len(segments(tmp_path)) < module._MANY
    for reader in (cache, FeatureCache(tmp_path)):
        found_rows, found = reader.get_many(keys(201), SPEC)
        assert found.all() and np.array_equal(found_rows, rows(201))


def test_merging_keeps_the_newest_value(tmp_path):
    cache = FeatureCache(tmp_path)
    for i in range(module._MANY + 3):
        cache.put(KEY, SPEC, np.full(3, i, dtype=np.float32))
    assert FeatureCache(tmp_path).get(KEY, SPEC).tolist() == [module._MANY + 2] * 3


def test_merging_gets_past_a_broken_file(tmp_path):
    cache = FeatureCache(tmp_path)
    for i in range(module._MANY - 1):
        cache.put_many(keys(1, start=i), SPEC, rows(1, start=i))
    broken = segments(tmp_path)[4]
    broken.write_bytes(broken.read_bytes()[:-1] + b"\x55")
    for i in range(module._MANY, 3 * module._MANY):
        cache.put_many(keys(1, start=i), SPEC, rows(1, start=i))
    assert len(segments(tmp_path)) < module._MANY
    assert cache.has_many(keys(3 * module._MANY), SPEC).sum() == 3 * module._MANY - 2


def test_a_reader_follows_what_others_merge(tmp_path):
    reader, writer = FeatureCache(tmp_path), FeatureCache(tmp_path)
    for i in range(40):
        writer.put_many(keys(1, start=i), SPEC, rows(1, start=i))
        assert reader.get_many(keys(i + 1), SPEC)[1].all()


def test_the_oldest_go_first(tmp_path):
    cache = FeatureCache(tmp_path, max_bytes=10 * 4500)
    for i in range(14):
        cache.put_many(keys(1, start=i), SPEC if i % 2 else SPEC + "-other", rows(1, start=i, width=1000))
    kept = [i for i in range(14) if cache.get(keys(1, start=i)[0], SPEC if i % 2 else SPEC + "-other") is not None]
    assert kept == list(range(14 - len(kept), 14)) and kept
    assert sum(path.stat().st_size for path in segments(tmp_path)) <= 10 * 4500


def test_what_a_killed_writer_left_goes(tmp_path):
    import os

    cache = FeatureCache(tmp_path)
    old, young = (tmp_path / SPEC / f".{name}.seg" for name in ("old", "young"))
    old.parent.mkdir(parents=True)
    for file in (old, young):
        file.write_bytes(b"half")
    os.utime(old, (1, 1))
    cache.put(KEY, SPEC, np.zeros(3))
    assert not old.exists() and young.exists()


def test_many_writers_of_one_entry(tmp_path):
    arrays = [np.full(5000, i, dtype=np.float32) for i in range(8)]

    def write(array):
        cache = FeatureCache(tmp_path)
        for _ in range(10):
            cache.put(KEY, SPEC, array)
            found = cache.get(KEY, SPEC)
            assert len(np.unique(found)) == 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, arrays))


_WRITER = """
import sys, json
import numpy as np
from ser_core.features.cache import FeatureCache
folder, start = sys.argv[1], int(sys.argv[2])
cache = FeatureCache(folder)
lost = 0
for i in range(start, start + 60):
    cache.put(f"{i:064x}", "0123456789abcdef", np.full(50, i, dtype=np.float32))
    found = cache.get(f"{i:064x}", "0123456789abcdef")
    lost += found is None or found[0] != i
print(int(lost))
"""


def test_processes_lose_nothing_while_all_of_them_merge(tmp_path):
    started = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path), str(1000 * k)], stdout=subprocess.PIPE)
        for k in range(3)
    ]
    assert [json.loads(process.communicate(timeout=60)[0]) for process in started] == [0, 0, 0]
    numbers = [1000 * k + i for k in range(3) for i in range(60)]
    found_rows, found = FeatureCache(tmp_path).get_many([f"{i:064x}" for i in numbers], SPEC)
    assert found.all() and found_rows[:, 0].tolist() == numbers


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "a b c d", "/abs", "abc"])
def test_refuses_keys_that_are_no_names(tmp_path, key):
    cache = FeatureCache(tmp_path)
    with pytest.raises(ConfigError, match="cache key"):
        cache.get(key, SPEC)
    with pytest.raises(ConfigError, match="cache key"):
        cache.put(KEY, key, np.zeros(1))
    with pytest.raises(ConfigError, match="cache key"):
        cache.put(key, SPEC, np.zeros(1))


def test_refuses_no_space(tmp_path):
    with pytest.raises(ConfigError, match="max_bytes"):
        FeatureCache(tmp_path, max_bytes=0)
