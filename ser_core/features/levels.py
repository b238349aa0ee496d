"""How long the sound of each clip is and how loud, for whole corpora: shipped, kept in the cache, or measured."""

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ser_core import settings
from ser_core.errors import AudioError
from ser_core.files import atomic_path, read_parquet
from ser_core.progress import CancelCallback, Meter, ProgressCallback

if TYPE_CHECKING:
    import pandas as pd

MEASURES = ("sound_s", "level_db", "peak_db", "clipped_fraction")
"""Columns that are measured: length of the sound without the silence around it (seconds), its RMS level (dB of full
scale), the clip's peak (dB of full scale), and the share of clipped samples, [0, 1]."""

_VERSION = 1
# Thousandths of a second and of a dB: finer than any figure shows, and small on disk.
_DECIMALS = 3


def measure_signal(signal: np.ndarray, *, sr: int) -> dict[str, float]:
    """Measure a signal.

    Parameters
    ----------
    signal : np.ndarray [shape=(n,)]
        Samples in [-1, 1].
    sr : int
        Sampling rate, Hz.

    Returns
    -------
    dict
        `MEASURES` -> value; a level of NaN where there is no sound.
    """
    from ser_core.audio import level_db, quality, sound_bounds

    measured = quality(signal, sr=sr)
    level = np.nan
    if measured.sound_s:
        start, stop = sound_bounds(signal, sr=sr)
        level = level_db(signal[start:stop])
    return {
        "sound_s": measured.sound_s,
        "level_db": level,
        "peak_db": measured.peak_db,
        "clipped_fraction": measured.clipped_fraction,
    }


def measure_clip(path: Path) -> dict[str, float]:
    """Measure one file as `measure_signal` does; NaN throughout where it cannot be read as audio."""
    from ser_core.audio import decode

    try:
        audio = decode(path)
    except (AudioError, OSError):
        return dict.fromkeys(MEASURES, np.nan)
    return measure_signal(audio.signal, sr=audio.sr)


def known(manifest: "pd.DataFrame") -> "pd.DataFrame":
    """What is known about the clips of a manifest without reading audio.

    Returns
    -------
    pd.DataFrame
        `MEASURES`, float64, in the order and with the index of the manifest: from the cache by the clip's SHA-256, else
        from the table that ships by its ``clip_id``, else NaN.
    """
    import pandas as pd

    result = pd.DataFrame(np.nan, index=manifest.index, columns=list(MEASURES))
    for table, key in (*((_shipped(name), "clip_id") for name in manifest["corpus"].unique()), (_cached(), "sha256")):
        if table is not None:
            rows = table.reindex(manifest[key]).set_axis(manifest.index)
            result = rows[list(MEASURES)].combine_first(result)[list(MEASURES)]
    return result


def measure(
    manifest: "pd.DataFrame",
    *,
    root: Path | str | None = None,
    workers: int | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> "pd.DataFrame":
    """Measure the clips whose audio is on this machine; what was measured before comes from the cache.

    Parameters
    ----------
    manifest : pd.DataFrame
        One row per clip, with ``clip_id, corpus, path, sha256``.
    root : Path or str, optional
        Data root; that of the settings unless given.
    workers : int, optional
        Threads; one per core unless given.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Returns
    -------
    pd.DataFrame
        `MEASURES`, float64, in the order and with the index of the manifest; NaN where there is no file or it cannot
        be read.

    Raises
    ------
    CancelledError
        If `cancel` answered true; what was measured is kept.
    """
    import pandas as pd

    from ser_core import corpora

    table = _cached()
    done = {} if table is None else table.to_dict("index")
    todo = {}
    for sha256, name, path in zip(manifest["sha256"], manifest["corpus"], manifest["path"], strict=True):
        if pd.notna(sha256) and sha256 not in done and sha256 not in todo:
            file = corpora.get(name).clip_path(path, root=root)
            if file is not None:
                todo[sha256] = file
    meter = Meter(progress, total=len(todo), unit="clips", message="Measuring length and level", cancel=cancel)
    pool = ThreadPoolExecutor(workers or os.cpu_count() or 1)
    try:
        pending = {pool.submit(measure_clip, file): sha256 for sha256, file in todo.items()}
        for future in as_completed(pending):
            done[pending[future]] = future.result()
            meter.add()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if todo:
            _keep(done)
    found = [done.get(sha256, {}) for sha256 in manifest["sha256"]]
    return pd.DataFrame(found, index=manifest.index, columns=list(MEASURES), dtype=np.float64)


def shipped_file(name: str) -> Path:
    """Where the table of a corpus that ships lies, whether or not there is one."""
    return settings.tables_dir() / f"{name}-levels.parquet"


def write_shipped(name: str, *, root: Path | str | None = None, progress: ProgressCallback | None = None) -> Path:
    """Measure a whole corpus and write the table that ships.

    Raises
    ------
    CorpusNotFoundError
        If the corpus is not on this machine.
    """
    from ser_core import corpora
    from ser_core.corpora.tables import write_table

    corpus = corpora.get(name)
    if not corpus.is_present(root):
        raise corpus.not_found(root)
    manifest = corpus.scan(root)
    table = measure(manifest, root=root, progress=progress).round(_DECIMALS).astype(np.float32)
    table.insert(0, "clip_id", manifest["clip_id"])
    return write_table(table, shipped_file(name))


def _cache_file() -> Path:
    return settings.cache_dir() / f"levels-v{_VERSION}.parquet"


def _cached() -> "pd.DataFrame | None":
    return _read(_cache_file(), index="sha256")


def _shipped(name: str) -> "pd.DataFrame | None":
    return _read(shipped_file(name), index="clip_id")


def _read(file: Path, *, index: str) -> "pd.DataFrame | None":
    """A table by its key; None where there is none, or where a cache file is broken and will be written anew."""

    if not file.is_file():
        return None
    try:
        return read_parquet(file).set_index(index)[list(MEASURES)].astype(np.float64)
    except (OSError, ValueError, KeyError):
        return None


def _keep(done: dict[str, dict[str, float]]) -> None:
    """Write the cache; of two processes at once the later wins, and what the other lost is measured again.

    A disk that is full or read-only costs the cache, not the result.
    """
    import pandas as pd

    table = pd.DataFrame.from_dict(done, orient="index", columns=list(MEASURES), dtype=np.float64)
    with contextlib.suppress(OSError), atomic_path(_cache_file()) as temporary:
        table.rename_axis("sha256").reset_index().to_parquet(temporary, index=False, compression="zstd")
