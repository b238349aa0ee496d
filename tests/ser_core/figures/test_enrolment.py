"""The figure of enrolment draws what was measured."""

import pandas as pd

from ser_core.figures.enrolment import enrolment
from ser_core.figures.style import plain_title

CURVE = pd.DataFrame(
    {
        "corpus": ["a", "a", "b", "b"],
        "n_clips": [12, 0, 0, 12],
        "uar": [0.74, 0.62, 0.5, 0.6],
        "low": [0.7, 0.58, 0.4, 0.5],
        "high": [0.78, 0.66, 0.6, 0.7],
        "clips": [100, 100, 50, 50],
        "speakers": [4, 4, 2, 2],
    }
)


def test_a_line_and_a_band_for_each_corpus_in_the_order_of_the_numbers():
    figure = enrolment(CURVE, titles={"a": "Corpus A"})
    lines = [trace for trace in figure.data if trace.name]
    assert [line.name for line in lines] == ["Corpus A", "b"]
    assert [list(line.x) for line in lines] == [["0", "12"]] * 2 and list(lines[0].y) == [0.62, 0.74]
    assert len(figure.data) == 4 and len({(line.line.dash, line.marker.symbol) for line in lines}) == 2
    assert list(figure.data[0].y) == [0.66, 0.78, 0.7, 0.58]
    assert "from 12 clips takes Corpus A from .62 to .74" in plain_title(figure)
    assert "150 test clips" in str(figure.to_dict())
