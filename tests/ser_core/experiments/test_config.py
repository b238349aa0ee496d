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


def test_a_whole_number_is_the_same_experiment_as_its_fraction():
    made = [
        ExperimentConfig.of("demo", "random", "audioset", hyperparameters={"channels": zero, "epochs": 3})
        for zero in (0, 0.0)
    ]
    assert made[0].hash == made[1].hash
    assert isinstance(made[0].hyperparameters["epochs"], int)


def test_id_tells_the_conditions_apart(config):
    assert config().id == "toy-speaker-independent-toy"
    assert config(speaker_calibration=True).id == "toy-speaker-independent-toy-calibrated"


def test_trimming_other_than_usual_makes_another_experiment(config):
    assert config(trim_db=40) == config() and config().unusual_trim_db is None
    untrimmed, short = config(trim_db=0, speaker_calibration=True), config(trim_db=22.5)
    assert untrimmed.id == "toy-speaker-independent-toy-untrimmed-calibrated" and untrimmed.unusual_trim_db == 0
    assert short.id == "toy-speaker-independent-toy-trimmed22.5" and short.unusual_trim_db == 22.5
    assert len({config().hash, config(trim_db=0).hash, short.hash}) == 3
    with pytest.raises(ConfigError, match="nothing to trim"):
        config(features={"kind": "none"}, trim_db=0)


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


def test_settings_that_came_later_leave_older_hashes_alone(config):
    assert not {"augmentation", "speaker_counts"} & set(config().to_dict())
    more = config(augmentation=("noise:snr_db=20",), speaker_counts=(4, 2))
    assert ExperimentConfig.from_dict(more.to_dict()) == more
    assert more.to_dict()["speaker_counts"] == [2, 4] and more.hash != config().hash


def test_augmentations_are_told_in_full_and_mark_the_run(config):
    made = config(augmentation=("speed", "noise:snr_db=10+telephone"), speaker_calibration=True)
    assert made.augmentation == ("speed:speed=1.1", "noise:snr_db=10+telephone:law=mu-law")
    assert made == config(augmentation=made.augmentation, speaker_calibration=True)
    assert made.id == "toy-speaker-independent-toy-augmented-calibrated"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"augmentation": ("echo",)}, "Unknown augmentation"),
        ({"augmentation": ("",)}, "without any step"),
        ({"augmentation": ("speed+spec-augment",)}, "changed as sound"),
        ({"augmentation": ("speed", "speed:speed=1.1")}, "made once"),
        ({"augmentation": ("speed",), "protocol": "leaky"}, "copies of its own"),
        ({"speaker_counts": (0, 4)}, "one speaker or more"),
    ],
)
def test_impossible_augmentations_and_numbers_of_speakers_are_refused(config, wrong, message):
    with pytest.raises(ConfigError, match=message):
        config(**wrong)


def test_a_curve_over_speakers_extends_an_experiment(config):
    assert config(speaker_counts=(2, 3)).extends(config(speaker_counts=(2,)))
    assert not config(speaker_counts=(2,)).extends(config(speaker_counts=(2, 3)))
    assert not config(seeds=(1, 0), speaker_counts=(2,)).extends(config(seeds=(0,), speaker_counts=(2,)))
    assert not config(augmentation=("speed",)).extends(config())
