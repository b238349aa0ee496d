import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from ser_core.audio import encode_wav
from ser_core.history import Entry, History
from ser_core.serving import Prediction
from ser_core.testing import speechlike

SECRET = "0123456789abcdef" * 4
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def entry(name="a.wav", label="angry", *, hours=0.0, **changes):
    said = Prediction(
        label=label,
        probabilities={label: 0.75, "sad" if label != "sad" else "angry": 0.25},
        uncertain=changes.pop("uncertain", False),
        reason=changes.pop("reason", None),
        model=changes.pop("model", "m"),
        seconds=0.01,
        duration_s=2.0,
        abstained=changes.pop("abstained", False),
    )
    how = {"view": "clip", "sha256": hashlib.sha256(name.encode()).hexdigest(), **changes}
    return Entry.of(said, name=name, made=MONDAY + timedelta(hours=hours), **how)


def sound(seed):
    """A short clip and its digest."""
    content = encode_wav(speechlike(0.5, sr=16_000, f0=100.0 + 10 * seed, seed=seed), sr=16_000)
    return content, hashlib.sha256(content).hexdigest()


@pytest.fixture(params=["memory", "disk"])
def history(request, tmp_path):
    made = History() if request.param == "memory" else History(tmp_path / "history", secret=SECRET)
    yield made
    made.close()


@pytest.fixture
def kept(tmp_path):
    made = History(tmp_path / "history", secret=SECRET)
    yield made
    made.close()
