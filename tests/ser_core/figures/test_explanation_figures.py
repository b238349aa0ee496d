"""What answers rest on, drawn: numbers in, numbers out."""

import numpy as np
import pytest

from ser_core.audio import Audio
from ser_core.figures.explanation import heard_parts, pushes_figure
from ser_core.serving.attribution import Push
from ser_core.serving.explanation import Explanation
from ser_core.testing import sine


@pytest.fixture
def found() -> Explanation:
    """An answer that rests on one part, and would be surer without another."""
    without = np.full((6, 4), 0.7)
    without[2, 1], without[4, 3] = 0.2, 0.9
    return Explanation(
        model="m",
        label="angry",
        probability=0.7,
        edges_s=np.linspace(0.1, 1.9, 5),
        edges_hz=np.array([50, 400, 900, 1700, 2900, 4800, 8000.0]),
        without=without,
        without_stretch=np.array([0.7, 0.1, 0.7, 0.7]),
        without_band=np.full(6, 0.7),
    )


def test_the_part_that_matters_is_bright_and_outlined_all_else_veiled(found):
    figure = heard_parts(Audio(sine(2.0), 16_000), found, title="Why")
    veil = next(trace for trace in figure.data if trace.yaxis == "y3")
    z = np.array(veil.z)
    assert z[2, 1] == 1 and z.sum() == 1
    outlined = [shape for shape in figure.layout.shapes if shape.yref == "y3"]
    assert [(round(s.x0, 2), round(s.x1, 2)) for s in outlined] == [(0.55, 1.0)]
    shaded = [shape for shape in figure.layout.shapes if shape.yref == "y domain"]
    assert [(round(s.x0, 2), round(s.x1, 2)) for s in shaded] == [(0.55, 1.0)]
    assert "Angry: 70% with it, 20% without" in veil.customdata[2][1]


def test_pushes_are_points_of_probability_in_their_order():
    pushes = [
        Push("pitch", "Pitch", 248, 0.3, 1.7, ()),
        Push("timing", "Tempo and pauses", 28, 0.8, -0.5, ()),
    ]
    figure = pushes_figure(pushes, label="angry", probability=0.7)
    (bars,) = figure.data
    assert list(bars.x) == [40.0, -10.0]
    assert list(bars.text) == ["+40", "−10"]
    assert list(bars.y) == ["Pitch", "Tempo and pauses"]
