"""The classical families: all learn, are calibrated, search in grouped folds and answer alike as ONNX."""

import json

import numpy as np
import pytest

from ser_core.errors import CancelledError, ConfigError
from ser_core.labels import EMOTIONS
from ser_core.models import get
from ser_core.models._estimators_onnx import write_probabilities
from ser_core.models._preparation import BestFeatures, preparation
from ser_core.models._search import candidates
from ser_core.models.base import Data
from ser_core.models.onnx_tools import Graph, run
from tests.emotion_clips import NOTHING, clips

#: Two candidates each, and little to grow.
SMALL = {
    "logistic": {"C": [1.0, 10.0], "n_features": None, "n_components": 20},
    "lda": {"covariance_shrinkage": [0.1], "n_features": [20, None], "n_components": 20},
    "knn": {"n_neighbors": [12, 6], "n_features": 30, "n_components": 20},
    "forest": {"n_trees": 30, "n_components": [12, 24], "n_folds": 3},
    "extratrees": {"n_trees": 30, "n_components": [12, 24], "n_folds": 3},
    "boosting": {
        "n_rounds": [5, 10],
        "n_leaves": 6,
        "min_samples_leaf": 3,
        "max_features": 1.0,
        "n_components": 20,
        "n_folds": 3,
    },
    "mlp": {"alpha": [0.1, 0.01], "n_features": None, "n_hidden": 32, "learning_rate": 0.03, "n_folds": 3},
    "bagging": {"covariance_shrinkage": [0.1, 0.03], "max_features": 0.8, "n_members": 6, "n_folds": 3},
}
FAMILIES = tuple(SMALL)


def fit(name, data, validation=NOTHING, *, seed=0, **keywords):
    return get(name).fit(data, validation, config=SMALL[name], seed=seed, **keywords)


@pytest.fixture(scope="module", params=FAMILIES)
def trained(request):
    return request.param, fit(request.param, clips())


def test_learns_and_is_calibrated(trained):
    new = clips(seed=99, speakers=4)
    probabilities = trained[1].predict_proba(new.x)
    assert probabilities.shape == (len(new), len(EMOTIONS))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    accuracy = (probabilities.argmax(axis=1) == new.y).mean()
    assert accuracy > 0.85
    assert probabilities.max(axis=1).mean() == pytest.approx(accuracy, abs=0.15)


def test_onnx_gives_the_same_probabilities(trained):
    x = np.concatenate([clips(seed=4).x, clips().x[:20], np.full((1, 40), 1e9, np.float32)])
    np.testing.assert_allclose(run(trained[1].to_onnx(), x), trained[1].predict_proba(x), atol=1e-4)


def test_info_is_a_table_as_of_a_grid_search(trained):
    info = json.loads(json.dumps(trained[1].info))
    assert len(info["grid"]) == 2
    assert sorted(row["rank"] for row in info["grid"]) in ([1, 2], [1, 1])
    best = next(row for row in info["grid"] if row["rank"] == 1)
    assert best["uar"] == max(row["uar"] for row in info["grid"])
    assert {name: best[name] for name in info["best"]} == info["best"]
    assert set(best) == {*info["best"], "uar", "uar_fold_mean", "uar_fold_std", "rank"}
    assert info["temperature"] > 0


@pytest.mark.parametrize("name", FAMILIES)
def test_same_seed_same_model(name, trained):
    if trained[0] == name:
        assert fit(name, clips()).to_onnx() == trained[1].to_onnx()


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("emotions", [[2, 5], [0, 3, 7]])
def test_fewer_emotions(name, emotions):
    fitted = fit(name, clips(emotions=emotions, per_speaker=8))
    x = clips(seed=3).x
    probabilities = fitted.predict_proba(x)
    np.testing.assert_allclose(run(fitted.to_onnx(), x), probabilities, atol=1e-4)
    assert probabilities[:, np.setdiff1d(np.arange(8), emotions)].max() < 1e-9
    known = clips(seed=3, emotions=emotions)
    assert (fitted.predict_proba(known.x).argmax(axis=1) == known.y).mean() > 0.8


def test_inner_folds_share_no_group():
    # Every speaker has codes of its own for the emotions: only folds that leak the speaker could score well.
    rng = np.random.default_rng(0)
    data = clips(speakers=6, per_speaker=4)
    codes = {(s, e): rng.normal(size=40) * 5 for s in np.unique(data.group) for e in range(8)}
    x = np.stack([codes[s, e] + rng.normal(size=40) for s, e in zip(data.group, data.y, strict=True)])
    apart = fit("lda", Data(x.astype(np.float32), data.y, data.group)).info
    leaked = fit("lda", Data(x.astype(np.float32), data.y, np.arange(len(data)).astype(str))).info
    assert max(row["uar"] for row in apart["grid"]) < 0.35
    assert max(row["uar"] for row in leaked["grid"]) > 0.7


