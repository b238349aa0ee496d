"""The microphone's messages, and what is heard of them."""

import base64

import numpy as np
import pytest

from ser_core.errors import ConfigError
from ser_core.recordings.live import Listener
from ser_core.serving import Predictor
from ser_core.serving.testing import make_model
from ser_core.testing import speechlike
from ui.predict.live_microphone import MOST_S, read
from ui.predict.live_work import LiveWork

SR = 16_000


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "always-sad"
    make_model(folder, probabilities={"sad": 0.7})
    return Predictor(folder)


@pytest.fixture(scope="module")
def signal():
    """Two sentences."""
    parts = [np.zeros(SR), speechlike(1.6, f0=180.0, seed=0), np.zeros(SR), speechlike(1.6, f0=150.0, seed=1)]
    return np.concatenate([*parts, np.zeros(SR)]).astype(np.float32)


def sent(samples, *, start=0, run="a", rate=SR, end=False, delays=()):
    content = np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    text = base64.b64encode(content).decode()
    return {"run": run, "rate": rate, "start": start, "samples": text, "end": end, "delays": [list(d) for d in delays]}


def hear(work, signal, *, run="a", step=SR // 2, end=True):
    for start in range(0, len(signal), step):
        last = end and start + step >= len(signal)
        work.take(read(sent(signal[start : start + step], start=start, run=run, end=last)))
    return work


def times(segments):
    return [(round(s.start, 2), round(s.end, 2)) for s in segments]


def test_what_is_said_becomes_the_segments_of_a_listener(predictor, signal):
    work = hear(LiveWork(predictor), signal)
    alone = Listener(predictor)
    alone.hear(signal, sr=SR)
    alone.finish()
    assert len(alone.segments) == 2
    # 16 bits on the way move a boundary by a frame or two.
    np.testing.assert_allclose(times(work.heard.segments), times(alone.segments), atol=0.1)
    assert not work.is_running
    assert work.heard.copy.duration_s == pytest.approx(len(signal) / SR, abs=0.04)


def test_a_message_that_comes_twice_is_heard_once(predictor, signal):
    work = LiveWork(predictor)
    for start in (0, 0, SR // 4, SR, SR):
        work.take(read(sent(signal[start : start + SR], start=start)))
    assert work.told()["taken"] == 2 * SR
    assert work.listener.heard_s == 2.0


def test_what_the_browser_gave_up_counts_as_silence(predictor, signal):
    work = LiveWork(predictor)
    work.take(read(sent(signal[:SR])))
    work.take(read(sent(signal[3 * SR : 4 * SR], start=3 * SR)))
    assert work.listener.heard_s == 4.0
    # No machine is asked for a year of silence.
    work.take(read(sent(signal[:SR], start=2**39)))
    assert work.listener.heard_s < 5.0 and not work.is_running


def test_the_browser_is_told_where_each_answer_ends(predictor, signal):
    work = hear(LiveWork(predictor), signal, end=False)
    told = work.told()
    assert [i for i, _ in told["answers"]] == list(range(len(work.heard.segments)))
    for (_, end), segment in zip(told["answers"], work.heard.segments, strict=True):
        assert end / SR == pytest.approx(segment.end, abs=1e-3)
    assert told["delays"] == 0 and not told["ended"]
    work.take(read(sent(np.zeros(10), start=len(signal), delays=[(0, 750)])))
    assert work.delays == {0: 0.75} and work.told()["delays"] == 1


def test_a_second_start_goes_on_in_the_same_timeline(predictor, signal):
    work = hear(LiveWork(predictor), signal)
    first = len(work.heard.segments)
    hear(work, signal, run="b", end=False)
    assert len(work.heard.segments) == 2 * first
    told = work.told()
    assert told["run"] == "b" and [i for i, _ in told["answers"]] == list(range(first, 2 * first))
    assert told["answers"][0][1] / SR == pytest.approx(work.heard.segments[0].end, abs=0.1)


@pytest.mark.parametrize("rate", [8_000, 48_000])
def test_other_rates_are_heard(predictor, rate):
    work = LiveWork(predictor)
    work.take(read(sent(np.zeros(rate), rate=rate)))
    work.take(read(sent(np.zeros(rate), rate=rate, start=rate, end=True)))
    assert work.listener.heard_s == pytest.approx(2.0, abs=0.05)


GOOD = sent(np.zeros(100))


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "x",
        {},
        GOOD | {"run": 5},
        GOOD | {"run": "x" * 65},
        GOOD | {"rate": 10},
        GOOD | {"rate": 10**9},
        GOOD | {"rate": True},
        GOOD | {"rate": 16_000.0},
        GOOD | {"start": -1},
        GOOD | {"start": 2**50},
        GOOD | {"samples": "no base64!"},
        GOOD | {"samples": "AAAA"},
        GOOD | {"samples": 7},
        GOOD | {"samples": "A" * (4 * MOST_S * SR + 4)},
    ],
)
def test_what_no_microphone_sends_is_refused(value):
    with pytest.raises(ConfigError, match="no sound"):
        read(value)


def test_delays_that_make_no_sense_are_left_out(predictor):
    message = read(GOOD | {"delays": [[0, 500], [1], "x", [2, -5], [3, 1.5], ["a", 1], [True, 2**40]]})
    assert message.delays == {0: 0.5}
    assert read(GOOD | {"delays": "x"}).delays == {}
    work = LiveWork(predictor)
    work.take(message)
    assert work.delays == {}
