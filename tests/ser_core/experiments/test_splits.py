"""Runs that are split as if further corpora were among theirs, and ensembles with runs that hold these."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ser_core import corpora
from ser_core.cli import main
from ser_core.errors import ConfigError, RunError
from ser_core.evaluation import Part, protocols, summarise
from ser_core.experiments import ExperimentConfig
from ser_core.experiments.ensembles import combine
from ser_core.experiments.examples import load
from ser_core.experiments.runner import run_experiment
from ser_core.experiments.splits import splits_of
from ser_core.labels import EMOTIONS

SEEDS = (0, 5)
#: Speakers by corpus: `small` has too few to give any to validation beside others.
SPEAKERS = {"large": 20, "early": 18, "small": 4}


def clips_of(corpus: str) -> pd.DataFrame:
    rows = [
        {
            "clip_id": f"{corpus}/{speaker:02d}-{emotion}",
            "corpus": corpus,
            "speaker": f"{speaker:02d}",
            "sex": "female" if speaker % 2 else "male",
            "emotion": emotion,
            "text": "a",
            "sha256": f"{corpus}{speaker}{emotion}",
        }
        for speaker in range(SPEAKERS[corpus])
        for emotion in EMOTIONS
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def several(toy, monkeypatch):
    """The toy family, and corpora of several sizes."""

    def get(name):
        return type("ToyCorpus", (), {"manifest": lambda self, root=None: clips_of(name), "title": name})()

    monkeypatch.setattr(corpora, "get", get)
    return toy


def config_of(corpus, **options) -> ExperimentConfig:
    return ExperimentConfig.of(corpus, options.pop("protocol", "speaker-independent"), "toy", **options)


def roles(config, seed) -> set[tuple[int, str, str]]:
    """Who does what to which clip of `large`, by fold."""
    pool = protocols.get(config.protocol).pool(load(config))
    return {
        (split.fold, role, clip)
        for split in splits_of(replace(config, seeds=(seed,)), pool)[seed]
        for role in ("train", "validation", "test")
        for clip in pool["clip_id"].iloc[getattr(split, role)]
        if clip.startswith("large/")
    }


@pytest.mark.parametrize("protocol", ["speaker-independent", "random"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_is_split_as_one_on_all_the_corpora(several, protocol, seed):
    together = config_of(("early", "large", "small"), protocol=protocol)
    restricted = config_of("large", split_with=("small", "early"), protocol=protocol)
    assert roles(restricted, seed) == roles(together, seed)
    # Nothing would be gained if it were split so anyway.
    assert roles(config_of("large", protocol=protocol), seed) != roles(together, seed)


def test_each_corpus_is_read_once_for_all_seeds(several, monkeypatch):
    seeds = (0, 1, 2)
    config = config_of("large", split_with=("early",), seeds=seeds)
    pool = protocols.get(config.protocol).pool(load(config))
    read, get = [], corpora.get
    monkeypatch.setattr(corpora, "get", lambda name: read.append(name) or get(name))
    folds = splits_of(config, pool)
    assert sorted(read) == ["early", "large"]
    assert tuple(folds) == seeds and len({len(folds[seed]) for seed in seeds}) == 1
    # The seeds draw the voices that validate: the same in all folds by chance only.
    drawn = {tuple(split.validation.tobytes() for split in folds[seed]) for seed in seeds}
    assert len(drawn) == 3


def test_folds_that_test_nothing_of_the_corpus_are_left_out(several, monkeypatch):
    from ser_core.evaluation import speakers

    # As CREMA-D's five folds among six: the last fold tests other corpora only.
    pairs = tuple((f"{n:02d}", f"{n + 1:02d}") for n in range(0, SPEAKERS["large"], 2))
    monkeypatch.setitem(speakers.PUBLISHED_FOLDS, "large", pairs[:5])
    config = config_of("large", split_with=("early",))
    pool = protocols.get(config.protocol).pool(load(config))
    assert [split.fold for split in splits_of(config, pool)[0]] == [0, 1, 2, 3, 4]


def test_a_corpus_that_gives_nobody_to_validation_is_refused(several):
    config = config_of("small", split_with=("large",))
    pool = protocols.get(config.protocol).pool(load(config))
    with pytest.raises(ConfigError, match="no speaker of small validates in fold 0, 1, 2, 3"):
        splits_of(config, pool)


def test_the_configuration_says_with_which_corpora_it_is_split(several):
    plain, restricted = config_of("large"), config_of("large", split_with=["small", "early", "small"])
    assert restricted.split_with == ("early", "small")
    assert restricted.id == "large-speaker-independent-toy-split-with-early+small"
    assert restricted.hash != plain.hash and not restricted.extends(plain)
    assert ExperimentConfig.from_dict(restricted.to_dict()) == restricted
    # Runs from before there was such an option keep their hash.
    assert "split_with" not in plain.to_dict()


def test_impossible_splits_are_refused(several):
    with pytest.raises(ConfigError, match="not with large, which this run trains on"):
        config_of(("large", "early"), split_with=("large", "small"))
    for protocol in ("leaky", "cross-corpus"):
        with pytest.raises(ConfigError, match=f"{protocol} cannot be split together"):
            config_of("large", split_with=("early",), protocol=protocol)


def test_an_ensemble_holds_runs_on_other_corpora_that_were_split_alike(several, tmp_path, capsys):
    options = {"folder": tmp_path, "keep_models": False}
    joint = run_experiment(config_of(("large", "early", "small")), **options)
    own = run_experiment(config_of("large", split_with=("early", "small")), **options)
    run = combine([joint, own], folder=tmp_path)
    assert run.id == "large-speaker-independent-toy+toy-split-with-early+small"
    assert run.config.corpora == ("large",) and run.config.hyperparameters["members"] == {
        joint.id: joint.config.hash,
        own.id: own.config.hash,
    }
    # It speaks of the clips that both judged, by the names that their speakers have there, in either order.
    assert set(run.predictions["clip_id"]) == set(clips_of("large")["clip_id"])
    assert set(run.predictions["speaker"]) == {f"{n:02d}" for n in range(SPEAKERS["large"])}
    assert "corpus" not in run.predictions and len(run.predictions) == SPEAKERS["large"] * len(EMOTIONS)
    assert set(run.splits["clip_id"].astype(str)) == set(clips_of("large")["clip_id"])
    assert summarise(run).uar.value == summarise(Part(joint, "large")).uar.value == 1.0
    fold = run.trainings.iloc[0]
    n_test = (own.splits["fold"].eq(0) & own.splits["role"].eq("test")).sum()
    assert fold["n_test"] == n_test and not np.isnan(fold["validation_uar"])
    assert main(["ensemble", joint.id, own.id, "--runs", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()[-3:]
    assert [line.split()[-1] for line in lines] == [str(SPEAKERS["large"] * len(EMOTIONS))] * 3
    turned = combine([own, joint], folder=tmp_path / "turned")
    pd.testing.assert_frame_equal(turned.predictions, run.predictions)


def test_an_ensemble_refuses_runs_on_other_corpora_that_were_split_otherwise(several, tmp_path):
    joint = run_experiment(config_of(("large", "early")), folder=tmp_path)
    own = run_experiment(config_of("large"), folder=tmp_path)
    with pytest.raises(RunError, match="--split-with"):
        combine([joint, own], folder=tmp_path)
    apart = run_experiment(config_of("small"), folder=tmp_path)
    with pytest.raises(RunError, match="tested alike"):
        combine([joint, apart], folder=tmp_path)
