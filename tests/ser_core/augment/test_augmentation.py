"""An augmentation as a value: names, hashes, round trips, repeatability."""

import dataclasses
import json
import pickle

import numpy as np
import pytest

from ser_core import testing
from ser_core.augment import KINDS, RANGES, Augmentation, pitch
from ser_core.errors import ConfigError

SR = 16_000


@pytest.mark.parametrize("kind", KINDS)
def test_defaults_are_allowed_and_survive_a_round_trip(kind):
    augmentation = Augmentation(kind)
    assert set(augmentation.params) <= set(RANGES)
    stored = json.loads(json.dumps(augmentation.to_dict()))
    again = Augmentation.from_dict(stored)
    assert again == augmentation
    assert again.hash == augmentation.hash
    assert hash(again) == hash(augmentation)
    # Worker processes get it pickled.
    assert pickle.loads(pickle.dumps(augmentation)) == augmentation


@pytest.mark.parametrize(
    ("kind", "params", "name"),
    [
        ("noise", {"snr_db": 10}, "noise-10dB"),
        ("pink-noise", {}, "pink-noise-20dB"),
        ("shift", {"seconds": 0.25}, "shift-0.25s"),
        ("pitch", {"semitones": -2}, "pitch--2st"),
        ("stretch", {"rate": 1.1}, "stretch-1.1x"),
    ],
)
def test_names(kind, params, name):
    assert Augmentation(kind, params).name == name


def test_hashes_tell_augmentations_apart_and_numbers_alike():
    hashes = {Augmentation(kind, {KINDS[kind].parameter: v}).hash for kind in KINDS for v in (0.5, 1.0)}
    assert len(hashes) == 2 * len(KINDS)
    assert Augmentation("noise", {"snr_db": 10}).hash == Augmentation("noise", {"snr_db": 10.0}).hash
    assert len(Augmentation("noise").hash) == 16


def test_the_hash_is_stable_across_versions_of_python_and_runs():
    assert Augmentation("noise", {"snr_db": 10}).to_dict() == {"kind": "noise", "version": 1, "snr_db": 10.0}


def test_the_seed_decides_the_noise_and_nothing_else():
    signal = testing.speechlike(0.2)
    noise = Augmentation("noise")
    np.testing.assert_array_equal(noise.apply(signal, sr=SR, seed=5), noise.apply(signal, sr=SR, seed=5))
    assert not np.array_equal(noise.apply(signal, sr=SR, seed=5), noise.apply(signal, sr=SR, seed=6))
    shifted = Augmentation("pitch", {"semitones": 2}).apply(signal, sr=SR, seed=5)
    np.testing.assert_array_equal(shifted, pitch(signal, sr=SR, semitones=2))


def test_it_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Augmentation("noise").kind = "pitch"


@pytest.mark.parametrize(
    ("kind", "params", "said"),
    [
        ("reverse", {}, r"'reverse'; there are noise, pink-noise"),
        ("noise", {"semitones": 1}, "takes snr_db, got 'semitones'"),
        ("noise", {"snr_db": "loud"}, "from -20 to 100, got 'loud'"),
        ("stretch", {"rate": 0}, "rate must be a number from 0.25"),
    ],
)
def test_what_is_not_allowed(kind, params, said):
    with pytest.raises(ConfigError, match=said):
        Augmentation(kind, params)


def test_another_version_gave_other_samples():
    with pytest.raises(ConfigError, match="version 1, got version 99"):
        Augmentation.from_dict({"kind": "noise", "version": 99, "snr_db": 10.0})
    with pytest.raises(ConfigError, match="Unknown augmentation"):
        Augmentation.from_dict({})
