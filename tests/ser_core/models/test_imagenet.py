"""Networks that learnt from photographs: images, weights, both stages, stopping and going on, and their ONNX form."""

import json
import subprocess
import sys

import h5py
import numpy as np
import onnxruntime
import pytest

from ser_core import models, settings
from ser_core.errors import ConfigError, ModelError
from ser_core.features import LogMelSpec, extract
from ser_core.labels import EMOTIONS
from ser_core.models._imagenet_backbones import BACKBONES
from ser_core.models._imagenet_image import Image, centres, resampling
from ser_core.models._imagenet_weights import read_weights, weights_file
from ser_core.models.base import Data

N_MELS, N_FRAMES = 24, 20
#: Random weights and small images: a training of a second.
TINY = {
    "pretrained": False,
    "height": 32,
    "width": 32,
    "copies": 1,
    "head_epochs": 2,
    "epochs": 2,
    "unfreeze": 1,
    "min_steps": 1,
    "batch_size": 16,
    "patience": 1.0,
    "average_decay": 0.5,
    "freq_width": 2,
    "time_width": 3,
}


def clips(n_per_class: int, *, seed: int) -> Data:
    """Each emotion is loud in bands of its own."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(EMOTIONS)), n_per_class)
    x = rng.normal(-60, 6, (len(y), N_MELS, N_FRAMES)).astype(np.float32)
    for i, label in enumerate(y):
        x[i, 3 * label : 3 * label + 3] += 25
    return Data(x, y, np.array([f"{i % 4:02d}" for i in range(len(y))]))


def run(model: bytes, x: np.ndarray) -> np.ndarray:
    return onnxruntime.InferenceSession(model).run(["probabilities"], {"features": x})[0]


@pytest.fixture(scope="module")
def family():
    return models.get("squeezenet")


@pytest.fixture(scope="module")
def data():
    return clips(4, seed=0), clips(2, seed=1)


@pytest.fixture(scope="module", autouse=True)
def small():
    """SqueezeNet with its first two fire modules only, so that a training takes a second."""
    from ser_core.models import _imagenet_network

    whole = _imagenet_network.FIRES
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_imagenet_network, "FIRES", whole[:2])
        yield whole


@pytest.fixture
def whole(small, monkeypatch):
    """SqueezeNet as it is."""
    monkeypatch.setattr("ser_core.models._imagenet_network.FIRES", small)


@pytest.fixture(scope="module")
def trained(family, data, fit_and_keep):
    return fit_and_keep(family, data, config=TINY, seed=3)


@pytest.fixture(scope="module")
def fitted(trained):
    return trained[0]


def test_history_tells_both_stages_one_after_the_other(fitted):
    assert [row["epoch"] for row in fitted.history] == [1, 2, 3, 4]
    best = min(fitted.history, key=lambda row: row["val_loss"])
    assert fitted.info["best_epoch"] == best["epoch"] and fitted.info["weights"] == "random"
    json.dumps([fitted.history, fitted.info])


@pytest.mark.usefixtures("whole")
def test_only_the_last_blocks_are_trained_on(family, data):
    """The last block of SqueezeNet is its eighth fire module, with six arrays of weights; the head has two."""
    from ser_core.models._imagenet_network import backbone_network, build, freeze

    config = family.complete(TINY)
    image = Image.of(data[0].x, height=32, width=32, channels="repeat")
    network = backbone_network(family.backbone, image.shape, pretrained=False)
    model = build(image, network, pixels="caffe", config=config)
    for unfreeze, trained in ((0, 2), (1, 8), (2, 14), (-1, 2 + 25 * 2)):
        freeze(model, family.backbone, unfreeze=unfreeze)
        assert len(model.trainable_variables) == trained
    freeze(model, family.backbone, unfreeze=1)
    assert {path.split("_")[0] for path in (v.path for v in network.trainable_variables)} == {"fire9"}


def test_a_second_stage_that_only_harms_leaves_what_the_first_one_gave(family, data):
    from ser_core.models._imagenet_network import squeezenet
    from ser_core.models._tensorflow import keras

    fitted = family.fit(*data, config={**TINY, "learning_rate": 30.0}, seed=3)
    assert len(fitted.history) == 4 and fitted.info["best_epoch"] <= 2
    keras.utils.set_random_seed(3)
    pairs = zip(fitted._trained.model.get_layer("trunk").weights, squeezenet((32, 32, 3)).weights, strict=True)
    assert all(np.array_equal(ours, first) for ours, first in pairs)


def test_a_stopped_training_goes_on_to_the_same_result(family, data, trained):
    """The state is that after the first epoch of the second stage; what the first one gave lies beside it."""
    fitted, checkpoint = trained
    assert {file.name for file in checkpoint.parent.iterdir()} == {"state.npz", "state.head.npz"}
    reports = []
    again = family.fit(*data, config=TINY, seed=3, checkpoint=checkpoint, progress=reports.append)
    assert {report.message for report in reports} == {"Fine-tuning the network"} and reports[0].done == 1
    assert again.history == fitted.history
    np.testing.assert_array_equal(again.predict_proba(data[1].x), fitted.predict_proba(data[1].x))
    assert not list(checkpoint.parent.iterdir())


def test_onnx_gives_the_same_probabilities(fitted):
    strange = np.random.default_rng(5).uniform(-100, 0, (5, N_MELS, N_FRAMES)).astype(np.float32)
    strange[0] = -100  # silence
    model = fitted.to_onnx()
    session = onnxruntime.InferenceSession(model)
    assert [(i.name, i.type, i.shape) for i in session.get_inputs()] == [
        ("features", "tensor(float)", ["batch", N_MELS, N_FRAMES])
    ]
    assert [(o.name, o.type, o.shape) for o in session.get_outputs()] == [
        ("probabilities", "tensor(float)", ["batch", len(EMOTIONS)])
    ]
    assert np.abs(run(model, strange) - fitted.predict_proba(strange)).max() < 1e-4
    np.testing.assert_allclose(run(model, strange[1:2]), run(model, strange)[1:2], atol=1e-6)


#: Where each network is cut, so that the test is quick: every kind of layer that it has stands before.
@pytest.mark.parametrize(
    ("name", "cut"), [("vgg16", "block2_pool"), ("mobilenetv2", "block_2_add"), ("inceptionv3", "mixed0")]
)
def test_the_onnx_form_of_every_other_network_gives_the_same_probabilities(name, cut, data):
    from ser_core.models._imagenet_network import backbone_network, build, standardise
    from ser_core.models._tensorflow import keras
    from ser_core.models._tf_onnx import to_onnx

    keras.utils.set_random_seed(0)
    family = models.get(name)
    image = Image.of(data[0].x, height=75, width=75, channels="deltas")
    whole = backbone_network(family.backbone, image.shape, pretrained=False)
    network = keras.Model(whole.input, whole.get_layer(cut).output)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):  # as after a training
            layer.moving_mean.assign(keras.random.normal(layer.moving_mean.shape, stddev=0.1))
            layer.moving_variance.assign(keras.random.uniform(layer.moving_variance.shape, 0.5, 2))
    model = build(image, network, pixels=family.backbone.pixels, config=family.config)
    x = clips(1, seed=2).x
    standardise(model.get_layer("head"), model.get_layer("trunk")(x).numpy())
    expected = np.asarray(keras.ops.softmax(model(x, training=False) / 0.25))
    assert np.ptp(expected, axis=0).max() > 0.01
    assert np.abs(run(to_onnx(model, temperature=0.25), x) - expected).max() < 1e-4


@pytest.mark.parametrize(("channels", "low"), [("repeat", 1.0), ("deltas", 0.0)])
def test_an_image_holds_the_spectrogram_and_its_differences_over_time(channels, low):
    """A ramp over time: its difference is the same everywhere, and the difference of that is none."""
    ramp = np.broadcast_to(np.arange(N_FRAMES, dtype=np.float32), (2, N_MELS, N_FRAMES)).copy()
    image = Image.of(ramp, height=12, width=N_FRAMES, channels=channels)
    cells = (image.rows @ ramp[0] @ image.columns).reshape(image.shape)
    np.testing.assert_allclose(cells[:, :, 0], ramp[0, :12], atol=1e-4)
    assert image.shape == (12, N_FRAMES, 3) and np.ptp(cells[:, 5:-5, 1]) == pytest.approx(
        low * (N_FRAMES - 11), abs=1e-4
    )
    pixels = cells * image.scale + image.offset
    np.testing.assert_allclose(pixels.mean(axis=(0, 1)), 127.5, atol=1e-2)
    np.testing.assert_allclose(pixels[..., 0].std(), 42.5, rtol=1e-3)


def test_resizing_keeps_the_mean_and_what_is_even():
    rng = np.random.default_rng(0)
    for n_out in (5, 20, 64):
        matrix = resampling(20, centres(20, n_out))
        np.testing.assert_allclose(matrix.sum(axis=1), 1)
        assert (matrix @ rng.random(20)).mean() == pytest.approx(0.5, abs=0.2)
    np.testing.assert_allclose(resampling(20, centres(20, 20)), np.eye(20), atol=1e-12)


def test_pixels_are_as_each_network_was_trained_on(family, data):
    from ser_core.models._imagenet_network import build
    from ser_core.models._tensorflow import keras

    x = data[0].x
    image = Image.of(x, height=32, width=32, channels="repeat")
    look = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.AveragePooling2D(1)])
    config = {**family.complete(TINY), "pool": "all"}
    for pixels, mean, most in (("caffe", 127.5 - np.float64([103.939, 116.779, 123.68]), 255), ("tf", [0] * 3, 2)):
        seen = build(image, look, pixels=pixels, config=config).get_layer("trunk")(x).numpy()
        np.testing.assert_allclose(seen.mean(axis=0), mean, atol=0.01 * most)


def test_changes_are_those_of_the_seed_and_keep_the_clip(family, data):
    from ser_core.models._imagenet_batches import Batches, changed

    config = family.complete(TINY)
    still = dict.fromkeys(("shift", "zoom", "brightness", "contrast", "freq_width", "time_width"), 0)
    x, rng = data[0].x, np.random.default_rng(0)
    np.testing.assert_allclose(changed(x, config={**config, **still}, spread=10, rng=rng), x, atol=1e-4)
    brighter = changed(x, config={**config, **still, "brightness": 0.5}, spread=10, rng=rng) - x
    assert np.ptp(brighter, axis=(1, 2)).max() < 1e-3 and 2 < np.abs(brighter).max() <= 5
    moved = changed(x, config={**config, **still, "shift": 0.5}, spread=10, rng=rng)
    assert np.abs(moved - x).mean(axis=(1, 2)).max() > 3
    batches, other = (Batches(data[0], config=config, seed=seed) for seed in (1, 2))
    (a, b), (again, _), (c, _) = (list(batches.epoch(1)), list(batches.epoch(1)), list(other.epoch(1)))
    np.testing.assert_array_equal(a[0], again[0])
    assert not np.array_equal(a[0], c[0]) and a[0].shape == (16, N_MELS, N_FRAMES) and b[1].shape == (16, 8)
    np.testing.assert_allclose(a[1].sum(axis=1), 1, atol=1e-6)


def test_rare_emotions_count_more(family):
    from ser_core.models._imagenet_batches import Batches

    data = clips(4, seed=0)
    few = data.take(np.flatnonzero((data.y > 0) | (np.arange(len(data)) < 2)))
    config = family.complete({**TINY, "mixup": 0.0, "batch_size": len(few)})
    (_, targets, weights), *_ = Batches(few, config=config, seed=0).epoch(1)
    shares = np.bincount(targets.argmax(axis=1), weights) / weights.sum()
    np.testing.assert_allclose(shares, 1 / 8, rtol=1e-5)


def test_wrong_images_and_hyperparameters_are_refused(family, data):
    train, validation = data
    for wrong, message in (
        ({"height": 16}, "height of squeezenet is a whole number from 32 to 1024; got 16"),
        ({"channels": "rgb"}, 'channels of squeezenet is "repeat" or "deltas"; got "rgb"'),
        ({"pool": "max"}, 'pool of squeezenet is "all" or "time"; got "max"'),
        ({"weights": "mine.h5"}, "takes pretrained to be true"),
        ({"weights": 3, "pretrained": True}, "as text"),
        ({"frozen": 3}, "no hyperparameter frozen;"),
    ):
        with pytest.raises(ConfigError, match=message):
            family.fit(*data, config={**TINY, **wrong}, seed=0)
    with pytest.raises(ConfigError, match="log-mel spectrograms"):
        family.fit(Data(train.x[:, 0], train.y, train.group), validation, config=TINY, seed=0)
    with pytest.raises(ConfigError, match="2 training clips"):
        family.fit(train.take(np.array([0])), validation, config=TINY, seed=0)


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """An empty folder of published weights."""
    monkeypatch.setenv("SER_PRETRAINED_DIR", str(tmp_path))
    return tmp_path


def test_weights_that_are_not_there_are_told_with_what_to_do(family, data, nowhere):
    with pytest.raises(ModelError) as failure:
        family.fit(*data, config={}, seed=0)
    for told in (family.obstacle(), str(failure.value)):
        assert str(nowhere / "squeezenet_imagenet_notop.h5") in told and "SER_PRETRAINED_DIR" in told
        assert "--set pretrained=false" in told
    with pytest.raises(ConfigError, match=r"no file of weights 'mine\.h5', neither as a path nor in"):
        family.complete({"weights": "mine.h5"})


@pytest.mark.parametrize("name", ["vgg16", "vgg19", "inceptionv3", "mobilenetv2"])
def test_a_download_that_fails_is_told_with_what_to_do_and_nothing_is_trained(
    name, data, nowhere, monkeypatch, capsys, caplog
):
    from ser_core.models._tensorflow import keras

    asked = []

    def application(*, weights, **_):
        asked.append(weights)
        print("Downloading data")
        raise Exception("URL fetch failure on https://weights.example/file.h5: no route")

    other = models.get(name)
    assert other.obstacle() is None and "MB) are downloaded when it is first trained" in other.description
    monkeypatch.setattr(keras.applications, other.backbone.application, application)
    reports = []
    with pytest.raises(ModelError) as failure:
        other.fit(*data, config={"height": 75, "width": 75}, seed=0, progress=reports.append)
    told = str(failure.value)
    assert asked == ["imagenet"] and "https://weights.example/file.h5: no route" in told
    assert other.backbone.file in told and str(nowhere) in told and "--set pretrained=false" in told
    # What is read by programs stays free of what Keras says.
    assert capsys.readouterr().out == ""
    assert f"weights of {other.backbone.title}: {other.backbone.megabytes} MB, once" in caplog.text
    assert [report.message for report in reports] == [
        f"Getting the ImageNet weights of {other.backbone.title} ({other.backbone.megabytes} MB, downloaded once)"
    ]


def test_a_file_of_weights_is_found_checked_and_used(family, nowhere):
    from ser_core.models._imagenet_network import backbone_network, squeezenet

    source = squeezenet((32, 32, 3))
    file = nowhere / family.backbone.file
    source.save(file)  # in Keras' older layout, which is that of the published files
    assert weights_file(family.backbone) == weights_file(family.backbone, file.name) == file
    assert weights_file(family.backbone, str(file)) == file
    found = backbone_network(family.backbone, (48, 32, 3))
    assert all(np.array_equal(*pair) for pair in zip(found.weights, source.weights, strict=True))


def test_another_file_is_refused_with_where_it_differs(family, nowhere):
    expected = [("conv1", [(3, 3), (3,)]), ("conv2", [(2,)])]
    for wrong, told in (
        ({"conv1": [(3, 3), (3,)]}, "it has 1 layers with weights, 2 are expected"),
        ({"a": [(3, 3), (3,)], "b": [(4,)]}, r"layer conv2 takes arrays of shape \[\(2,\)\], /b has \[\(4,\)\]"),
        ({"a": [(3, 3), (3,)], "b": [(2,)], "bad": np.nan}, "not finite"),
    ):
        path = nowhere / "some.h5"
        with h5py.File(path, "w") as file:
            fill = wrong.pop("bad", 1.0)
            file.attrs["layer_names"] = [*wrong, "activation"]
            file.create_group("activation").attrs["weight_names"] = []
            for name, shapes in wrong.items():
                group = file.create_group(name)
                group.attrs["weight_names"] = [f"w{i}" for i in range(len(shapes))]
                for i, shape in enumerate(shapes):
                    group[f"w{i}"] = np.full(shape, fill, dtype=np.float32)
        with pytest.raises(ModelError, match=f"some.h5 does not hold the weights of SqueezeNet.*{told}"):
            read_weights(path, family.backbone, expected)
    path.write_bytes(b"weights")
    with pytest.raises(ModelError, match="no HDF5 file"):
        read_weights(path, family.backbone, expected)
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = ["conv1"]
    with pytest.raises(ModelError, match="a part that it names is missing"):
        read_weights(path, family.backbone, expected)
    with h5py.File(path, "w"), pytest.raises(ModelError, match="with layer_names"):
        read_weights(path, family.backbone, expected)


@pytest.mark.usefixtures("whole")
def test_the_rebuilt_squeezenet_takes_the_published_weights(family):
    from ser_core.models._imagenet_network import backbone_network

    if not (settings.pretrained_dir() / family.backbone.file).is_file():
        pytest.skip("the SqueezeNet weights are not in SER_PRETRAINED_DIR")
    network = backbone_network(family.backbone, (227, 227, 3))
    assert network.count_params() == 722_496
    assert network.output_shape == (None, 13, 13, 512)  # as in table 1 of the paper, fire9
    kernels = network.get_layer("conv1").kernel.numpy()
    # Learnt kernels are smooth, random ones are not: neighbouring pixels go together.
    assert np.corrcoef(kernels[:, :2].ravel(), kernels[:, 1:].ravel())[0, 1] > 0.15


def test_defaults_fit_the_default_features(family):
    for name, backbone in BACKBONES.items():
        config, spec = models.get(name).config, models.get(name).spec
        assert min(config["height"], config["width"]) >= backbone.smallest
        assert extract(np.zeros(16_000, np.float32), sr=16_000, spec=spec).shape == (96, 128)
        assert isinstance(spec, LogMelSpec) and json.dumps(config)


def test_finding_the_families_imports_no_tensorflow():
    code = (
        "import sys; from ser_core import models\n"
        f"for name in {sorted(BACKBONES)}: models.get(name).obstacle()\n"
        "sys.exit('tensorflow' in sys.modules or 'h5py' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
