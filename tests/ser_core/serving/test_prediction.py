import json

import pytest

from ser_core.errors import ConfigError
from ser_core.serving import Prediction


def prediction(probabilities, *, uncertain=False):
    label = max(probabilities, key=probabilities.get)
    return Prediction(label, probabilities, uncertain, "because" if uncertain else None, "model", 0.01, 2.5)


def test_top_is_sorted_and_equals_keep_the_fixed_order():
    top = prediction({"neutral": 0.25, "calm": 0.1, "happy": 0.4, "sad": 0.25}).top
    assert top == [("happy", 0.4), ("neutral", 0.25), ("sad", 0.25), ("calm", 0.1)]


@pytest.mark.parametrize(
    ("probabilities", "sentence"),
    [
        ({"sad": 0.05, "angry": 0.95}, "Sounds angry"),
        ({"sad": 0.2, "angry": 0.8}, "Sounds angry; sad is possible"),
        ({"sad": 0.21, "angry": 0.79}, "Probably sounds angry; sad is possible"),
        ({"sad": 0.15, "angry": 0.7, "fear": 0.15}, "Probably sounds angry"),
        ({"sad": 0.3, "angry": 0.4, "fear": 0.3}, "May sound angry; sad or fearful is possible"),
    ],
)
def test_words_are_hedged_by_the_probability(probabilities, sentence):
    assert prediction(probabilities).sentence == sentence


def test_an_uncertain_answer_says_so_whatever_its_probability():
    assert prediction({"sad": 0.05, "angry": 0.95}, uncertain=True).sentence == "Hard to tell, perhaps angry"


def test_where_a_model_abstains_no_emotion_is_named():
    said = Prediction("angry", {"sad": 0.3, "angry": 0.7}, True, "no speech", "model", 0.01, 2.5, abstained=True)
    assert (said.opening, said.sentence) == ("No answer", "No answer")
    assert said.to_dict()["abstained"] is True


@pytest.mark.parametrize(("uncertain", "reason"), [(False, "no speech"), (True, None)])
def test_abstaining_without_doubt_or_reason_is_refused(uncertain, reason):
    with pytest.raises(ConfigError, match="abstained"):
        Prediction("angry", {"sad": 0.3, "angry": 0.7}, uncertain, reason, "model", 0.01, 2.5, abstained=True)


def test_to_dict_is_json_and_complete():
    said = prediction({"sad": 0.3, "angry": 0.7})
    assert json.loads(json.dumps(said.to_dict())) == {
        "label": "angry",
        "probabilities": {"sad": 0.3, "angry": 0.7},
        "top": [{"label": "angry", "probability": 0.7}, {"label": "sad", "probability": 0.3}],
        "uncertain": False,
        "abstained": False,
        "reason": None,
        "model": "model",
        "seconds": 0.01,
        "duration_s": 2.5,
    }
