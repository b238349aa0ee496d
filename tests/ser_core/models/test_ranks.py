"""Ranks within the voice: what is the same for a voice counts for nothing, and few clips of it are enough."""

import json

import numpy as np
import pytest

from ser_core.errors import CancelledError, ConfigError
from ser_core.labels import EMOTIONS
from ser_core.models import get
from ser_core.models._backend import Backend
from ser_core.models._ranking import N_QUANTILES, quantiles, ranks_against, ranks_by
from ser_core.models.base import Data
from ser_core.models.onnx_tools import run, softmax
from tests.emotion_clips import NOTHING, clips

FAMILY = get("ranks")
SMALL = {"C": [0.3, 3.0], "n_components": 20, "n_folds": 4}


def fit(data, validation=NOTHING, *, config=SMALL, **keywords):
    return FAMILY.fit(data, validation, config=config, seed=0, **keywords)


def right(fitted, data) -> float:
    return float((fitted.predict_proba(data.x).argmax(axis=1) == data.y).mean())


@pytest.fixture(scope="module")
def fitted():
    return fit(clips(shift=4.0))


@pytest.fixture(scope="module")
def stranger():
    """One new voice, far from those of training."""
    return clips(shift=8.0, speakers=1, per_speaker=6, seed=5)


def test_ranks_are_of_the_voice():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(12, 3))
    voice = np.repeat(["a", "b"], 6)
    moved = x.copy()
    moved[voice == "b"] = np.exp(moved[voice == "b"]) * 50
    np.testing.assert_array_equal(ranks_by(x, voice), ranks_by(moved, voice))
    assert np.abs(ranks_by(x, voice)).max() == pytest.approx(5 / 6)
    np.testing.assert_allclose(ranks_by(x, voice)[:6], ranks_against(x[:6], x[:6]), atol=1e-6)


def test_equals_share_their_rank():
    assert ranks_by(np.ones((4, 2)), np.zeros(4)).tolist() == [[0, 0]] * 4
    assert ranks_against(np.array([[1.0]]), np.array([[1.0], [1.0]])).tolist() == [[0]]


def test_quantiles_stand_for_all_clips():
    x = np.random.default_rng(0).normal(size=(1000, 2)).astype(np.float32)
    np.testing.assert_allclose(ranks_against(x, quantiles(x)), ranks_against(x, x), atol=2.5 / N_QUANTILES)


def test_adapts_to_a_voice_by_unlabelled_clips(fitted, stranger):
    alone, adapted = right(fitted, stranger), right(fitted.adapted(stranger.x), stranger)
    assert adapted > 0.9
    assert adapted > alone + 0.1


def test_a_voice_is_known_by_some_of_its_clips(fitted, stranger):
    heard = np.arange(len(stranger)) % 3 == 0
    others = stranger.take(np.flatnonzero(~heard))
    assert right(fitted.adapted(stranger.x[heard]), others) > 0.85


def test_says_the_same_however_loud_a_feature_is(fitted, stranger):
    adapted = fitted.adapted(stranger.x)
    same = fitted.adapted(8 * stranger.x)
    np.testing.assert_allclose(same.predict_proba(8 * stranger.x), adapted.predict_proba(stranger.x))


def test_probabilities_are_calibrated():
    hard = {"scale": 8.0, "shift": 8.0, "per_speaker": 6}
    found = fit(clips(**hard))
    new = clips(**hard, seed=9)
    told = np.concatenate(
        [
            found.adapted(part).predict_proba(part)
            for part in (new.x[new.group == name] for name in np.unique(new.group))
        ]
    )
    accuracy = (told.argmax(axis=1) == new.y).mean()
    assert 0.3 < accuracy < 0.95
    assert told.max(axis=1).mean() == pytest.approx(accuracy, abs=0.12)


@pytest.mark.parametrize("emotions", [range(8), [0, 3, 7], [2, 5]])
def test_onnx_gives_the_same_probabilities(emotions):
    found = fit(clips(emotions=emotions))
    x = np.concatenate([clips(seed=4).x, np.full((1, 40), 1e9, np.float32)])
    for model in (found, found.adapted(clips(seed=3, emotions=emotions).x)):
        np.testing.assert_allclose(run(model.to_onnx(), x), model.predict_proba(x), atol=1e-4)
    absent = np.setdiff1d(np.arange(8), list(emotions))
    assert not len(absent) or found.predict_proba(x)[:, absent].max() < 1e-9


def test_without_voices_nothing_adapts():
    data = clips(seed=0)
    found = fit(data, config={**SMALL, "by_voice": False})
    assert found.adapted(data.x) is found
    assert right(found, clips(seed=8)) > 0.8


def test_held_out_answers_do_not_know_the_clips():
    data = clips(per_speaker=4)
    lot = Data(data.x, np.random.default_rng(0).permutation(data.y), data.group)
    part = np.isin(data.group, ["04", "05"])
    found = fit(lot.take(np.flatnonzero(~part)), lot.take(np.flatnonzero(part)), config={**SMALL, "C": [1000.0]})
    assert found.held_out.shape == (part.sum(), len(EMOTIONS))
    np.testing.assert_allclose(found.held_out.sum(axis=1), 1)
    assert (found.held_out.argmax(axis=1) == lot.y[part]).mean() < 0.4


def test_info_is_json_and_the_same_seed_gives_the_same_model(fitted):
    info = json.loads(json.dumps(fitted.info))
    assert [row["C"] for row in info["grid"]] == SMALL["C"]
    assert info["best"]["C"] in SMALL["C"]
    assert fit(clips(shift=4.0)).to_onnx() == fitted.to_onnx()


def test_stops_and_refuses():
    with pytest.raises(CancelledError):
        fit(clips(speakers=3), cancel=lambda: True)
    with pytest.raises(ConfigError, match="at least two to keep"):
        fit(clips(speakers=1))


def test_backend_finds_the_emotions_of_a_voice():
    # Two classes half a unit apart from where others have them, one of them rare: EM finds both.
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 500)
    scores = rng.normal(size=(1000, 1)) + np.where(y, 2.0, -2.0)[:, None]
    backend = Backend.of(np.concatenate([-scores, scores], axis=1), y)
    rare = np.repeat([0, 1], [180, 20])
    own = rng.normal(size=(200, 1)) + np.where(rare, 4.0, 0.0)[:, None]
    own = np.concatenate([-own, own], axis=1)
    adapted = backend.adapted(own, weight=2.0, temperature=1.0)
    assert adapted.prior[1] < 0.25 < backend.prior[1]

    def known(of):
        return (softmax(of.log_odds(own)).argmax(axis=1) == rare).mean()

    assert known(adapted) > 0.95 > 0.75 > known(backend)
