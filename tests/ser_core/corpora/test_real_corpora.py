"""The five real corpora, against the counts that their releases and papers state."""

import pytest

from ser_core import corpora, settings

pytestmark = pytest.mark.corpus

CLIPS = {"ravdess": 1440, "tess": 2800, "cremad": 7442, "savee": 480, "emodb": 535}

# Per emotion, None for what has no counterpart (EMO-DB's boredom): the records of RAVDESS and TESS, Cao et al. 2014
# with the file list of CREMA-D, SAVEE's Info.txt, the documentation of EMO-DB.
EMOTIONS = {
    "ravdess": {"neutral": 96} | dict.fromkeys(("calm", "happy", "sad", "angry", "fear", "disgust", "surprise"), 192),
    "tess": dict.fromkeys(("neutral", "happy", "sad", "angry", "fear", "disgust", "surprise"), 400),
    "cremad": {"neutral": 1087} | dict.fromkeys(("happy", "sad", "angry", "fear", "disgust"), 1271),
    "savee": {"neutral": 120} | dict.fromkeys(("happy", "sad", "angry", "fear", "disgust", "surprise"), 60),
    "emodb": {"neutral": 79, "happy": 71, "sad": 62, "angry": 127, "fear": 69, "disgust": 46, None: 81},
}
SEXES = {
    "ravdess": {"female": 12, "male": 12},
    "tess": {"female": 2},
    "cremad": {"female": 43, "male": 48},
    "savee": {"male": 4},
    "emodb": {"female": 5, "male": 5},
}
# Clips of each speaker of EMO-DB, as its documentation lists them.
EMODB_SPEAKERS = {"03": 49, "08": 58, "09": 43, "10": 38, "11": 55, "12": 35, "13": 61, "14": 69, "15": 56, "16": 71}


@pytest.fixture(params=CLIPS)
def corpus(request):
    corpus = corpora.get(request.param)
    if corpus.found() < CLIPS[request.param]:
        pytest.skip(f"needs {corpus.title}: found {corpus.found()} clips in {corpus.folder()} (set SER_DATA_ROOT)")
    return corpus


@pytest.fixture
def table(corpus):
    return corpus.scan()


def real(name: str):
    corpus = corpora.get(name)
    if corpus.found() < CLIPS[name]:
        pytest.skip(f"needs {corpus.title} in {settings.data_root()}")
    return corpus.scan()


def test_counts(corpus, table):
    assert len(table) == CLIPS[corpus.name] == corpus.expected["clips"]
    assert table["speaker"].nunique() == corpus.expected["speakers"] == sum(SEXES[corpus.name].values())


def test_emotions(corpus, table):
    counts = table["emotion"].astype(object).where(table["emotion"].notna(), None).value_counts(dropna=False)
    assert counts.to_dict() == EMOTIONS[corpus.name]
    assert table["label"].value_counts().to_dict() == corpus.expected_labels
    # What has no counterpart is said to have none, and nothing else is.
    assert set(table["label"][table["emotion"].isna()]) == set(corpus.unmapped)


def test_label_and_emotion_go_together(corpus, table):
    pairs = set(zip(table["label"], table["emotion"].fillna(""), strict=True))
    assert pairs == {(corpus.words[code], emotion or "") for code, emotion in corpus.labels.items()}


def test_sexes(corpus, table):
    assert table.groupby("speaker")["sex"].nunique().eq(1).all()
    assert table.groupby("speaker")["sex"].first().value_counts().to_dict() == SEXES[corpus.name]


def test_every_file_is_read(corpus, table):
    assert table[["sampling_rate", "channels", "duration_s", "sha256"]].notna().all(axis=None)
    assert corpus.unreadable() == {}


def test_the_shipped_manifest_tells_the_same_as_the_files(corpus, table):
    columns = [column for column in table.columns if column not in ("path", "sampling_rate", "channels", "sha256")]
    shipped = corpus.shipped_manifest()
    said = [column for column in columns if column != "duration_s"]
    assert shipped[said].equals(table[said])
    assert (shipped["duration_s"] - table["duration_s"]).abs().max() < 0.01


def test_every_clip_of_the_shipped_manifest_is_found(corpus):
    assert all(corpus.clip_path(path) is not None for path in corpus.shipped_manifest()["path"].iloc[::50])


def test_tess():
    table = real("tess")
    assert table["speaker"].value_counts().to_dict() == {"OAF": 1400, "YAF": 1400}
    assert table.groupby("speaker")["age"].first().to_dict() == {"OAF": 64, "YAF": 26}
    assert table["word"].nunique() == 200
    assert table.groupby(["speaker", "emotion"])["word"].nunique().eq(200).all()
    assert (table["text"] == "Say the word " + table["word"]).all()
    assert table.set_index("clip_id").loc["tess/OA_bite_neutral", "speaker"] == "OAF"


def test_savee():
    table = real("savee")
    assert table["speaker"].value_counts().to_dict() == dict.fromkeys(("DC", "JE", "JK", "KL"), 120)
    assert table[["age", "text"]].isna().all(axis=None)


def test_emodb():
    table = real("emodb")
    assert table["speaker"].value_counts().to_dict() == EMODB_SPEAKERS
    assert table["text"].nunique() == 10
    assert set(table["language"]) == {"de"}
    assert table.groupby("speaker")["age"].first().to_list() == [31, 34, 21, 32, 26, 30, 32, 35, 25, 31]


def test_cremad():
    table = real("cremad")
    assert table["text"].nunique() == 12
    ages = table.groupby("speaker")["age"].first()
    assert (ages.min(), ages.max()) == (20, 74)
    assert table["speaker"].min() == "1001" and table["speaker"].max() == "1091"
    graded = table[table["intensity"].notna()]
    assert graded["intensity"].value_counts().to_dict() == dict.fromkeys(("low", "medium", "high"), 455)
    assert set(graded["text"]) == {"It's eleven o'clock"}
    assert table["emobox_test"].sum() == 1856


def test_what_raters_heard_in_cremad():
    table = real("cremad")
    assert table["voice_vote"].notna().all()
    assert table["voice_level"].between(0, 100).all()
    # The table's most frequent letters, and its ties.
    votes = table["voice_vote"].value_counts()
    assert votes["neutral"] == 3897
    assert votes["neutral:sad"] == 114
    assert table["voice_vote"].str.contains(":").sum() == 644
    # Recall of raters who hear the voice alone, a tied vote shared among its emotions: as the corpora's notes state it.
    pairs = zip(table["voice_vote"].str.split(":"), table["emotion"], strict=True)
    shares = [(emotion in vote) / len(vote) for vote, emotion in pairs]
    recall = table.assign(share=shares).groupby("emotion")["share"].mean()
    assert recall.mean() == pytest.approx(0.459, abs=0.0005)
    assert recall["neutral"] == pytest.approx(0.97, abs=0.005)
    assert recall["sad"] == pytest.approx(0.20, abs=0.005)
