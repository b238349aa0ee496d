import numpy as np
import pandas as pd
import pytest

from ser_core import corpora
from ser_core.analysis import acoustics, separation

EMOTIONS_HERE = ("neutral", "sad", "angry")


@pytest.fixture
def clips():
    """Eight speakers, ten clips of each of three emotions.

    ``shift`` is 3 higher in angry, ``voice`` tells speakers and no emotion, ``late`` is 1 lower in sad but spread over
    speakers, ``noise`` tells nothing, ``gap`` is known of two speakers only.
    """
    rng = np.random.default_rng(0)
    speaker = np.repeat([f"s{i}" for i in range(8)], 30)
    emotion = np.tile(np.repeat(EMOTIONS_HERE, 10), 8)
    place = np.repeat(np.arange(8) * 10.0, 30)
    values = pd.DataFrame(
        {
            "shift": rng.normal(size=240) + 3.0 * (emotion == "angry"),
            "voice": rng.normal(size=240) + place,
            "late": rng.normal(size=240) * 0.5 + place - 1.0 * (emotion == "sad"),
            "noise": rng.normal(size=240),
            "gap": np.where(place < 20, rng.normal(size=240), np.nan),
        },
        index=np.arange(240) + 1000,
    )
    return values, pd.Series(emotion, values.index), pd.Series(speaker, values.index)


def test_contrast_finds_what_was_put_in(clips):
    values, emotion, speaker = clips
    found = separation.contrast(values, emotion=emotion, speaker=speaker)
    assert found.emotions == ("sad", "angry")
    assert found.effect.loc["shift", "angry"] == pytest.approx(3, abs=0.5)
    assert found.difference.loc["shift", "angry"] == pytest.approx(3, abs=0.4)
    assert found.low.loc["shift", "angry"] < 3 < found.high.loc["shift", "angry"] + 0.4
    assert found.p.loc["shift", "angry"] == pytest.approx(2 / 2**8)
    assert found.speakers.tolist() == [8, 8] and found.clips.tolist() == [80, 80]
    assert found.tested


def test_a_difference_within_speakers_is_found_though_speakers_differ_more(clips):
    values, emotion, speaker = clips
    raw = separation.contrast(values, emotion=emotion, speaker=speaker)
    own = separation.contrast(values, emotion=emotion, speaker=speaker, by_speaker=True)
    assert abs(raw.effect.loc["late", "sad"]) < 0.2 < 1 < -own.effect.loc["late", "sad"]
    assert raw.difference.loc["late", "sad"] == own.difference.loc["late", "sad"] == pytest.approx(-1, abs=0.2)
    assert raw.p.loc["late", "sad"] == own.p.loc["late", "sad"] == pytest.approx(2 / 2**8)


def test_correction_is_over_all_tests_and_too_few_speakers_make_none(clips):
    values, emotion, speaker = clips
    found = separation.contrast(values, emotion=emotion, speaker=speaker)
    assert found.p.loc["gap"].isna().all() and found.effect.loc["gap"].notna().all()
    tested = found.p.notna()
    assert (found.holm.to_numpy()[tested] >= found.bh.to_numpy()[tested]).all()
    assert (found.bh.to_numpy()[tested] >= found.p.to_numpy()[tested]).all()
    assert found.significant().loc[["shift", "late"]].to_numpy().tolist() == [[False, True], [True, False]]
    assert not found.significant(correction="holm").loc["noise"].any()
    few = separation.contrast(values[:120], emotion=emotion[:120], speaker=speaker[:120])
    assert not few.tested and few.effect.notna().any(axis=None)


def test_other_effect_sizes_and_references(clips):
    values, emotion, speaker = clips
    found = separation.contrast(values, emotion=emotion, speaker=speaker, reference="angry", kind="delta")
    assert found.emotions == ("neutral", "sad") and found.reference == "angry"
    assert found.effect.loc["shift"].between(-1, -0.9).all()


