"""Features by a real Dask scheduler with real worker processes."""

import functools
import time

import numpy as np
import pytest

from ser_core import corpora
from ser_core.augment import Augmentation
from ser_core.errors import CancelledError, CorpusNotFoundError, UnreadableAudioError, WorkerError
from ser_core.features import FunctionalsSpec, LogMelSpec, cluster, table
from ser_core.features.cache import FeatureCache
from ser_core.progress import Meter
from ser_core.testing import make_ravdess

distributed = pytest.importorskip("distributed", reason="needs the package distributed")

SPECS = [FunctionalsSpec(), LogMelSpec()]


def local_cluster():
    """A scheduler here, as yet without workers; those that come are processes of their own."""
    return distributed.LocalCluster(
        n_workers=0, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
    )


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    make_ravdess(root, actors=2, clips=8, duration_s=0.4)
    return root


@pytest.fixture(scope="module")
def manifest(root):
    return corpora.get("ravdess").scan(root)


@pytest.fixture(scope="module")
def address(root, two_workers):
    """A scheduler with two processes for workers, whose data root is that of the corpus."""
    with (
        pytest.MonkeyPatch.context() as patch,
        local_cluster() as local,
    ):
        patch.setenv("SER_DATA_ROOT", str(root))
        two_workers(local)
        yield local.scheduler_address


@pytest.fixture
def cache(tmp_path):
    return FeatureCache(tmp_path)


def test_two_workers_give_the_bytes_of_one_process(root, manifest, address, cache, tmp_path):
    reports = []
    spread = table.matrices(manifest, SPECS, cache=cache, dask=address, progress=reports.append)
    alone = table.matrices(manifest, SPECS, root=root, cache=FeatureCache(tmp_path / "other"), workers=1)
    assert [a.tobytes() for a in spread] == [b.tobytes() for b in alone]
    assert reports[-1].done == reports[-1].total == len(manifest)


def test_augmentation_travels(root, manifest, address, cache, tmp_path):
    augmentation = Augmentation("noise", {"snr_db": 10.0})
    spread = table.matrix(manifest, SPECS[0], cache=cache, dask=address, augmentation=augmentation)
    other = FeatureCache(tmp_path / "other")
    alone = table.matrix(manifest, SPECS[0], root=root, cache=other, workers=1, augmentation=augmentation)
    assert np.array_equal(spread, alone)


def test_goes_on_where_it_was_cancelled(manifest, address, cache, monkeypatch):
    # Every step is reported: at the usual rate the work may be done before the second report.
    monkeypatch.setattr(table, "Meter", functools.partial(Meter, interval_s=0.0))
    done = []
    with pytest.raises(CancelledError):
        table.fill_cache(
            manifest, SPECS, cache=cache, dask=address, progress=done.append, cancel=lambda: done[-1].done >= 4
        )
    kept = int(cache.has_many(manifest["sha256"], SPECS[0].hash).sum())
    assert 4 <= kept < len(manifest)
    reports = []
    table.fill_cache(manifest, SPECS, cache=cache, dask=address, progress=reports.append)
    assert reports[0].done == kept and reports[-1].done == len(manifest)
    # All there: no cluster is asked any more.
    table.fill_cache(manifest, SPECS, cache=cache, dask="tcp://127.0.0.1:1")


def test_a_clip_that_cannot_be_decoded_is_named(tmp_path, address, cache):
    make_ravdess(tmp_path, actors=1, clips=3, duration_s=0.4)
    manifest = corpora.get("ravdess").scan(tmp_path)
    broken = tmp_path / manifest["path"][1]
    broken.write_bytes(b"RIFF but no sound")
    manifest = corpora.get("ravdess").scan(tmp_path)
    with pytest.raises(UnreadableAudioError, match=manifest["path"][1]):
        table.matrix(manifest, SPECS[0], root=tmp_path, cache=cache, dask=address)


def test_another_copy_is_refused(manifest, address, cache):
    other = manifest.assign(sha256=["0" * 63 + format(i, "x") for i in range(16)])
    with pytest.raises(CorpusNotFoundError, match="another copy of ravdess"):
        table.matrix(other, SPECS[0], cache=cache, dask=address)
    assert not cache.has_many(other["sha256"], SPECS[0].hash).any()


def test_audio_that_the_workers_lack(manifest, address, cache, tmp_path):
    with pytest.raises(CorpusNotFoundError, match=r"The worker on .* does not find ravdess.*SER_DATA_ROOT"):
        table.matrix(manifest, SPECS[0], root=tmp_path, cache=cache, dask=address)


def test_other_versions_are_refused(manifest, address, cache, monkeypatch):
    expected = {**cluster.versions(), "numpy": "1.0"}
    monkeypatch.setattr(cluster, "versions", lambda: expected)
    with pytest.raises(WorkerError, match=r"numpy .* instead of 1\.0"):
        table.matrix(manifest, SPECS[0], cache=cache, dask=address)


@pytest.mark.parametrize(
    "nowhere", ["tcp://127.0.0.1:1", "127.0.0.1:1", "nonsense://x", "tcp://127.0.0.1:notaport", ""]
)
def test_no_scheduler_is_told_within_seconds(manifest, cache, nowhere, monkeypatch):
    monkeypatch.setattr(cluster, "_CONNECT_S", 1)
    start = time.monotonic()
    with pytest.raises(WorkerError, match="No Dask scheduler answers"):
        table.matrix(manifest, SPECS[0], cache=cache, dask=nowhere)
    assert time.monotonic() - start < 10


def test_a_scheduler_without_workers(manifest, cache, monkeypatch):
    monkeypatch.setattr(cluster, "_FIRST_WORKER_S", 0.5)
    with (
        local_cluster() as local,
        pytest.raises(WorkerError, match="has no workers"),
    ):
        table.matrix(manifest, SPECS[0], cache=cache, dask=local.scheduler_address)


class _Client:
    """Stands for a client whose cluster comes and goes."""

    def __init__(self):
        self.status, self.workers = "running", {"tcp://a:1": 1}

    def nthreads(self):
        if self.workers is None:
            raise OSError("closed")
        return self.workers


def test_a_cluster_that_goes_away_is_given_up_after_a_while(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(cluster.time, "monotonic", lambda: now[0])
    client = _Client()
    check = cluster._watch(client, "tcp://a:0")

    def at(seconds):
        now[0] = seconds
        check()

    at(100)
    for gone in ({}, None):
        client.workers = gone
        at(now[0] + 20)
        client.workers = {"tcp://b:1": 1}
        at(now[0] + 20)
    client.workers = {}
    at(now[0] + 20)
    with pytest.raises(WorkerError, match="have gone"):
        at(now[0] + 20)
