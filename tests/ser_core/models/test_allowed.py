"""Hyperparameters that no training could stand are refused before it, in words of ours."""

import json
import math

import pytest

from ser_core import models
from ser_core.cli import main
from ser_core.errors import ConfigError
from ser_core.experiments import catalogue
from ser_core.models._classical import SearchedFamily
from ser_core.settings import PROJECT_ROOT
from tests.emotion_clips import NOTHING, clips

SEARCHED = [name for name in models.names() if isinstance(models.get(name), SearchedFamily)]
#: Texts and more, which the family looks at by itself.
BY_THEMSELVES = {"encoder", "encoder_name", "labels", "weights", "members", "others"}
RUNS = {
    file.parent.name: config
    for file in sorted((PROJECT_ROOT / "data" / "runs").glob("*/config.json"))
    # Ensembles are named after their members, which are runs themselves.
    if (config := json.loads(file.read_bytes()))["model"] in models.names()
}


@pytest.mark.parametrize(
    ("model", "name", "value", "allowed"),
    [
        # Each of these once ended in a message of scikit-learn or a stack of calls, some after half the training.
        ("svm", "C", [0.0], "a number above 0, or a list"),
        ("svm", "C", [1.0, -1.0], "a number above 0, or a list"),
        ("svm", "C", math.nan, "a number above 0, or a list"),
        ("svm", "gamma", [], "a number above 0, or a list"),
        ("svm", "gamma", ["scale"], "a number above 0, or a list"),
        ("svm", "n_components", 0, "a whole number of at least 1"),
        ("svm", "n_components", [100, 350], "a whole number of at least 1"),
        ("svm", "n_folds", 1, "a whole number of at least 2"),
        ("ranks", "n_folds", 2.5, "a whole number of at least 2"),
        ("ranks", "em_temperature", 0, "a number above 0"),
        ("ranks", "by_voice", 1, "true or false"),
        ("logistic", "shrinkage", -0.1, "a number of at least 0, or a list"),
        ("lda", "covariance_shrinkage", [0.1, 2.0], 'a number from 0 to 1, "auto" or null'),
        ("knn", "n_features", [0, None], "a whole number of at least 1 or null"),
        ("knn", "n_neighbors", True, "a whole number of at least 1"),
        ("forest", "max_features", "most", '1, "sqrt", "log2" or null'),
        ("boosting", "max_features", 2, "a number above 0 up to 1, or"),
        ("boosting", "n_leaves", 1, "a whole number of at least 2"),
        ("bagging", "max_samples", 1.5, "above 0 up to 1 or a whole number of at least 1"),
        ("mlp", "epochs", 0, "a whole number of at least 1"),
        ("encoder", "bound", 0, "a number above 0"),
        ("encoder", "max_s", [15.0], "a number from 1 to 60"),
        ("encoder", "normalise", 1, "true or false"),
    ],
)
def test_says_what_is_allowed_and_what_was_received(model, name, value, allowed):
    with pytest.raises(ConfigError) as refused:
        models.get(model).complete({name: value})
    said = str(refused.value)
    assert said.startswith(f"{name} of {model} is ") and allowed in said
    received = json.loads(said.partition("; got ")[2].rstrip("."))
    assert received == value or math.isnan(received)


@pytest.mark.parametrize("model", models.names())
def test_no_hyperparameter_is_forgotten_and_the_own_ones_are_allowed(model):
    family = models.get(model)
    assert set(family.config) - set(family.allowed) <= BY_THEMSELVES
    assert set(family.searches) <= set(family.config)
    assert family.complete({}) == family.config


@pytest.mark.parametrize("run", RUNS)
def test_what_ships_is_allowed(run):
    stated = RUNS[run]["hyperparameters"]
    assert models.get(RUNS[run]["model"]).complete(stated) == stated


def test_what_is_made_is_allowed():
    for config in catalogue.experiments() + catalogue.compared():
        assert models.get(config.model).complete(config.hyperparameters) == config.hyperparameters


@pytest.mark.parametrize(("model", "rest"), [("svm", {"gamma": 0.3}), ("ranks", {})])
def test_one_value_is_a_list_of_one(model, rest):
    # Both once fell over a C that is no list.
    config = {"C": 3.0, "n_components": 10, "n_folds": 2, **rest}
    fitted = models.get(model).fit(clips(speakers=2), NOTHING, config=config, seed=0)
    assert fitted.info["best"] == {"C": 3.0, **rest}
    assert len(fitted.info["grid"]) == 1


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (["lda"], 'at least two members, all different; got ."lda".'),
        (["lda", "lda"], "all different"),
        ("lda", "a list of at least two"),
        (["lda", "cnn"], "judge clips alone, got cnn"),
        (["lda", "ranks"], "judge clips alone, got ranks"),
        (["lda", "encoder"], "judge clips alone, got encoder"),
        (["lda", "nobody"], "Unknown model 'nobody'"),
    ],
)
def test_a_committee_says_which_members_it_takes(members, message):
    with pytest.raises(ConfigError, match=message):
        models.get("voting").fit(clips(speakers=2), NOTHING, config={"members": members}, seed=0)


def test_the_command_says_so_and_computes_nothing(tmp_path, capsys):
    assert main(["train", "svm", "--corpus", "demo", "--set", "C=[0.0]", "--out", str(tmp_path)]) == 2
    assert "C of svm is a number above 0" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
