"""Enrolment on toy voices: each has a tint that drowns its emotions until enough of its clips are known."""

import numpy as np
import pandas as pd
import pytest

from ser_core.errors import RunError
from ser_core.experiments.blending import Blend, blended, fit_blend
from ser_core.experiments.enrolment import N_CLIPS, enrolment_curve, measure_enrolment, read_enrolment
from ser_core.experiments.runner import run_experiment
from ser_core.labels import EMOTIONS
from ser_core.voices import voice_inputs

N = len(EMOTIONS)


@pytest.fixture
def runs(toy_of_voices, config, tmp_path):
    options = {"folder": tmp_path, "keep_models": True}
    return run_experiment(config(speaker_calibration=True), **options), run_experiment(config(), **options)


def test_the_more_clips_are_known_the_better_the_answers(runs):
    table = measure_enrolment(*runs)
    assert set(table["n_clips"]) == {0, *N_CLIPS}
    assert (table.groupby("n_clips")["clip_id"].nunique() == 128).all() and len(table) == 6 * 128
    curve = enrolment_curve(table).set_index("n_clips")
    assert curve.loc[0, "uar"] == pytest.approx(1 / N) and curve.loc[30, "uar"] == 1.0
    assert curve["uar"].is_monotonic_increasing
    stored = read_enrolment(runs[0])
    assert enrolment_curve(stored)["uar"].tolist() == curve["uar"].tolist()
    np.testing.assert_allclose(stored.filter(regex="^p_").sum(axis=1), 1, atol=1e-3)


def test_clips_are_not_judged_by_what_they_gave_to_the_enrolment(runs, monkeypatch):
    from ser_core.experiments import kept

    seen = []
    monkeypatch.setattr(kept, "voice_inputs", lambda network, x: seen.append(len(x)) or voice_inputs(network, x))
    measure_enrolment(*runs)
    # 32 clips a voice: at most half of them are enrolled. Both halves, of validation and test voices of 4 folds.
    assert sorted(set(seen)) == [1, 3, 6, 12, 16]


def test_runs_without_models_or_of_other_clips_are_refused(runs, config, tmp_path):
    by_voice, alone = runs
    other = run_experiment(config(seeds=(1,)), folder=tmp_path / "other")
    with pytest.raises(RunError, match="same clips"):
        measure_enrolment(by_voice, other)
    (by_voice.folder / "models" / "seed0-fold2.onnx").unlink()
    with pytest.raises(RunError, match="--keep-models"):
        measure_enrolment(by_voice, alone)
    with pytest.raises(RunError, match="enrolment"):
        read_enrolment(alone)


def judged(*, voice_right: dict[int, float], alone_right: float) -> pd.DataFrame:
    """Answers of which a share is right, for each number of clips; the network for voices is always sure of its own."""
    rng = np.random.default_rng(0)
    parts = []
    for n_clips, share in voice_right.items():
        y = rng.integers(0, N, 400)
        row = {"n_enrolled": n_clips, "emotion": np.array(EMOTIONS.names)[y]}
        for prefix, right, sure in (("", share, 0.9), ("alone_", alone_right, alone_right)):
            said = np.where(rng.random(400) < right, y, rng.integers(0, N, 400))
            p = np.full((400, N), (1 - sure) / N) + sure * np.eye(N)[said]
            row |= {f"{prefix}p_{name}": p[:, i] for i, name in enumerate(EMOTIONS)}
        parts.append(pd.DataFrame(row))
    return pd.concat(parts, ignore_index=True)


def test_the_blend_trusts_the_network_for_voices_where_it_is_good():
    late = fit_blend(judged(voice_right={1: 0.05, 30: 0.9}, alone_right=0.5))
    early = fit_blend(judged(voice_right={1: 0.9, 30: 0.9}, alone_right=0.5))
    assert late.half_clips > early.half_clips


def test_one_blend_weighs_each_row_by_its_clips():
    table = judged(voice_right={0: 0.9, 30: 0.9}, alone_right=0.5)
    found = blended(table, Blend(half_clips=3.0, most=1.0, temperature=1.0))
    alone = table.filter(regex="^alone_").to_numpy()
    none = (table["n_enrolled"] == 0).to_numpy()
    np.testing.assert_allclose(found[none], alone[none] / alone[none].sum(axis=1, keepdims=True), atol=1e-9)
    assert np.abs(found[~none] - alone[~none]).max() > 0.1
