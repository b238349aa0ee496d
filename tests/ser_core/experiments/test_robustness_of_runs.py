"""Degraded clips judged by the models that a run kept."""

import dataclasses
import json
import shutil

import numpy as np
import onnxruntime
import pandas as pd
import pytest

from ser_core import corpora
from ser_core.audio import decode
from ser_core.augment import Augmentation
from ser_core.cli import main
from ser_core.errors import CancelledError, ConfigError, RunError
from ser_core.evaluation import PROBABILITY_COLUMNS
from ser_core.evaluation.robustness import CONDITIONS, robustness
from ser_core.experiments import ExperimentConfig, Run, store
from ser_core.experiments import robustness as measuring
from ser_core.experiments.enrolment import VALIDATION, read_blends
from ser_core.experiments.judges import halves
from ser_core.features import LogMelSpec, extract
from ser_core.labels import EMOTIONS
from ser_core.progress import Meter
from ser_core.serving.testing import linear_softmax, voice_softmax
from ser_core.serving.voice import voice_share
from ser_core.testing import make_ravdess
from ser_core.voices import share_of

SPEC = LogMelSpec()
FEW = ("clean", "noise-10", "gain--20")
QUIET = {"gain_db": -20}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    make_ravdess(folder, actors=2, clips=8, duration_s=0.5)
    return folder


@pytest.fixture
def place(root, tmp_path, monkeypatch):
    """Folder for run folders."""
    monkeypatch.setenv("SER_DATA_ROOT", str(root))
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SER_RUNS_DIR", str(tmp_path / "runs"))
    return tmp_path / "runs"


@pytest.fixture
def run(root, place):
    """A run of two folds, one actor each, whose models are linear in the log-mel spectrogram."""
    return made(root, place, model="cnn", network=linear_softmax)


def made(root, folder, *, model, network, **rest) -> Run:
    """A run whose models are made by `network` of weights drawn by lot."""
    config = ExperimentConfig("ravdess", "speaker-independent", model, features=SPEC.to_dict(), **rest)
    clips = corpora.manifest("ravdess", root=root)
    fold = (clips["speaker"] == "02").astype(int)
    table = clips[["clip_id", "speaker", "emotion"]].assign(seed=0, fold=fold, fraction=1.0)
    table[list(PROBABILITY_COLUMNS)] = np.float32(1 / 8)
    place = folder / config.id
    place.mkdir(parents=True)
    store.write_config(place, config)
    tables = {
        "predictions": table,
        "trainings": pd.DataFrame({"seed": [0], "fold": [0], "fraction": [1.0], "seconds": [1.0], "info": ["{}"]}),
        "history": pd.DataFrame(columns=list(store.HISTORY_COLUMNS)),
        "splits": table[["seed", "fold", "clip_id"]].assign(role="test"),
    }
    for name, each in tables.items():
        each.to_parquet(place / f"{name}.parquet", index=False)
    store.write_environment(place)
    (place / "models").mkdir()
    size = extract(np.zeros(SPEC.sr, np.float32), sr=SPEC.sr, spec=SPEC).shape
    for number in (0, 1):
        onnx = network(weights(number, size), np.zeros(8), shape=size)
        (place / "models" / f"seed0-fold{number}.onnx").write_bytes(onnx)
    return Run(place)


def weights(number, size):
    return np.random.default_rng(number).normal(0, 0.001, (int(np.prod(size)), 8))


def heard(clip, augmentation=None):
    """Features of a clip, changed."""
    found = corpora.manifest("ravdess").set_index("clip_id").loc[clip]
    signal = decode(corpora.get("ravdess").clip_path(found["path"]), sr=SPEC.sr).signal
    if augmentation is not None:
        signal = augmentation.apply(signal, sr=SPEC.sr, seed=int(found["sha256"][:8], 16))
    return extract(signal, sr=SPEC.sr, spec=SPEC).astype(np.float32)


def answer(run, clip, augmentation=None):
    """What the model of the clip's fold says, worked out by hand."""
    row = run.predictions.set_index("clip_id").loc[clip]
    features = heard(clip, augmentation)[None]
    session = onnxruntime.InferenceSession(str(run.folder / "models" / f"seed0-fold{row['fold']}.onnx"))
    p = session.run(None, {"features": features})[0][0]
    return EMOTIONS.names[p.argmax()], float(p.max())


