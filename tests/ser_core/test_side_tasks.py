"""Targets of side tasks are what manifests know, and no more."""

import numpy as np
import pandas as pd
import pytest

from ser_core.corpora import iemocap, ravdess
from ser_core.errors import ConfigError
from ser_core.models import Data
from ser_core.side_tasks import SIDE_TASKS, targets
from ser_core.testing import make_ravdess
from ser_core.testing.releases import make_iemocap

NAMES = list(SIDE_TASKS)


def test_ravdess_knows_sex_and_intensity_but_not_of_neutral(tmp_path):
    make_ravdess(tmp_path, actors=2, clips=20, duration_s=0.05)
    clips = ravdess.CORPUS.manifest(tmp_path)
    found = pd.DataFrame(targets(clips), columns=NAMES)
    assert (found["sex"] == (clips["sex"] == "female")).all() and found["sex"].nunique() == 2
    neutral = clips["emotion"] == "neutral"
    assert found["intensity"].isna().equals(neutral) and neutral.any()
    assert (found["intensity"][~neutral] == (clips["intensity"] == "strong")[~neutral]).all()
    assert found[["valence", "arousal", "dominance"]].isna().all().all()


def test_iemocap_is_rated(tmp_path):
    make_iemocap(tmp_path)
    clips = iemocap.CORPUS.manifest(tmp_path)
    found = pd.DataFrame(targets(clips), columns=NAMES)
    for name in ("valence", "arousal", "dominance"):
        np.testing.assert_allclose(found[name], clips[name].astype(float), rtol=1e-6)
    assert found["valence"].nunique() > 1 and found["intensity"].isna().all()


def test_intensities_of_one_corpus_say_nothing_of_another():
    clips = pd.DataFrame({"corpus": list("aab"), "emotion": "sad", "intensity": ["normal", "strong", "normal"]})
    assert targets(clips)[:, NAMES.index("intensity")].tolist()[:2] == [0.0, 1.0]
    assert np.isnan(targets(clips)[2, NAMES.index("intensity")])


def data(side=None) -> Data:
    return Data(np.zeros((3, 2)), np.arange(3), np.array(list("abc")), side=side)


def test_data_carries_its_side_targets():
    side = np.arange(3 * len(NAMES), dtype=np.float32).reshape(3, -1)
    whole = data(side)
    taken = whole.take(np.array([2, 0]))
    assert taken.side[:, 0].tolist() == [10.0, 0.0]
    assert Data.join(whole, taken).side[:, 0].tolist() == [0.0, 5.0, 10.0, 10.0, 0.0]
    assert Data.join(whole, data()).side is None and data().take(np.array([0])).side is None
    with pytest.raises(ConfigError, match="row per clip"):
        data(side[:2])
