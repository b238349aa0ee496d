import pandas as pd
import pytest

from ser_core import corpora, describe
from ser_core.errors import ConfigError
from ser_core.labels import EMOTIONS


def table(*rows):
    names = ["clip_id", "speaker", "sex", "emotion", "intensity", "text", "repetition"]
    return describe.prepared(corpora.as_manifest(pd.DataFrame(rows, columns=names)).assign(duration_s=2.0, corpus="x"))


@pytest.fixture
def small():
    return table(
        ("x/1", "b", "female", "sad", "normal", "Dogs bark", 1),
        ("x/2", "b", "female", "angry", "strong", "Dogs bark", 1),
        ("x/3", "b", "female", "angry", "normal", "Dogs bark", 2),
        ("x/4", "a", "male", "sad", "normal", "Dogs bark", 1),
        ("x/5", "a", "male", None, None, "Kids talk", 1),
    )


def test_facts_of_the_shipped_ravdess():
    facts = describe.facts(corpora.load_manifest("ravdess"))
    assert (facts.clips, facts.speakers, facts.emotions) == (1440, 24, EMOTIONS.names)
    assert facts.hours == pytest.approx(1.48, abs=0.01)


def test_categories_come_in_reading_order_with_the_unknown_last(small):
    assert describe.categories(small, "emotion") == ("sad", "angry", "unknown")
    assert describe.categories(small, "speaker") == ("a", "b")
    assert describe.categories(small, "intensity") == ("normal", "strong", "unknown")


@pytest.fixture
def two_corpora(small):
    """Two corpora with a speaker of the same name, and a label that the set does not hold."""
    table = corpora.as_manifest(
        pd.DataFrame(
            {
                "clip_id": ["y/1", "y/2"],
                "corpus": "y",
                "speaker": ["a", None],
                "emotion": ["sad", None],
                "label": ["sadness", "boredom"],
                "age": pd.array([31, None], dtype="Int64"),
                "sex": "male",
            }
        )
    )
    both = pd.concat([small.drop(columns=list(describe.PREPARED)), table], ignore_index=True)
    return describe.prepared(both, corpora={"y": "Why"})


def test_speakers_of_the_same_name_are_told_apart(two_corpora):
    assert describe.categories(two_corpora, "voice") == ("Why a", "x a", "x b", "unknown")
    assert describe.facts(two_corpora).speakers == 3
    assert describe.select(two_corpora, speaker=["x a"])["clip_id"].tolist() == ["x/4", "x/5"]


def test_a_label_without_counterpart_stands_for_itself_after_the_emotions(two_corpora):
    assert describe.categories(two_corpora, "feeling") == ("sad", "angry", "boredom", "unknown")
    assert describe.select(two_corpora, emotion=["boredom"])["clip_id"].tolist() == ["y/2"]
    assert describe.select(two_corpora, text="bored")["clip_id"].tolist() == ["y/2"]
    assert describe.counts(two_corpora, by="feeling")["clips"].tolist() == [3, 2, 1, 1]


def test_ages_come_in_decades(two_corpora):
    assert describe.categories(two_corpora, "decade") == ("30 to 39", "unknown")
    assert describe.select(two_corpora, age=["30 to 39"])["clip_id"].tolist() == ["y/1"]


def test_corpora_side_by_side(two_corpora):
    side = describe.corpora_table(two_corpora.assign(here=[True] * 3 + [False] * 4, sampling_rate=16_000))
    assert side.index.tolist() == ["x", "y"]
    assert side["clips"].tolist() == [5, 2] and side["speakers"].tolist() == [2, 1]
    assert side[["female", "male"]].to_numpy().tolist() == [[1, 1], [0, 2]]
    assert side["emotions"].tolist() == ["sad, angry", "sad, boredom"]
    assert side["here"].tolist() == [3, 0]
    assert side["hours"]["x"] == pytest.approx(10 / 3600)
    assert side["sampling_rate"].tolist() == [16_000, 16_000]


def test_hours_are_counted_like_clips(small):
    hours = describe.counts(small, by="sex", unit="hours")
    assert hours.columns.tolist() == ["sex", "hours"]
    assert hours["hours"].tolist() == pytest.approx([6 / 3600, 4 / 3600])


