import pandas as pd
import pytest

from ser_core import corpora, describe
from ser_core.features import levels
from ser_core.figures import corpus as figures
from ser_core.figures.style import PATTERNS, plain_title
from ser_core.labels import EMOTIONS


@pytest.fixture(scope="module")
def ravdess():
    manifest = describe.prepared(corpora.load_manifest("ravdess"))
    return manifest.join(levels.known(manifest))


def test_emotions_in_their_order_and_colours_with_their_numbers(ravdess):
    figure = figures.countplot(describe.counts(ravdess, by="feeling"))
    (bars,) = figure.data
    assert list(bars.x) == [emotion.title for emotion in EMOTIONS.emotions]
    assert list(bars.y) == [96] + [192] * 7
    assert list(bars.text) == ["96"] + ["192"] * 7
    assert list(bars.marker.color) == [emotion.colour for emotion in EMOTIONS.emotions]
    assert plain_title(figure) == "96 clips of neutral, 192 of each other emotion; n = 1,440 clips"


def test_split_bars_are_told_apart_without_colour(ravdess):
    figure = figures.countplot(describe.counts(ravdess, by="sex", split="feeling"), mode="group")
    assert [bars.name for bars in figure.data] == [emotion.title for emotion in EMOTIONS.emotions]
    assert [bars.marker.pattern.shape for bars in figure.data] == list(PATTERNS.values())
    assert len(set(PATTERNS.values())) == len(EMOTIONS)
    assert list(figure.data[0].x) == ["female", "male"]
    assert sum(sum(bars.y) for bars in figure.data) == 1440
    assert figure.layout.barmode == "group"
    assert figure.layout.showlegend


def test_speakers_are_names_not_numbers(ravdess):
    figure = figures.countplot(describe.counts(ravdess, by="speaker", split="feeling"))
    assert figure.layout.xaxis.type == "category"
    assert list(figure.data[0].x[:2]) == ["01", "02"]


@pytest.mark.parametrize(
    ("clips", "title"),
    [
        ({"female": 3, "male": 3}, "3 clips of each sex; n = 6 clips"),
        ({"female": 1, "male": 3}, "1 female, 3 male; n = 4 clips"),
        ({"female": 1}, "All clips are female; n = 1 clip"),
        ({"a": 1, "b": 2, "c": 3}, "From 1 to 3 clips per sex; n = 6 clips"),
        ({"a": 2, "b": 2, "unknown": 1}, "1 clip of sex unknown, 2 of each other sex; n = 5 clips"),
        ({}, "No clips"),
    ],
)
def test_title_states_the_balance(clips, title):
    counts = pd.DataFrame({"sex": list(clips), "clips": list(clips.values())})
    assert plain_title(figures.countplot(counts)) == title


def test_hours_name_the_most_and_the_least(ravdess):
    figure = figures.countplot(describe.counts(ravdess, by="feeling", unit="hours"))
    assert plain_title(figure).startswith("Disgust (0.2 h) has most, neutral (0.1 h) least; n = 1.5 hours")
    assert figure.layout.yaxis.title.text == "Hours"


def test_shares_fill_each_bar(ravdess):
    figure = figures.countplot(describe.counts(ravdess, by="intensity", split="feeling"), mode="share")
    assert figure.layout.barnorm == "percent" and figure.layout.barmode == "stack"
    assert plain_title(figure).startswith("Largest share of a bar: 14% of strong intensity is calm; n = 1,440 clips")


def test_values_are_named_as_readers_know_them(ravdess):
    counted = describe.counts(ravdess, by="corpus", split="feeling")
    assert list(figures.countplot(counted, names={"ravdess": "RAVDESS"}).data[0].x) == ["RAVDESS"]


def test_speakers_of_each_corpus_have_an_axis_of_their_own(ravdess):
    parts = {"All": ravdess, "Few": ravdess[ravdess["speaker"] < "03"]}
    counted = {name: describe.counts(part, by="speaker", split="feeling") for name, part in parts.items()}
    figure = figures.facets(counted)
    assert [note.text for note in figure.layout.annotations] == ["All", "Few"]
    assert {bars.yaxis for bars in figure.data} == {"y", "y2"}
    legend = [bars.name for bars in figure.data if bars.showlegend]
    assert legend == [emotion.title for emotion in EMOTIONS.emotions], "each emotion stands in the legend once"
    assert plain_title(figure).startswith("60 clips of each speaker")


def test_a_label_without_counterpart_is_grey_and_patterned():
    counts = pd.DataFrame({"sex": ["female"] * 2, "feeling": ["neutral", "boredom"], "clips": [1, 2]})
    neutral, boredom = figures.countplot(counts).data
    assert boredom.name == "Boredom"
    assert boredom.marker.pattern.shape != neutral.marker.pattern.shape


def test_boxes_hold_the_quantiles(ravdess):
    spread = describe.spread(ravdess, "level_db")
    figure = figures.distribution(spread, column="level_db")
    assert [box.name for box in figure.data] == [emotion.title for emotion in EMOTIONS.emotions]
    for box, row in zip(figure.data, spread.itertuples(), strict=True):
        drawn = (box.lowerfence[0], box.q1[0], box.median[0], box.q3[0], box.upperfence[0])
        assert drawn == pytest.approx((row.p5, row.q1, row.median, row.q3, row.p95), abs=1e-3)
        assert box.fillcolor == EMOTIONS[row.feeling].colour
    assert figure.layout.yaxis.title.text == "Level of the sound (dB of full scale)"
    assert plain_title(figure).startswith("Angry (−27.0 dB) is loudest, Calm (−46.5 dB) softest; n = 1,440 clips")


def test_one_emotion_is_neither_most_nor_least(ravdess):
    spread = describe.spread(ravdess[ravdess["emotion"] == "sad"], "sound_s")
    assert plain_title(figures.distribution(spread, column="sound_s")).startswith("Length of the sound; n = 192 clips")


def test_figures_are_transparent_and_small(ravdess):
    drawn = [figures.countplot(describe.counts(ravdess, by=by, split="feeling")) for by in describe.FILTERS.values()]
    drawn += [figures.distribution(describe.spread(ravdess, column), column=column) for column in figures.MEASURES]
    for figure in drawn:
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
        assert len(figure.to_json()) < 30_000


def test_speakers_of_several_corpora_stand_below_each_other(ravdess):
    """Side by side their axes lay over each other on a telephone."""
    few = ravdess[ravdess["speaker"] < "03"]
    counts = describe.counts(few, by="speaker", split="feeling")
    figure = figures.facets(dict.fromkeys("abc", counts))
    axes = [figure.layout[name] for name in ("xaxis", "xaxis2", "xaxis3")]
    assert {tuple(axis.domain) for axis in axes} == {(0.0, 1.0)}
    assert (
        figure.layout.height > figures.facets({"a": describe.counts(few, by="speaker", split="feeling")}).layout.height
    )
