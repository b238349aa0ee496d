"""Maps and neighbours as figures: what is drawn of whom, and how little is sent."""

import json

import numpy as np
import pandas as pd
import plotly.io
import pytest

from ser_core.analysis.neighbours import Purity
from ser_core.figures import map as figures
from ser_core.figures.style import plain_title
from ser_core.labels import EMOTIONS

N = 60


@pytest.fixture
def clips():
    speakers = [f"{i % 20:02d}" for i in range(N)]
    return pd.DataFrame(
        {
            "clip_id": [f"{'ab'[i % 2]}/{i}" for i in range(N)],
            "corpus": ["a", "b"] * (N // 2),
            "speaker": speakers,
            "voice": speakers,
            "sex": ["female", "male", None] * (N // 3),
            "feeling": ([*EMOTIONS, "boredom", None] * N)[:N],
        }
    )


@pytest.fixture
def xy():
    found = np.random.default_rng(0).normal(size=(N, 2)).astype(np.float32)
    found[7] = np.nan
    return found


def draw(clips, xy, **how):
    return figures.scatter(clips, xy, **{"by": "emotion", "frame": (-4.0, 4.0, -3.0, 3.0), "title": "A map", **how})


@pytest.mark.parametrize("by", figures.COLOURINGS)
def test_every_clip_with_a_place_is_drawn_once_and_found_again(clips, xy, by):
    drawn = draw(clips, xy, by=by)
    assert sorted(np.concatenate(drawn.rows).tolist()) == [i for i in range(N) if i != 7]
    for curve, trace in enumerate(drawn.figure.data):
        assert trace.type == "scattergl" and trace.x.dtype == np.float32
        for point, (x, y) in enumerate(zip(trace.x, trace.y, strict=True)):
            place = drawn.position(curve, point)
            assert (x, y) == tuple(xy[place])
            assert clips["clip_id"][place] in trace.text[point]
    assert drawn.position(0, 10_000) is None and drawn.position(99, 0) is None and drawn.position(-1, 0) is None


def test_emotions_have_their_colours_and_symbols_of_their_own(clips, xy):
    traces = draw(clips, xy).figure.data
    named = {trace.name.partition(" (")[0]: trace.marker for trace in traces}
    for emotion in EMOTIONS:
        # As in every other figure: a map once had symbols of its own.
        mark = named[EMOTIONS[emotion].title]
        assert (mark.color, mark.symbol) == (EMOTIONS[emotion].colour, EMOTIONS[emotion].symbol)
    assert len({marker.symbol for marker in named.values()}) == len(named) == 10
    assert [*named][:8] == [EMOTIONS[emotion].title for emotion in EMOTIONS]


def test_many_speakers_are_colours_alone_with_a_symbol_per_corpus(clips, xy):
    traces = draw(clips, xy, by="speaker", names={"a": "Corpus A"}).figure.data
    assert [trace.name.partition(",")[0] for trace in traces] == ["10 speakers of Corpus A", "10 speakers of b"]
    assert len({trace.marker.symbol for trace in traces}) == 2
    assert traces[0].marker.color.dtype == np.uint8
    scale = traces[0].marker.colorscale
    assert len({colour for _, colour in scale}) == 20
    few = clips["speaker"].isin(["00", "01", "02"]).to_numpy()
    assert draw(clips[few], xy[few], by="speaker").figure.data[0].name.startswith("00 (")


def test_names_are_text_whatever_they_look_like(clips, xy):
    clips["clip_id"] = "<img src=x>"
    clips["feeling"] = "<b>joy</b>"
    drawn = draw(clips, xy)
    assert "<img" not in drawn.figure.data[0].text[0] and "<b>" not in drawn.figure.data[0].name


def test_a_clip_chosen_by_name_gets_a_ring(clips, xy):
    drawn = draw(clips, xy, found=3)
    assert drawn.figure.data[-1].x[0] == xy[3, 0] and drawn.position(len(drawn.rows) - 1, 0) == 3
    assert len(draw(clips, xy, found=7).figure.data) == len(draw(clips, xy).figure.data), "7 has no place"


def test_two_maps_share_their_axes(clips, xy):
    first, second = (draw(clips, each).figure.layout for each in (xy, xy / 3))
    assert first.xaxis.range == second.xaxis.range == (-4.0, 4.0) and first.yaxis.range == second.yaxis.range
    assert first.uirevision == second.uirevision


def test_the_whole_map_is_a_small_message():
    n = 12_697
    clips = pd.DataFrame(
        {
            "clip_id": [f"cremad/1{i:05d}_DFA_ANG_XX" for i in range(n)],
            "corpus": "cremad",
            "speaker": "1001",
            "voice": [f"CREMA-D {i % 130}" for i in range(n)],
            "sex": "female",
            "feeling": "angry",
        }
    )
    drawn = draw(clips, np.zeros((n, 2), np.float32), by="speaker")
    assert len(plotly.io.to_json(drawn.figure, validate=False)) < 1_500_000


def purity(shared, normalisation, value):
    return Purity(shared, normalisation, value, value - 0.05, value + 0.05, 0.1, 500)


def test_neighbours_are_drawn_against_chance():
    pairs = [(shared, each) for each in ("raw", "speaker") for shared in ("speaker", "emotion", "emotion-others")]
    found = figures.neighbours([purity(*pair, 0.2 + 0.1 * i) for i, pair in enumerate(pairs)], k=10)
    raw, speaker, chance = found.data
    assert list(raw.x) == pytest.approx([0.2, 0.3, 0.4]) and list(speaker.x) == pytest.approx([0.5, 0.6, 0.7])
    assert list(raw.error_x.array) == pytest.approx([0.05] * 3) and list(chance.x) == [0.1] * 3
    assert raw.marker.symbol != speaker.marker.symbol
    # Values stand over their dots: within bars the lines of the intervals went through them.
    assert raw.mode == speaker.mode == "markers+text"
    assert "from 20% to 50%" in plain_title(found) and "500 clips" in plain_title(found)


def test_neighbours_without_speakers():
    found = figures.neighbours([purity("emotion", "raw", 0.4)], k=10)
    assert len(found.data) == 2
    json.loads(found.to_json())