def test_features_are_selected_inside_the_folds():
    # Labels by lot over many features: the best of them, selected on all clips, would seem to know the labels.
    rng = np.random.default_rng(0)
    data = clips(per_speaker=3)
    noise = Data(rng.normal(size=(len(data), 3000)).astype(np.float32), rng.permutation(data.y), data.group)
    config = {**SMALL["lda"], "n_features": [40]}
    info = get("lda").fit(noise, NOTHING, config=config, seed=0).info
    assert info["grid"][0]["uar"] < 0.22


def test_validation_clips_are_held_out_of_their_own_answers():
    data = clips()
    part = np.isin(data.group, ["04", "05"])
    fitted = fit("lda", data.take(np.flatnonzero(~part)), data.take(np.flatnonzero(part)))
    assert fitted.info["n_folds"] == 6
    assert fitted.held_out.shape == (part.sum(), len(EMOTIONS))
    # Of a fold of its own, so not what the model on all clips says, but as right.
    assert not np.allclose(fitted.held_out, fitted.predict_proba(data.x[part]))
    assert (fitted.held_out.argmax(axis=1) == data.y[part]).mean() > 0.8


def test_reports_progress_and_stops():
    reports = []
    fit("lda", clips(speakers=2), progress=reports.append)
    assert reports[-1].done == reports[-1].total == 2 * 2 + 1
    with pytest.raises(CancelledError):
        fit("lda", clips(speakers=2), cancel=lambda: True)


@pytest.mark.parametrize(
    "data,message",
    [
        (clips(speakers=1), "at least two to keep"),
        (clips(emotions=[3]), "1 emotion"),
        (Data(clips(speakers=2).x, np.repeat([0, 1], 24), np.repeat(["a", "b"], 24)), "one speaker or group only"),
        # As by the protocol random, where every clip is a group; scikit-learn's own words once reached the user.
        (Data(clips(speakers=2).x[:24], np.arange(24) % 8, np.arange(24).astype(str)), "than 3. Add .* n_folds=3"),
        (Data(clips(speakers=2).x[:16], np.arange(16) % 8, np.repeat(["a", "b"], 8)), "Add clips of every emotion"),
    ],
)
def test_refuses_what_cannot_be_learned(data, message):
    with pytest.raises(ConfigError, match=message):
        fit("lda", data)


def test_best_features_are_those_that_tell_emotions_apart():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], 20)
    x = rng.normal(size=(60, 6))
    x[:, 4] += 3 * y
    x[:, 1] -= 2 * y
    x[:, 2] = 1.0
    assert BestFeatures(2).fit(x, y).kept_.tolist() == [1, 4]
    assert BestFeatures(5).fit(x, y).kept_.tolist() == [0, 1, 3, 4, 5]
    assert BestFeatures(None).fit(x, y).transform(x).shape == BestFeatures(99).fit(x, y).transform(x).shape == (60, 6)


def test_candidates_are_all_combinations():
    assert candidates({"a": [1, 2], "b": 0, "c": ["x", None]}) == [
        {"a": 1, "c": "x"},
        {"a": 1, "c": None},
        {"a": 2, "c": "x"},
        {"a": 2, "c": None},
    ]
    assert candidates({"b": 0}) == [{}]
    with pytest.raises(ConfigError, match="value of a"):
        candidates({"a": []})


def test_steps_follow_from_the_hyperparameters():
    steps = preparation({"bound": 3.0, "n_features": 5, "n_components": 2, "power": 0.5, "shrinkage": 0.1})
    assert [name for name, _ in steps.steps] == ["scale", "select", "whiten"]
    x = clips().x
    np.testing.assert_array_equal(preparation({}).fit(x, clips().y).transform(x), x)


def test_a_corpus_with_fewer_clips_than_neighbours():
    data = clips()
    fitted = get("knn").fit(data, NOTHING, config={"n_neighbors": 10_000, "n_components": 20}, seed=0)
    np.testing.assert_allclose(run(fitted.to_onnx(), data.x), fitted.predict_proba(data.x), atol=1e-4)


def test_an_estimator_without_onnx_form_is_named():
    with pytest.raises(TypeError, match="No ONNX form of object"):
        write_probabilities(object(), Graph(shape=[1]), "features")
