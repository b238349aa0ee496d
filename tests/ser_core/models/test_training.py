"""The loop that trains networks: what is frozen stays, which epoch is kept, what a checkpoint may be used for."""

import numpy as np
import pytest

from ser_core.models.base import Data

CONFIG = {
    "epochs": 4,
    "min_steps": 1,
    "patience": 1.0,
    "learning_rate": 0.1,
    "weight_decay": 0.0,
    "average_decay": 0.5,
    "deterministic": False,
}


def networks():
    """A network and its copy: a frozen one inside, then a layer that is trained."""
    from ser_core.models._tensorflow import keras

    def build():
        inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.BatchNormalization()])
        inner.trainable = False
        x = keras.Input((4,))
        return keras.Model(x, keras.layers.Dense(2, name="last")(inner(x)))

    model, average = build(), build()
    average.set_weights(model.get_weights())
    return model, average


def fit(model, average, *, losses=(4, 1, 3, 2), **options):
    from ser_core.models._training import cross_entropy, fit_network

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 4)).astype(np.float32), np.eye(2, dtype=np.float32)[[0, 1, 0, 1, 0, 1]]
    seen, kept = [], []

    def batches(epoch):
        seen.append(epoch)
        yield from [(x[:3], y[:3]), (x[3:], y[3:])]

    def validate():
        kept.append(average.get_weights())
        return {"val_loss": float(losses[seen[-1] - 1])}

    found = fit_network(
        model,
        average,
        batches=batches,
        per_epoch=2,
        loss=cross_entropy,
        validate=validate,
        config={**CONFIG, **options.pop("config", {})},
        **options,
    )
    return *found, seen, kept


def test_the_best_epoch_is_kept_and_what_is_frozen_stays():
    model, average = networks()
    before = average.get_weights()
    history, best_epoch, seen, kept = fit(model, average)
    assert best_epoch == 2 and seen == [1, 2, 3, 4] and [row["val_loss"] for row in history] == [4, 1, 3, 2]
    for value, of_best in zip(average.get_weights(), kept[1], strict=True):
        np.testing.assert_array_equal(value, of_best)
    changed = [not np.array_equal(a, b) for a, b in zip(before, average.get_weights(), strict=True)]
    assert changed == [weight.path.startswith("last") for weight in average.weights]


def test_patience_ends_the_training():
    history, best_epoch, seen, _ = fit(*networks(), losses=(1, 2, 3, 4), config={"patience": 0.5})
    assert (best_epoch, seen, len(history)) == (1, [1, 2, 3], 3)


def test_a_checkpoint_of_another_training_is_not_taken_up(tmp_path):
    from ser_core.errors import CancelledError

    place = tmp_path / "state.npz"
    asked = iter([False] * 7)
    with pytest.raises(CancelledError):
        fit(*networks(), key="one", checkpoint=place, cancel=lambda: next(asked, True))
    assert place.is_file()
    *_, seen, _ = fit(*networks(), key="other", checkpoint=place)
    assert seen[0] == 1 and not place.exists()


def test_the_key_names_configuration_seed_and_data():
    from ser_core.models._training import training_key

    data = Data(np.ones((2, 3), np.float32), np.array([0, 1]), np.array(["a", "b"]))
    other = Data(data.x, np.array([1, 0]), data.group)
    keys = [training_key(CONFIG, 0, data), training_key(CONFIG, 1, data), training_key({}, 0, data)]
    assert len({*keys, training_key(CONFIG, 0, other)}) == 4
    assert training_key(dict(CONFIG), 0, data) == keys[0]
