"""Speech encoders from outside: what is taken in, what is refused and why, and what their embeddings are."""

import dataclasses

import numpy as np
import pytest

from ser_core.errors import ConfigError, ModelError
from ser_core.features import EncoderSpec, encoder_store, extract, feature_names, most_workers, spec_from_dict
from ser_core.features import encoder as embeddings
from ser_core.features.encoder_file import Encoder
from ser_core.features.encoder_store import add, find, open_encoder, stored
from ser_core.testing import speechlike
from tests.encoders import STRIDE, make_encoder

SR = 16_000


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    encoder_store._opened.clear()
    monkeypatch.setenv("SER_ENCODERS_DIR", str(tmp_path / "encoders"))
    return tmp_path


@pytest.fixture
def clip():
    return speechlike(0.8, sr=SR, f0=150.0, seed=3)


def test_an_encoder_is_taken_in_once_and_found_by_name_and_digest(place):
    taken = add(make_encoder(place / "My encoder (v2).onnx"))
    assert taken.name == "My-encoder-v2" and stored() == [taken]
    (place / "other.onnx").write_bytes(taken.file.read_bytes())
    assert add(place / "other.onnx") == taken and stored() == [taken]
    assert find("My-encoder-v2") == find(taken.sha256) == find(taken.sha256[:8]) == taken
    with pytest.raises(ConfigError, match=r"no encoder on this machine; there are My-encoder-v2 \("):
        find("wavlm")


def test_two_of_one_name_are_told_apart_by_their_digest(place):
    one, two = (add(make_encoder(place / str(seed) / "same.onnx", seed=seed)) for seed in (0, 1))
    with pytest.raises(ConfigError, match="is not one encoder"):
        find("same")
    assert find(two.sha256[:10]) == two and one != two


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ({"samples": 16_000}, "dynamic axes"),
        ({"operator": "Magic"}, "standard operators"),
        ({"scale": np.inf}, "not finite"),
    ],
)
def test_an_encoder_that_cannot_serve_is_refused(place, made, message):
    file = make_encoder(place / "bad.onnx", **made)
    with pytest.raises(ModelError, match=message):
        add(file)
    assert stored() == []


def test_files_that_are_no_encoders_are_refused(place):
    from ser_core.serving.testing import linear_softmax

    (place / "text.onnx").write_text("not a model")
    with pytest.raises(ModelError, match="ONNX Runtime"):
        add(place / "text.onnx")
    (place / "head.onnx").write_bytes(linear_softmax(np.ones((6, 2)), np.zeros(2), shape=(3, 2)))
    with pytest.raises(ModelError, match=r"takes features tensor\(float\) \['batch', 3, 2\]"):
        add(place / "head.onnx")
    with pytest.raises(ModelError, match="cannot be read"):
        add(place / "none.onnx")


def test_a_file_too_large_is_not_read_on(place, monkeypatch):
    from ser_core.features import encoder_file

    file = make_encoder(place / "large.onnx")
    monkeypatch.setattr(encoder_file, "MAX_BYTES", file.stat().st_size - 1)
    with pytest.raises(ModelError, match="larger than"):
        add(file)


