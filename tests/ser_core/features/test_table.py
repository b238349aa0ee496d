"""Features of a corpus: order, resuming, cancelling, processes, missing audio."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from ser_core import corpora
from ser_core.audio import decode
from ser_core.augment import Augmentation
from ser_core.errors import CancelledError, CorpusNotFoundError, UnreadableAudioError, WorkerError
from ser_core.features import FunctionalsSpec, LogMelSpec, extract, jobs, table
from ser_core.features.cache import FeatureCache
from ser_core.features.segments import open_segment
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


def test_what_was_computed_at_several_times_lies_in_order_in_the_end(root, manifest, cache, monkeypatch):
    monkeypatch.setattr("ser_core.features.segment_folder._LARGE_BYTES", 1)
    for part in (manifest.iloc[1::2], manifest):
        rows = table.matrix(part, SPEC, root=root, cache=cache, workers=1)
    (file,) = cache.folder.rglob("*.seg")
    assert list(open_segment(file).keys) == manifest["sha256"].tolist()
    assert np.array_equal(table.matrix(manifest, SPEC, root=root, cache=cache, workers=1), rows)


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
    plain = jobs.clip_features
    monkeypatch.setattr(jobs, "clip_features", lambda *task: computed.append(task[1].sha256) or plain(*task))
    rows = table.matrix(pd.concat([manifest, manifest]), SPEC, root=root, cache=cache, workers=1)
    assert len(computed) == manifest["sha256"].nunique()
    assert np.array_equal(rows[: len(manifest)], rows[len(manifest) :])


def test_processes_give_the_same_bits(root, manifest, cache, tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "_MIN_PARALLEL", 1)
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


def test_several_specs_are_those_of_each_alone(root, manifest, cache, tmp_path):
    specs = [SPEC, LogMelSpec(), FunctionalsSpec(sr=22_050)]
    together = table.matrices(manifest, specs, root=root, cache=cache, workers=1)
    for spec, rows in zip(specs, together, strict=True):
        alone = table.matrix(manifest, spec, root=root, cache=FeatureCache(tmp_path / "other"), workers=1)
        assert np.array_equal(rows, alone)


def test_each_clip_is_decoded_once_for_all_specs(root, manifest, cache, monkeypatch):
    from ser_core import audio

    decoded = []
    plain = audio.decode
    monkeypatch.setattr(audio, "decode", lambda source, **options: decoded.append(source) or plain(source, **options))
    table.matrices(manifest, [SPEC, LogMelSpec()], root=root, cache=cache, workers=1)
    assert len(decoded) == len(manifest)


def test_only_what_is_missing_is_computed(root, manifest, cache, monkeypatch):
    logmels = table.matrix(manifest.iloc[:4], LogMelSpec(), root=root, cache=cache, workers=1)
    asked = []
    plain = jobs.clip_features
    monkeypatch.setattr(jobs, "clip_features", lambda *task: asked.append(task[1].missing) or plain(*task))
    functionals, again = table.matrices(manifest, [SPEC, LogMelSpec()], root=root, cache=cache, workers=1)
    assert asked == [(0,)] * 4 + [(0, 1)] * 6
    assert np.array_equal(again[:4], logmels) and np.isfinite(functionals).all()


def test_the_cache_is_filled_without_the_arrays(root, manifest, cache, tmp_path):
    reports = []
    assert table.fill_cache(manifest, [SPEC], root=root, cache=cache, workers=1, progress=reports.append) is None
    assert reports[-1].done == len(manifest)
    assert len(table.matrix(manifest, SPEC, root=tmp_path / "nowhere", cache=cache)) == len(manifest)


def test_a_clip_that_cannot_be_decoded_is_named_and_the_others_are_kept(tmp_path, cache, monkeypatch):
    monkeypatch.setattr(jobs, "_MIN_PARALLEL", 1)
    make_ravdess(tmp_path, actors=1, clips=6, duration_s=0.4)
    manifest = corpora.get("ravdess").scan(tmp_path)
    (tmp_path / manifest["path"][2]).write_bytes(b"RIFF but no sound")
    for workers in (1, 2):
        with pytest.raises(UnreadableAudioError, match=manifest["path"][2]) as caught:
            table.matrix(manifest, SPEC, root=tmp_path, cache=cache, workers=workers)
        assert caught.value.advice
    assert cache.has_many(manifest["sha256"], SPEC.hash).sum() >= 2


class _Dying:
    """Stands for a spec; whoever unpickles it dies."""

    kind, sr, hash = "functionals", 16_000, "0123456789abcdef"

    def __reduce__(self):
        return os._exit, (1,)


def test_a_process_that_dies_is_told(root, manifest, cache, monkeypatch):
    monkeypatch.setattr(jobs, "_MIN_PARALLEL", 1)
    with pytest.raises(WorkerError, match="fewer than 2 workers"):
        table.matrix(manifest, _Dying(), root=root, cache=cache, workers=2)


_EXTRACTION = """
import sys
from ser_core import corpora
from ser_core.features import FunctionalsSpec, LogMelSpec, jobs, table
jobs.CHUNK = table.CHUNK = 4
jobs._MIN_PARALLEL = 1
if __name__ == "__main__":
    manifest = corpora.get("ravdess").scan(sys.argv[1])
    table.fill_cache(manifest, [FunctionalsSpec(), LogMelSpec()], root=sys.argv[1], workers=int(sys.argv[2]))
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_extraction_goes_on_where_it_stopped(tmp_path, workers):
    make_ravdess(tmp_path / "data", actors=2, clips=16, duration_s=0.6)
    manifest = corpora.get("ravdess").scan(tmp_path / "data")
    script = tmp_path / "extraction.py"
    script.write_text(_EXTRACTION)
    cache = FeatureCache(tmp_path / "cache" / "features")
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "data"), str(workers)],
        env={**os.environ, "SER_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": os.pathsep.join(sys.path)},
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while cache.has_many(manifest["sha256"], SPEC.hash).sum() < 8 and time.monotonic() < deadline:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept = int(cache.has_many(manifest["sha256"], SPEC.hash).sum())
    assert kept >= 8
    reports = []
    rows = table.matrices(
        manifest, [SPEC, LogMelSpec()], root=tmp_path / "data", cache=cache, workers=1, progress=reports.append
    )
    # The last chunk may have been stored under one spec and not yet under the other.
    assert kept - 4 <= reports[0].done <= kept
    fresh = FeatureCache(tmp_path / "fresh")
    whole = table.matrices(manifest, [SPEC, LogMelSpec()], root=tmp_path / "data", cache=fresh, workers=1)
    assert all(np.array_equal(a, b) for a, b in zip(rows, whole, strict=True))
