"""Feature specs: hashes that stay, round trips, values that are refused."""

import dataclasses

import pytest

from ser_core.errors import ConfigError
from ser_core.features import FunctionalsSpec, LogMelSpec, spec_from_dict


@pytest.mark.parametrize("spec", [FunctionalsSpec(), LogMelSpec(), FunctionalsSpec(n_mfcc=13), LogMelSpec(n_mels=80)])
def test_round_trip_keeps_spec_and_hash(spec):
    again = spec_from_dict(spec.to_dict())
    assert again == spec
    assert again.hash == spec.hash
    assert len(spec.hash) == 16


def test_every_field_changes_the_hash():
    spec = FunctionalsSpec()
    changed = [dataclasses.replace(spec, **{name: value}) for name, value in (
        ("version", 99), ("sr", 22_050), ("n_fft", 2048), ("win_length", 512), ("hop_length", 128),
        ("n_mels", 64), ("n_mfcc", 13), ("f_min", 20.0), ("f_max", 7_000.0), ("trim_db", 30.0),
    )]  # fmt: skip
    assert len(changed) == len(dataclasses.fields(spec))
    assert len({s.hash for s in [spec, *changed]}) == len(changed) + 1


def test_whole_and_real_numbers_hash_alike():
    assert FunctionalsSpec(trim_db=40).hash == FunctionalsSpec(trim_db=40.0).hash


def test_kinds_hash_apart():
    assert FunctionalsSpec().hash != LogMelSpec().hash


@pytest.mark.parametrize(
    "fields",
    [
        {"n_fft": 512},
        {"hop_length": 0},
        {"f_max": 9_000},
        {"f_min": -1},
        {"n_mfcc": 41},
        {"trim_db": -1},
        {"sr": 8_000, "f_max": 4_000},
        {"n_mels": 40.5},
        {"n_mels": "40"},
        {"n_mels": True},
    ],
)
def test_refuses_what_cannot_be(fields):
    with pytest.raises(ConfigError):
        FunctionalsSpec(**fields)


def test_refuses_unknown_kind_and_field():
    with pytest.raises(ConfigError, match=r"functionals.*logmel"):
        spec_from_dict({"kind": "wavelets"})
    with pytest.raises(ConfigError, match="wings"):
        spec_from_dict({"kind": "logmel", "wings": 2})
