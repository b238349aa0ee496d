"""Scores by speaker and by group of speakers."""

import numpy as np
import pandas as pd
import pytest

from ser_core.evaluation import groups
from tests.ser_core.evaluation.made import predictions

TRUE = np.tile(np.arange(8), 20)
SPEAKERS = np.repeat([f"s{i}" for i in range(10)], 16)


def table(right_of):
    """Ten speakers of sixteen clips, of which the named ones are all right and the others all wrong."""
    right = np.isin(SPEAKERS, right_of)
    clips = [f"made/{speaker}-{i}" for i, speaker in enumerate(SPEAKERS)]
    return predictions(TRUE, np.where(right, TRUE, (TRUE + 1) % 8), speaker=SPEAKERS, clip=clips)


def manifest(found):
    number = found["speaker"].str[1:].astype(int)
    return pd.DataFrame(
        {"clip_id": found["clip_id"], "sex": np.where(number % 2, "male", "female"), "age": 25 + 10 * (number // 5)}
    )


def test_the_worst_speaker_comes_first():
    found = groups.per_speaker(table(["s1", "s2"]))
    assert found["uar"].tolist() == [0] * 8 + [1] * 2
    assert found["speaker"].tolist()[-2:] == ["s1", "s2"] and (found["clips"] == 16).all()


def test_a_speaker_is_averaged_over_seeds():
    both = pd.concat([table(["s1"]), table(["s2"]).assign(seed=1)])
    found = groups.per_speaker(both).set_index("speaker")
    assert found.loc["s1", "uar"] == 0.5 and found.loc["s1", "clips"] == 16


def test_groups_come_from_the_manifest_and_copies_belong_to_their_clip():
    found = table([])
    found.loc[0, "clip_id"] += "#noise#again1"
    known = groups.with_groups(found, manifest(table([])))
    assert known["sex"].notna().all() and set(known["age"]) == {"20 to 29", "30 to 39"}
    assert set(known["corpus"]) == {"made"}
    assert known.loc[0, "sex"] == "female"


def test_what_is_unknown_is_no_group():
    found = groups.with_groups(table([]), manifest(table([])).assign(sex=pd.NA).iloc[:80])
    assert groups.by_group(found, "sex").empty
    assert groups.gap(found, "sex") is None
    assert groups.by_group(found, "age")["group"].tolist() == ["20 to 29"]


def test_each_group_has_its_own_score():
    men = [f"s{i}" for i in range(1, 10, 2)]
    found = groups.with_groups(table(men), manifest(table([])))
    by_sex = groups.by_group(found, "sex").set_index("group")
    assert by_sex.loc["male", ["uar", "low", "high"]].tolist() == [1, 1, 1]
    assert by_sex.loc["female", "uar"] == 0
    assert by_sex["speakers"].tolist() == [5, 5] and by_sex["clips"].tolist() == [80, 80]
    gap = groups.gap(found, "sex")
    assert (gap.best, gap.worst) == ("male", "female") and tuple(gap.difference) == (1, 1, 1)


def test_the_gap_knows_how_far_speakers_differ():
    found = groups.with_groups(table(["s0", "s2", "s4", "s1"]), manifest(table([])))
    gap = groups.gap(found, "sex")
    assert gap.difference.value == pytest.approx(0.6 - 0.2)
    assert gap.difference.low < 0 < gap.difference.high


def test_one_speaker_is_a_group_without_interval():
    found = groups.with_groups(table(["s0"]), manifest(table([])).assign(sex="male"))
    one = groups.by_group(found[found["speaker"] == "s0"], "sex")
    assert one.loc[0, "uar"] == 1 and np.isnan(one.loc[0, "low"])