@pytest.mark.filterwarnings("error")
def test_clips_of_unknown_emotion_or_speaker(clips):
    values, emotion, speaker = clips
    none = separation.contrast(values, emotion=emotion, speaker=pd.Series(None, values.index, dtype="str"))
    assert none.effect.loc["shift", "angry"] > 2 and none.difference.isna().all(axis=None) and not none.tested
    only = separation.contrast(values, emotion=emotion.where(emotion == "neutral"), speaker=speaker)
    assert only.emotions == ()
    assert separation.most_different(only) is None


def test_overall_ranks_by_what_emotions_explain(clips):
    values, emotion, speaker = clips
    table = separation.overall(values, emotion=emotion, speaker=speaker)
    assert table.index[0] == "shift"
    assert table.loc["shift", "omega"] == pytest.approx(2 / 3, abs=0.08)  # variance 2 of the shifts over 2 + 1
    assert table.loc["shift", "bh"] < 0.05 < table.loc["noise", "bh"]
    assert (table["speakers"] == 8).all() and (table["emotions"] == 3).all()
    own = separation.overall(values, emotion=emotion, speaker=speaker, by_speaker=True)
    assert own.loc["late", "omega"] > 0.3 > 0.05 > table.loc["late", "omega"]


def test_overall_is_not_tested_with_few_speakers(clips):
    values, emotion, speaker = (part[:120] for part in clips)
    assert separation.overall(values, emotion=emotion, speaker=speaker)["p"].isna().all()


def test_an_emotion_of_few_speakers_does_not_leave_out_the_others(clips):
    values, emotion, speaker = clips
    rare = emotion.where((speaker != "s0") | (emotion != "sad"), "calm")
    table = separation.overall(values, emotion=rare, speaker=speaker)
    assert table[["speakers", "emotions"]].iloc[0].tolist() == [7, 3]


def test_pairwise_is_antisymmetric(clips):
    values, emotion, speaker = clips
    table = separation.pairwise(values["shift"], emotion=emotion, speaker=speaker).set_index(["emotion", "other"])
    assert len(table) == 6
    assert table.loc[("angry", "sad"), "effect"] == -table.loc[("sad", "angry"), "effect"] == pytest.approx(3, abs=0.5)
    assert table.loc[("angry", "sad"), "holm"] == table.loc[("sad", "angry"), "holm"] == pytest.approx(3 * 2 / 2**8)
    whole = separation.contrast(values, emotion=emotion, speaker=speaker)
    assert table.loc[("angry", "neutral"), "effect"] == pytest.approx(whole.effect.loc["shift", "angry"])
    assert table.loc[("angry", "neutral"), "difference"] == pytest.approx(whole.difference.loc["shift", "angry"])


def test_the_strongest_differences_are_those_that_stand(clips):
    values, emotion, speaker = clips
    found = separation.contrast(values, emotion=emotion, speaker=speaker)
    assert separation.most_different(found) == "angry"
    assert separation.strongest(found, measures=values.columns, emotion="angry") == ["shift"]
    assert separation.strongest(found, measures=["noise"], emotion="angry") == []
    few = separation.contrast(values[:60], emotion=emotion[:60], speaker=speaker[:60])
    assert separation.strongest(few, measures=values.columns, emotion="angry", top=2)[0] == "shift"


def test_long_table_holds_every_pair(clips):
    values, emotion, speaker = clips
    found = separation.contrast(values, emotion=emotion, speaker=speaker)
    frame = found.to_frame()
    assert len(frame) == 10
    row = frame[(frame["measure"] == "shift") & (frame["emotion"] == "angry")].iloc[0]
    assert row["effect"] == found.effect.loc["shift", "angry"] and row["clips"] == 80


def test_anger_is_louder_and_higher_than_neutral_in_ravdess():
    manifest = pd.read_parquet(corpora.get("ravdess").manifest_file())
    values = acoustics.table(manifest)
    found = separation.contrast(values, emotion=manifest["emotion"], speaker=manifest["speaker"])
    assert found.difference.loc["level_mean", "angry"] > 6
    assert found.difference.loc["pitch_mean", "angry"] > 3
    assert found.significant(correction="holm").loc[["level_mean", "pitch_mean"], "angry"].all()
    assert separation.most_different(found) == "angry"
