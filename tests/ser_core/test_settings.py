"""Places and limits: defaults inside the project, each moved by its variable at any time."""

import dataclasses
from pathlib import Path

import pytest

from ser_core import settings

PLACES = {
    "SER_DATA_ROOT": settings.data_root,
    "SER_CACHE_DIR": settings.cache_dir,
    "SER_MODELS_DIR": settings.models_dir,
    "SER_RUNS_DIR": settings.runs_dir,
}


@pytest.mark.parametrize("variable", PLACES)
def test_a_variable_moves_its_place(variable, monkeypatch, tmp_path):
    monkeypatch.setenv(variable, str(tmp_path / "a"))
    assert PLACES[variable]() == tmp_path / "a"
    monkeypatch.setenv(variable, str(tmp_path / "b"))
    assert PLACES[variable]() == tmp_path / "b"


@pytest.mark.parametrize("variable", PLACES)
@pytest.mark.parametrize("blank", [None, "", "  "])
def test_unset_and_blank_mean_the_default(variable, blank, monkeypatch):
    monkeypatch.delenv(variable, raising=False)
    default = PLACES[variable]()
    if blank is not None:
        monkeypatch.setenv(variable, blank)
    assert PLACES[variable]() == default
    assert default.is_absolute()


def test_home_and_relative_places_become_absolute(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SER_DATA_ROOT", "~/speech")
    assert settings.data_root() == tmp_path.resolve() / "speech"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SER_DATA_ROOT", "speech")
    assert settings.data_root() == tmp_path.resolve() / "speech"


def test_what_ships_lies_in_the_project(monkeypatch):
    for variable in PLACES:
        monkeypatch.delenv(variable, raising=False)
    places = (settings.data_root, settings.models_dir, settings.runs_dir, settings.tables_dir, settings.demo_dir)
    for place in places:
        assert place().is_relative_to(settings.PROJECT_ROOT)
    assert (settings.PROJECT_ROOT / "ser_core" / "settings.py").is_file()


def test_tests_have_a_cache_of_their_own(isolated_cache):
    assert settings.cache_dir() == Path(isolated_cache).resolve()


def test_limits_are_sensible_and_frozen():
    limits = settings.LIMITS
    assert 0 < limits.min_duration_s < 1 < limits.max_duration_s
    assert limits.min_sampling_rate < 16_000 < 48_000 < limits.max_sampling_rate
    with pytest.raises(dataclasses.FrozenInstanceError):
        limits.max_bytes = 0
