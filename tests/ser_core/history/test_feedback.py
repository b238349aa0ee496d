import pytest

from ser_core import corpora
from ser_core.corpora import own
from ser_core.errors import ConfigError
from ser_core.history import feedback
from tests.ser_core.history.conftest import entry, sound


@pytest.fixture(autouse=True)
def own_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_OWN_DIR", str(tmp_path / "own"))


@pytest.fixture
def three(kept):
    """Three clips whose audio is kept; two were corrected."""
    kept.keep_audio(True)
    sounds = [sound(i) for i in range(3)]
    entries = [entry(f"{i} ü.wav", sha256=digest) for i, (_, digest) in enumerate(sounds)]
    kept.add(entries, audio={digest: content for content, digest in sounds})
    kept.correct(entries[0].key, "happy", speaker="Anna")
    kept.correct(entries[1].key, "sad")
    return entries


def test_corrections_become_a_corpus(kept, three):
    corpus = feedback.make_corpus(kept)
    manifest = corpora.manifest("corrections")
    assert sorted(manifest["emotion"]) == ["happy", "sad"]
    happy = manifest[manifest["emotion"] == "happy"].iloc[0]
    assert (happy["speaker"], happy["text"], happy["sha256"]) == ("Anna", "0 ü.wav", three[0].sha256)
    assert happy["duration_s"] == pytest.approx(0.5, abs=0.01)
    assert corpus.clip_path(happy["path"]).is_file() and feedback.corpus_of(kept).name == "corrections"


def test_it_follows_what_is_corrected_and_deleted(kept, three):
    feedback.make_corpus(kept)
    kept.correct(three[2].key, "fear")
    kept.correct(three[0].key, "calm")
    feedback.refresh_corpus(kept)
    assert sorted(corpora.manifest("corrections")["emotion"]) == ["calm", "fear", "sad"]
    kept.delete([three[0].key])
    feedback.refresh_corpus(kept)
    assert sorted(corpora.manifest("corrections")["emotion"]) == ["fear", "sad"]
    kept.delete([three[1].key, three[2].key])
    feedback.refresh_corpus(kept)
    assert "corrections" not in own.all_own() and not (kept.place / "corrections.csv").exists()


def test_it_goes_when_all_is_deleted(kept, three):
    feedback.make_corpus(kept)
    assert feedback.forget_corpus(kept) == "corrections" and feedback.forget_corpus(kept) is None
    kept.clear()
    assert "corrections" not in corpora.names()


def test_what_keeps_it_from_being_made(kept, three):
    for each in three:
        kept.correct(each.key, None)
    with pytest.raises(ConfigError, match="corrected or confirmed"):
        feedback.make_corpus(kept)
    kept.correct(three[0].key, "sad")
    other = kept.folder.parent / "other"
    (other / "sad").mkdir(parents=True)
    (other / "sad" / "a.wav").write_bytes(sound(5)[0])
    own.add(own.Definition("corrections", other))
    with pytest.raises(ConfigError, match="choose another name"):
        feedback.make_corpus(kept)
    kept.keep_audio(False)
    with pytest.raises(ConfigError, match="must be kept"):
        feedback.make_corpus(kept, name="mine")
