"""Numbers as the pages write them."""

import pytest

from ser_core.evaluation import Interval
from ui.format import bytes_text, headline_text, interval_text, seconds_text


def test_a_score_comes_with_interval_and_chance():
    interval = Interval(0.583, 0.541, 0.618)
    assert interval_text(interval) == ".58 [.54, .62]"
    assert headline_text("UAR", interval, 0.125) == "UAR .58 [.54, .62], chance .125"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 kB"),
        (1_400, "1 kB"),
        (999_499, "999 kB"),
        (7_000_000, "7.0 MB"),
        (208_468_073, "208 MB"),
        (4.1e9, "4.1 GB"),
    ],
)
def test_sizes(size, text):
    assert bytes_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0031, "3 ms"), (1.0, "1.0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (3599.7, "1 h 0 min"), (7300, "2 h 1 min")],
)
def test_spans_of_time(seconds, text):
    assert seconds_text(seconds) == text
