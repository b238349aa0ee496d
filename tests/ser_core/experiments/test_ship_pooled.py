"""Shipping a model of two networks, on toy voices."""

import pytest

from ser_core import corpora
from ser_core.errors import ModelError
from ser_core.experiments import ExperimentConfig, ship_pooled
from ser_core.experiments.catalogue import ShippedModel
from ser_core.experiments.runner import run_experiment
from ser_core.experiments.ship import ship
from ser_core.serving.card import read_card, read_onnx

MODEL = ShippedModel("both", ("more", "toy"), "toy")


@pytest.fixture
def runs(toy_of_voices, manifest, tmp_path, monkeypatch):
    """Folder with the runs of both networks on two corpora."""
    found = {}
    for name in MODEL.corpus:
        clips = manifest.assign(corpus=name, age=30, clip_id=manifest["clip_id"].str.replace("toy", name))
        fields = {"name": name, "title": name.title(), "licence": f"licence of {name}", "citation": f"who made {name}"}
        found[name] = type("Corpus", (), {**fields, "manifest": lambda self, root=None, clips=clips: clips})()
    monkeypatch.setattr(corpora, "get", found.get)
    monkeypatch.setattr(corpora, "load_manifest", lambda name: found[name].manifest())
    monkeypatch.setattr(ship_pooled, "CORPUS", "toy")
    options = {"folder": tmp_path / "runs", "keep_models": True}
    for by_voice in (False, True):
        config = ExperimentConfig.of(MODEL.corpus, "speaker-independent", "toy", speaker_calibration=by_voice)
        run_experiment(config, **options)
    return tmp_path / "runs"


def test_the_card_says_what_both_runs_found_and_is_kept_while_it_does(runs, toy_of_voices, tmp_path, monkeypatch):
    card = ship(MODEL, folder=tmp_path / "models", runs=runs)
    assert card.metric()["corpus"] == "toy" and card.metric()["uar"] == pytest.approx(1 / 8, abs=1e-4)
    enrolled = [row for row in card.metrics if row["corpus"] == "more" and row["speaker_calibration"]]
    assert [row["enrolled_clips"] for row in enrolled] == [1, 3, 6, 12, 30] and enrolled[-1]["uar"] == 1.0
    assert enrolled[-1]["uar_female"] == enrolled[-1]["uar_male"] == 1.0
    assert card.training["corpus"] == ["more", "toy"] and card.training["clips"] == 256
    assert "licence of more" in card.licence and card.training["onnx_max_difference"] < 1e-6
    assert card.voice["half_clips"] > 0 and read_onnx(tmp_path / "models" / "both", card, file="voice.onnx")
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["both"]

    monkeypatch.setattr(type(toy_of_voices), "fit", None)
    assert ship(MODEL, folder=tmp_path / "models", runs=runs) == card


def test_a_network_that_was_trained_before_a_stop_is_not_trained_again(runs, toy_of_voices, tmp_path, monkeypatch):
    fits = []
    fit = type(toy_of_voices).fit

    def counted(self, *args, **options):
        fits.append(options["checkpoint"].stem)
        if len(fits) == 2:
            raise KeyboardInterrupt
        return fit(self, *args, **options)

    monkeypatch.setattr(type(toy_of_voices), "fit", counted)
    with pytest.raises(KeyboardInterrupt):
        ship(MODEL, folder=tmp_path / "models", runs=runs)
    with pytest.raises(ModelError):
        read_card(tmp_path / "models" / "both")
    ship(MODEL, folder=tmp_path / "models", runs=runs)
    assert fits == ["alone", "voice", "voice"]


def test_a_model_without_its_runs_is_not_shipped(runs, tmp_path):
    with pytest.raises(ModelError, match="with and one without speaker calibration"):
        ship(ShippedModel("both", ("toy",), "toy"), folder=tmp_path / "models", runs=runs)
