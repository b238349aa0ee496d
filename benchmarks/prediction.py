"""Predicting one clip: warm through the whole path, cold from the start of a process, and the memory it takes."""

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.clips import make_clips
from ser_core import settings
from ser_core.serving import Predictor, available_models

WARM_ROUNDS = 200
ENROLLED_CLIPS = 12
COLD_ROUNDS = 5
MIB = 2**20

_COLD = """
import sys, time
from ser_core.serving import Predictor
Predictor(sys.argv[1]).predict(sys.argv[2])
print(time.time(), flush=True)
"""

_MEMORY = """
import sys
import psutil
from ser_core.serving import Predictor
predictors = [Predictor(folder) for folder in sys.argv[2:]]
for _ in range(100):
    for predictor in predictors:
        predictor.predict(sys.argv[1])
print(psutil.Process().memory_info().rss, flush=True)
"""


def measure(folder: Path) -> list[dict]:
    """Rows for every shipped model, and the memory of a process that serves all of them."""
    cards = available_models()
    if not cards:
        return [{"what": "prediction: no model ships yet, see `make models`", "value": None, "unit": "", "limit": None}]
    path, *others = make_clips(folder, count=1 + ENROLLED_CLIPS)
    folders = [settings.models_dir() / card.id for card in cards]
    rows = []
    for place in folders:
        predictor = Predictor(place)
        rows.append(_warm(f"warm 3 s clip, {place.name}", predictor, path))
        if predictor.can_calibrate:
            rows.append(_warm(f"warm 3 s clip of a known voice, {place.name}", predictor, path, known_by=others))
        rows.append(_cold(place, path))
    rows.append(_memory(folders, path))
    return rows


def _warm(what: str, predictor: Predictor, path: Path, *, known_by: Sequence[Path] = ()) -> dict:
    voice = predictor.enrol(known_by) if known_by else None
    content = path.read_bytes()
    for _ in range(20):
        predictor.predict(content, voice=voice)
    times = []
    for _ in range(WARM_ROUNDS):
        start = time.perf_counter()
        predictor.predict(content, voice=voice)
        times.append(1000 * (time.perf_counter() - start))
    return {"what": what, "value": statistics.median(times), "unit": "ms", "limit": "<= 40"}


def _cold(place: Path, path: Path) -> dict:
    times = []
    for _ in range(COLD_ROUNDS):
        start = time.time()
        done = subprocess.run(
            [sys.executable, "-c", _COLD, str(place), str(path)], capture_output=True, text=True, check=True
        )
        times.append(float(done.stdout) - start)
    return {"what": f"cold start, {place.name}", "value": statistics.median(times), "unit": "s", "limit": "<= 2"}


def _memory(folders: list[Path], path: Path) -> dict:
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(path), *map(str, folders)],
        capture_output=True,
        text=True,
        check=True,
    )
    value = int(done.stdout) / MIB
    return {"what": f"memory with {len(folders)} models", "value": value, "unit": "MiB", "limit": "<= 400"}