def test_each_fold_judges_its_own_test_clips_degraded(run):
    table = measuring.measure_robustness(run, conditions=FEW)
    assert list(dict.fromkeys(table["condition"])) == list(FEW)
    assert table.groupby("condition", observed=True)["clip_id"].nunique().tolist() == [16] * 3
    for condition, augmentation in (("clean", None), ("gain--20", Augmentation("gain", QUIET))):
        for row in table[table["condition"] == condition].itertuples():
            label, confidence = answer(run, row.clip_id, augmentation)
            assert row.answer == label and row.confidence == pytest.approx(confidence, abs=1e-4)
    assert measuring.read_robustness(run.folder)[""].equals(table)
    assert not (run.folder / "robustness-parts").exists()


@pytest.mark.parametrize(("condition", "augmentation"), [("clean", None), ("gain--20", Augmentation("gain", QUIET))])
def test_a_calibrated_network_is_adapted_to_each_voice_by_its_degraded_clips(root, place, condition, augmentation):
    run = made(root, place, model="audioset", network=voice_softmax, speaker_calibration=True)
    table = measuring.measure_robustness(run, conditions=[condition])
    table = table[table["condition"] == condition]
    for fold, rows in table.groupby("fold"):
        assert rows["speaker"].nunique() == 1
        x = np.stack([heard(clip, augmentation).ravel() for clip in rows["clip_id"]])
        # The toy network takes away the mean of the voice as far as its eight clips count.
        scores = (x - share_of(8) * x.mean(axis=0)) @ weights(fold, x[0].shape)
        p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        assert rows["answer"].tolist() == [EMOTIONS.names[i] for i in p.argmax(axis=1)]
        np.testing.assert_allclose(rows["confidence"], p.max(axis=1), rtol=0.005)
    alone = made(root, place, model="audioset", network=voice_softmax)
    other = measuring.measure_robustness(alone, conditions=[condition])
    assert not np.allclose(other[other["condition"] == condition]["confidence"], table["confidence"], rtol=0.005)


@pytest.fixture
def served(root, place):
    """A run by voice, and for clips alone that with which it is served, half each as the enrolment decided."""
    by_voice = made(root, place, model="audioset", network=voice_softmax, speaker_calibration=True)
    alone = made(root, place, model="audioset", network=linear_softmax)
    y = np.arange(64) % 8
    said = np.where(np.arange(64) % 3 > 0, y, (y + 1) % 8)
    p, other = (0.02 + 0.84 * np.eye(8)[each] for each in (said, np.roll(said, 8)))
    names = list(PROBABILITY_COLUMNS)
    table = pd.DataFrame(np.hstack([p, other]), columns=[*names, *(f"alone_{name}" for name in names)])
    table = table.assign(emotion=np.array(EMOTIONS.names)[y], n_enrolled=4, seed=0)
    pd.concat([table.assign(fold=fold) for fold in (0, 1)]).to_parquet(by_voice.folder / VALIDATION, index=False)
    return by_voice, alone


@pytest.mark.parametrize(("condition", "augmentation"), [("clean", None), ("gain--20", Augmentation("gain", QUIET))])
def test_what_is_served_knows_a_voice_by_other_clips_and_averages(served, condition, augmentation):
    run, alone = served
    table = measuring.measure_robustness(run, alone=alone, conditions=[condition])
    assert measuring.read_robustness(run.folder)["served after 30 clips"].equals(table)
    table = table[table["condition"] == condition]
    blend = read_blends(run)[0, 0]
    share = voice_share(4, half_clips=blend.half_clips, most=blend.most)
    for fold, rows in table.groupby("fold"):
        x = np.stack([heard(clip, augmentation).ravel() for clip in rows["clip_id"]])
        scores = x @ weights(fold, x[0].shape)
        expected = np.empty_like(scores)
        one, other = halves(len(x), seed=0, voice=rows["speaker"].iloc[0])
        for judged, known in ((one, other), (other, one)):
            of_voice = scores[judged] - share_of(4) * x[known].mean(axis=0) @ weights(fold, x[0].shape)
            both = (1 - share) * softmax(scores[judged], log=True) + share * softmax(of_voice, log=True)
            expected[judged] = softmax(both / blend.temperature)
        assert rows["answer"].tolist() == [EMOTIONS.names[i] for i in expected.argmax(axis=1)]
        np.testing.assert_allclose(rows["confidence"], expected.max(axis=1), rtol=0.01)


