"""When models give no answer: for sounds without a voice nearly always, for clean speech hardly ever."""

from pathlib import Path

import numpy as np

from benchmarks.unseen import clips_of_unseen_speakers, corpora_at_hand
from ser_core import settings
from ser_core.audio import SAMPLING_RATE, Audio
from ser_core.errors import AudioError
from ser_core.serving import Predictor, available_models
from ser_core.testing.nonspeech import NONSPEECH, nonspeech

SOUNDS = 40
"""Sounds of each kind, 1.5 to 6 s long."""

CLIPS = 400
"""Clips of each corpus, at most."""

_SEED = 1000


def measure(folder: Path) -> list[dict]:
    """Shares without an answer, of every shipped model: by kind of sound, and by corpus as far as they are at hand."""
    rows = []
    for card in available_models():
        predictor = Predictor(settings.models_dir() / card.id)
        rows += _sounds(predictor)
        rows += [_corpus(predictor, name) for name in corpora_at_hand()]
    return rows


def _sounds(predictor: Predictor) -> list[dict]:
    lengths = np.random.default_rng(_SEED).uniform(1.5, 6.0, SOUNDS)
    shares = {}
    for kind in NONSPEECH:
        sounds = (nonspeech(kind, length, seed=_SEED + i) for i, length in enumerate(lengths))
        shares[kind] = np.mean([_no_answer(predictor, Audio(sound, SAMPLING_RATE)) for sound in sounds])
    rows = [_row(predictor, f"{kind} (n = {SOUNDS})", share, None) for kind, share in shares.items()]
    everything = f"all sounds without a voice (n = {SOUNDS * len(shares)})"
    return [*rows, _row(predictor, everything, float(np.mean(list(shares.values()))), ">= 0.95")]


def _corpus(predictor: Predictor, name: str) -> dict:
    clips = clips_of_unseen_speakers(name, most=CLIPS, seed=0)
    share = np.mean([_no_answer(predictor, path) for path in clips["file"]])
    return _row(predictor, f"clean clips of {name} (n = {len(clips)})", float(share), "<= 0.03")


def _no_answer(predictor: Predictor, source: Path | Audio) -> bool:
    try:
        return predictor.predict(source).abstained
    except AudioError:
        return True


def _row(predictor: Predictor, what: str, share: float, limit: str | None) -> dict:
    return {"what": f"{predictor.card.id} without an answer: {what}", "value": share, "unit": "share", "limit": limit}
