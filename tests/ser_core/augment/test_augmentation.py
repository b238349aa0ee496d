"""An augmentation as a value: names, hashes, round trips, repeatability."""

import dataclasses
import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

from ser_core import testing
from ser_core.augment import KINDS, PARAMETERS, Augmentation, pitch
from ser_core.errors import ConfigError

SR = 16_000


@pytest.mark.parametrize("kind", KINDS)
def test_defaults_are_allowed_and_survive_a_round_trip(kind):
    augmentation = Augmentation(kind)
    assert set(augmentation.params) == {parameter.name for parameter in KINDS[kind].parameters}
    stored = json.loads(json.dumps(augmentation.to_dict()))
    again = Augmentation.from_dict(stored)
    assert again == augmentation
    assert again.hash == augmentation.hash
    assert hash(again) == hash(augmentation)
    assert Augmentation.from_text(augmentation.text) == augmentation
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
        ("room", {"rt60_s": 0.8}, "room-0.8s-0dB"),
        ("telephone", {"law": "a-law"}, "telephone-a-law"),
        ("mp3", {"kbps": 16}, "mp3-16kbps"),
        ("spec-augment", {"freq_masks": 1}, "spec-augment-1-8mel-2-20fr"),
    ],
)
def test_names(kind, params, name):
    assert Augmentation(kind, params).name == name


def two_values(parameter):
    return parameter.choices[:2] if parameter.choices else (1, 3)


def test_hashes_tell_augmentations_apart_and_numbers_alike():
    every = [(kind, each.name, v) for kind in KINDS for each in KINDS[kind].parameters for v in two_values(each)]
    assert len({Augmentation(kind, {name: value}).hash for kind, name, value in every}) == len(every)
    assert Augmentation("noise", {"snr_db": 10}).hash == Augmentation("noise", {"snr_db": 10.0}).hash
    masks = {"time_masks": np.int64(1)}, {"time_masks": 1.0}
    assert len({Augmentation("spec-augment", each).hash for each in masks}) == 1
    assert Augmentation("mp3", {"kbps": 16}).hash == Augmentation("mp3", {"kbps": 16.0}).hash
    assert len(Augmentation("noise").hash) == 16


@pytest.mark.parametrize(
    ("kind", "digest"),
    [
        ("noise", "5d4640db39e477af"),
        ("pink-noise", "e302bf0e81508db0"),
        ("shift", "da7d3f16af1721d3"),
        ("pitch", "137722525dbe236f"),
        ("stretch", "ea10c15b53db34d5"),
        ("gain", "0075003c305b1987"),
    ],
)
def test_hashes_of_what_shipped_runs_used_stay(kind, digest):
    assert Augmentation(kind).hash == digest


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
        ("room", {"rt60": 1}, "takes rt60_s, drr_db, got 'rt60'"),
        ("telephone", {"law": "c-law"}, "law must be one of none, mu-law, a-law, got 'c-law'"),
        ("mp3", {"kbps": 17}, r"kbps must be one of 8.0, 16.0.*got 17"),
        ("mp3", {"kbps": True}, "kbps must be one of"),
        ("spec-augment", {"time_masks": 1.5}, "time_masks must be a whole number from 0 to 8, got 1.5"),
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


def test_a_spectrogram_is_no_signal_and_the_other_way_round():
    with pytest.raises(ConfigError, match="spec-augment changes the spectrogram, not the waveform: use apply_logmel"):
        Augmentation("spec-augment").apply(testing.sine(0.1), sr=SR)
    with pytest.raises(ConfigError, match="noise changes the waveform, not the spectrogram: use apply"):
        Augmentation("noise").apply_logmel(np.zeros((64, 188), np.float32))


def test_spec_augment_is_that_of_its_seed():
    logmel = np.random.default_rng(0).normal(-40, 10, (64, 188)).astype(np.float32)
    first, again, other = (Augmentation("spec-augment").apply_logmel(logmel, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other) and not np.array_equal(first, logmel)


@pytest.mark.parametrize("text", ["noise:snr_db", "noise:=", "noise:snr_db=loud", "", ":", "noise:snr_db=nan", "x:y=1"])
def test_a_text_that_says_nothing_is_refused(text):
    with pytest.raises(ConfigError):
        Augmentation.from_text(text)


def test_a_text_may_leave_parameters_and_spaces_out():
    assert Augmentation.from_text(" room: drr_db = -3 ") == Augmentation("room", {"drr_db": -3})
    assert Augmentation.from_text("telephone") == Augmentation("telephone")


@pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=PARAMETERS)
def test_what_a_slider_offers_is_allowed(parameter):
    for value in parameter.choices or parameter.usual:
        assert parameter.require(value) == value
    assert parameter.title and parameter.help


def test_importing_it_is_light():
    code = "import sys, ser_core.augment; print({'av', 'scipy', 'pandas', 'librosa'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
