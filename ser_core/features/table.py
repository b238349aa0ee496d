"""Features of a whole corpus, computed by several processes through the cache."""

import os
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ser_core.errors import CorpusNotFoundError
from ser_core.features.cache import FeatureCache
from ser_core.features.spec import FeatureSpec
from ser_core.progress import CancelCallback, Meter, ProgressCallback

if TYPE_CHECKING:
    import pandas as pd

    from ser_core.augment import Augmentation

# Clips per task: long enough to hide the hand-over, short enough that progress and cancel stay lively.
_CHUNK = 8
# Below this many clips, starting processes costs more than it saves.
_MIN_PARALLEL = 48
_MISSING_SHOWN = 3


def matrix(
    manifest: "pd.DataFrame",
    spec: FeatureSpec,
    *,
    root: Path | str | None = None,
    augmentation: "Augmentation | None" = None,
    workers: int | None = None,
    cache: FeatureCache | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> np.ndarray:
    """Features of every clip of a manifest.

    What was computed before comes from the cache, so that a stopped run goes on where it was. Audio is only needed
    for what the cache lacks.

    Parameters
    ----------
    manifest : pd.DataFrame
        One row per clip, with `clip_id`, `corpus`, `path` and `sha256`.
    spec : FeatureSpec
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

    Returns
    -------
    np.ndarray [shape=(n_clips, ...)]
        float32, in the order of the manifest.

    Raises
    ------
    CorpusNotFoundError
        If audio that is needed is not on this machine.
    AudioError
        If a file cannot be decoded.
    CancelledError
        If `cancel` answered true; what was computed is in the cache.
    """
    cache = cache if cache is not None else FeatureCache()
    key = cache_key(spec, augmentation)
    hashes = [str(sha256) for sha256 in manifest["sha256"]]
    rows: dict[str, np.ndarray] = {}
    for sha256 in hashes:
        if sha256 not in rows and (row := cache.get(sha256, key)) is not None:
            rows[sha256] = row
    # The same audio under two names is computed once.
    todo = {sha256: i for i, sha256 in enumerate(hashes) if sha256 not in rows}
    tasks = [(sha256, path, spec, augmentation) for sha256, path in _paths(manifest, todo, root=root)]
    meter = Meter(
        progress,
        total=len(rows) + len(tasks),
        unit="clips",
        message="Computing features",
        cancel=cancel,
        done=len(rows),
    )
    for sha256, row in _compute(tasks, workers=workers):
        cache.put(sha256, key, row)
        rows[sha256] = row
        meter.add()
    return np.stack([rows[sha256] for sha256 in hashes]) if hashes else np.empty((0,), dtype=np.float32)


def cache_key(spec: FeatureSpec, augmentation: "Augmentation | None" = None) -> str:
    """Second half of the cache key: the hash of the spec, and of the augmentation where there is one."""
    return spec.hash if augmentation is None else f"{spec.hash}-{augmentation.hash}"


def _paths(manifest: "pd.DataFrame", todo: dict[str, int], *, root: Path | str | None) -> list[tuple[str, Path]]:
    """(SHA-256, audio file) of the rows to compute; the corpus knows where its files lie."""
    if not todo:
        return []
    from ser_core import corpora

    found, missing = [], []
    for sha256, i in todo.items():
        row = manifest.iloc[i]
        path = corpora.get(row["corpus"]).clip_path(row["path"], root=root)
        if path is None:
            missing.append(row)
        else:
            found.append((sha256, path))
    if missing:
        corpus = missing[0]["corpus"]
        shown = ", ".join(row["path"] for row in missing[:_MISSING_SHOWN])
        raise CorpusNotFoundError(
            f"{len(missing)} of {len(manifest)} clips are not on this machine ({shown}{', ...' * (len(missing) > 3)}). "
            f"Download them with `python -m ser_core corpora download {corpus}`, or set SER_DATA_ROOT to the folder "
            f"that holds `{corpus}`."
        )
    return found


def clip_features(
    sha256: str, path: Path, spec: FeatureSpec, augmentation: "Augmentation | None" = None
) -> tuple[str, np.ndarray]:
    """Decode one file, augment it if asked, and extract its features."""
    from ser_core.audio import decode
    from ser_core.features import extract

    audio = decode(path, sr=spec.sr)
    signal = audio.signal
    if augmentation is not None:
        signal = augmentation.apply(signal, sr=audio.sr, seed=int(sha256[:8], 16))
    return sha256, extract(signal, sr=audio.sr, spec=spec)


def _chunk_features(tasks: list[tuple]) -> list[tuple[str, np.ndarray]]:
    return [clip_features(*task) for task in tasks]


def _compute(tasks: list[tuple], *, workers: int | None) -> Iterator[tuple[str, np.ndarray]]:
    """Results in the order they are ready; in this process when that is faster."""
    workers = min(workers or os.cpu_count() or 1, -(-len(tasks) // _CHUNK))
    if workers <= 1 or len(tasks) < _MIN_PARALLEL:
        for task in tasks:
            yield clip_features(*task)
        return
    chunks = [tasks[i : i + _CHUNK] for i in range(0, len(tasks), _CHUNK)]
    # Spawned, not forked: a fork of a process with threads (a server, TensorFlow) may hang.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_start_worker) as pool:
        try:
            pending = {pool.submit(_chunk_features, chunk) for chunk in chunks}
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    yield from future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _start_worker() -> None:
    """The parent handles Ctrl-C: a worker that died of it first would look like a crash."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