def softmax(scores, *, log=False):
    scores = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return scores if log else np.exp(scores)


def test_what_is_served_stands_beside_what_the_run_does(served):
    run, alone = served
    itself = measuring.measure_robustness(run, conditions=["clean"])
    together = measuring.measure_robustness(run, alone=alone, conditions=["clean"])
    assert not np.allclose(itself["confidence"], together["confidence"], rtol=0.005)
    found = measuring.read_robustness(run.folder)
    assert list(found) == ["", "served after 30 clips"] and found[""].equals(itself)
    assert measuring.command(run, served=True).endswith(f"robustness {run.id} --served-with {alone.id}")


def test_what_is_not_served_together_is_refused(served):
    by_voice, alone = served
    with pytest.raises(RunError, match="takes a run by voice"):
        measuring.measure_robustness(alone, alone=alone)
    with pytest.raises(RunError, match="takes a run by voice"):
        measuring.measure_robustness(by_voice, alone=Run(cut_short(alone)))
    (alone.folder / "models" / "seed0-fold1.onnx").unlink()
    with pytest.raises(RunError, match="kept no model of"):
        measuring.measure_robustness(by_voice, alone=alone)
    (by_voice.folder / VALIDATION).unlink()
    with pytest.raises(RunError, match="enrolment"):
        measuring.measure_robustness(by_voice, alone=alone)


def cut_short(run):
    """A copy of a run with fewer clips."""
    folder = shutil.copytree(run.folder, run.folder.with_name("other"))
    pd.read_parquet(folder / "splits.parquet").iloc[:-1].to_parquet(folder / "splits.parquet", index=False)
    return folder


def test_the_command_says_how_voices_were_enrolled(root, place, capsys):
    for calibrated in (True, False):
        run = made(root, place, model="audioset", network=voice_softmax, speaker_calibration=calibrated)
        assert main(["robustness", run.id, "--conditions", "clean"]) == 0
        assert ("over the same channel" in capsys.readouterr().out) == calibrated


def test_the_command_measures_what_is_served(served, capsys):
    run, alone = served
    assert main(["robustness", run.id, "--served-with", alone.id, "--conditions", "clean"]) == 0
    assert "by up to 30 other clips" in capsys.readouterr().out


def test_a_model_whose_file_does_not_adapt_to_voices_is_not_measured_as_if_it_did(root, place):
    run = made(root, place, model="ranks", network=linear_softmax, speaker_calibration=True)
    with pytest.raises(RunError, match="adapts its model to each voice"):
        measuring.measure_robustness(run, conditions=["clean"])


def test_a_stopped_measurement_goes_on_and_ends_the_same(run, monkeypatch):
    whole = measuring.measure_robustness(run, conditions=FEW)
    for file in run.folder.glob("robustness*"):
        file.unlink()
    judged, judge = [], measuring._judged

    def counted(run, condition, *rest, **options):
        judged.append(condition.name)
        if len(judged) == 2:
            raise CancelledError("Stopped as asked.")
        return judge(run, condition, *rest, **options)

    monkeypatch.setattr(measuring, "_judged", counted)
    with pytest.raises(CancelledError):
        measuring.measure_robustness(run, conditions=FEW)
    assert not measuring.read_robustness(run.folder)
    again = measuring.measure_robustness(run, conditions=FEW)
    assert judged == ["clean", "noise-10", "noise-10", "gain--20"]
    pd.testing.assert_frame_equal(again, whole)


def test_conditions_asked_for_later_join_the_earlier(run, monkeypatch):
    measuring.measure_robustness(run, conditions=["noise-10"])
    judged, judge = [], measuring._judged
    monkeypatch.setattr(measuring, "_judged", lambda r, c, *a, **k: judged.append(c.name) or judge(r, c, *a, **k))
    table = measuring.measure_robustness(run, conditions=["gain--20"])
    assert judged == ["gain--20"]
    assert list(dict.fromkeys(table["condition"])) == ["clean", "noise-10", "gain--20"]


