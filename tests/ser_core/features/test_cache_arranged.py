"""Rows that lie in order in one file: opened without a copy, as whole and as safe as any others."""

import json
import subprocess
import sys

import numpy as np
import pytest

from ser_core.features import segment_folder as module
from ser_core.features.cache import FeatureCache

SPEC = "0123456789abcdef"


@pytest.fixture(autouse=True)
def _everything_is_large(monkeypatch):
    monkeypatch.setattr(module, "_LARGE_BYTES", 1)


def segments(folder):
    return sorted(folder.rglob("*.seg"))


def keys(numbers):
    return [f"{i:064x}" for i in numbers]


def rows(numbers, *, plus=0.0):
    return np.array(numbers, dtype=np.float32)[:, None] + plus + np.zeros(5, dtype=np.float32)


def fill(cache, *parts):
    for part in parts:
        cache.put_many(keys(part), SPEC, rows(part))


def is_mapped(array):
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array.base is not None


def test_what_was_written_piece_by_piece_becomes_one_file_in_order(tmp_path):
    cache = FeatureCache(tmp_path)
    fill(cache, [4, 1], [0, 3], [5, 2])
    assert not is_mapped(cache.get_many(keys(range(6)), SPEC)[0])
    cache.arrange(keys(range(6)), SPEC)
    assert len(segments(tmp_path)) == 1
    for reader in (cache, FeatureCache(tmp_path)):
        for wanted in (range(6), range(2, 5), [5]):
            found_rows, found = reader.get_many(keys(wanted), SPEC)
            assert found.all() and np.array_equal(found_rows, rows(wanted)) and is_mapped(found_rows)
        assert reader.get_many(keys([3, 1]), SPEC)[0][:, 0].tolist() == [3, 1]


def test_the_same_clip_twice(tmp_path):
    cache = FeatureCache(tmp_path)
    fill(cache, [0, 1], [2, 3])
    wanted = [0, 1, 2, 1, 3]
    cache.arrange(keys(wanted), SPEC)
    found_rows, found = FeatureCache(tmp_path).get_many(keys(wanted), SPEC)
    assert found.all() and np.array_equal(found_rows, rows(wanted)) and is_mapped(found_rows)


def test_what_else_the_files_held_is_kept_once(tmp_path):
    cache = FeatureCache(tmp_path)
    fill(cache, [0, 7, 1], [2, 8, 3], [9])
    cache.arrange(keys(range(4)), SPEC)
    assert len(segments(tmp_path)) == 2
    found_rows, found = cache.get_many(keys([9, 8, 7, 0]), SPEC)
    assert found.all() and found_rows[:, 0].tolist() == [9, 8, 7, 0]


def test_the_newest_value_of_a_clip_is_kept(tmp_path):
    cache = FeatureCache(tmp_path)
    fill(cache, [0, 1, 2])
    cache.put_many(keys([1, 3]), SPEC, rows([1, 3], plus=0.5))
    cache.arrange(keys(range(4)), SPEC)
    assert FeatureCache(tmp_path).get_many(keys(range(4)), SPEC)[0][:, 0].tolist() == [0, 1.5, 2, 3.5]
    cache.put_many(keys([2]), SPEC, rows([2], plus=0.25))
    assert FeatureCache(tmp_path).get_many(keys(range(4)), SPEC)[0][:, 0].tolist() == [0, 1.5, 2.25, 3.5]


def test_changing_an_array_changes_no_file(tmp_path):
    cache = FeatureCache(tmp_path)
    fill(cache, range(6))
    first = cache.get_many(keys(range(6)), SPEC)[0]
    assert is_mapped(first)
    first += 100
    assert np.array_equal(FeatureCache(tmp_path).get_many(keys(range(6)), SPEC)[0], rows(range(6)))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a file that is mapped")
