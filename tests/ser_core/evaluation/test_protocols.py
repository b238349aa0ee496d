import numpy as np
import pandas as pd
import pytest

from ser_core.errors import ConfigError
from ser_core.evaluation import protocols
from ser_core.labels import EMOTIONS


def manifest(*, speakers=24, per_emotion=8, corpus="ravdess"):
    rows = [
        {
            "clip_id": f"{corpus}/{speaker:02d}-{emotion}-{n}",
            "corpus": corpus,
            "speaker": f"{speaker:02d}",
            "sex": "male" if speaker % 2 else "female",
            "emotion": emotion,
            "text": f"sentence {n % 2}",
            "sha256": f"{speaker}-{emotion}-{n}",
        }
        for speaker in range(1, speakers + 1)
        for emotion in EMOTIONS
        for n in range(per_emotion // 2 if emotion == "neutral" else per_emotion)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(params=list(protocols.PROTOCOLS))
def protocol(request):
    return protocols.get(request.param)


def test_parts_never_overlap_and_hold_every_emotion(protocol):
    pool = protocol.pool(manifest())
    for split in protocol.splits(pool, seed=3):
        parts = [set(split.train), set(split.validation), set(split.test)]
        assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]
        assert sum(map(len, parts)) == len(pool)
        for part in parts:
            assert set(pool["emotion"].iloc[list(part)]) == set(EMOTIONS)


def test_same_seed_same_splits_other_seed_other_splits(protocol):
    pool = protocol.pool(manifest())
    first, again, other = (list(protocol.splits(pool, seed=seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(a.train, b.train) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a.validation, b.validation) for a, b in zip(first, other, strict=True))


def test_speaker_independent_uses_the_published_folds():
    protocol = protocols.get("speaker-independent")
    pool = protocol.pool(manifest())
    found = [tuple(sorted(set(pool["speaker"].iloc[s.test]))) for s in protocol.splits(pool, seed=0)]
    assert found == [tuple(sorted(fold)) for fold in protocols.PUBLISHED_FOLDS["ravdess"]]
    assert sorted(name for fold in found for name in fold) == [f"{n:02d}" for n in range(1, 25)]


def test_speaker_independent_shares_no_speaker():
    protocol = protocols.get("speaker-independent")
    pool = protocol.pool(manifest())
    for split in protocol.splits(pool, seed=0):
        train, validation, test = (
            set(pool["speaker"].iloc[part]) for part in (split.train, split.validation, split.test)
        )
        assert not train & validation and not train & test and not validation & test
        assert set(pool[pool["speaker"].isin(validation)]["sex"]) == {"female", "male"} and len(validation) == 2
        assert (pool["group"] == pool["speaker"]).all()


def test_random_trains_on_as_many_clips_as_speaker_independent():
    sizes = []
    for name in ("speaker-independent", "random"):
        protocol = protocols.get(name)
        pool = protocol.pool(manifest())
        sizes.append({(len(s.train), len(s.validation), len(s.test)) for s in protocol.splits(pool, seed=0)})
    assert sizes[0] == sizes[1]


def test_random_tests_every_clip_once_and_leaks_speakers():
    protocol = protocols.get("random")
    pool = protocol.pool(manifest())
    splits = list(protocol.splits(pool, seed=0))
    assert sorted(np.concatenate([s.test for s in splits])) == list(range(len(pool)))
    assert set(pool["speaker"].iloc[splits[0].test]) <= set(pool["speaker"].iloc[splits[0].train])
    assert protocol.leaks == ("speakers",)


def test_random_keeps_the_same_recording_on_one_side():
    clips = manifest()
    clips.loc[clips.index % 2 == 1, "sha256"] = clips["sha256"].shift()
    protocol = protocols.get("random")
    pool = protocol.pool(clips)
    for split in protocol.splits(pool, seed=0):
        train, validation, test = (set(pool["sha256"].iloc[p]) for p in (split.train, split.validation, split.test))
        assert not train & validation and not train & test and not validation & test


def test_seven_emotions_count_calm_as_neutral_and_test_a_fifth_of_the_clips():
    clips = pd.concat([manifest(speakers=6), manifest(speakers=2, corpus="tess")], ignore_index=True)
    clips.loc[1::16, "sha256"] = clips["sha256"].shift()
    protocol = protocols.get("random-seven")
    pool = protocol.pool(clips)
    assert list(pool["clip_id"]) == list(clips["clip_id"]) and protocol.leaks == ("speakers",)
    assert set(pool.loc[clips["emotion"] == "calm", "emotion"]) == {"neutral"}
    assert pool.loc[clips["emotion"] != "calm", "emotion"].equals(clips.loc[clips["emotion"] != "calm", "emotion"])
    (split,), (other,) = (list(protocol.splits(pool, seed=seed)) for seed in (0, 1))
    assert sorted(np.concatenate([split.train, split.validation, split.test])) == list(range(len(pool)))
    assert len(split.test) == pytest.approx(len(pool) / 5, abs=5)
    assert len(split.validation) == pytest.approx(len(pool) / 12, abs=5)
    recordings = [set(pool["sha256"].iloc[part]) for part in (split.train, split.validation, split.test)]
    assert len(set.union(*recordings)) == sum(map(len, recordings))
    shares = [pool["emotion"].iloc[part].value_counts(normalize=True) for part in (split.train, split.test)]
    assert (shares[0] - shares[1]).abs().max() < 0.03
    assert not np.array_equal(split.test, other.test)


def test_leaky_pool_holds_copies_and_balances_the_emotions():
    clips = manifest()
    pool = protocols.get("leaky").pool(clips)
    counts = pool["emotion"].value_counts()
    assert counts.nunique() == 1
    assert counts.iloc[0] == 3 * (clips["emotion"] == "happy").sum()
    assert pool["clip_id"].is_unique
    assert set(pool["clip_id"].str.partition("#")[0]) == set(clips["clip_id"])


def test_leaky_puts_copies_of_test_clips_into_training():
    protocol = protocols.get("leaky")
    pool = protocol.pool(manifest())
    (split,) = protocol.splits(pool, seed=0)
    original = pool["clip_id"].str.partition("#")[0]
    shared = set(original.iloc[split.test]) & set(original.iloc[split.train])
    assert len(shared) > 0.8 * original.iloc[split.test].nunique()


def test_few_speakers_leave_one_out_and_many_make_six_folds():
    few = protocols.speaker_folds(manifest(speakers=5, corpus="own"))
    assert few == [(f"{n:02d}",) for n in range(1, 6)]
    many = protocols.speaker_folds(manifest(speakers=13, corpus="own"))
    assert len(many) == 6 and sorted(name for fold in many for name in fold) == [f"{n:02d}" for n in range(1, 14)]


def test_a_sample_of_a_corpus_uses_what_is_there_of_its_folds():
    clips = manifest()
    folds = protocols.speaker_folds(clips[clips["speaker"].isin(["01", "02", "03", "04"])])
    assert sorted(name for fold in folds for name in fold) == ["01", "02", "03", "04"]


def test_unknown_sex_still_gives_validation_speakers():
    clips = manifest(speakers=6, corpus="own").assign(sex=pd.NA)
    protocol = protocols.get("speaker-independent")
    for split in protocol.splits(protocol.pool(clips), seed=0):
        assert len(split.validation)


def test_too_few_speakers_and_unknown_names_are_refused():
    with pytest.raises(ConfigError, match="at least 2 speakers, got 1 in ravdess"):
        protocols.speaker_folds(manifest(speakers=1))
    with pytest.raises(ConfigError, match="speaker-independent, random, leaky, random-emobox"):
        protocols.get("honest")


@pytest.mark.parametrize("name", ["random", "random-seven", "leaky"])
def test_too_few_clips_for_a_random_split_are_refused_with_what_to_do(name):
    """Scikit-learn's own words, of members and classes, once reached the user."""
    protocol = protocols.get(name)
    few = manifest(speakers=2, per_emotion=2, corpus="own").drop_duplicates(["speaker", "emotion"])
    with pytest.raises(ConfigError, match="Add clips of every emotion"):
        list(protocol.splits(protocol.pool(few), seed=0))


# --- another corpus


def two_corpora():
    fewer = manifest(speakers=2, corpus="tess", per_emotion=8)
    return pd.concat([manifest(speakers=6), fewer[fewer["emotion"] != "calm"]], ignore_index=True)


def test_each_corpus_trains_once_and_is_tested_on_all_others():
    protocol = protocols.get("cross-corpus")
    pool = protocol.pool(two_corpora())
    splits = list(protocol.splits(pool, seed=0))
    corpus = pool["corpus"].to_numpy()
    assert [set(corpus[split.train]) for split in splits] == [{"ravdess"}, {"tess"}]
    assert [set(corpus[split.validation]) for split in splits] == [{"ravdess"}, {"tess"}]
    assert [set(corpus[split.test]) for split in splits] == [{"tess"}, {"ravdess"}]
    # TESS has no calm: a model that never heard it is not asked for it.
    assert "calm" not in set(pool["emotion"].iloc[splits[1].test])
    assert len(splits[0].test) == (pool["corpus"] == "tess").sum()


def test_across_corpora_validation_hears_other_speakers_where_there_are_any():
    protocol = protocols.get("cross-corpus")
    pool = protocol.pool(two_corpora())
    large, small = protocol.splits(pool, seed=0)
    speakers = pool["speaker"]
    assert not set(speakers.iloc[large.train]) & set(speakers.iloc[large.validation])
    assert not set(small.train) & set(small.validation)
    assert set(pool["emotion"].iloc[small.validation]) == set(pool["emotion"].iloc[small.train])
    # Inner splits: by speaker, and by sentence where two speakers are all.
    assert set(pool["group"][pool["corpus"] == "tess"]) == {"tess/sentence 0", "tess/sentence 1"}
    assert pool["group"][pool["corpus"] == "ravdess"].nunique() == 6


def test_across_corpora_needs_two():
    protocol = protocols.get("cross-corpus")
    with pytest.raises(ConfigError, match="two or more corpora, got ravdess"):
        list(protocol.splits(protocol.pool(manifest()), seed=0))
