"""Functionals and log-mels of whole corpora on two cores: speed, growth, memory, reopening, Dask."""

import contextlib
import hashlib
import json
import shutil
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from benchmarks.clips import make_clips
from ser_core import corpora, settings
from ser_core.audio import SAMPLING_RATE
from ser_core.testing import speechlike, write_wav

MIB = 2**20
#: Clips of the made-up corpora whose times are compared, and at most so many real ones.
SIZES = {"quick": (500, 2000), "full": (1000, 12_697, 50_000)}
REAL = {"quick": 600, "full": None}
_DASK_CLIPS = 600
# Short, for they are many: what is asked is whether time grows with their number.
_SYNTHETIC_S = 0.25
_VOICES = 50
#: Made-up clips lie where this corpus would, under a data root of their own.
_NAME = "tess"
# Between two looks at the memory, seconds.
_LOOK_S = 0.1


def measure(folder: Path, *, size: str = "quick") -> list[dict]:
    """Rows of the suite.

    Parameters
    ----------
    folder : Path
        Empty, for clips and caches; a full run takes about 5 GB.
    size : {"quick", "full"}
        A sample and thousands of made-up clips, or all real clips and up to 50,000 made-up ones.
    """
    kind, manifest, root = _real(folder, at_most=REAL[size])
    rows = _throughput(kind, manifest, root, folder)
    rows += _dask(kind, manifest.iloc[:: max(1, len(manifest) // _DASK_CLIPS)], root, folder)
    return rows + _growth(folder, SIZES[size])


def _real(folder: Path, *, at_most: int | None) -> tuple[str, pd.DataFrame, Path | None]:
    """Real clips of all corpora that are here, evenly taken; else clips of 3 s that are made."""
    here = [corpora.get(name) for name in corpora.names()]
    found = [corpus.scan() for corpus in here if not corpus.synthetic and corpus.is_present()]
    if found:
        manifest = pd.concat(found, ignore_index=True)
        step = 1 if at_most is None else max(1, len(manifest) // at_most)
        return "real clips", manifest.iloc[::step].reset_index(drop=True), None
    root = folder / "made"
    place = root / _NAME
    place.mkdir(parents=True)
    return "clips of 3 s", _manifest(make_clips(place, count=at_most or 1000)), root


def _manifest(files: list[Path]) -> pd.DataFrame:
    """What the table needs to know about these files."""
    return pd.DataFrame(
        {
            "clip_id": [f"{_NAME}/{file.stem}" for file in files],
            "corpus": _NAME,
            "path": [f"{_NAME}/{file.name}" for file in files],
            "sha256": [hashlib.sha256(file.read_bytes()).hexdigest() for file in files],
        }
    )


def _throughput(kind: str, manifest: pd.DataFrame, root: Path | None, folder: Path) -> list[dict]:
    n = len(manifest)
    cache = folder / "cache"
    filled = _job(manifest, root, cache, "fill", folder)
    both = _job(manifest, root, cache, "both", folder)
    reopened = {
        "functionals": min(_job(manifest, root, cache, "functionals", folder)["seconds"] for _ in range(3)),
        "functionals and log-mels": min(both["seconds"], _job(manifest, root, cache, "both", folder)["seconds"]),
    }
    name = f"{n} {kind}"
    return [
        {
            "what": f"{name}: both kinds, two cores",
            "value": n / filled["seconds"],
            "unit": "clips/s",
            "limit": ">= 200",
        },
        {"what": f"{name}: processor time", "value": 1000 * filled["cpu"] / n, "unit": "ms/clip", "limit": None},
        {"what": f"{name}: memory, all processes", "value": filled["memory"], "unit": "MiB", "limit": "<= 1536"},
        {"what": f"{name}: memory, both arrays open", "value": both["memory"], "unit": "MiB", "limit": "<= 1536"},
        *(
            {"what": f"{name}: reopening {what}", "value": seconds, "unit": "s", "limit": "<= 0.5"}
            for what, seconds in reopened.items()
        ),
    ]


def _growth(folder: Path, sizes: tuple[int, ...]) -> list[dict]:
    """Time per clip of made-up corpora; without the start of the processes it should be the same for all sizes."""
    root = folder / "synthetic"
    (root / _NAME).mkdir(parents=True)
    manifest = _synthetic(root / _NAME, max(sizes))
    rows, times = [], []
    for size in sizes:
        cache = folder / f"cache-{size}"
        done = _job(manifest.iloc[:size], root, cache, "fill", folder)
        times.append(done["seconds"])
        for what, value, unit, limit in (
            ("speed", size / done["seconds"], "clips/s", None),
            ("memory, all processes", done["memory"], "MiB", "<= 1536"),
        ):
            rows.append({"what": f"{size} made-up clips: {what}", "value": value, "unit": unit, "limit": limit})
        shutil.rmtree(cache)
    for (a, first), (b, second) in pairwise(zip(sizes, times, strict=True)):
        growth = second / first / (b / a)
        rows.append({"what": f"time from {a} to {b}, over linear", "value": growth, "unit": "", "limit": "<= 1.2"})
    return rows


def _synthetic(place: Path, count: int) -> pd.DataFrame:
    """Distinct clips: a few voices, each clip at a level of its own."""
    voices = [
        speechlike(_SYNTHETIC_S, sr=SAMPLING_RATE, f0=100.0 + 3 * i, seed=i, level_db=-12.0) for i in range(_VOICES)
    ]
    files = []
    for i in range(count):
        files.append(place / f"clip{i:05d}.wav")
        write_wav(files[-1], voices[i % _VOICES] * np.float32(1 - i / (2 * count)), sr=SAMPLING_RATE)
    return _manifest(files)


def _dask(kind: str, manifest: pd.DataFrame, root: Path | None, folder: Path) -> list[dict]:
    """The same clips by one process and by a scheduler with two workers; the bytes have to agree."""
    import distributed

    alone, spread = folder / "cache-alone", folder / "cache-dask"
    wanted = _job(manifest, root, alone, "digest", folder)["digest"]
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
    ) as cluster:
        done = _job(manifest, root, spread, "fill", folder, cluster.scheduler_address)
    same = _job(manifest, root, spread, "digest", folder)["digest"] == wanted
    name = f"{len(manifest)} {kind}, two Dask workers"
    return [
        {"what": f"{name}: speed", "value": len(manifest) / done["seconds"], "unit": "clips/s", "limit": None},
        {"what": f"{name}: same bytes as here", "value": int(same), "unit": "", "limit": ">= 1"},
    ]


def _job(manifest: pd.DataFrame, root: Path | None, cache: Path, mode: str, folder: Path, *address: str) -> dict:
    """What `benchmarks.corpus_job` says, and the most memory that it and its processes held together, MiB."""
    table = folder / "manifest.parquet"
    manifest.to_parquet(table)
    place = root if root is not None else settings.data_root()
    command = [sys.executable, "-m", "benchmarks.corpus_job", str(table), str(place), str(cache), mode, *address]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    most = 0
    while process.poll() is None:
        most = max(most, _tree_memory(process.pid))
        time.sleep(_LOOK_S)
    said = process.stdout.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}.")
    return {**json.loads(said), "memory": most / MIB}


def _tree_memory(pid: int) -> int:
    """Resident memory of a process and all that it started, bytes; pages that they share count for each."""
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            total += process.memory_info().rss
    return total
