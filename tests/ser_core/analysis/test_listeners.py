import numpy as np
import pandas as pd
import pytest

from ser_core import corpora
from ser_core.analysis import listeners
from ser_core.errors import ConfigError


@pytest.fixture
def manifest():
    """Six clips of two speakers: three heard as meant, one half so, two otherwise."""
    return pd.DataFrame(
        {
            "clip_id": list("abcdef"),
            "speaker": ["1", "1", "1", "2", "2", "2"],
            "sex": ["female"] * 3 + ["male"] * 3,
            "emotion": ["neutral", "sad", "angry", "neutral", "sad", "angry"],
            "voice_vote": ["neutral", "neutral", "angry", "neutral", "sad:fear", "disgust"],
            "voice_level": [50.0, 60, 70, 80, 90, 40],
        },
        index=[10, 11, 12, 13, 14, 15],
    )


@pytest.fixture(scope="module")
def cremad():
    return pd.read_parquet(corpora.get("cremad").manifest_file())


def test_a_tie_is_split(manifest):
    matrix = listeners.confusion(listeners.votes(manifest))
    assert matrix.labels == ("neutral", "sad", "angry", "fear", "disgust")
    assert matrix.counts.tolist() == [
        [2, 0, 0, 0, 0],
        [1, 0.5, 0, 0.5, 0],
        [0, 0, 1, 0, 1],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
    ]
    assert matrix.recall[1].tolist() == [0.5, 0.25, 0, 0.25, 0]


def test_agreement_weighs_emotions_alike(manifest):
    found = listeners.votes(manifest)
    everything = listeners.agreement(found).iloc[0]
    assert everything["agreement"] == pytest.approx((1 + 0.25 + 0.5) / 3)
    assert everything["low"] <= everything["agreement"] <= everything["high"]
    assert (everything["clips"], everything["speakers"]) == (6, 2)
    by_emotion = listeners.agreement(found, by="emotion").set_index("emotion")["agreement"]
    assert by_emotion.to_dict() == {"neutral": 1, "sad": 0.25, "angry": 0.5}


def test_one_speaker_has_no_interval(manifest):
    by_sex = listeners.agreement(listeners.votes(manifest), by="sex")
    assert by_sex["sex"].tolist() == ["female", "male"]
    assert by_sex["agreement"].tolist() == pytest.approx([2 / 3, 0.5])
    assert by_sex[["low", "high"]].isna().all(axis=None)


def test_intervals_are_of_speakers_not_of_clips():
    # Two groups of speakers, always right and always wrong: many clips of each do not make the mean surer.
    speaker = np.repeat(np.arange(8), 100).astype(str)
    vote = np.where(np.repeat(np.arange(8), 100) < 4, "sad", "angry")
    found = listeners.votes(pd.DataFrame({"emotion": "sad", "voice_vote": vote, "speaker": speaker}))
    row = listeners.agreement(found).iloc[0]
    assert row["agreement"] == 0.5
    assert row["high"] - row["low"] > 0.5


def test_unknown_values_are_shown_as_such(manifest):
    found = listeners.votes(manifest.assign(sex=[None] * 3 + ["male"] * 3))
    assert listeners.agreement(found, by="sex")["sex"].tolist() == ["male", "unknown"]


def test_clips_heard_otherwise(manifest):
    found = listeners.votes(manifest)
    assert listeners.heard_otherwise(found)["clip_id"].tolist() == ["b", "f", "e"]
    assert listeners.heard_otherwise(found)["share"].tolist() == [1, 1, 0.5]
    assert listeners.heard_otherwise(found, meant="sad", heard="fear").index.tolist() == [14]
    assert listeners.heard_otherwise(found, meant="neutral", heard="neutral")["clip_id"].tolist() == ["d", "a"]
    assert listeners.heard_otherwise(found, meant="neutral").empty
    assert listeners.heard_otherwise(found, heard="happy").empty


def test_clips_without_a_vote_do_not_count(manifest):
    found = listeners.votes(manifest.assign(voice_vote=[None, *manifest["voice_vote"][1:]]))
    assert len(found.clips) == 5


def test_says_what_is_missing(manifest):
    for without in (manifest.drop(columns="voice_vote"), manifest.assign(voice_vote=None)):
        assert not listeners.has_votes(without)
        with pytest.raises(ConfigError, match="voice_vote"):
            listeners.votes(without)
    with pytest.raises(ConfigError, match="bored"):
        listeners.votes(manifest.assign(voice_vote="bored"))


def test_people_hear_459_thousandths_of_cremad_as_meant(cremad):
    # The mean over six emotions by the raters' table of the release, ties split; neutral .97, sad .20.
    found = listeners.votes(cremad)
    assert len(found.clips) == 7442
    everything = listeners.agreement(found).iloc[0]
    assert round(everything["agreement"], 3) == 0.459
    assert 0.43 < everything["low"] < 0.459 < everything["high"] < 0.49
    by_emotion = listeners.agreement(found, by="emotion").set_index("emotion")["agreement"]
    assert round(by_emotion["neutral"], 2) == 0.97 and round(by_emotion["sad"], 2) == 0.20


def test_stronger_acting_is_heard_better(cremad):
    by_intensity = listeners.agreement(listeners.votes(cremad), by="intensity").set_index("intensity")
    assert by_intensity.index.tolist() == ["low", "medium", "high", "unknown"]
    assert by_intensity.loc["low", "high"] < by_intensity.loc["high", "low"]
