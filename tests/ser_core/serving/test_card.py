import hashlib
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ser_core.errors import ModelError
from ser_core.features import LogMelSpec
from ser_core.serving import Card, read_card, write_model
from ser_core.serving.card import CARD_FILE, MAX_CARD_BYTES, ONNX_FILE, read_onnx
from ser_core.serving.testing import make_model


@pytest.fixture
def folder(tmp_path):
    make_model(tmp_path / "tiny")
    return tmp_path / "tiny"


def rewrite(folder, **changes):
    values = json.loads((folder / CARD_FILE).read_text())
    for name, value in changes.items():
        if value is ...:
            del values[name]
        else:
            values[name] = value
    (folder / CARD_FILE).write_text(json.dumps(values))


def test_a_card_survives_writing_and_reading(folder):
    card = read_card(folder)
    assert Card.from_dict(json.loads(json.dumps(card.to_dict()))) == card
    assert card.id == "tiny"
    assert card.spec == LogMelSpec()
    assert card.onnx_sha256 == hashlib.sha256((folder / ONNX_FILE).read_bytes()).hexdigest()
    assert read_onnx(folder, card) == (folder / ONNX_FILE).read_bytes()


def test_fields_of_later_versions_are_passed_over(folder):
    rewrite(folder, colour="blue")
    assert read_card(folder).id == "tiny"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"labels": ...}, "labels"),
        ({"labels": ["angry", "hungry"]}, "hungry"),
        ({"labels": ["angry", "angry"]}, "repeats"),
        ({"labels": ["angry", 3]}, "labels"),
        ({"labels": "angry"}, "labels"),
        ({"title": 5}, "title"),
        ({"onnx_sha256": ""}, "onnx_sha256"),
        ({"thresholds": {}}, "min_confidence"),
        ({"thresholds": {"min_confidence": 1.5}}, "min_confidence"),
        ({"thresholds": {"min_confidence": float("nan")}}, "min_confidence"),
        ({"metrics": [{"protocol": "random", "uar": 2, "uar_low": 0, "uar_high": 1, "accuracy": 1}]}, "metrics.uar"),
        ({"metrics": {}}, "metrics"),
        ({"thresholds": {"min_confidence": 0.5, "max_distance": 2.0}}, "reference_sha256"),
        ({"thresholds": {"min_confidence": 0.5, "min_snr_db": "loud"}}, "thresholds.min_snr_db"),
        ({"reference_sha256": 7}, "reference_sha256"),
        ({"feature_hash": 7}, "feature_hash"),
    ],
)
def test_a_wrong_field_is_named(folder, changes, named):
    rewrite(folder, **changes)
    with pytest.raises(ModelError, match=named):
        read_card(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 100_000, pickle.dumps({"id": "x"})])
def test_a_card_that_is_no_card(folder, content):
    (folder / CARD_FILE).write_bytes(content)
    with pytest.raises(ModelError, match=CARD_FILE):
        read_card(folder)


def test_a_huge_card_is_not_loaded(folder):
    (folder / CARD_FILE).write_bytes(b" " * (MAX_CARD_BYTES + 1))
    with pytest.raises(ModelError, match="larger"):
        read_card(folder)


@pytest.mark.parametrize("file", [CARD_FILE, ONNX_FILE])
def test_a_missing_file_says_how_to_get_it(folder, file):
    card = read_card(folder)
    (folder / file).unlink()
    with pytest.raises(ModelError, match="make models"):
        read_onnx(folder, card) if file == ONNX_FILE else read_card(folder)


def test_another_model_than_the_card_describes(folder):
    card = read_card(folder)
    content = bytearray((folder / ONNX_FILE).read_bytes())
    content[-1] ^= 1
    (folder / ONNX_FILE).write_bytes(content)
    with pytest.raises(ModelError, match="SHA-256"):
        read_onnx(folder, card)


@pytest.mark.parametrize(
    ("features", "named"),
    [({"kind": "smell"}, "smell"), ({**LogMelSpec().to_dict(), "n_mels": 32}, "trained on features"), ({}, "None")],
)
def test_features_that_cannot_be_computed_alike(folder, features, named):
    rewrite(folder, features=features)
    with pytest.raises(ModelError, match=named):
        _ = read_card(folder).spec


def test_the_figures_of_a_protocol_are_those_without_speaker_calibration(folder):
    entry = read_card(folder).metrics[0]
    rewrite(folder, metrics=[{**entry, "uar": 0.9, "speaker_calibration": True}, entry])
    assert read_card(folder).metric()["uar"] == entry["uar"]
    assert read_card(folder).metric("leaky") is None


def test_an_invalid_card_is_not_written(folder):
    values = {**read_card(folder).to_dict(), "labels": ["hungry", "angry"]}
    with pytest.raises(ModelError, match="hungry"):
        write_model(folder.with_name("other"), onnx=b"", card=values)
    assert not folder.with_name("other").exists()


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["id", "labels", "metrics", "thresholds", "protocol", "uar"]), inner, max_size=4
            )
        ),
        max_leaves=10,
    )
)
def test_whatever_json_holds_gives_a_card_or_a_model_error(values):
    with pytest.raises(ModelError):
        Card.from_dict(values)
