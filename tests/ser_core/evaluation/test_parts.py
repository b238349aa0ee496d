"""A run by its corpora, the cross-corpus matrix, the clips behind figures, costs."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ser_core.errors import RunError
from ser_core.evaluation import PROBABILITY_COLUMNS, across, clips, costs, full, parts, summarise
from ser_core.labels import EMOTIONS
from tests.ser_core.evaluation.made import predictions

TRUE = np.tile(np.arange(8), 4)


def pooled():
    """Two corpora in one run: one all right, the other all wrong; both have a speaker 03."""
    first = predictions(TRUE, TRUE, speaker="savee/03", clip=[f"savee/{i}" for i in range(32)])
    second = predictions(TRUE, (TRUE + 1) % 8, speaker="emodb/03", clip=[f"emodb/{i}" for i in range(32)])
    return pd.concat([first, second], ignore_index=True)


def test_a_part_is_a_run_on_its_corpus_alone():
    run = SimpleNamespace(predictions=pooled(), trainings=pd.DataFrame())
    found = parts.parts(run)
    assert list(found) == ["emodb", "savee"]
    assert set(found["savee"].predictions["speaker"]) == {"03"}
    assert summarise(found["savee"]).uar.value == 1 and summarise(found["emodb"]).uar.value == 0
    assert summarise(found["savee"]).n_test == 32
    with pytest.raises(RunError, match="no clip of tess"):
        _ = parts.Part(run, "tess").predictions


def test_a_column_names_the_corpus_where_there_is_one():
    table = pooled().assign(corpus="other")
    assert set(parts.corpus_of(table)) == {"other"}


def test_every_pair_of_corpora_has_its_cell():
    """Trained on each of two corpora by turns: the fold says on which."""
    first = predictions(TRUE, TRUE, speaker="b/1", clip=[f"b/{i}" for i in range(32)], fold=0)
    second = predictions(TRUE, (TRUE + 1) % 8, speaker="a/1", clip=[f"a/{i}" for i in range(32)], fold=1)
    splits = pd.DataFrame(
        {
            "seed": 0,
            "fold": [0, 0, 1, 1],
            "clip_id": ["a/0", "b/0", "b/0", "a/0"],
            "role": ["train", "test", "train", "test"],
        }
    )
    found = across.crossing(pd.concat([first, second]), splits)
    assert list(zip(found["train"], found["test"], found["uar"], strict=True)) == [("a", "b", 1.0), ("b", "a", 0.0)]
    assert (found["chance"] == 1 / 8).all() and (found["emotions"] == 8).all()


def test_across_corpora_answers_are_among_the_shared_emotions():
    """Taken for calm, which the tested corpus does not have: the next best answer counts."""
    table = predictions([0, 2], [1, 2], clip=["a/0", "a/1"], confidence=0.6)
    table.loc[0, "p_neutral"] += 0.1
    run = SimpleNamespace(predictions=table, trainings=None, config=SimpleNamespace(protocol="cross-corpus"))
    found = full(run)
    assert found[list(PROBABILITY_COLUMNS)].sum(axis=1).tolist() == pytest.approx([1, 1])
    assert (found["p_calm"] == 0).all()
    assert summarise(run).uar.value == 1 and summarise(run).chance == 0.5
    assert summarise(parts.Part(run, "a")).uar.value == 1
    run.config.protocol = "random"
    assert summarise(run).uar.value == 0.5


def test_training_on_several_corpora_is_one_row():
    splits = pd.DataFrame({"seed": 0, "fold": 0, "clip_id": ["b/0", "a/0"], "role": "train"})
    assert across.trained_on(splits).tolist() == ["a+b"]


def test_outcomes_say_who_is_right():
    first = predictions([0, 1, 2, 3], [0, 1, 3, 0], confidence=[0.5, 0.9, 0.9, 0.4])
    second = predictions([0, 1, 2, 3], [0, 2, 2, 0], confidence=[0.5, 0.8, 0.7, 0.4])
    found = clips.outcomes(first, second)
    by_clip = dict(zip(found["clip_id"], found["outcome"], strict=True))
    assert by_clip == {"c/0": "both right", "c/1": "only first", "c/2": "only second", "c/3": "both wrong"}
    assert found["clip_id"].tolist() == ["c/1", "c/2", "c/0", "c/3"]  # the surest first
    counts = clips.outcome_counts(found)
    assert list(counts.index) == list(EMOTIONS.names[:4]) and list(counts.columns) == list(clips.OUTCOMES)
    assert counts.to_numpy().sum() == 4 and counts.loc["happy", "only second"] == 1


def test_a_cell_lists_its_clips_with_how_often_they_were_answered_so():
    table = pd.concat(
        [predictions([0, 0, 1], [1, 0, 1], seed=0), predictions([0, 0, 1], [1, 1, 1], seed=1, confidence=0.5)]
    )
    found = clips.taken_for(table, emotion="neutral", answer="calm")
    assert found["clip_id"].tolist() == ["c/0", "c/1"]
    assert found["times"].tolist() == [2, 1] and found["judged"].tolist() == [2, 2]
    assert found["probability"].tolist() == pytest.approx([0.7, 0.5])
    assert clips.taken_for(table, emotion="calm", answer="sad").empty


def test_costs_are_those_of_full_trainings(tmp_path):
    trainings = pd.DataFrame(
        {
            "fraction": [1.0, 1.0, 0.5],
            "seconds": [10.0, 20.0, 3.0],
            "info": [json.dumps({"n_parameters": n}) for n in (100, 102, 7)],
        }
    )
    file = tmp_path / "model.onnx"
    file.write_bytes(b"12345")
    found = costs.cost(trainings, model_file=file)
    assert found == costs.Cost(15.0, 33.0, 101, 5)
    assert costs.cost(trainings.assign(info="{}")) == costs.Cost(15.0, 33.0, None, None)
