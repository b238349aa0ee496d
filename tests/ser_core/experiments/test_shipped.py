"""What ships: runs that keep what their protocol promises, figures that hold, cards that say the same."""

import json
from itertools import permutations

import pandas as pd
import pytest

from ser_core import corpora, evaluation, settings
from ser_core.evaluation import calibration, protocols
from ser_core.evaluation.speakers import voices
from ser_core.experiments import catalogue, list_runs, result
from ser_core.experiments.ensembles import ensemble_config
from ser_core.experiments.ship_pooled import MAX_HALVED_DIFFERENCE, card_metrics
from ser_core.experiments.shipping import MAX_DIFFERENCE
from ser_core.labels import EMOTIONS
from ser_core.serving import available_models

RUNS = {run.id: run for run in list_runs(settings.PROJECT_ROOT / "data" / "runs")}

#: Floors that the project promises: (score, least value) by run.
PROMISED = {
    "ravdess-speaker-independent-svm": ("uar", 0.56),
    "ravdess-speaker-independent-cnn": ("uar", 0.60),
    "ravdess-speaker-independent-multitask": ("top3", 0.90),
    "ravdess-random-svm": ("accuracy", 0.80),
    "ravdess-random-cnn": ("accuracy", 0.61),
    "ravdess-random-svm-calibrated": ("accuracy", 0.82),
    "ravdess-random-svm+cnn+cnn+audioset+mfccnet-stacked-calibrated": ("accuracy", 0.90),
    "tess-random-svm": ("accuracy", 0.988),
    "cremad-random-emobox-audioset+ranks+svm+cnn-stacked-calibrated": ("uar", 0.77),
    "cremad+ravdess+savee+tess-random-seven-audioset+ranks+svm+cnn-stacked-calibrated": ("accuracy", 0.82),
}


def manifest_of(run):
    """The clips of all corpora of a run that have an emotion of the shared set, and the voices of all of them."""
    clips = pd.concat([corpora.load_manifest(name) for name in run.config.corpora], ignore_index=True)
    clips = clips[clips["emotion"].isin(list(EMOTIONS))]
    return clips.assign(speaker=voices(clips))


@pytest.fixture(params=sorted(RUNS))
def run(request):
    return RUNS[request.param]


def test_every_experiment_of_the_catalogue_ships_with_its_configuration():
    known = (*catalogue.experiments(), *catalogue.compared())
    ensembles = (ensemble_config([RUNS[name] for name in members], **how) for members, how in catalogue.ENSEMBLES)
    expected = {config.id: config.hash for config in (*known, *ensembles)}
    assert expected == {name: run.config.hash for name, run in RUNS.items()}


def test_every_seed_tests_every_clip_that_the_protocol_asks_for(run):
    full = run.predictions[run.predictions["fraction"] == 1.0]
    assert tuple(sorted(full["seed"].unique())) == run.config.seeds
    if run.config.protocol == "cross-corpus":
        assert not full.duplicated(["seed", "fold", "clip_id"]).any()
        crossed = evaluation.crossing(run)
        assert {*zip(crossed["train"], crossed["test"], strict=True)} == {*permutations(run.config.corpora, 2)}
    elif run.config.protocol != "leaky":
        clips = manifest_of(run)
        if run.config.protocol == "random-emobox":
            clips = clips[clips["emobox_test"].fillna(False).astype(bool)]
        elif run.config.protocol == "random-seven":
            drawn = protocols.get("random-seven")
            pool = drawn.pool(clips.reset_index(drop=True))
            assert not set(full["emotion"].astype(str)) & set(drawn.merged)
            clips = pool.iloc[next(drawn.splits(pool, seed=0)).test]
            assert run.config.seeds == (0,) and len(clips) == pytest.approx(len(pool) / 5, abs=1)
        clips = set(clips["clip_id"])
        for _, of_seed in full.groupby("seed"):
            assert set(of_seed["clip_id"].astype(str)) == clips and len(of_seed) == len(clips)


def test_unseen_speakers_are_unseen(run):
    if "speakers" in protocols.get(run.config.protocol).leaks:
        pytest.skip("this protocol leaks speakers, and says so")
    speaker = manifest_of(run).set_index("clip_id")["speaker"]
    splits = run.splits.assign(speaker=speaker.reindex(run.splits["clip_id"].astype(str)).to_numpy())
    for _, fold in splits.groupby(["seed", "fold"]):
        by_role = fold.groupby("role", observed=True)["speaker"].unique()
        train, validation, test = (set(by_role[role]) for role in ("train", "validation", "test"))
        assert not train & test and not validation & test
        # A corpus of two voices has none to spare for validation where all others are tested.
        assert not train & validation or run.config.protocol == "cross-corpus"


@pytest.mark.parametrize("name", PROMISED)
def test_promised_figures_hold(name):
    score, least = PROMISED[name]
    assert result(RUNS[name])[score] >= least


def test_the_leak_shows():
    for model in catalogue.MODELS:
        honest, leaky = (
            result(RUNS[f"ravdess-{protocol}-{model}"])["uar"] for protocol in ("speaker-independent", "leaky")
        )
        assert leaky > honest + 0.2


def test_probabilities_mean_what_they_say():
    for model in catalogue.MODELS:
        assert calibration(RUNS[f"ravdess-speaker-independent-{model}"]).ece < 0.10


def test_cards_state_what_the_runs_say():
    cards = available_models(settings.PROJECT_ROOT / "models")
    assert {card.id for card in cards} == {model.id for model in catalogue.shipped_models()}
    for card in cards:
        trained_on = next(model.corpus for model in catalogue.shipped_models() if model.id == card.id)
        about = (card.family, trained_on, card.features)
        of_model = [
            run
            for run in RUNS.values()
            if (run.config.model, run.config.corpus, run.config.features) == about
            and not (run.config.split_with or run.config.augmentation)
        ]
        if card.family == catalogue.POOLED_MODEL:
            alone, by_voice = sorted(of_model, key=lambda run: run.config.speaker_calibration)
            assert card.metrics == json.loads(json.dumps(card_metrics(alone, by_voice)))
        else:
            assert card.metrics == [result(run) for run in of_model]
        most = MAX_HALVED_DIFFERENCE if card.family == catalogue.POOLED_MODEL else MAX_DIFFERENCE
        assert card.training["onnx_max_difference"] <= most
        assert card.training["licence"] in card.licence
