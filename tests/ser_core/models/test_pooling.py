"""Pooling of answers: averaging, stacking, and the families voting and stacking on top of it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from ser_core.errors import ConfigError
from ser_core.models import get
from ser_core.models.onnx_tools import log_loss, run
from ser_core.models.pooling import Pool, aligned, average, log, stack
from tests.emotion_clips import clips

QUICK = {
    "lda": {"covariance_shrinkage": [0.1], "n_features": None, "n_components": 20, "n_folds": 3},
    "knn": {"n_neighbors": [12], "n_features": 30, "n_components": 20, "n_folds": 3},
}


def answers(y: np.ndarray, *, skill: float, seed: int) -> np.ndarray:
    """Probabilities that are right in a share `skill` of cases and sure of themselves whether right or not."""
    rng = np.random.default_rng(seed)
    told = np.where(rng.random(len(y)) < skill, y, (y + rng.integers(1, 8, len(y))) % 8)
    return 0.9 * np.eye(8)[told] + 0.1 / 8


@pytest.fixture
def told():
    y = np.random.default_rng(0).integers(0, 8, 600)
    return np.stack([answers(y, skill=skill, seed=i) for i, skill in enumerate((0.8, 0.5, 0.125))]), y


def test_average_counts_all_alike_and_is_calibrated(told):
    probabilities, y = told
    pool = average(probabilities, y)
    assert pool.weights == pytest.approx((1 / 3,) * 3)
    found = pool.combine(probabilities)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    right = (found.argmax(axis=1) == y).mean()
    assert found.max(axis=1).mean() == pytest.approx(right, abs=0.06)


def test_stacking_weighs_by_worth(told):
    probabilities, y = told
    pool = stack(probabilities, y)
    good, fair, useless = pool.weights
    assert good > 0.55 > 0.45 > fair > 0.1 > useless >= 0
    assert sum(pool.weights) == pytest.approx(1)
    loss = [log_loss(log(each.combine(probabilities)), y) for each in (pool, average(probabilities, y))]
    assert loss[0] < loss[1] - 0.05


def test_few_clips_leave_stacked_weights_near_equal(told):
    probabilities, y = told
    spread = [np.ptp(stack(probabilities[:, :n], y[:n]).weights) for n in (5, 600)]
    assert spread[0] < 0.45 < 0.5 < spread[1]


def test_a_voice_that_sounds_like_one_emotion_is_drawn_to_all_of_them():
    y = np.repeat(np.arange(8), 10)
    voices = np.repeat(["plain", "angry"], 80)
    plain = answers(y, skill=1.0, seed=0) * 0.5 + 0.5 / 8
    # Whatever this voice says sounds angry as well.
    angry = plain * np.where(np.arange(8) == 4, 12.0, 1.0)
    said = np.concatenate([plain, angry / angry.sum(axis=1, keepdims=True)])
    often = np.full(said.shape, 1 / 8)
    right = [
        (aligned(said, voices, often, share=share).argmax(axis=1) == np.tile(y, 2))[80:].mean() for share in (0, 0.5, 1)
    ]
    assert right[0] < 0.2 and right[0] < right[2] == 1.0
    found = aligned(said, voices, often, share=1.0)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    # The voice that was right stays as it was, whoever else is heard.
    np.testing.assert_allclose(found[:80], plain, atol=1e-9)


def test_weights_may_be_given(told):
    probabilities, y = told
    assert average(probabilities, y, weights=(7, 3, 0)).weights == pytest.approx((0.7, 0.3, 0))
    for wrong in ((1, 1), (1, -1, 1), (0, 0, 0)):
        with pytest.raises(ConfigError, match="as many weights"):
            average(probabilities, y, weights=wrong)


def test_labels_that_cannot_be_do_not_count():
    # The members waste half of their belief on a label that no clip of this corpus has.
    y = np.tile([0, 1], 50)
    told = np.full((2, 100, 8), 0.001)
    told[:, np.arange(100), y] = 0.45
    told[:, :, 7] = 0.55
    possible = np.zeros((100, 8), dtype=bool)
    possible[:, :2] = True
    assert average(told, y, possible=possible).temperature < average(told, y).temperature
    assert stack(told, y, possible=possible).temperature < stack(told, y).temperature


def test_a_certain_member_does_not_break_the_others():
    told = np.stack([np.eye(8)[[0, 1]], np.full((2, 8), 1 / 8)])
    found = Pool((0.5, 0.5), 1.0).combine(told)
    assert np.isfinite(found).all() and found.argmax(axis=1).tolist() == [0, 1]


@pytest.fixture
def quick(monkeypatch):
    """Members that search little."""
    from ser_core import models

    known = {name: replace(get(name), config={**get(name).config, **config}) for name, config in QUICK.items()}
    monkeypatch.setattr(models, "get", lambda name: known.get(name) or get(name))


@pytest.mark.parametrize("name", ["voting", "stacking"])
def test_a_committee_answers_as_one(quick, name):
    data = clips(scale=4.0)
    part = np.isin(data.group, ["04", "05"])
    train, validation = data.take(np.flatnonzero(~part)), data.take(np.flatnonzero(part))
    fitted = get(name).fit(train, validation, config={"members": ["lda", "knn"]}, seed=0)
    info = json.loads(json.dumps(fitted.info))
    assert sum(info["weights"].values()) == pytest.approx(1) and set(info["members"]) == {"lda", "knn"}
    assert fitted.held_out.shape == (part.sum(), 8)
    new = clips(scale=4.0, seed=9)
    probabilities = fitted.predict_proba(new.x)
    assert (probabilities.argmax(axis=1) == new.y).mean() > 0.4
    np.testing.assert_allclose(run(fitted.to_onnx(), new.x), probabilities, atol=1e-4)
