"""``train``: what is asked for on the command line is what is run."""

import json

import pytest

from ser_core.cli import main
from ser_core.experiments import catalogue, runner
from ser_core.progress import Progress

COMMAND = ["train", "audioset", "--corpus", "ravdess", "savee"]


class Stop(Exception):
    """Ends a command once it is known what it would run."""


@pytest.fixture
def asked(monkeypatch):
    """What `run_experiment` was called with."""
    calls = []

    def record(config, **options):
        calls.append((config, options))
        raise Stop

    monkeypatch.setattr(runner, "run_experiment", record)
    return calls


def test_corpora_hyperparameters_and_seeds_reach_the_experiment(asked):
    with pytest.raises(Stop):
        main([*COMMAND, "--seeds", "1", "2", "--set", "epochs=3", "pretrained=false", "--keep-models"])
    ((config, options),) = asked
    assert config.corpora == ("ravdess", "savee") and config.seeds == (1, 2)
    assert config.hyperparameters["epochs"] == 3 and config.hyperparameters["pretrained"] is False
    assert options["keep_models"] and not options["overwrite"]


def test_the_pooled_model_ships_where_it_is_named_and_keeps_the_models_of_its_folds(asked):
    with pytest.raises(Stop):
        main(["train", "audioset", "--shipped"])
    ((config, options),) = asked
    assert config == catalogue.pooled()[0] and options["keep_models"]
    assert not catalogue.pooled()[0].speaker_calibration and catalogue.pooled()[1].speaker_calibration
    assert [model.corpus for model in catalogue.shipped_models(models=("audioset",))] == [catalogue.POOLED]


@pytest.mark.parametrize(
    ("given", "message"), [("epochs", "NAME=VALUE"), ("epochs=x", "NAME=VALUE"), ("a=1", "no hyp")]
)
def test_settings_that_say_nothing_are_refused(asked, given, message, capsys):
    assert main(["train", "svm", "--set", given]) == 2
    assert message in capsys.readouterr().err and not asked


def test_augmentation_and_curves_reach_the_experiment(asked):
    with pytest.raises(Stop):
        main(["train", "svm", "--augment", "speed:speed=0.9", "gain+mp3", "--speaker-curve", "--learning-curve"])
    ((config, _),) = asked
    assert config.augmentation[0] == "speed:speed=0.9" and config.augmentation[1].startswith("gain:")
    assert config.speaker_counts == (4, 8, 12, 16) and config.fractions == (0.125, 0.25, 0.5)
    assert config.id == "ravdess-speaker-independent-svm-augmented"


@pytest.mark.parametrize(("given", "trim", "mark"), [("none", 0.0, "-untrimmed"), ("30", 30.0, "-trimmed30")])
def test_trimming_reaches_the_features_and_the_name(asked, given, trim, mark):
    with pytest.raises(Stop):
        main(["train", "svm", "--trim", given])
    ((config, _),) = asked
    assert config.features["trim_db"] == trim and config.id == "ravdess-speaker-independent-svm" + mark


@pytest.mark.parametrize("given", ["0", "-3", "inf", "loud"])
def test_trimming_by_nothing_sensible_is_refused(asked, given, capsys):
    with pytest.raises(SystemExit):
        main(["train", "svm", f"--trim={given}"])
    assert f"give decibels above 0, as 30, or none; got {given!r}" in capsys.readouterr().err and not asked


def test_changes_that_are_none_are_refused(asked, capsys):
    assert main(["train", "svm", "--augment", "echo"]) == 2
    assert "Unknown augmentation 'echo'" in capsys.readouterr().err and not asked


def test_a_run_has_the_name_that_it_is_given_and_tells_its_progress_as_json(asked, capsys):
    with pytest.raises(Stop):
        main(["train", "svm", "--name", "mine", "--progress", "json"])
    ((_, options),) = asked
    assert options["name"] == "mine"
    options["progress"](Progress(1, 6, "trainings", "mine", 2.5))
    options["within"](Progress(3, None, "epochs", "Fitting"))
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert told[0] == {
        "level": "run", "done": 1, "total": 6, "unit": "trainings", "message": "mine", "seconds_left": 2.5
    }  # fmt: skip
    assert (told[1]["level"], told[1]["done"], told[1]["total"]) == ("training", 3, None)


def test_a_name_is_for_one_run(asked, capsys):
    assert main(["train", "svm", "lda", "--name", "mine"]) == 2
    assert "--name names one run; these are 2" in capsys.readouterr().err and not asked
