import pandas as pd
import pytest

from ser_core import corpora, describe
from ser_core.errors import ConfigError
from ser_core.labels import EMOTIONS


def table(*rows):
    names = ["clip_id", "speaker", "sex", "emotion", "intensity", "text", "repetition"]
    return corpora.as_manifest(pd.DataFrame(rows, columns=names)).assign(duration_s=2.0)


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
    with pytest.raises(ConfigError, match="emotion, speaker, sex, intensity"):
        describe.select(small, age=[3])


def test_spread_gives_the_quantiles(small):
    measured = small.assign(level=[1.0, 2.0, 3.0, 5.0, float("nan")])
    spread = describe.spread(measured, "level")
    assert spread["emotion"].tolist() == ["sad", "angry"]
    assert spread["clips"].tolist() == [2, 2]
    assert spread["median"].tolist() == [3.0, 2.5]
    assert spread["q1"].tolist() == [2.0, 2.25]


def test_spread_of_nothing_is_empty(small):
    spread = describe.spread(small.assign(level=float("nan")), "level")
    assert spread.empty and "median" in spread


def test_counterparts_change_one_thing_and_keep_what_they_can(small):
    assert describe.counterparts(small, "x/1", change="emotion") == {"angry": "x/3"}  # the normal one, not the strong
    assert describe.counterparts(small, "x/1", change="speaker") == {"a": "x/4"}
    assert describe.counterparts(small, "x/2", change="intensity") == {"normal": "x/3"}
    assert describe.counterparts(small, "x/3", change="repetition") == {"1": "x/2"}


def test_counterparts_of_ravdess_share_speaker_sentence_intensity_and_take():
    found = describe.counterparts(corpora.load_manifest("ravdess"), "ravdess/03-01-05-02-01-02-12", change="emotion")
    assert list(found) == [name for name in EMOTIONS if name != "angry"]
    assert found["happy"] == "ravdess/03-01-03-02-01-02-12"
    assert found["neutral"] == "ravdess/03-01-01-01-01-02-12"  # there is no strong neutral


def test_counterparts_need_a_sentence_and_a_clip(small):
    assert describe.counterparts(small.assign(text=None), "x/1", change="emotion") == {}
    assert describe.counterparts(small.drop(columns="repetition"), "x/1", change="repetition") == {}
    with pytest.raises(ConfigError, match="no clip 'x/9'"):
        describe.counterparts(small, "x/9", change="emotion")
