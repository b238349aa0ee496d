"""What a model folder from a stranger may ask of the machine."""

import json

import pytest

from ser_core.errors import ModelError
from ser_core.features.spec import KINDS
from ser_core.serving import Predictor
from ser_core.serving.bounds import require_bounded
from ser_core.serving.card import read_card, write_model
from ser_core.serving.testing import make_model


@pytest.fixture
def folder(tmp_path):
    make_model(tmp_path / "stranger")
    return tmp_path / "stranger"


@pytest.mark.parametrize("kind", KINDS)
def test_what_this_project_computes_is_within_the_bounds(kind):
    # An encoder is the user's, so that nothing but its name is known.
    require_bounded(KINDS[kind](**({"sha256": "0" * 64} if kind == "encoder" else {})))


# Each took gigabytes, or ended in a traceback.
@pytest.mark.parametrize(
    "features",
    [
        {"sr": 10**9, "f_max": 8000.0},
        {"n_frames": 2**31},
        {"n_frames": 2**14, "n_mels": 512},
        {"hop_length": 1},
        {"n_fft": 2**20, "win_length": 2**20, "hop_length": 2**19},
        {"top_db": float("inf")},
        {"n_frames": float("inf")},
        {"f_min": float("nan")},
    ],
)
def test_features_that_would_take_the_memory_are_refused(folder, features):
    card = json.loads((folder / "card.json").read_text())
    card["features"] |= features
    (folder / "card.json").write_text(json.dumps({**card, "feature_hash": ""}))
    with pytest.raises(ModelError, match="features"):
        Predictor(folder)


def test_a_model_that_does_not_say_the_shape_of_its_answer(folder):
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        [helper.make_node("Identity", ["features"], ["probabilities"])],
        "shapeless",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    card = read_card(folder).to_dict()
    write_model(folder, onnx=model.SerializeToString(), card=card)
    with pytest.raises(ModelError, match="probabilities"):
        Predictor(folder)
