"""The feature cache: whole files or none, bounded, several processes at once."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ser_core.errors import ConfigError
from ser_core.features.cache import FeatureCache

KEY = "ab" * 32
SPEC = "0123456789abcdef"


def test_gives_back_what_was_put(tmp_path):
    cache = FeatureCache(tmp_path)
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert cache.get(KEY, SPEC) is None
    cache.put(KEY, SPEC, array)
    assert np.array_equal(FeatureCache(tmp_path).get(KEY, SPEC), array)
    assert cache.get(KEY, SPEC + "-augmented") is None
    assert cache.get("cd" * 32, SPEC) is None


def test_default_folder_follows_the_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path))
    assert FeatureCache().folder == tmp_path / "features"


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"not an array"])
def test_broken_files_are_missing_and_go(tmp_path, content):
    cache = FeatureCache(tmp_path)
    cache.put(KEY, SPEC, np.zeros(3))
    cache.path(KEY, SPEC).write_bytes(content)
    assert cache.get(KEY, SPEC) is None
    assert not cache.path(KEY, SPEC).exists()


def test_never_unpickles(tmp_path):
    cache = FeatureCache(tmp_path)
    cache.put(KEY, SPEC, np.zeros(3))
    np.save(cache.path(KEY, SPEC), np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert cache.get(KEY, SPEC) is None


def test_no_temporary_files_stay(tmp_path):
    cache = FeatureCache(tmp_path)
    with pytest.raises(ValueError, match="allow_pickle"):
        cache.put(KEY, SPEC, np.array([object()]))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_oldest_go_first(tmp_path):
    array = np.zeros(1000, dtype=np.float32)
    cache = FeatureCache(tmp_path, max_bytes=10 * 4200)
    keys = [f"{i:064x}" for i in range(14)]
    for age, key in enumerate(keys):
        cache.put(key, SPEC, array)
        os.utime(cache.path(key, SPEC), (age, age)) if cache.path(key, SPEC).exists() else None
    kept = [key for key in keys if cache.get(key, SPEC) is not None]
    assert kept == keys[-len(kept) :]
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.npy")) <= 10 * 4200


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


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "a b c d", "/abs", "abc"])
def test_refuses_keys_that_are_no_names(tmp_path, key):
    cache = FeatureCache(tmp_path)
    with pytest.raises(ConfigError, match="cache key"):
        cache.get(key, SPEC)
    with pytest.raises(ConfigError, match="cache key"):
        cache.put(KEY, key, np.zeros(1))


def test_refuses_no_space(tmp_path):
    with pytest.raises(ConfigError, match="max_bytes"):
        FeatureCache(tmp_path, max_bytes=0)