def test_an_array_outlives_its_file(tmp_path):
    cache = FeatureCache(tmp_path)
    fill(cache, range(6))
    array = cache.get_many(keys(range(6)), SPEC)[0]
    for file in segments(tmp_path):
        file.unlink()
    assert not FeatureCache(tmp_path).has_many(keys(range(6)), SPEC).any()
    assert np.array_equal(array, rows(range(6)))


def test_a_row_that_changed_on_disk_is_missing(tmp_path):
    cache = FeatureCache(tmp_path)
    fill(cache, range(6))
    (file,) = segments(tmp_path)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert not cache.get_many(keys(range(6)), SPEC)[1].any() and not segments(tmp_path)


def _unchanged(folder, cache, wanted):
    before = segments(folder)
    cache.arrange(keys(wanted), SPEC)
    return segments(folder) == before


def test_nothing_moves_where_it_does_not_help(tmp_path, monkeypatch):
    cache = FeatureCache(tmp_path)
    fill(cache, range(20), [20])
    assert _unchanged(tmp_path, cache, range(21)), "one clip more"
    assert _unchanged(tmp_path, cache, []), "nothing"
    fill(cache, range(21, 40))
    assert _unchanged(tmp_path, cache, range(41)), "a clip is missing"
    monkeypatch.setattr(module, "_LARGE_BYTES", 2**20)
    assert _unchanged(tmp_path, cache, range(40)), "small"
    monkeypatch.setattr(module, "_LARGE_BYTES", 1)
    assert not _unchanged(tmp_path, cache, range(40))


def test_rows_of_two_shapes_stay_apart(tmp_path):
    cache = FeatureCache(tmp_path)
    fill(cache, [0, 1])
    cache.put_many(keys([2, 3]), SPEC, np.zeros((2, 7), dtype=np.float32))
    assert _unchanged(tmp_path, cache, range(4))


def test_no_file_becomes_more_than_a_quarter_of_the_cache(tmp_path):
    parts = [range(10), range(10, 20)]
    fill(FeatureCache(tmp_path), *parts)
    assert _unchanged(tmp_path, FeatureCache(tmp_path, max_bytes=4 * 20 * 20 - 1), range(20))
    assert not _unchanged(tmp_path, FeatureCache(tmp_path, max_bytes=4 * 20 * 20), range(20))


def test_a_broken_file_stops_nothing(tmp_path):
    cache = FeatureCache(tmp_path)
    fill(cache, range(10), range(10, 20))
    broken = segments(tmp_path)[0]
    content = bytearray(broken.read_bytes())
    content[-1] ^= 1
    broken.write_bytes(content)
    cache.arrange(keys(range(20)), SPEC)
    found = FeatureCache(tmp_path).get_many(keys(range(20)), SPEC)[1]
    assert found.tolist() == [False] * 10 + [True] * 10


_WRITER = """
import sys
import numpy as np
from ser_core.features import segment_folder
from ser_core.features.cache import FeatureCache
segment_folder._LARGE_BYTES = 1
folder, start = sys.argv[1], int(sys.argv[2])
cache, spec, lost = FeatureCache(folder), "0123456789abcdef", 0
for done in range(start, start + 40, 4):
    new = [f"{i:064x}" for i in range(done, done + 4)]
    cache.put_many(new, spec, np.arange(done, done + 4, dtype=np.float32)[:, None])
    written = [f"{i:064x}" for i in range(start, done + 4)]
    cache.arrange(written, spec)
    rows, found = cache.get_many(written, spec)
    lost += not found.all() or rows[:, 0].tolist() != list(range(start, done + 4))
print(int(lost))
"""


def test_processes_lose_nothing_while_all_of_them_arrange(tmp_path):
    started = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path), str(1000 * k)], stdout=subprocess.PIPE)
        for k in range(3)
    ]
    assert [json.loads(process.communicate(timeout=60)[0]) for process in started] == [0, 0, 0]
    numbers = [1000 * k + i for k in range(3) for i in range(40)]
    found_rows, found = FeatureCache(tmp_path).get_many(keys(numbers), SPEC)
    assert found.all() and found_rows[:, 0].tolist() == numbers
