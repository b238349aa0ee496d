"""Before and after: bars with their change, spectrograms that share their colours."""

import numpy as np
import pytest

from ser_core.errors import ConfigError
from ser_core.figures import lab as figures
from ser_core.labels import EMOTIONS

BEFORE = {"angry": 0.7, "neutral": 0.2, "sad": 0.1}
AFTER = {"angry": 0.3, "neutral": 0.2, "sad": 0.5}


def test_pairs_of_bars_in_the_fixed_order_with_their_change():
    before, after = figures.before_after(BEFORE, AFTER).data
    assert list(before.y) == list(after.y) == [EMOTIONS[name].title for name in EMOTIONS.ordered(BEFORE)]
    assert list(before.x) == [0.2, 0.1, 0.7] and list(after.x) == [0.2, 0.5, 0.3]
    assert list(after.text) == ["20% (±0)", "50% (+40 points)", "30% (−40 points)"]
    assert list(after.marker.color) == [EMOTIONS[name].colour for name in EMOTIONS.ordered(BEFORE)]


def test_an_unknown_emotion():
    with pytest.raises(ConfigError):
        figures.before_after({"glee": 1.0}, {"glee": 1.0})


def test_both_spectrograms_share_their_colours():
    before = np.linspace(-100, 0, 64 * 188, dtype=np.float32).reshape(64, 188)
    after = before.copy()
    after[10:14] = before.mean()
    found = figures.logmels(before, after, frame_s=0.016)
    first, second = found.data
    assert (first.zmin, first.zmax) == (second.zmin, second.zmax) == (-100, 0)
    assert np.shape(first.z) == np.shape(second.z) == (64, 188)
    assert np.all(np.array(second.z)[10:14] == -50)
