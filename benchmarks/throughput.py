"""Functionals per second against plain librosa, from file to features, one process and one thread each."""

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import plain_librosa
from benchmarks.clips import make_clips
from ser_core.audio import decode
from ser_core.features import FunctionalsSpec, extract

N_CLIPS = 60
ROUNDS = 3


def measure(folder: Path) -> list[dict]:
    """Clips per second of both extractors, best of three rounds, taken in turns so that both see the same machine."""
    paths = make_clips(folder, count=N_CLIPS)
    spec = FunctionalsSpec()

    def own(path: Path):
        audio = decode(path, sr=spec.sr)
        return extract(audio.signal, sr=audio.sr, spec=spec)

    extractors: dict[str, Callable] = {
        "functionals": own,
        "plain librosa": lambda path: plain_librosa.extract(str(path), pitch=False),
        "plain librosa with pitch": lambda path: plain_librosa.extract(str(path), pitch=True),
    }
    values = {name: len(extractor(paths[0])) for name, extractor in extractors.items()}  # also warms up
    best = dict.fromkeys(extractors, 0.0)
    for _ in range(ROUNDS):
        for name, extractor in extractors.items():
            start = time.perf_counter()
            for path in paths:
                extractor(path)
            best[name] = max(best[name], N_CLIPS / (time.perf_counter() - start))
    rows = [
        {"what": f"{name} ({values[name]} values)", "value": best[name], "unit": "clips/s", "limit": None}
        for name in extractors
    ]
    ratio = best["functionals"] / best["plain librosa"]
    rows.append({"what": "functionals against plain librosa", "value": ratio, "unit": "times", "limit": ">= 3"})
    return rows
