import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ser_core.audio import decode
from ser_core.errors import (
    AudioError,
    ConfigError,
    EmptyAudioError,
    LargeAudioError,
    ModelError,
    ShortAudioError,
    SilentAudioError,
    UnreadableAudioError,
)
from ser_core.features import FunctionalsSpec, LogMelSpec, extract
from ser_core.labels import EMOTIONS
from ser_core.serving import Predictor, available_models, write_model
from ser_core.serving.card import read_card
from ser_core.serving.testing import linear_softmax, make_model
from ser_core.settings import Limits
from ser_core.testing import encode, silence, speechlike

SR = 16_000


@pytest.fixture(scope="module")
def voice():
    return speechlike(2.0, sr=SR, f0=180.0, seed=0)


@pytest.fixture(scope="module")
def clip(voice):
    return encode(voice, sr=SR)


@pytest.fixture(scope="module")
def constant(tmp_path_factory):
    """A model that finds everything angry with probability .72, then sad with .2."""
    folder = tmp_path_factory.mktemp("models") / "constant"
    make_model(folder, probabilities={"angry": 0.72, "sad": 0.2}, labels=EMOTIONS.names[::-1])
    return folder


@pytest.fixture(scope="module")
def listening(tmp_path_factory):
    """A model whose answer depends on the clip."""
    folder = tmp_path_factory.mktemp("models") / "listening"
    make_model(folder, weight=0.001, min_confidence=0.0)
    return folder


def test_the_answer_of_a_model_that_is_known(constant, clip):
    said = Predictor(constant).predict(clip)
    assert said.label == "angry"
    # The model names its labels in another order; the answer keeps the fixed one.
    assert tuple(said.probabilities) == EMOTIONS.names
    assert said.probabilities["angry"] == pytest.approx(0.72, abs=1e-6)
    assert sum(said.probabilities.values()) == pytest.approx(1.0, abs=1e-12)
    assert [name for name, _ in said.top[:2]] == ["angry", "sad"]
    assert not said.uncertain
    assert said.reason is None
    assert said.model == "constant"
    assert said.duration_s == pytest.approx(2.0)
    assert 0 < said.seconds < 30


@pytest.mark.parametrize("spec", [LogMelSpec(), FunctionalsSpec()], ids=lambda spec: spec.kind)
def test_the_model_gets_the_features_of_its_card(tmp_path, voice, clip, spec):
    size = extract(voice, sr=SR, spec=spec).size
    weights = np.random.default_rng(0).normal(0, 1 / size, (size, len(EMOTIONS)))
    make_model(tmp_path / "m", spec=spec)
    onnx = linear_softmax(weights, np.zeros(len(EMOTIONS)), shape=extract(voice, sr=SR, spec=spec).shape)
    write_model(tmp_path / "m", onnx=onnx, card=read_card(tmp_path / "m").to_dict())
    features = extract(decode(clip).signal, sr=SR, spec=spec).astype(np.float64).ravel()
    scores = features @ weights.astype(np.float32)
    expected = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
    said = Predictor(tmp_path / "m").predict(clip)
    np.testing.assert_allclose(list(said.probabilities.values()), expected, atol=1e-4)


def test_every_way_to_name_a_clip_gives_the_same_answer(listening, clip, tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(clip)
    predictor = Predictor(listening)
    answers = [predictor.predict(source).probabilities for source in (clip, path, str(path), decode(clip))]
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("kind", ["flac", "mp3", "ogg", "opus", "m4a", "webm"])
def test_the_same_voice_in_another_file_type_sounds_much_the_same(listening, voice, clip, kind):
    predictor = Predictor(listening)
    one = np.array(list(predictor.predict(clip).probabilities.values()))
    sr = 48_000 if kind in ("opus", "webm") else 44_100
    upsampled = np.interp(np.arange(len(voice) * sr // SR) * SR / sr, np.arange(len(voice)), voice)
    other = predictor.predict(encode(upsampled.astype(np.float32), sr=sr, kind=kind))
    assert np.abs(one - list(other.probabilities.values())).max() < 0.15


def test_many_threads_get_the_answers_of_one(listening):
    predictor = Predictor(listening)
    clips = [encode(speechlike(1.0, sr=SR, f0=100.0 + 20 * i, seed=i), sr=SR) for i in range(8)]
    alone = [predictor.predict(each).probabilities for each in clips]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda i: predictor.predict(clips[i % 8]).probabilities, range(64)))
    assert all(together[i] == alone[i % 8] for i in range(64))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda voice: voice[: int(0.5 * SR)], "very short"),
        (lambda voice: voice * 0.004, "very quiet"),
        (lambda voice: np.clip(voice * 50, -1, 1), "clipped"),
    ],
)
def test_doubtful_audio_is_judged_but_marked(constant, voice, make, reason):
    said = Predictor(constant).predict(encode(make(voice), sr=SR, kind="flac"))
    assert said.uncertain
    assert reason in said.reason
    assert said.label == "angry"


def test_low_confidence_is_marked_by_the_cards_threshold(tmp_path, clip):
    make_model(tmp_path / "strict", probabilities={"angry": 0.72}, min_confidence=0.75)
    make_model(tmp_path / "lax", probabilities={"angry": 0.72}, min_confidence=0.7)
    said = Predictor(tmp_path / "strict").predict(clip)
    assert said.uncertain
    assert "low confidence: 72%" in said.reason
    assert not Predictor(tmp_path / "lax").predict(clip).uncertain


