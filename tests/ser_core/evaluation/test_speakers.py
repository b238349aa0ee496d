"""Fold plans by speaker: every corpus by itself as published, several held out at once, validation from the rest."""

import numpy as np
import pandas as pd
import pytest

from ser_core.errors import ConfigError
from ser_core.evaluation import protocols
from ser_core.evaluation.speakers import assignments, pooled_folds, speaker_folds
from ser_core.labels import EMOTIONS

SPEAKERS = {
    "ravdess": [f"{n:02d}" for n in range(1, 25)],
    "cremad": [str(n) for n in range(1001, 1092)],
    "emodb": ["03", "08", "09", "10", "11", "12", "13", "14", "15", "16"],
    "savee": ["DC", "JE", "JK", "KL"],
    "tess": ["OAF", "YAF"],
    "iemocap": [f"Ses0{n}{sex}" for n in range(1, 6) for sex in "FM"],
}


def clips(*corpora: str) -> pd.DataFrame:
    """Every speaker says two sentences once in each emotion."""
    rows = [
        {
            "clip_id": f"{corpus}/{speaker}-{emotion}-{text}",
            "corpus": corpus,
            "speaker": speaker,
            "sex": "female" if corpus == "tess" or (corpus != "savee" and i % 2) else "male",
            "emotion": emotion,
            "text": text,
            "sha256": f"{corpus}{speaker}{emotion}{text}",
        }
        for corpus in corpora
        for i, speaker in enumerate(SPEAKERS[corpus])
        for emotion in EMOTIONS
        for text in ("one", "two")
    ]
    return pd.DataFrame(rows)


def test_folds_of_each_corpus():
    folds = {corpus: speaker_folds(clips(corpus)) for corpus in SPEAKERS}
    assert {corpus: len(of) for corpus, of in folds.items()} == {
        "ravdess": 6,
        "cremad": 5,
        "emodb": 10,
        "savee": 4,
        "tess": 2,
        "iemocap": 5,
    }
    for corpus, of in folds.items():
        assert sorted(name for fold in of for name in fold) == sorted(SPEAKERS[corpus])
    for number, fold in enumerate(folds["cremad"]):
        assert {(int(name) - 1001) % 5 for name in fold} == {number}
    assert folds["iemocap"][0] == ("Ses01F", "Ses01M")
    assert folds["tess"] == [("OAF",), ("YAF",)]


def test_one_plan_tests_every_speaker_of_every_corpus_once():
    corpora = ("cremad", "emodb", "ravdess", "savee", "tess")
    plan = pooled_folds(clips(*corpora))
    assert len(plan) == 6
    tested = [(corpus, name) for fold in plan for corpus, names in fold.items() for name in names]
    assert sorted(tested) == sorted((corpus, name) for corpus in corpora for name in SPEAKERS[corpus])
    assert [fold["ravdess"] for fold in plan] == list(protocols.PUBLISHED_FOLDS["ravdess"])
    assert [fold.get("cremad") for fold in plan[:5]] == list(protocols.PUBLISHED_FOLDS["cremad"])
    # The two actresses never stand in one test fold: one must teach what the other is tested on.
    assert all(len(fold.get("tess", ())) < 2 and len(fold.get("savee", ())) < 2 for fold in plan)


def test_a_plan_of_one_corpus_is_its_folds():
    assert pooled_folds(clips("emodb")) == [{"emodb": fold} for fold in speaker_folds(clips("emodb"))]


@pytest.mark.parametrize("corpora", [("ravdess",), ("cremad",), ("savee",), ("emodb", "ravdess"), ("savee", "tess")])
def test_no_voice_stands_on_two_sides(corpora):
    everyone = {(corpus, name) for corpus in corpora for name in SPEAKERS[corpus]}
    for test, validation in assignments(clips(*corpora), seed=0):
        assert test and not test & validation and test | validation < everyone


def test_validation_is_drawn_from_corpora_that_can_spare_it():
    large = clips("cremad", "emodb", "savee", "ravdess")
    for _, validation in assignments(large, seed=0):
        counts = pd.Series([corpus for corpus, _ in validation]).value_counts().to_dict()
        assert counts == {"cremad": 6, "ravdess": 2}
    sexes = large.groupby(["corpus", "speaker"])["sex"].first()
    assert sorted(sexes[voice] for voice in validation) == ["female"] * 4 + ["male"] * 4
    for _, validation in assignments(clips("cremad"), seed=0):
        assert len(validation) == 6


def test_names_that_two_corpora_share_are_two_voices():
    protocol = protocols.get("speaker-independent")
    pool = protocol.pool(clips("ravdess", "emodb"))
    voice = pool["corpus"] + "/" + pool["speaker"]
    assert (pool["group"] == voice).all()
    for split in protocol.splits(pool, seed=0):
        parts = [set(voice.iloc[part]) for part in (split.train, split.validation, split.test)]
        assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]
        assert len(split.train) + len(split.validation) + len(split.test) == len(pool)


def test_two_speakers_are_tested_in_both_directions():
    protocol = protocols.get("speaker-independent")
    pool = protocol.pool(clips("tess"))
    splits = list(protocol.splits(pool, seed=0))
    assert [set(pool["speaker"].iloc[split.test]) for split in splits] == [{"OAF"}, {"YAF"}]
    for split in splits:
        other = set(pool["speaker"].iloc[np.concatenate([split.train, split.validation])])
        assert len(other) == 1 and not other & set(pool["speaker"].iloc[split.test])
        assert len(split.validation) and not set(split.train) & set(split.validation)
    # Inner folds keep together what was said: there is no second speaker to hold out.
    assert set(pool["group"]) == {"one", "two"}


def test_emobox_split_tests_its_own_clips():
    protocol = protocols.get("random-emobox")
    manifest = clips("cremad")
    manifest["emobox_test"] = pd.array([i % 4 == 0 for i in range(len(manifest))], dtype="Int64")
    pool = protocol.pool(manifest)
    (split,) = protocol.splits(pool, seed=0)
    assert pool["emobox_test"].iloc[split.test].all()
    assert len(split.test) == (pool["emobox_test"] == 1).sum()
    assert not pool["emobox_test"].iloc[np.concatenate([split.train, split.validation])].any()
    assert set(pool["emotion"].iloc[split.validation]) == set(EMOTIONS)
    for other in (clips("ravdess"), clips("ravdess").assign(emobox_test=pd.NA)):
        with pytest.raises(ConfigError, match="cremad only, got ravdess"):
            next(protocol.splits(protocol.pool(other), seed=0))
