import pytest

from ser_core import audio, corpora, testing
from ser_core.errors import UnreadableAudioError

MAKERS = {
    "tess": (testing.make_tess, 42, 2),
    "cremad": (testing.make_cremad, 64, 4),
    "savee": (testing.make_savee, 64, 4),
    "emodb": (testing.make_emodb, 56, 4),
    "iemocap": (testing.make_iemocap, 44, 4),
    "ravdess-song": (testing.make_ravdess_song, 22, 2),
}


@pytest.mark.parametrize("name", MAKERS)
def test_the_corpus_reads_its_miniature(tmp_path, name):
    make, clips, speakers = MAKERS[name]
    folder = make(tmp_path, duration_s=0.1)
    assert folder == tmp_path / name
    table = corpora.get(name).scan(tmp_path)
    assert (len(table), table["speaker"].nunique()) == (clips, speakers)
    assert table["label"].notna().all()
    assert table["duration_s"].between(0.099, 0.101).all()
    assert set(table["emotion"].dropna()) == set(filter(None, corpora.get(name).labels.values()))


@pytest.mark.parametrize("name", MAKERS)
def test_the_same_every_time_and_each_clip_its_own(tmp_path, name):
    make, clips, _ = MAKERS[name]
    sums = []
    for root in (tmp_path / "one", tmp_path / "two"):
        make(root, duration_s=0.1)
        sums.append(corpora.get(name).scan(root)["sha256"])
    assert sums[0].equals(sums[1])
    assert sums[0].nunique() == clips


@pytest.mark.parametrize("kind", ["flac", "opus", "m4a"])
def test_other_endings(tmp_path, kind):
    testing.make_emodb(tmp_path, speakers=1, duration_s=0.3, kind=kind)
    corpus = corpora.get("emodb")
    table = corpus.scan(tmp_path)
    assert len(table) == 14
    assert table["path"].str.endswith(f".{kind}").all()
    assert corpus.unreadable(tmp_path) == {}


def test_the_pointer_is_one(tmp_path):
    with pytest.raises(UnreadableAudioError, match="Git-LFS pointer"):
        audio.decode(testing.LFS_POINTER)
