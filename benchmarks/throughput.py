"""Functionals per second against plain librosa, from file to features, one process and one thread each."""

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import plain_librosa
from benchmarks.clips import make_clips, make_corpus_clips
from ser_core.audio import decode
from ser_core.features import FunctionalsSpec, extract

N_CLIPS = 60
ROUNDS = 3
SPEC = FunctionalsSpec()


def _own(path: Path):
    audio = decode(path, sr=SPEC.sr)
    return extract(audio.signal, sr=audio.sr, spec=SPEC)


EXTRACTORS: dict[str, Callable] = {
    "functionals": _own,
    "plain librosa without pitch": lambda path: plain_librosa.extract(str(path), pitch=False),
    "plain librosa": lambda path: plain_librosa.extract(str(path), pitch=True),
}


def measure(folder: Path) -> list[dict]:
    """Clips per second of the extractors, and how many times faster ours is, on two kinds of clips.

    The limit is for clips with the silence of a corpus, which is what a table is computed from: ours leaves the silence
    out, the plain one measures it too. Without any silence the lead is smaller, and shown as well.
    """
    rows = []
    for kind, make, limit in (
        ("clips like RAVDESS'", make_corpus_clips, ">= 3"),
        ("3 s of sound", make_clips, None),
    ):
        place = folder / kind.replace(" ", "-").replace("'", "")
        place.mkdir()
        best = _rates(make(place, count=N_CLIPS))
        rows += [
            {"what": f"{kind}: {name}", "value": rate, "unit": "clips/s", "limit": None} for name, rate in best.items()
        ]
        for name in list(EXTRACTORS)[1:]:
            ratio = best["functionals"] / best[name]
            rows.append({"what": f"{kind}: lead over {name}", "value": ratio, "unit": "times", "limit": limit})
    return rows


def _rates(paths: list[Path]) -> dict[str, float]:
    """Clips per second, best of three rounds, taken in turns so that all see the same machine."""
    best = dict.fromkeys(EXTRACTORS, 0.0)
    for extractor in EXTRACTORS.values():
        extractor(paths[0])  # warms up: librosa compiles at its first call
    for _ in range(ROUNDS):
        for name, extractor in EXTRACTORS.items():
            start = time.perf_counter()
            for path in paths:
                extractor(path)
            best[name] = max(best[name], len(paths) / (time.perf_counter() - start))
    return best
