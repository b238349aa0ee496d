"""``bounds``: what it measures is written beside the model, and printed."""

import dataclasses
import json

import pytest

from ser_core.cli import main
from ser_core.serving import read_card
from ser_core.serving.testing import make_model
from ser_core.testing import make_ravdess


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A model that says it was trained on a corpus that is here, in miniature."""
    monkeypatch.setenv("SER_DATA_ROOT", str(tmp_path / "data"))
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("ser_core.experiments.bounds.CHANNELS", ())
    make_ravdess(tmp_path / "data", actors=4)
    card = make_model(tmp_path / "models" / "m")
    _write(tmp_path / "models" / "m", card, corpus="ravdess")
    return tmp_path / "models" / "m"


def _write(folder, card, *, corpus) -> None:
    changed = dataclasses.replace(card, training={**card.training, "corpus": corpus})
    (folder / "card.json").write_text(json.dumps(changed.to_dict()))


def test_bounds_are_written_and_printed(model, capsys):
    assert main(["bounds", "--folder", str(model.parent)]) == 0
    thresholds = read_card(model).thresholds
    printed = capsys.readouterr().out
    assert "max_distance" in printed and f"{thresholds['max_distance']:.3f}" in printed
    assert (model / "reference.npz").is_file()


def test_a_model_of_a_corpus_that_is_not_here_keeps_its_card(model, capsys):
    _write(model, read_card(model), corpus="savee")
    before = (model / "card.json").read_bytes()
    assert main(["bounds", "m", "--folder", str(model.parent)]) == 2
    assert "savee" in capsys.readouterr().err
    assert (model / "card.json").read_bytes() == before


def test_a_model_that_is_not_there_is_named(model, capsys):
    assert main(["bounds", "other", "--folder", str(model.parent)]) == 2
    assert "other" in capsys.readouterr().err
