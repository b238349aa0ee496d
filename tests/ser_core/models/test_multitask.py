"""The family of several tasks: what it learns, what it leaves out, stopping and going on, and its ONNX form."""

import json

import numpy as np
import pytest

from ser_core import models
from ser_core.audio import Audio
from ser_core.errors import ConfigError
from ser_core.features import extract
from ser_core.labels import EMOTIONS
from ser_core.models.base import Data
from ser_core.models.onnx_tools import session
from ser_core.serving import Predictor
from ser_core.serving.card import write_model
from ser_core.serving.testing import make_model
from ser_core.side_tasks import SIDE_TASKS
from ser_core.testing.releases import make_iemocap

N_BANDS, N_FRAMES = 40, 40
#: Random weights, all of four blocks frozen: what takes seconds is to compile the rest.
TINY = {
    "pretrained": False,
    "frozen_blocks": 4,
    "attention": 8,
    "networks": 1,
    "crop": 32,
    "epochs": 2,
    "min_steps": 1,
    "batch_size": 16,
    "average_decay": 0.5,
    "channels": 0.0,
    "freq_width": 2,
    "time_width": 4,
    "patience": 1.0,
}
NAMES = list(SIDE_TASKS)


def clips(n_per_class: int, *, seed: int, known: tuple[str, ...] = tuple(SIDE_TASKS)) -> Data:
    """Each emotion is loud in bands of its own; the rest, where known, is heard in further bands."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(EMOTIONS)), n_per_class)
    x = rng.normal(-0.5, 0.3, (len(y), N_BANDS + 1, N_FRAMES)).astype(np.float32)
    side = np.full((len(y), len(SIDE_TASKS)), np.nan, dtype=np.float32)
    for i, label in enumerate(y):
        x[i, 4 * label : 4 * label + 4] += 2
    for name in known:
        column = NAMES.index(name)
        draws = rng.uniform(-0.8, 0.8, len(y)) if SIDE_TASKS[name].is_rating else rng.integers(0, 2, len(y))
        side[:, column] = draws
        x[:, 32 + column] += 2 * draws[:, None]
    x[:, -1] = rng.normal(-1, 0.3, (len(y), 1))
    return Data(x, y, np.array([f"{i % 4:02d}" for i in range(len(y))]), side=side)


pytestmark = pytest.mark.usefixtures("few_blocks")


@pytest.fixture(scope="module")
def family(few_blocks):
    return models.get("multitask")


@pytest.fixture(scope="module")
def data():
    return clips(6, seed=0), clips(2, seed=1)


@pytest.fixture(scope="module")
def trained(family, data, fit_and_keep):
    return fit_and_keep(family, data, config=TINY, seed=3)


@pytest.fixture(scope="module")
def fitted(trained):
    return trained[0]


def outputs(fitted, x: np.ndarray) -> dict[str, np.ndarray]:
    found = session(fitted.to_onnx())
    names = [each.name for each in found.get_outputs()]
    return dict(zip(names, found.run(names, {"features": x}), strict=True))


def test_history_and_findings_tell_of_each_task(fitted):
    columns = ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "val_uar", *(f"val_{name}" for name in NAMES)]
    assert [list(row) for row in fitted.history] == [[*columns, "learning_rate"]] * TINY["epochs"]
    assert list(fitted.info["task_variances"]) == ["emotion", *NAMES]
    assert all(value != 1.0 for value in fitted.info["task_variances"].values())
    assert set(fitted.info["side_temperatures"]) == {"sex", "intensity"}
    json.dumps([fitted.history, fitted.info])


def test_onnx_gives_the_same_answers_for_clips_of_any_length(fitted):
    rng = np.random.default_rng(5)
    for n_frames in (N_FRAMES, 7, 133):
        x = rng.uniform(-1.4, 2.5, (3, N_BANDS + 1, n_frames)).astype(np.float32)
        found, side = outputs(fitted, x), fitted.predict_side(x)
        assert list(found) == ["probabilities", "sex", "intensity", "valence_arousal_dominance"]
        assert np.abs(found["probabilities"] - fitted.predict_proba(x)).max() < 1e-4
        for name in ("sex", "intensity"):
            assert np.abs(found[name] - np.stack([1 - side[name], side[name]], axis=1)).max() < 1e-4
        ratings = np.stack([side[name] for name in ("valence", "arousal", "dominance")], axis=1)
        assert np.abs(found["valence_arousal_dominance"] - ratings).max() < 1e-4 and np.ptp(ratings) > 0


def test_networks_of_seeds_of_their_own_give_the_mean_of_their_answers(family, data, fitted):
    from ser_core.models._multitask_training import SEED_STEP

    both, other = (
        family.fit(*data, config={**TINY, "networks": n}, seed=3 + start) for n, start in ((2, 0), (1, SEED_STEP))
    )
    assert [row["epoch"] for row in both.history] == [1, 2, 3, 4]
    assert [row["val_loss"] for row in both.history] == [row["val_loss"] for row in (*fitted.history, *other.history)]
    assert both.info["n_parameters"] == 2 * fitted.info["n_parameters"]
    x = data[1].x
    one, two, mean = (each._trained.answers(x) for each in (fitted, other, both))
    assert np.abs(one - two).max() > 1e-3
    np.testing.assert_allclose(mean, (one + two) / 2, atol=1e-5)
    found, side = outputs(both, x), both.predict_side(x)
    assert np.abs(found["probabilities"] - both.predict_proba(x)).max() < 1e-4
    for name in ("sex", "intensity"):
        assert np.abs(found[name][:, 1] - side[name]).max() < 1e-4
    assert np.abs(found["valence_arousal_dominance"][:, 1] - side["arousal"]).max() < 1e-4


def untrained(family, train: Data, validation: Data):
    """A network of random weights for all that `train` can teach."""
    from ser_core.models._multitask_batches import Units, learnable
    from ser_core.models._multitask_network import build
    from ser_core.models._multitask_training import TrainedMultitask
    from ser_core.models._tensorflow import keras
    from ser_core.models.multitask import FittedMultitask

    keras.utils.set_random_seed(0)
    tasks = learnable(train)
    model = build(family.complete(TINY), n_bands=train.x.shape[1] - 1, side_tasks=tasks, load=True)
    return FittedMultitask(TrainedMultitask(model, tasks, Units.of(train, tasks)), validation=validation)


def test_only_the_intensity_hears_the_level(fitted, data):
    louder = data[1].x.copy()
    louder[:, -1] += 0.5
    before, after = fitted.predict_side(data[1].x), fitted.predict_side(louder)
    assert np.abs(before["intensity"] - after["intensity"]).min() > 0
    assert (before["sex"] == after["sex"]).all()
    assert (fitted.predict_proba(data[1].x) == fitted.predict_proba(louder)).all()


def test_ratings_come_in_the_scale_of_the_manifest_and_unknown_ones_as_nan(family):
    train = clips(6, seed=0, known=("sex", "valence", "dominance"))
    # Ratings that stand high and close together: the network's standard deviations must be turned back.
    column = NAMES.index("valence")
    train.side[:, column] = 0.7 + 0.01 * train.side[:, column]
    fitted = untrained(family, train, clips(2, seed=1))
    x = np.random.default_rng(2).uniform(-1.4, 2.5, (4, N_BANDS + 1, 50)).astype(np.float32)
    found, side = outputs(fitted, x), fitted.predict_side(x)
    assert list(side) == ["sex", "valence", "dominance"]
    assert np.abs(side["valence"] - 0.7).max() < 0.05
    affect = found["valence_arousal_dominance"]
    np.testing.assert_allclose(affect[:, [0, 2]], np.stack([side["valence"], side["dominance"]], axis=1), atol=1e-4)
    assert np.isnan(affect[:, 1]).all()


def test_side_tasks_that_the_training_clips_cannot_teach_are_left_out(family, data):
    from ser_core.models._multitask_batches import learnable

    train = clips(6, seed=0, known=("arousal",))
    train.side[:, NAMES.index("sex")] = 1.0
    train.side[0, NAMES.index("valence")] = 0.5
    assert learnable(train) == ("arousal",)
    fitted = untrained(family, Data(train.x, train.y, train.group), data[1])
    assert fitted.predict_side(data[1].x) == {}
    assert list(outputs(fitted, data[1].x)) == ["probabilities"]


def test_scores_of_an_epoch_are_those_of_the_clips_that_know_the_answer():
    from ser_core.models._multitask_training import side_scores

    data = clips(1, seed=0, known=())
    data.side[:4, NAMES.index("sex")] = [1, 1, 0, 0]
    data.side[:2, NAMES.index("arousal")] = [0.1, 0.2]
    found = np.zeros((8, 11), np.float32)
    found[:, 8] = [5, -5, -5, -5, 5, 5, 5, 5]
    found[:, 10] = [0.4, 0.6, 9, 9, 9, 9, 9, 9]
    told = side_scores(found, data, ("sex", "intensity", "arousal"))
    assert told == {"val_sex": 0.75, "val_arousal": pytest.approx(np.sqrt((0.3**2 + 0.4**2) / 2))}


def test_a_stopped_training_goes_on_to_the_same_result(family, data, trained):
    fitted, stopped = trained
    reports = []
    again = family.fit(*data, config=TINY, seed=3, checkpoint=stopped, progress=reports.append)
    assert reports[0].done == 1 and reports[-1].done == TINY["epochs"]
    assert again.history == fitted.history and again.to_onnx() == fitted.to_onnx()
    assert not stopped.exists()


def test_the_state_of_a_training_on_other_side_targets_is_not_taken_up(data):
    from ser_core.models._training import training_key

    train, validation = data
    other = Data(train.x, train.y, train.group, side=-train.side)
    assert training_key(TINY, 3, train, validation) == training_key(TINY, 3, *data)
    assert training_key(TINY, 3, train, validation) != training_key(TINY, 3, other, validation)


def test_what_iemocap_tells_can_be_learnt(tmp_path, family):
    """On a miniature, all of whose clips are rated alike in arousal: the release is given to institutions only."""
    from ser_core.corpora import iemocap
    from ser_core.evaluation import protocols
    from ser_core.experiments.examples import prepare
    from ser_core.models._multitask_batches import Batches, Units, learnable

    make_iemocap(tmp_path, duration_s=0.2)
    protocol = protocols.get("speaker-independent")
    options = {"precision": family.precision, "side": bool(family.side_tasks), "root": tmp_path}
    pool, data = prepare(iemocap.CORPUS.manifest(tmp_path), protocol, family.spec, **options)
    tasks = learnable(data)
    assert tasks == ("sex", "valence", "dominance")
    units = Units.of(data, tasks)
    np.testing.assert_allclose(units.places[1:], pool[list(tasks[1:])].mean(), rtol=1e-5)
    config = {**family.config, "batch_size": 8, "crop": 32}
    x, levels, targets, known = next(Batches(data, side_tasks=tasks, units=units, config=config, seed=0).epoch(1))
    assert x.shape == (8, 104, 32) and levels.shape == (8, 1) and targets.shape == known.shape == (8, 11)
    assert known[:, 8:].all() and set(targets[:, 8].tolist()) <= {0.0, 1.0} and np.abs(targets[:, 9:]).max() > 0
    _serves(untrained(family, data, data), folder=tmp_path / "model", spec=family.spec)


def _serves(fitted, *, folder, spec) -> None:
    """A model folder that answers more than emotions is served like any other."""
    make_model(folder, spec=spec)
    write_model(folder, onnx=fitted.to_onnx(), card=json.loads((folder / "card.json").read_text(encoding="utf-8")))
    sound = np.sin(np.arange(16_000) / 9).astype(np.float32) * 0.3
    found = Predictor(folder).predict(Audio(sound, 16_000))
    expected = fitted.predict_proba(extract(sound, sr=16_000, spec=spec)[None])[0]
    np.testing.assert_allclose(list(found.probabilities.values()), expected, atol=1e-4)


def test_losses_count_only_clips_that_know_the_answer():
    from ser_core.models._multitask_loss import losses

    answers = np.zeros((2, 10), np.float32)
    answers[:, 8], answers[:, 9] = [3.0, -50.0], [1.0, 9.0]
    targets, known = np.zeros((2, 10), np.float32), np.ones((2, 10), bool)
    targets[:, 0], targets[0, 8] = 1.0, 1.0
    known[1, 8:] = False
    # Emotions that the corpus lacks cost nothing: guessing among four.
    known[:, 4:8] = False
    found, there = (part.numpy() for part in losses(answers, targets, known, side_tasks=("sex", "valence")))
    np.testing.assert_allclose(found, [np.log(4), np.log1p(np.exp(-3)), 0.5], rtol=1e-5)
    assert there.tolist() == [1, 1, 1]
    known[0, 9] = False
    assert losses(answers, targets, known, side_tasks=("sex", "valence"))[1].numpy().tolist() == [1, 1, 0]


def test_the_weights_settle_where_each_variance_is_what_the_task_leaves_unexplained():
    """The minimum over ``s`` of ``exp(-s) loss + s / 2`` lies at ``exp(s) = 2 loss``; an absent task does not move."""
    from ser_core.models._multitask_loss import weighted
    from ser_core.models._tensorflow import tf

    found, log_variance = tf.constant([2.0, 0.1, 7.0]), tf.Variable([0.0, 0.0, 0.0])
    for _ in range(300):
        with tf.GradientTape() as tape:
            value = weighted(found, tf.constant([1.0, 1.0, 0.0]), log_variance)
        log_variance.assign_sub(0.1 * tape.gradient(value, log_variance))
    np.testing.assert_allclose(np.exp(log_variance.numpy()), [4.0, 0.2, 1.0], rtol=1e-3)


def test_the_attention_of_each_task_looks_where_it_wants(family):
    """A place that one task's weights single out decides its answer and leaves those of the others alone."""
    from ser_core.models._multitask_network import build
    from ser_core.models._tensorflow import keras

    model = build(family.complete(TINY), n_bands=N_BANDS, side_tasks=("sex", "intensity"), load=True)
    places = model.get_layer("attention").input
    after = keras.Model([places, model.input[1]], model.output)

    def rest(x):
        return after([x, np.zeros((len(x), 1), np.float32)])

    x = np.random.default_rng(0).normal(size=(1, 6, places.shape[-1])).astype(np.float32)
    before = rest(x).numpy()
    seen = np.tanh(x[0] @ np.asarray(model.get_layer("attention").kernel))
    queries = np.asarray(model.get_layer("queries").kernel).copy()
    queries[:, 1] = 1000 * np.linalg.lstsq(seen, np.eye(6)[4], rcond=None)[0]
    model.get_layer("queries").kernel.assign(queries)
    only = rest(np.repeat(x[:, 4:5], 6, axis=1)).numpy()
    found = rest(x).numpy()
    assert abs(found[0, 8] - only[0, 8]) < 1e-4 < abs(found[0, 8] - before[0, 8])
    np.testing.assert_allclose(found[0, [0, 9]], before[0, [0, 9]], atol=1e-6)


def test_wrong_images_and_too_few_clips_are_refused(family, data):
    train, validation = data
    with pytest.raises(ConfigError, match="log-mel images"):
        family.fit(Data(train.x[:, 0], train.y, train.group), validation, config=TINY, seed=0)
    with pytest.raises(ConfigError, match="2 training clips"):
        family.fit(train.take(np.array([0])), validation, config=TINY, seed=0)