@pytest.mark.parametrize("mask", [False, True])
def test_embeddings_are_mean_and_spread_over_frames(place, clip, mask):
    taken = add(make_encoder(place / "a.onnx", mask=mask))
    spec = EncoderSpec(taken.sha256, normalise=0, trim_db=0)
    rows = open_encoder(taken.sha256).embed(clip)
    assert rows.shape == (1 + (len(clip) - 400) // STRIDE, 12)
    found = extract(clip, sr=SR, spec=spec)
    np.testing.assert_allclose(found, np.concatenate([rows.mean(axis=0), rows.std(axis=0)]), rtol=1e-5, atol=1e-6)
    assert len(feature_names(spec)) == len(found) and feature_names(spec)[12] == "e0:std"


def test_of_clips_as_a_whole_there_is_no_spread(place, clip):
    taken = add(make_encoder(place / "a.onnx", frames=False))
    spec = EncoderSpec(taken.sha256)
    assert extract(clip, sr=SR, spec=spec).shape == (12,) and feature_names(spec)[-1] == "e11:mean"


def test_normalised_sound_has_no_level_and_silence_around_it_is_left_out(place, clip):
    spec = EncoderSpec(add(make_encoder(place / "a.onnx")).sha256)
    whole = extract(clip, sr=SR, spec=spec)
    np.testing.assert_allclose(extract(0.5 * clip, sr=SR, spec=spec), whole, rtol=1e-3)
    # Shifted by whole hops of the trimming.
    near, far = (extract(np.pad(clip, (n, n)), sr=SR, spec=spec) for n in (1_280, 12_800))
    np.testing.assert_array_equal(near, far)
    raw = dataclasses.replace(spec, normalise=0)
    louder = extract(clip, sr=SR, spec=raw)
    np.testing.assert_allclose(extract(0.5 * clip, sr=SR, spec=raw), 0.5 * louder, rtol=1e-3, atol=1e-6)


def test_long_sound_is_heard_in_equal_parts(place):
    taken = add(make_encoder(place / "a.onnx"))
    spec = EncoderSpec(taken.sha256, normalise=0, trim_db=0, max_s=1.0)
    sound = speechlike(2.4, sr=SR, f0=150.0, seed=0)
    encoder = open_encoder(taken.sha256)
    rows = np.concatenate([encoder.embed(part) for part in np.array_split(sound, 3)])
    np.testing.assert_allclose(extract(sound, sr=SR, spec=spec)[:12], rows.mean(axis=0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("n", [0, 1, 399, 1600])
def test_hardly_any_sound_is_filled_up(place, n):
    spec = EncoderSpec(add(make_encoder(place / "a.onnx")).sha256)
    assert np.isfinite(extract(np.zeros(n, np.float32), sr=SR, spec=spec)).all()


def test_an_encoder_that_is_not_here_or_was_changed_is_named(place, clip):
    with pytest.raises(ModelError, match=r"aaaaaaaaaaaa\.\.\. is not on this machine"):
        extract(clip, sr=SR, spec=EncoderSpec("a" * 64))
    taken = add(make_encoder(place / "a.onnx", seed=77))
    taken.file.write_bytes(make_encoder(place / "b.onnx", seed=78).read_bytes())
    with pytest.raises(ModelError, match="is not the encoder"):
        extract(clip, sr=SR, spec=EncoderSpec(taken.sha256))


def test_the_spec_says_which_encoder_and_how(place):
    spec = EncoderSpec("0" * 64)
    assert spec_from_dict(spec.to_dict()) == spec
    others = [dataclasses.replace(spec, **{name: value}) for name, value in (
        ("sha256", "1" * 64), ("normalise", 0), ("max_s", 5.0), ("trim_db", 30.0),
    )]  # fmt: skip
    assert len({each.hash for each in (spec, *others)}) == 5
    for wrong in ({"sha256": "../x"}, {"sha256": 3}, {"normalise": 2}, {"max_s": 0.5}, {"sr": 8000}, {"trim_db": -1}):
        with pytest.raises(ConfigError):
            dataclasses.replace(spec, **wrong)
    with pytest.raises(ConfigError, match="do not make a spec of kind encoder"):
        spec_from_dict({"kind": "encoder"})


def test_processes_share_the_memory_that_weights_take(place, monkeypatch):
    spec = EncoderSpec(add(make_encoder(place / "a.onnx")).sha256)
    monkeypatch.setattr(embeddings.os, "cpu_count", lambda: 8)
    assert most_workers(spec) == 8
    monkeypatch.setattr(embeddings, "_MEMORY", 2 * embeddings._WORK)
    assert most_workers(spec) == 1


def test_what_an_encoder_gives_must_stay_of_one_size():
    with pytest.raises(ModelError, match="ONNX Runtime"):
        Encoder(b"")
