"""Who trains: changed copies of training clips only, and curves over the number of speakers."""

import numpy as np
import pandas as pd
import pytest

from ser_core.errors import ConfigError
from ser_core.evaluation import curve_summary, learning_curve, protocols, speaker_curve
from ser_core.experiments.examples import of_speakers, prepare, training_copies
from ser_core.experiments.runner import run_experiment
from ser_core.features import FunctionalsSpec
from ser_core.models import Data

#: Clips of the toy corpus.
CLIPS = 128
CHAINS = ("noise:snr_db=20", "speed:speed=0.9")


@pytest.fixture
def pool(toy, manifest):
    return prepare(manifest, protocols.get("speaker-independent"), FunctionalsSpec())


def test_copies_are_changed_and_speak_with_voices_of_their_own(pool):
    clips, data = pool
    noise, slow = training_copies(clips, data, FunctionalsSpec(), augmentation=CHAINS)
    np.testing.assert_allclose(noise.x, data.x + 0.01)
    assert noise.y.tolist() == data.y.tolist() and noise.group.tolist() == data.group.tolist()
    assert set(noise.voice) == {f"s{i}#noise-20dB" for i in range(4)}
    assert not set(slow.voice) & (set(noise.voice) | set(data.voice))


def test_copies_are_calibrated_as_voices_of_their_own(pool):
    clips, data = pool
    (noise,) = training_copies(clips, data, FunctionalsSpec(), augmentation=CHAINS[:1], speaker_calibration=True)
    for voice in np.unique(noise.voice):
        np.testing.assert_allclose(noise.x[noise.voice == voice].mean(axis=0), 0, atol=1e-6)


def test_only_training_clips_are_copied(config, toy, tmp_path, monkeypatch):
    seen, fit = [], type(toy).fit

    def watch(self, train, validation, **options):
        seen.append((train, validation))
        return fit(self, train, validation, **options)

    monkeypatch.setattr(type(toy), "fit", watch)
    plain = run_experiment(config(), folder=tmp_path)
    alone = seen[:]
    seen.clear()
    run = run_experiment(config(augmentation=CHAINS), folder=tmp_path)
    assert run.id == f"{plain.id}-augmented"
    for (train, validation), (before, held) in zip(seen, alone, strict=True):
        n = len(before)
        assert len(train) == 3 * n and train.x[:n].tolist() == before.x.tolist()
        np.testing.assert_allclose(train.x[n : 2 * n], before.x + 0.01)
        assert train.group[n : 2 * n].tolist() == before.group.tolist()
        assert validation.x.tolist() == held.x.tolist()
    # What is stored is of the clips themselves.
    pd.testing.assert_frame_equal(run.splits, plain.splits)
    assert run.predictions["clip_id"].tolist() == plain.predictions["clip_id"].tolist()
    assert run.trainings["n_train"].tolist() == plain.trainings["n_train"].tolist()


def test_speakers_are_drawn_and_larger_numbers_hold_smaller():
    voice = np.repeat([f"s{i}" for i in range(6)], 10)
    data = Data(np.zeros((60, 1), np.float32), np.zeros(60, int), voice)
    split = protocols.Split(0, np.arange(40), np.arange(40, 50), np.arange(50, 60))
    few, held = of_speakers(data, split, 3, seed=0)
    more, _ = of_speakers(data, split, 4, seed=0)
    assert len(few) == 20 and len(more) == 30 and set(few) < set(more) < set(range(40))
    assert held.tolist() == list(range(40, 50))
    assert of_speakers(data, split, 3, seed=0)[0].tolist() == few.tolist()
    assert len({tuple(of_speakers(data, split, 2, seed=seed)[0]) for seed in range(20)}) == 4
    for wrong in (1, 5, 9):
        with pytest.raises(ConfigError, match="takes 2 to 4 of the speakers"):
            of_speakers(data, split, wrong, seed=0)


def test_speakers_on_both_sides_leave_both():
    voice = np.tile(["a", "b", "c"], 10)
    data = Data(np.zeros((30, 1), np.float32), np.zeros(30, int), np.arange(30).astype(str), voice)
    train, held = of_speakers(data, protocols.Split(0, np.arange(18), np.arange(18, 24), np.arange(24, 30)), 1, seed=0)
    assert set(voice[train]) == set(voice[held]) and len(train) == 6 and len(held) == 2


def test_a_run_may_measure_a_curve_over_speakers(config, toy, tmp_path):
    folds = 6
    before = run_experiment(config("random", fractions=(0.5,)), folder=tmp_path)
    by_size, n = learning_curve(before), len(toy.trained)
    assert speaker_curve(before).empty
    run = run_experiment(config("random", fractions=(0.5,), speaker_counts=(2,)), folder=tmp_path)
    assert len(toy.trained) - n == folds
    curve = speaker_curve(run)
    assert curve["n_speakers"].tolist() == [2] * folds + [4] * folds
    assert curve["fraction"].tolist() == [0.5] * folds + [1.0] * folds
    few, all_ = curve_summary(curve, by="n_speakers").itertuples()
    assert (few.n_speakers, all_.n_speakers) == (2, 4) and few.n_train == pytest.approx(all_.n_train / 2, rel=0.2)
    pd.testing.assert_frame_equal(learning_curve(run), by_size)
    full = run.predictions[run.predictions["fraction"] == 1.0]
    assert len(full) == CLIPS and (full["n_speakers"] == 0).all()
    # Whole at once or step by step, the tables are the same.
    whole = run_experiment(config("random", fractions=(0.5,), speaker_counts=(2,)), folder=tmp_path / "whole")
    for name in ("predictions", "validation", "splits"):
        pd.testing.assert_frame_equal(getattr(run, name), getattr(whole, name), check_like=True)
