"""Features of a whole corpus, computed by several processes or a cluster through the cache."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ser_core.errors import CorpusNotFoundError
from ser_core.features.cache import FeatureCache
from ser_core.features.jobs import CHUNK, Clip, Work, compute
from ser_core.features.spec import FeatureSpec
from ser_core.progress import CancelCallback, Meter, ProgressCallback

if TYPE_CHECKING:
    import pandas as pd

    from ser_core.augment import Augmentation

_MISSING_SHOWN = 3


def matrix(manifest: "pd.DataFrame", spec: FeatureSpec, **options) -> np.ndarray:
    """Features of every clip of a manifest under one spec: `matrices` with a single one, and its options.

    Returns
    -------
    np.ndarray [shape=(n_clips, ...)]
        float32, in the order of the manifest.
    """
    return matrices(manifest, [spec], **options)[0]


def matrices(
    manifest: "pd.DataFrame",
    specs: Sequence[FeatureSpec],
    *,
    root: Path | str | None = None,
    augmentation: "Augmentation | None" = None,
    workers: int | None = None,
    cache: FeatureCache | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
    dask: str | None = None,
) -> list[np.ndarray]:
    """Features of every clip of a manifest under several specs, each clip being decoded once.

    What was computed before comes from the cache, so that a stopped run goes on where it was. Audio is only needed
    for what the cache lacks. Where the arrays are too large for the memory, call `fill_cache`, then this for one slice
    of the manifest after the other.

    Parameters
    ----------
    manifest : pd.DataFrame
        One row per clip, with `clip_id`, `corpus`, `path` and `sha256`.
    specs : sequence of FeatureSpec
        What to compute.
    root : Path or str, optional
        Data root; that of the settings unless given.
    augmentation : Augmentation, optional
        Applied to each clip first, seeded by the clip's SHA-256: the same clip is always changed in the same way.
    workers : int, optional
        Processes; one per core unless given, and none besides this one for a handful of clips.
    cache : FeatureCache, optional
        Where results are kept; that of the settings unless given.
    progress, cancel : callable, optional
        See `ser_core.progress`.
    dask : str, optional
        Address of a Dask scheduler, as ``tcp://host:8786``, whose workers compute in place of processes here; see
        `ser_core.features.cluster`.

    Returns
    -------
    list of np.ndarray [shape=(n_clips, ...)]
        float32, one array per spec, in the order of the manifest.

    Raises
    ------
    CorpusNotFoundError
        If audio that is needed is not on this machine.
    AudioError
        If a file cannot be decoded; what was computed is in the cache.
    WorkerError
        If a process died or the cluster cannot do the work; what was computed is in the cache.
    CancelledError
        If `cancel` answered true; what was computed is in the cache.
    """
    cache = cache if cache is not None else FeatureCache()
    hashes = _hashes(manifest)
    if not hashes:
        return [np.empty((0,), dtype=np.float32) for _ in specs]
    stored = [cache.get_many(hashes, cache_key(spec, augmentation)) for spec in specs]
    arrays = [rows for rows, _ in stored]
    places: dict[str, list[int]] = {}
    for i, sha256 in enumerate(hashes):
        places.setdefault(sha256, []).append(i)

    def keep(sha256: str, i: int, row: np.ndarray) -> None:
        if arrays[i] is None:
            arrays[i] = np.empty((len(hashes), *row.shape), dtype=row.dtype)
        arrays[i][places[sha256]] = row

    _complete(
        manifest,
        Work(tuple(specs), augmentation),
        [found for _, found in stored],
        cache=cache,
        keep=keep,
        root=root,
        workers=workers,
        progress=progress,
        cancel=cancel,
        dask=dask,
    )
    return arrays


def fill_cache(
    manifest: "pd.DataFrame",
    specs: Sequence[FeatureSpec],
    *,
    augmentation: "Augmentation | None" = None,
    cache: FeatureCache | None = None,
    **options,
) -> None:
    """Compute what `matrices` would, but only into the cache: the memory does not grow with the corpus.

    Options and errors are those of `matrices`.
    """
    cache = cache if cache is not None else FeatureCache()
    hashes = _hashes(manifest)
    found = [cache.has_many(hashes, cache_key(spec, augmentation)) for spec in specs]
    _complete(manifest, Work(tuple(specs), augmentation), found, cache=cache, **options)


def cache_key(spec: FeatureSpec, augmentation: "Augmentation | None" = None) -> str:
    """Second half of the cache key: the hash of the spec, and of the augmentation where there is one."""
    return spec.hash if augmentation is None else f"{spec.hash}-{augmentation.hash}"


def _complete(
    manifest: "pd.DataFrame",
    work: Work,
    found: list[np.ndarray],
    *,
    cache: FeatureCache,
    keep: Callable[[str, int, np.ndarray], None] | None = None,
    root: Path | str | None = None,
    workers: int | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
    dask: str | None = None,
) -> None:
    """Compute what was not found, put it into the cache, and hand each row to `keep` with the position of its spec."""
    clips = _clips(manifest, found, root=root, here=dask is None)
    total = manifest["sha256"].nunique()
    meter = Meter(
        progress, total=total, unit="clips", message="Computing features", cancel=cancel, done=total - len(clips)
    )
    if not clips:
        return
    if dask is None:
        results = compute(clips, work, workers=workers, cancel=cancel)
    else:
        from ser_core.features.cluster import compute_on_cluster

        results = compute_on_cluster(clips, work, address=dask, root=root, cancel=cancel)
    keys = [cache_key(spec, work.augmentation) for spec in work.specs]
    buffer = _Buffer(cache, keys)
    try:
        for batch in results:
            for sha256, features in batch:
                for i, row in features.items():
                    buffer.add(sha256, i, row)
                    if keep is not None:
                        keep(sha256, i, row)
            buffer.store(at_least=CHUNK)
            meter.add(len(batch))
    finally:
        # Whatever ended the work: its processes end, too, and what was handed over is kept.
        results.close()
        buffer.store(at_least=1)
    for key in keys:
        cache.arrange(_hashes(manifest), key)


def _hashes(manifest: "pd.DataFrame") -> list[str]:
    return manifest["sha256"].astype(str).tolist()


class _Buffer:
    """Rows on their way into the cache, so that a file there holds a chunk rather than a clip."""

    def __init__(self, cache: FeatureCache, keys: list[str]):
        self._cache = cache
        self._waiting: dict[str, list[tuple[str, np.ndarray]]] = {key: [] for key in keys}
        self._keys = keys

    def add(self, sha256: str, i: int, row: np.ndarray) -> None:
        self._waiting[self._keys[i]].append((sha256, row))

    def store(self, *, at_least: int) -> None:
        for key, waiting in self._waiting.items():
            if len(waiting) >= at_least:
                self._cache.put_many([sha256 for sha256, _ in waiting], key, np.stack([row for _, row in waiting]))
                waiting.clear()


def _clips(manifest: "pd.DataFrame", found: list[np.ndarray], *, root: Path | str | None, here: bool) -> list[Clip]:
    """What is to be computed, the same audio under two names once; the corpus knows where its files lie."""
    lacking = ~np.logical_and.reduce(found)
    if not lacking.any():
        return []
    from ser_core import corpora

    todo: dict[str, Clip] = {}
    lost = []
    for row, i in zip(manifest[lacking].itertuples(), np.flatnonzero(lacking), strict=True):
        if row.sha256 not in todo:
            missing = tuple(k for k, there in enumerate(found) if not there[i])
            file = corpora.get(row.corpus).clip_path(row.path, root=root) if here else None
            todo[row.sha256] = Clip(row.sha256, row.corpus, row.path, file, missing)
            if here and file is None:
                lost.append(row)
    if lost:
        shown = ", ".join(row.path for row in lost[:_MISSING_SHOWN])
        raise CorpusNotFoundError(
            f"{len(lost)} of {len(manifest)} clips are not on this machine "
            f"({shown}{', ...' * (len(lost) > _MISSING_SHOWN)}). "
            f"Download them with `python -m ser_core corpora download {lost[0].corpus}`, or set SER_DATA_ROOT to the "
            f"folder that holds `{lost[0].corpus}`."
        )
    return list(todo.values())
