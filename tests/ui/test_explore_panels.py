import numpy as np
import pytest

from ser_core.audio import Audio
from ser_core.testing import sine
from ui.explore import panels

SR = 16_000


@pytest.mark.parametrize(("kind", "bands"), [("logmel", 128), ("linear", 257), ("both", 385)])
def test_data_of_a_clip_holds_what_its_figure_draws(kind, bands):
    signal = np.concatenate([sine(1.0, sr=SR, frequency=1000.0, amplitude=0.5), np.zeros(SR, dtype=np.float32)])
    data = panels._data(Audio(signal, SR), kind=kind)
    assert list(data.columns[:3]) == ["time_s", "wave_low", "wave_high"]
    assert data.shape == (251, 3 + bands)
    tone, rest = data[data["time_s"].between(0.1, 0.9)], data[data["time_s"] > 1.1]
    assert tone["wave_high"].max() == pytest.approx(0.5, abs=0.01)
    assert rest["wave_high"].max() == 0.0
    if kind != "logmel":
        assert tone["linear 1000.0 Hz"].median() == pytest.approx(-6.0, abs=0.1)
