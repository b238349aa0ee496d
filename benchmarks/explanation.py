"""Whether explanations name what matters: occluding the regions they name against occluding regions at random."""

import statistics
import time
from pathlib import Path

import numpy as np

from benchmarks.clips import make_clips
from benchmarks.unseen import clips_of_unseen_speakers, corpora_at_hand
from ser_core import settings
from ser_core.audio import Audio, decode
from ser_core.features import extract
from ser_core.serving import Predictor, available_models
from ser_core.serving.explanation import Occluder, explain

CLIPS = 200
SHARE = 0.2
"""Share of the parts of a clip that are occluded together."""
DRAWS = 5
"""Random choices of as many parts, whose mean is compared."""
ROUNDS = 5
_BOOTSTRAPS = 2000


def measure(folder: Path) -> list[dict]:
    """Rows for every shipped model."""
    (path,) = make_clips(folder, count=1)
    rows = []
    for card in available_models():
        predictor = Predictor(settings.models_dir() / card.id)
        rows += [_time(predictor, path), *_deletion(predictor)]
    return rows


def _time(predictor: Predictor, path: Path) -> dict:
    audio = decode(path, sr=predictor.spec.sr)
    explain(predictor, audio)
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        explain(predictor, audio)
        times.append(time.process_time() - start)
    what = f"explanation of a 3 s clip, {predictor.card.id}, processor time"
    return {"what": what, "value": statistics.median(times), "unit": "s", "limit": "<= 2"}


def _deletion(predictor: Predictor) -> list[dict]:
    rng = np.random.default_rng(0)
    names = corpora_at_hand()
    files = [f for name in names for f in clips_of_unseen_speakers(name, most=-(-CLIPS // len(names)), seed=1)["file"]]
    drops = np.array([_drops(predictor, decode(file, sr=predictor.spec.sr), rng) for file in files[:CLIPS]])
    named, random = drops.T
    gain = (named - random)[rng.integers(len(drops), size=(_BOOTSTRAPS, len(drops)))].mean(axis=1)
    about = f"{predictor.card.id}, {SHARE:.0%} of the parts occluded (n = {len(drops)})"
    return [
        _row(f"probability lost, parts named, {about}", named.mean()),
        _row(f"probability lost, parts at random, {about}", random.mean()),
        _row(f"difference, lower end of its 95% interval, {about}", np.quantile(gain, 0.025), ">= 0"),
        _row(f"clips in which the parts named cost more, {about}", (named > random).mean()),
    ]


def _drops(predictor: Predictor, audio: Audio, rng: np.random.Generator) -> tuple[float, float]:
    """Probability that the answer loses without the parts named, and without as many at random (mean)."""
    found = explain(predictor, audio)
    occluder = Occluder(audio.signal, sr=audio.sr)
    place = predictor.card.labels.index(found.label)
    named = found.strongest(SHARE)
    choices = [named, *(rng.permutation(named.ravel()).reshape(named.shape) for _ in range(DRAWS))]
    features = [extract(occluder.without(each), sr=audio.sr, spec=predictor.spec) for each in choices]
    left = predictor.probabilities(np.stack(features))[:, place]
    return found.probability - left[0], found.probability - left[1:].mean()


def _row(what: str, value: float, limit: str | None = None) -> dict:
    return {"what": what, "value": float(value), "unit": "share", "limit": limit}
