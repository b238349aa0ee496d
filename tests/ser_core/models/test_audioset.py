"""The AudioSet network: fine-tuning, voices, stopping and going on, and its ONNX form."""

import json
import subprocess
import sys

import numpy as np
import onnxruntime
import pytest

from ser_core import models
from ser_core.errors import CancelledError, ConfigError, ModelError
from ser_core.labels import EMOTIONS
from ser_core.models.base import Data

N_BANDS, N_FRAMES = 32, 40
#: Random weights, all of four blocks frozen but the last: a training of a second.
TINY = {
    "pretrained": False,
    "frozen_blocks": 3,
    "crop": 32,
    "epochs": 2,
    "min_steps": 1,
    "batch_size": 16,
    "average_decay": 0.5,
    "roll": 1,
    "channels": 0.0,
    "freq_width": 2,
    "time_width": 4,
    "patience": 1.0,
}


def with_level(x: np.ndarray, level: float | np.ndarray = -1.0) -> np.ndarray:
    """Images with the level as their last row."""
    row = np.broadcast_to(np.reshape(level, (-1, 1, 1)), (len(x), 1, x.shape[2]))
    return np.concatenate([x, row], axis=1).astype(np.float32)


def clips(n_per_class: int, *, seed: int) -> Data:
    """Each emotion is loud in bands of its own."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(EMOTIONS)), n_per_class)
    x = rng.normal(-0.5, 0.3, (len(y), N_BANDS, N_FRAMES)).astype(np.float32)
    for i, label in enumerate(y):
        x[i, 4 * label : 4 * label + 4] += 2
    return Data(with_level(x), y, np.array([f"{i % 4:02d}" for i in range(len(y))]))


def run(model: bytes, x: np.ndarray) -> np.ndarray:
    return onnxruntime.InferenceSession(model).run(["probabilities"], {"features": x})[0]


pytestmark = pytest.mark.usefixtures("few_blocks")


@pytest.fixture(scope="module")
def family(few_blocks):
    return models.get("audioset")


@pytest.fixture(scope="module")
def data():
    return clips(6, seed=0), clips(2, seed=1)


@pytest.fixture(scope="module")
def trained(family, data, fit_and_keep):
    return fit_and_keep(family, data, config=TINY, seed=3)


@pytest.fixture(scope="module")
def fitted(trained):
    return trained[0]


def test_history_and_findings_are_complete(fitted):
    columns = ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "val_uar", "learning_rate"]
    assert [list(row) for row in fitted.history] == [columns] * TINY["epochs"]
    best = min(fitted.history, key=lambda row: row["val_loss"])
    assert fitted.info["best_epoch"] == best["epoch"]
    json.dumps([fitted.history, fitted.info])


def test_onnx_gives_the_same_probabilities_for_clips_of_any_length(fitted):
    onnx = fitted.to_onnx()
    rng = np.random.default_rng(5)
    for n_frames in (N_FRAMES, 7, 133):
        x = with_level(rng.uniform(-1.4, 2.5, (3, N_BANDS, n_frames)))
        probabilities = fitted.predict_proba(x)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-9)
        assert np.abs(run(onnx, x) - probabilities).max() < 1e-4


def test_an_offset_adds_power_to_every_band():
    from ser_core.features.audioset import FLOOR_POWER, SCALE, SHIFT
    from ser_core.models._audioset_offset import with_offset

    power = np.float32([[[FLOOR_POWER, 1e-3, 50.0]]])
    image, more = ((np.log(of) + SHIFT) / SCALE for of in (power, power + np.float32(99 * FLOOR_POWER)))
    added = 10 * np.log10(99)
    np.testing.assert_allclose(with_offset(image, added), more, atol=1e-5)
    both = with_offset(np.repeat(image, 2, axis=0), np.array([[[added]], [[-30.0]]]))
    np.testing.assert_allclose(both, np.concatenate([more, image]), atol=1e-3)
    assert with_offset(image, 0.0) is image


def test_pauses_below_the_offset_sound_alike_in_training_and_in_use(family, data):
    config = {**TINY, "offset_db": 30.0}
    quiet, hum = (with_level(np.clip(data[1].x[:, :-1], low, None)) for low in (-1.4, -0.9))
    with_it, without = (family.fit(*data, config={**config, "offset_db": db}, seed=3) for db in (30.0, 0.0))
    changes = [np.abs(np.subtract(*(fitted.predict_proba(x) for x in (quiet, hum)))).max() for fitted in (with_it, without)]
    assert changes[0] < 0.2 * changes[1]
    assert np.abs(run(with_it.to_onnx(), hum) - with_it.predict_proba(hum)).max() < 1e-4
    # Rooms differ: so do the offsets that training draws.
    from ser_core.models._audioset_batches import Batches
    from ser_core.models._audioset_offset import SPREAD_DB, offset_value

    silent = Data(np.full_like(data[0].x, -1.4), data[0].y, data[0].group)
    still = {**family.config, **config, "gain": 0.0, "freq_width": 0, "time_width": 0, "mixup": 0.0}
    drawn = next(iter(Batches(silent, config=still, seed=0).epoch(1)))[0].max(axis=(1, 2))
    low, high = offset_value(30.0 - SPREAD_DB), offset_value(30.0 + SPREAD_DB)
    assert low < drawn.min() < drawn.max() < high + 0.01 and np.ptp(drawn) > 0.7 * (high - low)


def test_a_network_that_keeps_its_statistics_hears_each_clip_by_itself_in_training_too(family, data):
    from ser_core.models._audioset_network import build
    from ser_core.models._tensorflow import keras

    model = build(n_bands=N_BANDS, n_outputs=8, frozen=3, folded=True)
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers)
    assert model.get_layer("features.4.block.0.0").trainable and not model.get_layer("features.2.block.0.0").trainable
    x = data[1].x[:, :-1]
    np.testing.assert_allclose(model(x, training=True)[:1], model(x[:1], training=True), atol=1e-5)
    fitted = family.fit(*data, config={**TINY, "batch_statistics": False, "epochs": 1}, seed=3)
    assert np.abs(run(fitted.to_onnx(), data[1].x) - fitted.predict_proba(data[1].x)).max() < 1e-4


def test_a_network_without_batch_statistics_cannot_be_trained_by_voice(family, data):
    with pytest.raises(ConfigError, match="batch_statistics"):
        family.fit(*data, config={**TINY, "batch_statistics": False, "voices_per_batch": 2}, seed=3)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"voices_per_batch": 4, "batch_size": 3}, "got 4 voices in batches of 3"),
        ({"equalised": 0.5}, "equalised takes voices_per_batch"),
        ({"equalised": 1.5, "voices_per_batch": 2}, "equalised of audioset is a number from 0 to 1; got 1.5"),
    ],
)
def test_what_only_a_training_by_voice_heeds_is_refused_without_one(family, values, message):
    with pytest.raises(ConfigError, match=message):
        family.complete(values)


def test_a_stopped_training_goes_on_to_the_same_result(family, data, trained):
    fitted, checkpoint = trained
    reports = []
    again = family.fit(*data, config=TINY, seed=3, checkpoint=checkpoint, progress=reports.append)
    assert reports[0].done == 1 and reports[-1].done == TINY["epochs"]
    assert again.history == fitted.history
    assert again.to_onnx() == fitted.to_onnx()
    assert not checkpoint.exists()


@pytest.fixture(scope="module")
def fitted_pair(family, data, fit_and_keep):
    return fit_and_keep(family, data, config={**TINY, "others": [{"offset_db": 20.0, "epochs": 3}]}, seed=3)


def test_a_second_network_is_trained_beside_the_first_and_their_answers_averaged(family, data, fitted, fitted_pair):
    pair = fitted_pair[0]
    second = family.fit(*data, config={**TINY, "offset_db": 20.0, "epochs": 3}, seed=3)
    assert [row["epoch"] for row in pair.history] == [1, 2, 3, 4, 5]
    assert [row["val_loss"] for row in pair.history] == [row["val_loss"] for row in (*fitted.history, *second.history)]
    assert pair.info["n_parameters"] == 2 * fitted.info["n_parameters"]
    x = data[1].x
    logits = (fitted._trained.predict(x) + second._trained.predict(x)) / 2
    np.testing.assert_array_equal(pair.predict_proba(x).argmax(axis=1), logits.argmax(axis=1))
    ratio = np.log(pair.predict_proba(x))[:, 1:] - np.log(pair.predict_proba(x))[:, :1]
    np.testing.assert_allclose(ratio * pair.info["temperature"], logits[:, 1:] - logits[:, :1], atol=1e-4)
    assert np.abs(run(pair.to_onnx(), x) - pair.predict_proba(x)).max() < 1e-4


def test_a_training_of_two_that_was_stopped_in_either_goes_on_to_the_same_result(family, data, fitted_pair, tmp_path):
    pair, of_the_first = fitted_pair
    config, calls = {**TINY, "others": [{"offset_db": 20.0, "epochs": 3}]}, []
    checkpoint = tmp_path / "state.npz"

    def cancel() -> bool:
        calls.append((tmp_path / "state.2.npz").exists())
        return calls[-1]

    with pytest.raises(CancelledError):
        family.fit(*data, config=config, seed=3, checkpoint=checkpoint, cancel=cancel)
    for state, done in ((of_the_first, [1, 3]), (checkpoint, [2, 4])):
        reports = []
        again = family.fit(*data, config=config, seed=3, checkpoint=state, progress=reports.append)
        starts = [min(step.done for step in reports if ("2 of 2" in step.message) is last) for last in (False, True)]
        assert starts == done
        assert again.history == pair.history and again.to_onnx() == pair.to_onnx()
        assert not list(state.parent.glob("state*"))


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ("offset", "lists hyperparameters of more networks"),
        (None, "lists hyperparameters of more networks"),
        ({"offset_db": 1.0}, "lists hyperparameters of more networks"),
        ([1.0], "lists hyperparameters of more networks"),
        ([{"others": []}], "lists hyperparameters of more networks"),
        ([{"depth": 3}], "no hyperparameter depth"),
        ([{"offset_db": -1}], "offset_db of audioset is a number from 0 to 60"),
        ([{"voices_per_batch": 2}], "all networks are trained by voice or none"),
        ([{}] * 8, "At most 7 networks"),
    ],
)
def test_networks_beside_it_that_could_not_be_trained_are_refused(family, others, message):
    with pytest.raises(ConfigError, match=message):
        family.complete({"others": others})


def by_voice(data: Data, *, seed: int) -> Data:
    """Four voices, each with an even tint of its own that is stronger than the emotions, and a level of its own."""
    voice = np.arange(len(data)) % 4
    tint = np.random.default_rng(seed).normal(0, 2, (4, N_BANDS, 1))
    x = with_level(data.x[:, :-1] + tint[voice].astype(np.float32), -0.5 * voice)
    return Data(x, data.y, data.group, voice.astype(str))


def of_two_corpora(data: Data) -> Data:
    """The same clips in two corpora, which hold four emotions each."""
    return Data(data.x, data.y, data.group, data.voice, np.where(data.y < 4, "one", "two"))


@pytest.fixture(scope="module")
def voices():
    return by_voice(clips(8, seed=0), seed=0), by_voice(clips(4, seed=1), seed=1)


@pytest.fixture(scope="module")
def fitted_by_voice(family, voices):
    return meant_for_voices(voices, equalised=0.5)


def meant_for_voices(voices, *, equalised: float, offset_db: float = 0.0, n_networks: int = 1):
    """Networks of random weights that are meant for voices, with the statistics of all voices."""
    from ser_core.models._audioset_equaliser import Equaliser
    from ser_core.models._audioset_network import build
    from ser_core.models._audioset_training import TrainedAudioSet
    from ser_core.models._audioset_voice import set_voice
    from ser_core.models._tensorflow import keras
    from ser_core.models.audioset import FittedAudioSet

    keras.utils.set_random_seed(0)
    networks = []
    for _ in range(n_networks):
        model = build(n_bands=N_BANDS, n_outputs=8)
        set_voice(model, voices[0].x[:, :-1])
        networks.append(TrainedAudioSet(model, Equaliser.of(voices[0], share=equalised), offset_db))
    first, *others = networks
    first.others = tuple(others)
    fitted = FittedAudioSet(first, validation=voices[1])
    fitted._temperature = 1.0
    return fitted


def test_a_network_trained_by_voice_is_adapted_to_a_voice(fitted_by_voice, voices):
    one = voices[1].x[voices[1].voice == "0"]
    before = fitted_by_voice.predict_proba(one)
    adapted = fitted_by_voice.adapted(one)
    assert np.abs(adapted.predict_proba(one) - before).max() > 1e-3
    np.testing.assert_allclose(fitted_by_voice.predict_proba(one), before, atol=1e-6)
    # Without a voice its ONNX form gives what the network gives for clips alone.
    assert np.abs(run(adapted.to_onnx(), one) - before).max() < 1e-4


def test_batches_by_voice_train_where_corpora_hold_other_emotions(family, voices):
    train, validation = map(of_two_corpora, voices)
    fitted = family.fit(train, validation, config={**TINY, "voices_per_batch": 2, "epochs": 1}, seed=0)
    # Were impossible emotions counted, the loss would be of their size.
    assert 0 < fitted.history[-1]["val_loss"] < 100 and fitted.info["best_epoch"] == 1


@pytest.mark.parametrize("n_networks", [1, 2])
def test_a_voice_of_many_clips_is_heard_by_its_own_statistics(voices, monkeypatch, n_networks):
    """With nothing of other voices mixed in, ONNX Runtime gives what Keras gives in its training mode."""
    from ser_core import voices as mixing

    monkeypatch.setattr(mixing, "PRIOR_CLIPS", 0.0)
    own = voices[1].take(np.flatnonzero(voices[1].voice == "2"))
    fitted = meant_for_voices(voices, equalised=0.5, offset_db=20.0, n_networks=n_networks)
    expected = fitted._trained.validation_logits(own)
    found = np.log(fitted.adapted(own.x).predict_proba(own.x))
    expected -= np.log(np.exp(expected).sum(axis=1, keepdims=True))
    assert np.ptp(expected) > 0.1 and np.abs(found - expected).max() < 1e-3


def test_how_loud_a_voice_is_does_not_matter_but_its_louder_clips_do(fitted_by_voice, voices):
    one = voices[1].x[voices[1].voice == "1"]
    louder = one.copy()
    louder[:, -1] += 0.7
    probabilities = fitted_by_voice.adapted(one).predict_proba(one)
    np.testing.assert_allclose(fitted_by_voice.adapted(louder).predict_proba(louder), probabilities, atol=1e-4)
    assert np.abs(fitted_by_voice.adapted(one).predict_proba(louder) - probabilities).max() > 1e-3


def test_bands_that_a_line_cuts_are_wholly_lifted_again(voices, monkeypatch):
    from ser_core import voices as mixing

    monkeypatch.setattr(mixing, "PRIOR_CLIPS", 0.0)
    one, through_line = voices[1].x[voices[1].voice == "3"], voices[1].x[voices[1].voice == "3"]
    one[:, :8], through_line[:, :8] = one[:, :8] - 8.0, one[:, :8] - 8.5
    changes = [
        np.abs(np.subtract(*(fitted.adapted(x).predict_proba(x) for x in (one, through_line)))).max()
        for fitted in (meant_for_voices(voices, equalised=share) for share in (1.0, 0.5))
    ]
    assert changes[0] < 1e-4 < 1e-3 < changes[1]


def test_bands_are_lifted_by_what_they_lack_beyond_what_voices_do():
    from ser_core.models._audioset_equaliser import OF_VOICES, Equaliser

    lift = Equaliser(np.float32([0.0, 0.0, 0.0]), share=1.0)
    spectrum = np.float32([-1.0, -OF_VOICES, 1.0])
    lifted = lift(np.zeros((1, 3, 2), np.float32), spectrum)
    np.testing.assert_allclose(lifted[0, :, 0], [1.0 - OF_VOICES, 0.0, 0.0], atol=1e-6)


def test_a_network_not_trained_by_voice_does_not_adapt(fitted, data):
    assert fitted.adapted(data[1].x) is fitted


def test_emotions_that_a_corpus_does_not_hold_cost_nothing(family, data):
    """The labels of one corpus are never shown as wrong ones of another."""
    from ser_core.models._audioset_batches import Batches, known_emotions

    train = of_two_corpora(data[0])
    assert (known_emotions(train) == ((np.arange(8) < 4) == (train.y < 4)[:, None])).all()
    config = {**family.config, **TINY, "mixup": 0.0, "corpus_weights": {"one": 3.0}}
    shown = [(y, known) for epoch in range(1, 20) for _, y, known in Batches(train, config=config, seed=0).epoch(epoch)]
    targets, known = (np.concatenate(part) for part in zip(*shown, strict=True))
    assert (targets[~known] == 0).all()
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-6)
    assert (targets.argmax(axis=1) < 4).mean() == pytest.approx(0.75, abs=0.03)


def test_a_voice_sets_the_statistics_of_each_normalisation():
    from ser_core.models._audioset_network import build
    from ser_core.models._audioset_voice import set_voice
    from ser_core.models._tensorflow import keras

    model = build(n_bands=N_BANDS, n_outputs=8)
    x = by_voice(clips(1, seed=0), seed=0).x[:, :-1]
    before = keras.Model(model.input, model.get_layer("features.0.0").output)(x).numpy()
    set_voice(model, x)
    normalisation = model.get_layer("features.0.1")
    np.testing.assert_allclose(normalisation.moving_mean, before.mean(axis=(0, 1, 2)), atol=1e-5)
    np.testing.assert_allclose(normalisation.moving_variance, before.var(axis=(0, 1, 2)), rtol=1e-3)


def test_batches_by_voice_hold_groups_of_one_voice():
    from ser_core.models._audioset_batches import Batches

    data = clips(8, seed=0)
    voice = np.arange(len(data)) % 4
    marked = Data(
        with_level(np.zeros_like(data.x[:, :-1]) + voice[:, None, None]), data.y, data.group, voice.astype(str)
    )
    plain = {
        "speed": 0.1,
        "mixup": 0.0,
        "gain": 0.0,
        "freq_width": 0,
        "time_width": 0,
        "voices_per_batch": 2,
        "batch_size": 8,
    }
    batches = Batches(marked, config={**models.get("audioset").config, **TINY, **plain}, seed=1)
    for x, _, _ in batches.epoch(1):
        assert x.shape == (8, N_BANDS, 32)
        assert np.ptp(x[:4]) < 1e-5 and np.ptp(x[4:]) < 1e-5


def test_the_state_of_another_training_is_not_taken_up(tmp_path):
    from ser_core.models._checkpoint import Checkpoint
    from ser_core.models._tensorflow import keras

    variable = keras.Variable(np.ones(2))
    path = tmp_path / "state.npz"
    Checkpoint(path, key="a").write([variable], [np.zeros(1)], {"history": []})
    assert Checkpoint(path, key="a").read([variable])[1] == {"history": []}
    assert Checkpoint(path, key="b").read([variable]) is None
    path.write_bytes(path.read_bytes()[:100])
    assert Checkpoint(path, key="a").read([variable]) is None


def test_batches_change_clips_and_show_every_emotion_equally():
    from ser_core.models._audioset_batches import Batches

    data = clips(8, seed=0)
    few = data.take(np.flatnonzero((data.y > 0) | (np.arange(len(data)) < 2)))
    batches = Batches(few, config={**models.get("audioset").config, **TINY, "mixup": 0.0}, seed=1)
    drawn = np.concatenate([y for epoch in range(1, 30) for _, y, _ in batches.epoch(epoch)]).argmax(axis=1)
    shares = np.bincount(drawn) / len(drawn)
    assert np.abs(shares - 1 / 8).max() < 0.03
    (x, y, _), (again, _, _) = (next(iter(batches.epoch(epoch))) for epoch in (1, 1))
    np.testing.assert_array_equal(x, again)
    assert x.shape == (16, N_BANDS, 32) and y.shape == (16, 8)
    np.testing.assert_allclose(y.sum(axis=1), 1, atol=1e-6)


def test_the_share_of_voices_asked_for_comes_over_a_line():
    from ser_core.models._audioset_batches import Batches

    x = with_level(np.random.default_rng(0).normal(-0.5, 0.3, (64, 104, 32)))
    data = Data(x, np.arange(64) % 8, np.repeat(["a", "b", "c", "d"], 16))
    still = {"gain": 0.0, "roll": 0, "speed": 0.0, "freq_width": 0, "time_width": 0, "mixup": 0.0}
    config = {**models.get("audioset").config, **TINY, **still, "voices_per_batch": 2}

    def drawn(lines: float) -> np.ndarray:
        batches = Batches(data, config={**config, "lines": lines}, seed=0)
        return np.concatenate([images for epoch in range(1, 11) for images, _, _ in batches.epoch(epoch)])

    whole = drawn(0.0)[:, -1].mean()
    faint = drawn(0.5)[:, -1].reshape(-1, 8, 32).mean(axis=(1, 2)) < whole - 0.3
    assert 0.3 < faint.mean() < 0.7


def test_too_few_clips_wrong_images_and_names_are_refused(family, data):
    train, validation = data
    with pytest.raises(ConfigError, match="no hyperparameter frozen;"):
        family.fit(*data, config={"frozen": 3}, seed=0)
    with pytest.raises(ConfigError, match="log-mel images"):
        family.fit(Data(train.x[:, 0], train.y, train.group), validation, config=TINY, seed=0)
    with pytest.raises(ConfigError, match="2 training clips"):
        family.fit(train.take(np.array([0])), validation, config=TINY, seed=0)


def test_missing_weights_are_told_with_what_to_do(family, data, tmp_path, monkeypatch):
    monkeypatch.setenv("SER_PRETRAINED_DIR", str(tmp_path))
    with pytest.raises(ModelError, match="SER_PRETRAINED_DIR"):
        family.fit(*data, config={**TINY, "pretrained": True}, seed=0)


def test_finding_the_family_imports_no_tensorflow():
    code = "import sys; from ser_core import models; models.get('audioset'); sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
