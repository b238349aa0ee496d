"""People as one more recogniser."""

import numpy as np
import pandas as pd
import pytest

from ser_core.errors import ConfigError
from ser_core.evaluation import raters
from ser_core.labels import EMOTIONS
from tests.ser_core.evaluation.made import predictions


def votes(true, shares, speaker="a"):
    clips = pd.DataFrame(
        {
            "clip_id": [f"c/{i}" for i in range(len(true))],
            "speaker": speaker,
            "emotion": [EMOTIONS.names[i] for i in true],
        }
    )
    table = np.zeros((len(true), len(EMOTIONS)))
    for row, vote in zip(table, shares, strict=True):
        for emotion, share in vote.items():
            row[emotion] = share
    return raters.Raters(clips, table)


def test_a_tied_vote_counts_in_parts():
    found = votes([0, 0, 1, 1], [{0: 1}, {0: 0.5, 1: 0.5}, {1: 1}, {0: 1}])
    summary = raters.summarise(found)
    assert summary.uar.value == pytest.approx((0.75 + 0.5) / 2)
    assert summary.accuracy.value == pytest.approx(2.5 / 4)
    assert summary.chance == 0.5 and summary.n_test == 4
    assert np.isnan(summary.top3.value)
    assert raters.confusion(found).counts.tolist() == [[1.5, 0.5], [1, 1]]


def test_a_model_that_answers_as_raters_do_agrees_whatever_was_meant():
    found = votes([0, 1, 2, 3], [{1: 1}, {1: 1}, {3: 1}, {3: 1}])
    same = raters.agreement(found, predictions([0, 1, 2, 3], [1, 1, 3, 3]))
    assert same.share.value == 1 and same.kappa == 1 and same.meant == 0.5 and same.n_clips == 4


def test_kappa_is_nought_where_agreement_is_that_of_chance():
    found = votes([0, 0, 1, 1], [{0: 1}, {1: 1}, {0: 1}, {1: 1}])
    always = raters.agreement(found, predictions([0, 0, 1, 1], [0, 0, 0, 0]))
    assert always.share.value == 0.5 and always.kappa == 0


def test_clips_without_a_vote_are_left_out():
    found = votes([0, 1], [{0: 1}, {1: 1}])
    more = predictions([0, 1, 2], [0, 1, 3], clip=["c/0", "c/1", "other/9"])
    assert raters.agreement(found, more).share.value == 1
    with pytest.raises(ConfigError, match="no clip in common"):
        raters.agreement(found, predictions([0], [0], clip=["other/9"]))


def test_votes_of_another_shape_are_refused():
    with pytest.raises(ConfigError, match="Votes are 1 clips by 8"):
        raters.Raters(pd.DataFrame({"clip_id": ["c/0"]}), np.ones((1, 3)))
