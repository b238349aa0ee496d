"""What degradation costs, from answers that were stored."""

import numpy as np
import pandas as pd
import pytest

from ser_core.augment import Chain
from ser_core.evaluation import robustness
from ser_core.labels import EMOTIONS


def judged(condition, right):
    """Eight speakers of eight clips, of which the first `right` of each are answered right."""
    rows = [
        {
            "condition": condition,
            "seed": 0,
            "fold": 0,
            "clip_id": f"c/{speaker}-{i}",
            "speaker": f"s{speaker}",
            "emotion": emotion,
            "answer": emotion if i < right else EMOTIONS.names[(i + 1) % 8],
            "confidence": 0.5,
        }
        for speaker in range(8)
        for i, emotion in enumerate(EMOTIONS)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("condition", robustness.CONDITIONS.values(), ids=robustness.CONDITIONS)
def test_every_condition_can_be_made(condition):
    signal = np.sin(np.arange(8000, dtype=np.float32) / 20) / 2
    for text in condition.chains:
        changed = Chain.from_text(text).apply(signal, sr=16_000)
        assert np.isfinite(changed).all() and len(changed)
        assert np.array_equal(changed, signal) == (text == "")


def test_the_loss_is_against_clean_clips():
    found = robustness.robustness(pd.concat([judged("noise-20", 2), judged("clean", 6)])).set_index("condition")
    assert list(found.index) == ["clean", "noise-20"]
    assert found.loc["clean", "uar"] == 0.75 and found.loc["clean", "loss"] == 0
    assert found.loc["noise-20", ["loss", "loss_low", "loss_high"]].tolist() == pytest.approx([0.5] * 3)
    assert found.loc["noise-20", "clips"] == 64 and found.loc["noise-20", "speakers"] == 8


def test_unequal_speakers_widen_the_interval():
    clean = judged("clean", 8)
    worse = judged("noise-10", 8)
    hit = worse["speaker"].isin(["s0", "s1"])
    worse.loc[hit, "answer"] = np.roll(worse.loc[hit, "emotion"], 1)
    found = robustness.robustness(pd.concat([clean, worse])).set_index("condition").loc["noise-10"]
    assert found["loss_low"] < found["loss"] < found["loss_high"] and found["loss"] == pytest.approx(0.25)