def test_counts_list_every_pair_also_empty_ones(small):
    counts = describe.counts(small, by="sex", split="emotion")
    assert counts.to_dict("list") == {
        "sex": ["female"] * 3 + ["male"] * 3,
        "emotion": ["sad", "angry", "unknown"] * 2,
        "clips": [1, 2, 0, 1, 0, 1],
    }
    assert counts["clips"].sum() == len(small)


def test_counts_by_one_column_and_by_itself(small):
    assert describe.counts(small, by="emotion")["clips"].tolist() == [2, 2, 1]
    assert describe.counts(small, by="emotion", split="emotion").columns.tolist() == ["emotion", "clips"]


def test_ravdess_is_balanced_as_published():
    manifest = corpora.load_manifest("ravdess")
    emotions = describe.counts(manifest, by="emotion").set_index("emotion")["clips"]
    assert emotions["neutral"] == 96 and (emotions.drop("neutral") == 192).all()
    assert (describe.counts(manifest, by="speaker")["clips"] == 60).all()
    assert (describe.counts(manifest, by="sex")["clips"] == 720).all()


def test_select_joins_filters_by_and_and_values_by_or(small):
    assert describe.select(small, emotion=["sad", "angry"], sex=["female"])["clip_id"].tolist() == ["x/1", "x/2", "x/3"]
    assert describe.select(small, emotion=["unknown"])["clip_id"].tolist() == ["x/5"]
    assert len(describe.select(small, emotion=[], speaker=())) == len(small)


@pytest.mark.parametrize(
    ("text", "found"),
    [("DOGS sad", ["x/1", "x/4"]), ("bark dogs strong", ["x/2"]), ("x/5", ["x/5"]), (".*", []), ("  ", None)],
)
def test_select_searches_words_in_any_order(small, text, found):
    ids = describe.select(small, text=text)["clip_id"].tolist()
    assert ids == (small["clip_id"].tolist() if found is None else found)


def test_select_of_nothing_is_nothing(small):
    assert describe.select(small[:0], text="dogs", sex=["female"]).empty


def test_select_refuses_other_columns(small):
    with pytest.raises(ConfigError, match="emotion, speaker, sex, age, intensity, language"):
        describe.select(small, take=[3])


def test_spread_gives_the_quantiles(small):
    measured = small.assign(level=[1.0, 2.0, 3.0, 5.0, float("nan")])
    spread = describe.spread(measured, "level")
    assert spread["feeling"].tolist() == ["sad", "angry"]
    assert spread["clips"].tolist() == [2, 2]
    assert spread["median"].tolist() == [3.0, 2.5]
    assert spread["q1"].tolist() == [2.0, 2.25]


def test_spread_of_nothing_is_empty(small):
    spread = describe.spread(small.assign(level=float("nan")), "level")
    assert spread.empty and "median" in spread


def test_counterparts_change_one_thing_and_keep_what_they_can(small):
    assert describe.counterparts(small, "x/1", change="feeling") == {"angry": "x/3"}  # the normal one, not the strong
    assert describe.counterparts(small, "x/1", change="speaker") == {"a": "x/4"}
    assert describe.counterparts(small, "x/2", change="intensity") == {"normal": "x/3"}
    assert describe.counterparts(small, "x/3", change="repetition") == {"1": "x/2"}


def test_counterparts_of_ravdess_share_speaker_sentence_intensity_and_take():
    found = describe.counterparts(
        describe.prepared(corpora.load_manifest("ravdess")), "ravdess/03-01-05-02-01-02-12", change="feeling"
    )
    assert list(found) == [name for name in EMOTIONS if name != "angry"]
    assert found["happy"] == "ravdess/03-01-03-02-01-02-12"
    assert found["neutral"] == "ravdess/03-01-01-01-01-02-12"  # there is no strong neutral


def test_counterparts_need_a_sentence_and_a_clip(small):
    assert describe.counterparts(small.assign(text=None), "x/1", change="feeling") == {}
    assert describe.counterparts(small.drop(columns="repetition"), "x/1", change="repetition") == {}
    with pytest.raises(ConfigError, match="no clip 'x/9'"):
        describe.counterparts(small, "x/9", change="feeling")
