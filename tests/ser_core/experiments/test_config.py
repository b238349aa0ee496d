import pytest

from ser_core.errors import ConfigError
from ser_core.experiments.config import ExperimentConfig


def test_round_trip_and_hash(config):
    made = config(seeds=(0, 1), fractions=(0.5,))
    assert ExperimentConfig.from_dict(made.to_dict()) == made
    assert ExperimentConfig.from_dict(made.to_dict()).hash == made.hash
    assert config(seeds=(0,)).hash != made.hash
    assert config(hyperparameters={"depth": 2}).hash != config().hash


def test_defaults_of_the_family_are_written_out(config):
    assert config().hyperparameters == {"depth": 1}
    assert config().features["kind"] == "functionals"


def test_id_tells_the_conditions_apart(config):
    assert config().id == "toy-speaker-independent-toy"
    assert config(speaker_calibration=True).id == "toy-speaker-independent-toy-calibrated"


def test_trainings_run_the_full_size_for_all_seeds_and_the_curve_for_the_first(config):
    assert config(seeds=(3, 4), fractions=(0.25, 0.5)).trainings == ((3, 1.0), (4, 1.0), (3, 0.5), (3, 0.25))


@pytest.mark.parametrize("wrong", [{"seeds": ()}, {"seeds": (1, 1)}, {"fractions": (1.0,)}, {"fractions": (0.0,)}])
def test_impossible_settings_are_refused(config, wrong):
    with pytest.raises(ConfigError):
        config(**wrong)


def test_unknown_names_are_refused(config):
    with pytest.raises(ConfigError, match="depth"):
        config(hyperparameters={"width": 1})
    with pytest.raises(ConfigError, match="configuration"):
        ExperimentConfig.from_dict({"corpus": "toy", "colour": "red"})


def test_several_corpora_make_one_experiment_whatever_their_order(toy):
    made = ExperimentConfig.of(["tess", "ravdess"], "speaker-independent", "toy")
    assert made.corpora == ("ravdess", "tess") and made.id == "ravdess+tess-speaker-independent-toy"
    assert made == ExperimentConfig.of(("ravdess", "tess"), "speaker-independent", "toy")
    assert ExperimentConfig.from_dict(made.to_dict()) == made and made.to_dict()["corpus"] == ["ravdess", "tess"]
    assert ExperimentConfig.of(["tess"], "random", "toy").hash == ExperimentConfig.of("tess", "random", "toy").hash
    for wrong in ([], ["tess", "tess"]):
        with pytest.raises(ConfigError, match="different corpora"):
            ExperimentConfig.of(wrong, "random", "toy")


def test_further_seeds_and_sizes_extend_an_experiment_and_nothing_else_does(config):
    small = config(seeds=(0,), fractions=(0.5,))
    assert config(seeds=(0, 1), fractions=(0.25, 0.5)).extends(small) and small.extends(small)
    for other in (
        config(seeds=(1,), fractions=(0.5,)),
        config(seeds=(0, 1)),
        config(seeds=(1, 0), fractions=(0.5,)),
        config(seeds=(0, 1), fractions=(0.5,), hyperparameters={"depth": 2}),
    ):
        assert not other.extends(small)
