"""What a run says about each of its corpora, and the command that makes it again."""

import argparse
import shlex
import subprocess
import sys

import pytest

from ser_core.cli import ensemble, train
from ser_core.evaluation import summarise
from ser_core.experiments import ExperimentConfig
from ser_core.experiments.ensembles import ensemble_config
from ser_core.experiments.entries import command, entries, find, row
from tests.miniature_runs import make_run


def parsed(line: str) -> argparse.Namespace:
    """What the command line reads of a command."""
    parser = argparse.ArgumentParser()
    train.add_parser(parser.add_subparsers())
    return parser.parse_args(shlex.split(line.removeprefix("python -m ser_core ")))


@pytest.mark.parametrize(
    "config",
    [
        ExperimentConfig.of("ravdess", "random", "cnn", seeds=(0, 1)),
        ExperimentConfig.of(("savee", "emodb"), "speaker-independent", "svm", speaker_calibration=True),
        ExperimentConfig.of("tess", "leaky", "svm", fractions=(0.125, 0.25, 0.5)),
        ExperimentConfig.of("savee", "random", "svm", augmentation=("speed:speed=0.9", "room:rt60_s=0.8+noise")),
        ExperimentConfig.of("savee", "random", "svm", trim_db=0),
        ExperimentConfig.of("savee", "random", "svm", trim_db=32.5),
        ExperimentConfig.of("ravdess", "random", "svm", split_with=("savee", "emodb")),
    ],
)
def test_the_command_is_understood_and_means_the_same(config):
    read = parsed(command(config))
    assert read.models == [config.model] and tuple(read.corpus) == config.corpora
    assert read.protocol == config.protocol and tuple(read.seeds) == config.seeds
    assert read.speaker_calibration == config.speaker_calibration and read.learning_curve == bool(config.fractions)
    assert read.set == [] and tuple(read.augment) == config.augmentation
    assert read.trim == config.unusual_trim_db and tuple(read.split_with) == config.split_with


def test_the_command_states_hyperparameters_that_are_not_the_familys_own():
    config = ExperimentConfig.of("ravdess", "random", "cnn", hyperparameters={"epochs": 3, "deterministic": True})
    assert command(config).endswith("--set epochs=3 deterministic=true")
    assert parsed(command(config)).set == ["epochs=3", "deterministic=true"]


def test_the_command_of_a_run_of_another_name_states_it():
    config = ExperimentConfig.of("ravdess", "random", "lda", hyperparameters={"n_folds": 3})
    assert "--name" not in command(config, name=config.id)
    assert command(config, name="mine").endswith("--set n_folds=3 --name mine")


def test_the_command_of_a_run_of_any_family_with_hyperparameters_of_its_own_is_complete():
    own = {"C": [1.0], "by_voice": False, "n_folds": 3}
    config = ExperimentConfig.of("ravdess", "random", "ranks", hyperparameters=own)
    read = parsed(command(config))
    assert train._hyperparameters(read.set) == own
    assert ExperimentConfig.of(read.corpus, read.protocol, *read.models, hyperparameters=own) == config


@pytest.mark.parametrize(
    ("options", "ending"),
    [
        ({"how": "stack"}, " --stack"),
        ({"weights": [0.75, 0.25]}, " --weights 0.75 0.25"),
        ({"align": 0.5}, " --align 0.5"),
        ({}, "-cnn"),
    ],
)
def test_the_command_of_an_ensemble_names_its_members(tmp_path, options, ending):
    members = [make_run(tmp_path, "random", model, skill=0.6) for model in ("svm", "cnn")]
    config = ensemble_config(members, **options)
    line = command(config)
    assert line.startswith(f"python -m ser_core ensemble {members[0].id} {members[1].id}") and line.endswith(ending)
    parser = argparse.ArgumentParser()
    ensemble.add_parser(parser.add_subparsers())
    read = parser.parse_args(shlex.split(line.removeprefix("python -m ser_core ")))
    again = ensemble_config(members, how="stack" if read.stack else "average", weights=read.weights, align=read.align)
    assert read.of == [run.id for run in members] and again == config


def test_families_are_looked_at_without_their_training_libraries():
    """A page states hyperparameters of families: scikit-learn and TensorFlow take seconds to come in."""
    code = (
        "import sys; from ser_core import models; [models.get(name) for name in models.names()]; "
        "print([name for name in ('sklearn', 'tensorflow', 'onnxruntime') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout.strip() == b"[]"


def test_entries_of_a_run_over_several_corpora(tmp_path):
    run = make_run(tmp_path, "speaker-independent", "svm", corpora=("ravdess", "savee"))
    across = make_run(tmp_path, "cross-corpus", "svm", corpora=("ravdess", "savee"), skill=0.3)
    single = make_run(tmp_path, "random", "svm")
    found = entries([run, across, single])
    assert [each.key for each in found] == [
        run.id,
        f"{run.id}@ravdess",
        f"{run.id}@savee",
        f"{across.id}@ravdess",
        f"{across.id}@savee",
        single.id,
    ]
    assert found[3].trained_on == ("savee",) and found[3].tested_on == ("ravdess",)
    assert found[1].trained_on == ("ravdess", "savee") and found[1].tested_on == ("ravdess",)
    assert [each.key for each in find([run, single], [single.id, "none", run.id])] == [single.id, run.id]


def test_the_figures_of_an_entry(tmp_path):
    run = make_run(tmp_path, "speaker-independent", "cnn", seeds=(0, 1))
    found = row(entries([run])[0])
    assert found.summary == summarise(run)
    assert 0 <= found.worst_uar <= found.summary.uar.value and found.worst_speaker in {f"{n:02d}" for n in range(1, 7)}
    assert found.accuracy_at_half >= found.summary.accuracy.value - 0.05
    assert found.cost.parameters == 12_345 and found.cost.model_bytes is None
    (run.folder / "models").mkdir()
    (run.folder / "models" / "seed0-fold0.onnx").write_bytes(b"1234")
    assert row(entries([run])[0]).cost.model_bytes == 4
