"""Timelines by the models of a run's folds."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks import folds
from ser_core import corpora
from ser_core.serving.testing import make_model


class Run:
    id = "demo-run"

    def __init__(self, clips, fold):
        self.predictions = pd.DataFrame({"seed": 0, "fraction": 1.0, "fold": fold, "clip_id": clips})


@pytest.fixture
def models(tmp_path):
    """Two models that always say the same, each something else."""
    return [make_model(tmp_path / "models" / name, probabilities={name: 0.9}) for name in ("sad", "angry")]


def test_each_fold_is_judged_by_its_own_model(models, tmp_path):
    corpus = corpora.get("demo")
    table = corpus.manifest()
    chosen = table[table["emotion"].isin(["sad", "angry"])].groupby("emotion").head(3)
    fold = np.where(chosen["emotion"] == "sad", 0, 1)
    # Corpora that were put together need not be in every fold: none of these clips is in the third.
    kept = {i: tmp_path / "models" / name / "model.onnx" for i, name in enumerate(("sad", "angry", "sad"))}
    rows = folds._rows(tmp_path / "made", models[0], corpus, Run(chosen["clip_id"].tolist(), fold), kept)
    said = {row["what"].partition(": ")[2].partition(" [")[0]: row["value"] for row in rows}
    assert said == {"segment UAR": 1.0, "clip UAR": 1.0, "lost by the timeline": 0.0}
    assert "6 clips of" in rows[0]["what"] and "2 recordings" in rows[0]["what"]


def test_a_fold_is_not_held_to_what_was_measured_on_its_speakers(models, tmp_path):
    thresholds = {"min_confidence": 0.5, "max_distance": 0.001, "usual_distance": 0.001}
    card = replace(models[0], thresholds=thresholds, reference_sha256="ab" * 32)
    found = folds._predictor(tmp_path / "fold0", card, tmp_path / "models" / "angry" / "model.onnx")
    assert found.card.thresholds == {"min_confidence": 0.5} and not found.card.reference_sha256


def test_where_no_models_are_kept_it_says_so(models, tmp_path, monkeypatch):
    monkeypatch.setenv("SER_MODELS_DIR", str(tmp_path / "models"))
    rows = folds.measure(tmp_path, kept_by=tmp_path / "runs")
    assert len(rows) == 2 and all(row["value"] is None and "no models of folds" in row["what"] for row in rows)
