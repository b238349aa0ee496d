"""Features of a corpus: order, resuming, cancelling, processes, missing audio."""

import numpy as np
import pytest

from ser_core import corpora
from ser_core.audio import decode
from ser_core.augment import Augmentation
from ser_core.errors import CancelledError, CorpusNotFoundError
from ser_core.features import FunctionalsSpec, extract, table
from ser_core.features.cache import FeatureCache
from ser_core.testing import make_ravdess

SPEC = FunctionalsSpec()


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    make_ravdess(root, actors=2, clips=5, duration_s=0.4)
    return root


@pytest.fixture(scope="module")
def manifest(root):
    return corpora.get("ravdess").scan(root)


@pytest.fixture
def cache(tmp_path):
    return FeatureCache(tmp_path)


def test_rows_are_those_of_each_clip_alone_bit_by_bit(root, manifest, cache):
    rows = table.matrix(manifest, SPEC, root=root, cache=cache, workers=1)
    assert rows.dtype == np.float32
    for row, path in zip(rows, manifest["path"], strict=True):
        audio = decode(root / path)
        assert np.array_equal(row, extract(audio.signal, sr=audio.sr, spec=SPEC))


def test_follows_the_order_of_the_manifest(root, manifest, cache):
    rows = table.matrix(manifest, SPEC, root=root, cache=cache, workers=1)
    turned = table.matrix(manifest.iloc[::-1], SPEC, root=root, cache=cache, workers=1)
    assert np.array_equal(turned, rows[::-1])


def test_second_time_needs_no_audio(root, manifest, cache, tmp_path):
    rows = table.matrix(manifest, SPEC, root=root, cache=cache, workers=1)
    again = table.matrix(manifest, SPEC, root=tmp_path / "nowhere", cache=cache)
    assert np.array_equal(rows, again)


def test_cancelled_work_is_kept(root, manifest, cache):
    calls = []

    def cancel():
        calls.append(1)
        return len(calls) >= 4

    with pytest.raises(CancelledError):
        table.matrix(manifest, SPEC, root=root, cache=cache, workers=1, cancel=cancel)
    kept = sum(cache.get(sha256, SPEC.hash) is not None for sha256 in manifest["sha256"])
    assert 0 < kept < len(manifest)
    reports = []
    table.matrix(manifest, SPEC, root=root, cache=cache, workers=1, progress=reports.append)
    assert reports[0].done == kept
    assert reports[-1].done == reports[-1].total == len(manifest)


def test_the_same_audio_is_computed_once(root, manifest, cache, monkeypatch):
    import pandas as pd

    computed = []
    plain = table.clip_features
    monkeypatch.setattr(table, "clip_features", lambda *task: computed.append(task[0]) or plain(*task))
    rows = table.matrix(pd.concat([manifest, manifest]), SPEC, root=root, cache=cache, workers=1)
    assert len(computed) == manifest["sha256"].nunique()
    assert np.array_equal(rows[: len(manifest)], rows[len(manifest) :])


def test_processes_give_the_same_bits(root, manifest, cache, tmp_path, monkeypatch):
    monkeypatch.setattr(table, "_MIN_PARALLEL", 1)
    monkeypatch.setattr(table, "_CHUNK", 3)
    parallel = table.matrix(manifest, SPEC, root=root, cache=cache, workers=2)
    alone = table.matrix(manifest, SPEC, root=root, cache=FeatureCache(tmp_path / "other"), workers=1)
    assert np.array_equal(parallel, alone)


def test_augmentation_is_repeatable_and_kept_apart(root, manifest, cache, tmp_path):
    augmentation = Augmentation("noise", {"snr_db": 10.0})
    plain = table.matrix(manifest, SPEC, root=root, cache=cache, workers=1)
    noisy, again = (
        table.matrix(manifest, SPEC, root=root, cache=c, workers=1, augmentation=augmentation)
        for c in (cache, FeatureCache(tmp_path / "other"))
    )
    assert np.array_equal(noisy, again)
    assert not np.array_equal(noisy, plain)
    assert table.cache_key(SPEC, augmentation) != table.cache_key(SPEC)


def test_missing_audio_says_how_to_get_it(manifest, cache, tmp_path):
    with pytest.raises(CorpusNotFoundError, match=r"10 of 10 clips .* corpora download ravdess"):
        table.matrix(manifest, SPEC, root=tmp_path, cache=cache)


def test_empty_manifest(manifest, cache):
    assert len(table.matrix(manifest.iloc[:0], SPEC, cache=cache)) == 0