def test_other_models_are_measured_anew(run):
    first = measuring.measure_robustness(run, conditions=["clean"])
    size = extract(np.zeros(SPEC.sr, np.float32), sr=SPEC.sr, spec=SPEC).shape
    other = linear_softmax(np.zeros((int(np.prod(size)), 8)), np.eye(8)[3] * 5, shape=size)
    (run.folder / "models" / "seed0-fold0.onnx").write_bytes(other)
    second = measuring.measure_robustness(run, conditions=["clean"])
    assert set(second[second["fold"] == 0]["answer"]) == {EMOTIONS.names[3]}
    kept, before = (each[each["fold"] == 1]["answer"].tolist() for each in (second, first))
    assert kept == before


def test_a_share_holds_every_speaker_and_emotion(run):
    table = measuring.measure_robustness(run, conditions=["clean"], share=0.01)
    assert len(table) == 16  # one clip each of two actors and eight emotions
    with pytest.raises(ConfigError, match="share"):
        measuring.measure_robustness(run, share=0)


def test_augmentation_at_test_time_averages_probabilities(run):
    table = measuring.measure_robustness(run, conditions=["tta"])
    assert set(table["condition"]) == {"clean", "tta"} and len(CONDITIONS["tta"].chains) == 4
    assert table["confidence"].between(1 / 8, 1).all()


def test_progress_counts_all_passes_over_the_clips(run):
    steps = []
    measuring.measure_robustness(run, conditions=FEW, progress=steps.append)
    assert steps[-1].done == steps[-1].total == 3 * 16
    assert [step.done for step in steps] == sorted(step.done for step in steps)


def test_judging_counts_as_well_as_features(run, monkeypatch):
    shares, told = [], measuring._Pass.judged
    monkeypatch.setattr(measuring._Pass, "judged", lambda each, share: shares.append(share) or told(each, share))
    steps = []
    monkeypatch.setattr(measuring, "Meter", lambda callback, **options: Meter(callback, **options, interval_s=0))
    measuring.measure_robustness(run, conditions=["clean"], progress=steps.append)
    assert shares == [0.5, 1.0]
    # Sixteen clips of two voices: features are half of the work, each voice a quarter.
    assert sorted({step.done for step in steps})[-3:] == [8, 12, 16]


def test_models_of_a_second_training_measure_the_run(run, tmp_path):
    shutil.copytree(run.folder, tmp_path / "again" / run.id)
    for file in (run.folder / "models").iterdir():
        file.unlink()
    table = measuring.measure_robustness(run, conditions=["clean"], kept_by=tmp_path / "again")
    assert len(table) == 16 and measuring.read_robustness(run.folder)
    assert not measuring.read_robustness(tmp_path / "again" / run.id)
    other = store.read_config(run.folder)
    store.write_config(tmp_path / "again" / run.id, dataclasses.replace(other, hyperparameters={"depth": 9}))
    with pytest.raises(RunError, match="no run of the same configuration"):
        measuring.measure_robustness(run, kept_by=tmp_path / "again")


def test_a_run_without_models_says_how_to_keep_them(run):
    for file in (run.folder / "models").iterdir():
        file.unlink()
    with pytest.raises(RunError, match="--corpus ravdess --protocol speaker-independent --keep-models --out build"):
        measuring.measure_robustness(run)
    with pytest.raises(ConfigError, match="Unknown condition rain"):
        measuring.measure_robustness(run, conditions=["rain"])


def test_what_joins_other_runs_is_not_measured(run):
    config = store.read_config(run.folder)
    store.write_config(run.folder, dataclasses.replace(config, hyperparameters={"how": "stack", "members": {}}))
    with pytest.raises(RunError, match="joins the answers of other runs"):
        measuring.measure_robustness(Run(run.folder))


def test_the_command_prints_what_is_lost(run, capsys):
    assert main(["robustness", run.id, "--conditions", "noise-10", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    expected = robustness(measuring.read_robustness(run.folder)[""]).to_dict("records")
    assert rows == json.loads(json.dumps(expected))
    assert main(["robustness", "any", "--list"]) == 0
    assert "telephone-band" in capsys.readouterr().out
