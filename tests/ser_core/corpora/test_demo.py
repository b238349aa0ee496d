import pytest
import soundfile

from ser_core import corpora, settings
from ser_core.errors import ConfigError, CorpusNotFoundError

HEADER = "file,speaker,sex,emotion,intensity,text,language\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "demo"
    (folder / "audio").mkdir(parents=True)
    for name in ("v1_happy", "v2_sad"):
        soundfile.write(folder / "audio" / f"{name}.flac", [0.1, -0.1] * 8000, 16_000)
    (folder / "manifest.csv").write_text(
        HEADER
        + 'audio/v1_happy.flac,v1,female,happy,strong,"None, said she",en\n'
        + "audio/v2_sad.flac,v2,male,sad,,,en\n"
        + "audio/gone.flac,v2,male,sad,normal,Gone,en\n"
        + "../secret.flac,v2,male,sad,normal,Secret,en\n",
        encoding="utf-8",
    )
    soundfile.write(tmp_path / "secret.flac", [0.1, -0.1] * 8000, 16_000)
    monkeypatch.setattr(settings, "demo_dir", lambda: folder)
    return folder


def test_manifest(folder):
    demo = corpora.get("demo")
    table = demo.manifest("/some/data/root")
    assert list(table["clip_id"]) == ["demo/v1_happy", "demo/v2_sad"]
    assert list(table["path"]) == ["audio/v1_happy.flac", "audio/v2_sad.flac"]
    assert table["text"].iloc[0] == "None, said she"
    assert table["intensity"].isna().to_list() == [False, True]
    assert list(table["duration_s"]) == [1.0, 1.0]
    assert all(demo.clip_path(path) for path in table["path"])
    assert demo.clip_path("../secret.flac") is None


def test_what_it_says_of_itself(folder):
    demo = corpora.get("demo")
    assert demo.synthetic
    assert demo.is_present()
    assert demo.folder("/some/data/root") == folder
    assert demo.expected == {"clips": 4, "speakers": 2}
    assert demo.source_of_manifest() == "files"


def test_an_emotion_outside_the_label_set_is_refused(folder):
    with (folder / "manifest.csv").open("a") as stream:
        stream.write("audio/v2_sad.flac,v2,male,bored,,,en\n")
    with pytest.raises(ConfigError, match="bored"):
        corpora.get("demo").manifest()


def test_without_its_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "demo_dir", lambda: tmp_path / "gone")
    demo = corpora.get("demo")
    assert not demo.is_present()
    with pytest.raises(CorpusNotFoundError, match="restore data/demo"):
        demo.manifest()