def test_a_confidence_is_never_said_to_lie_below_itself(tmp_path, clip):
    make_model(tmp_path / "close", probabilities={"angry": 0.746}, min_confidence=0.75)
    assert "just under the 75% that this model asks for" in Predictor(tmp_path / "close").predict(clip).reason


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", EmptyAudioError),
        (encode(np.zeros(0, np.float32), sr=SR), EmptyAudioError),
        (encode(silence(2.0, sr=SR), sr=SR), SilentAudioError),
        (encode(speechlike(0.01, sr=SR, f0=180.0, seed=0), sr=SR), ShortAudioError),
        (b"Dear Sir or Madam, this is no audio.", UnreadableAudioError),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), UnreadableAudioError),
    ],
)
def test_audio_that_cannot_be_judged_says_why(constant, content, error):
    with pytest.raises(error) as caught:
        Predictor(constant).predict(content)
    assert caught.value.message
    assert caught.value.advice


def test_a_truncated_clip_is_judged_by_what_there_is(constant, clip):
    assert Predictor(constant).predict(clip[: len(clip) // 2]).duration_s == pytest.approx(1.0, abs=0.01)


def test_limits_are_those_given(constant, clip):
    with pytest.raises(LargeAudioError):
        Predictor(constant, limits=Limits(max_duration_s=1.0)).predict(clip)
    with pytest.raises(AudioError):
        Predictor(constant, limits=Limits(max_bytes=100)).predict(clip)


def test_the_default_is_the_best_on_unseen_speakers(tmp_path):
    make_model(tmp_path / "a-worse", uar=0.5)
    make_model(tmp_path / "b-better", uar=0.7)
    make_model(tmp_path / "c-unmeasured")
    values = json.loads((tmp_path / "c-unmeasured" / "card.json").read_text())
    (tmp_path / "c-unmeasured" / "card.json").write_text(json.dumps({**values, "metrics": []}))
    (tmp_path / "d-broken").mkdir()
    (tmp_path / "d-broken" / "card.json").write_text("{")
    (tmp_path / "a file").write_text("")
    assert [card.id for card in available_models(tmp_path)] == ["b-better", "a-worse", "c-unmeasured"]
    assert Predictor.load(folder=tmp_path).card.id == "b-better"
    assert Predictor.load("a-worse", folder=tmp_path).card.id == "a-worse"


def test_a_name_that_is_not_there_lists_those_that_are(tmp_path):
    make_model(tmp_path / "svm")
    for name in ("cnn", "../svm", "", "/etc"):
        with pytest.raises(ConfigError, match="there is svm"):
            Predictor.load(name, folder=tmp_path)


def test_no_model_at_all(tmp_path):
    assert available_models(tmp_path / "nowhere") == []
    with pytest.raises(ModelError, match="make models"):
        Predictor.load(folder=tmp_path)


def test_a_folder_under_another_name_is_not_listed(constant, tmp_path):
    """Two folders may not claim one id: results are kept and reported by it."""
    shutil.copytree(constant, tmp_path / "copy")
    assert available_models(tmp_path) == []


@pytest.mark.parametrize(
    ("onnx", "named"),
    [
        (b"not a model", "ONNX Runtime"),
        (b"", "ONNX Runtime"),
        (linear_softmax(np.zeros((12_032, 5)), np.zeros(5), shape=(64, 188)), "5 probabilities"),
        (linear_softmax(np.zeros((100, 8)), np.zeros(8), shape=(100,)), "features of its card"),
    ],
)
def test_a_model_that_cannot_run(constant, tmp_path, onnx, named):
    write_model(tmp_path / "bad", onnx=onnx, card={**read_card(constant).to_dict(), "id": "bad"})
    with pytest.raises(ModelError, match=named):
        Predictor(tmp_path / "bad")


def test_a_model_with_other_names(constant, tmp_path):
    from onnx import load_from_string

    model = load_from_string((constant / "model.onnx").read_bytes())
    model.graph.input[0].name = "x"
    model.graph.node[0].input[0] = "x"
    write_model(tmp_path / "odd", onnx=model.SerializeToString(), card={**read_card(constant).to_dict(), "id": "odd"})
    with pytest.raises(ModelError, match="must read 'features'"):
        Predictor(tmp_path / "odd")


def test_a_model_that_gives_no_probabilities(constant, tmp_path):
    weights = np.full((12_032, len(EMOTIONS)), np.nan)
    onnx = linear_softmax(weights, np.zeros(len(EMOTIONS)), shape=(64, 188))
    write_model(tmp_path / "nan", onnx=onnx, card={**read_card(constant).to_dict(), "id": "nan"})
    with pytest.raises(ModelError, match="something else than probabilities"):
        Predictor(tmp_path / "nan")


def test_a_model_cannot_read_files_outside_itself(constant, tmp_path):
    from onnx import TensorProto, load_from_string

    model = load_from_string((constant / "model.onnx").read_bytes())
    bias = next(each for each in model.graph.initializer if each.name == "bias")
    (tmp_path / "secret").write_bytes(bytes(4 * len(EMOTIONS)))
    bias.ClearField("raw_data")
    bias.data_location = TensorProto.EXTERNAL
    for key, value in (("location", str(tmp_path / "secret")), ("offset", "0"), ("length", "32")):
        entry = bias.external_data.add()
        entry.key, entry.value = key, value
    write_model(tmp_path / "spy", onnx=model.SerializeToString(), card={**read_card(constant).to_dict(), "id": "spy"})
    with pytest.raises(ModelError):
        Predictor(tmp_path / "spy")
