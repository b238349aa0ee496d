"""The SVM family: learning, grouping, calibration, and the same answers as ONNX."""

import json

import numpy as np
import pytest

from ser_core.errors import CancelledError, ConfigError
from ser_core.labels import EMOTIONS
from ser_core.models import get
from ser_core.models._whitening import BoundedScaler, WithinClassWhitening
from ser_core.models.base import Data
from ser_core.models.onnx_tools import run
from ser_core.models.svm import FAMILY
from tests.emotion_clips import NOTHING, clips

SMALL = {"C": [1.0, 10.0], "gamma": [0.3], "n_components": 20}


def fit(data, validation=NOTHING, *, config=SMALL, **keywords):
    return FAMILY.fit(data, validation, config=config, seed=0, **keywords)


@pytest.fixture(scope="module")
def fitted():
    return fit(clips())


def test_is_found_by_name():
    assert get("svm") is FAMILY


def test_learns_and_is_calibrated(fitted):
    new = clips(seed=99, speakers=4)
    probabilities = fitted.predict_proba(new.x)
    assert probabilities.shape == (len(new), len(EMOTIONS))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    accuracy = (probabilities.argmax(axis=1) == new.y).mean()
    assert accuracy > 0.9
    assert probabilities.max(axis=1).mean() == pytest.approx(accuracy, abs=0.15)


def test_hard_tasks_give_modest_probabilities():
    probabilities = fit(clips(scale=12.0)).predict_proba(clips(scale=12.0, seed=5).x)
    assert probabilities.max(axis=1).mean() < 0.6


def test_onnx_gives_the_same_probabilities(fitted):
    x = np.concatenate([clips(seed=4).x, np.zeros((1, 40), np.float32), np.full((1, 40), 1e9, np.float32)])
    np.testing.assert_allclose(run(fitted.to_onnx(), x), fitted.predict_proba(x), atol=1e-5)


def test_onnx_of_fewer_emotions():
    for emotions in ([2, 5], [0, 3, 7]):
        small = fit(clips(emotions=emotions))
        x = clips(seed=3).x
        probabilities = small.predict_proba(x)
        np.testing.assert_allclose(run(small.to_onnx(), x), probabilities, atol=1e-5)
        absent = np.setdiff1d(np.arange(8), emotions)
        assert probabilities[:, absent].max() < 1e-9
        known = clips(seed=3, emotions=emotions)
        assert (small.predict_proba(known.x).argmax(axis=1) == known.y).mean() > 0.9


def test_info_is_json_and_complete(fitted):
    info = json.loads(json.dumps(fitted.info))
    assert len(info["grid"]) == 2
    assert {"C", "gamma", "uar", "uar_fold_mean", "uar_fold_std", "rank"} == set(info["grid"][0])
    assert info["best"]["C"] in SMALL["C"]
    best = max(info["grid"], key=lambda row: row["uar"])
    assert best["rank"] == 1 and {name: best[name] for name in ("C", "gamma")} == info["best"]
    assert info["n_folds"] == 6
    assert 0 < info["n_support_vectors"] <= len(clips())
    assert info["temperature"] > 0


def test_same_seed_same_model(fitted):
    assert fit(clips()).to_onnx() == fitted.to_onnx()


def test_validation_joins_the_search():
    data = clips()
    part = np.isin(data.group, ["04", "05"])
    joined = fit(data.take(np.flatnonzero(~part)), data.take(np.flatnonzero(part)))
    assert joined.info["n_folds"] == 6
    assert fit(data).held_out.shape == (0, len(EMOTIONS))
    assert joined.held_out.shape == (part.sum(), len(EMOTIONS))


def test_held_out_answers_do_not_know_the_clips():
    # Labels by lot: a model that learnt the validation clips would know them by heart.
    data = clips()
    lot = Data(data.x, np.random.default_rng(0).permutation(data.y), np.arange(len(data)).astype(str))
    train, validation = lot.take(np.arange(72)), lot.take(np.arange(72, 144))
    fitted = fit(train, validation, config={**SMALL, "C": [100.0], "gamma": [3.0]})
    assert (fitted.predict_proba(validation.x).argmax(axis=1) == validation.y).mean() > 0.8
    assert (fitted.held_out.argmax(axis=1) == validation.y).mean() < 0.35


def test_fewer_groups_make_fewer_folds():
    assert fit(clips(speakers=3)).info["n_folds"] == 3


def test_inner_folds_share_no_group():
    # Every speaker has codes of its own for the emotions: what is learned from others is useless, so only folds that
    # leak the speaker could score well.
    rng = np.random.default_rng(0)
    data = clips(speakers=6, per_speaker=4)
    codes = {(s, e): rng.normal(size=40) * 5 for s in np.unique(data.group) for e in range(8)}
    x = np.stack([codes[s, e] + rng.normal(size=40) for s, e in zip(data.group, data.y, strict=True)])
    apart = fit(Data(x.astype(np.float32), data.y, data.group)).info
    leaked = fit(Data(x.astype(np.float32), data.y, np.arange(len(data)).astype(str))).info
    assert max(row["uar"] for row in apart["grid"]) < 0.35
    assert max(row["uar"] for row in leaked["grid"]) > 0.9


def test_reports_progress_and_stops():
    reports = []
    fit(clips(speakers=2), progress=reports.append)
    assert reports[-1].done == reports[-1].total == 2 * 2 + 1
    with pytest.raises(CancelledError):
        fit(clips(speakers=2), cancel=lambda: True)


@pytest.mark.parametrize(
    "data,message",
    [
        (clips(speakers=1), "at least two to keep"),
        (clips(emotions=[3]), "1 emotion"),
        (Data(clips(speakers=2).x, np.repeat([0, 1], 24), np.repeat(["a", "b"], 24)), "one speaker or group only"),
    ],
)
def test_refuses_what_cannot_be_learned(data, message):
    with pytest.raises(ConfigError, match=message):
        fit(data)


def test_refuses_unknown_settings():
    with pytest.raises(ConfigError, match="depth"):
        fit(clips(), config={"depth": 3})


def test_scaler_bounds_and_ignores_what_does_not_vary():
    x = np.array([[0.0, 5.0], [1.0, 5.0], [2.0, 5.0]])
    out = BoundedScaler(bound=2.0).fit(x).transform(np.array([[1.0, 9.0], [1e6, 0.0]]))
    assert out.tolist() == [[0, 0], [2, 0]]


@pytest.mark.parametrize("n_features", [10, 200])
def test_full_whitening_makes_the_spread_within_classes_round(n_features):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 60)
    x = rng.normal(size=(120, n_features)) * np.linspace(1, 20, n_features) + y[:, None]
    z = WithinClassWhitening(n_components=8, power=1.0, shrinkage=0.0).fit(x, y).transform(x)
    residual = z - np.stack([z[y == label].mean(axis=0) for label in (0, 1)])[y]
    spread = residual.T @ residual
    np.testing.assert_allclose(spread / spread[0, 0], np.eye(8), atol=1e-6)
    assert z.var(axis=0).sum() == pytest.approx(1)
