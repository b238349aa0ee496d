import numpy as np
import pytest

from ser_core.audio import Audio
from ser_core.features.spectrogram import KINDS
from ser_core.testing import sine
from ui.explore import panels, spans
from ui.explore.panels import Look

SR = 16_000
LEVELS = {"logmel": 128, "mel": 128, "linear": 257, "mfcc": 19}


@pytest.mark.parametrize("kinds", [("logmel",), ("linear",), KINDS])
def test_data_of_a_clip_holds_what_its_figure_draws(kinds):
    signal = np.concatenate([sine(1.0, sr=SR, frequency=1000.0, amplitude=0.5), np.zeros(SR, dtype=np.float32)])
    data = panels.numbers(Audio(signal, SR), look=Look(kinds=kinds))
    assert list(data.columns[:3]) == ["time_s", "wave_low", "wave_high"]
    assert data.shape == (251, 3 + sum(LEVELS[kind] for kind in kinds))
    tone, rest = data[data["time_s"].between(0.1, 0.9)], data[data["time_s"] > 1.1]
    assert tone["wave_high"].max() == pytest.approx(0.5, abs=0.01)
    assert rest["wave_high"].max() == 0.0
    if "linear" in kinds:
        assert tone["linear 1000.0 Hz"].median() == pytest.approx(-6.0, abs=0.1)


def test_data_holds_the_tracks_and_does_without_a_spectrogram():
    signal = sine(1.0, sr=SR, frequency=200.0, amplitude=0.5)
    data = panels.numbers(Audio(signal, SR), look=Look(kinds=(), tracks=("pitch",)))
    assert data["pitch_hz"].median() == pytest.approx(200.0, rel=0.02)
    assert data["time_s"].tolist()[:2] == [0.0, 0.01]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("0.50-1.25", (0.5, 1.25)),
        ("0-3", (0.0, 3.0)),
        ("1-1", None),
        ("2-1", None),
        ("-1-2", None),
        ("a-b", None),
        ("nan-1", None),
        ("0-inf", None),
        ("", None),
        ("1", None),
    ],
)
def test_spans_of_an_address(text, span):
    assert spans._parse(text) == span
