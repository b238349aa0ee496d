import shutil
import subprocess
import sys
from pathlib import PurePosixPath

import pandas as pd
import pytest
import soundfile

from ser_core import corpora, settings
from ser_core.corpora import scan
from ser_core.corpora.base import Corpus
from ser_core.corpora.tables import COLUMNS, as_manifest, write_table
from ser_core.errors import CancelledError, ConfigError, CorpusNotFoundError
from ser_core.testing import FILE_KINDS, make_ravdess


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def ravdess():
    return corpora.get("ravdess")


@pytest.fixture
def root(tmp_path, clips):
    """A data root with the clips of the miniature RAVDESS."""
    root = tmp_path / "data"
    for name, content in clips.items():
        file = root / "ravdess" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return root


class Nowhere(Corpus):
    name = "nowhere"
    title = "Nowhere"
    homepage = "https://example.org"

    def parse(self, relative: PurePosixPath):
        return {"key": relative.stem}


def test_registry():
    assert corpora.names()[-1] == "demo"
    for name in corpora.names():
        corpus = corpora.get(name)
        assert corpus.name == name
        for attribute in (
            "title",
            "description",
            "language",
            "licence",
            "licence_url",
            "citation",
            "expected",
            "labels",
            "words",
        ):
            assert getattr(corpus, attribute), (name, attribute)
    with pytest.raises(ConfigError, match=r"'x'.*ravdess"):
        corpora.get("x")


def test_the_registry_imports_no_downloader():
    code = "import sys; from ser_core import corpora; corpora.names(); print('httpx' in sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=settings.PROJECT_ROOT
    )
    assert out.stdout.strip() == "False"


def test_scan(ravdess, root, clips):
    table = ravdess.scan(root)
    assert list(table.columns) == [*COLUMNS, "label", "repetition"]
    assert {name: str(table[name].dtype) for name in COLUMNS} == COLUMNS
    assert list(table["clip_id"]) == sorted(f"ravdess/{name.split('/')[1].removesuffix('.wav')}" for name in clips)
    row = table.set_index("clip_id").loc["ravdess/03-01-05-01-02-01-02"]
    assert row["path"] == "ravdess/Actor_02/03-01-05-01-02-01-02.wav"
    assert (row["speaker"], row["sex"], row["emotion"], row["language"]) == ("02", "female", "angry", "en")
    assert (row["sampling_rate"], row["channels"], row["duration_s"]) == (16_000, 1, 0.125)
    assert len(row["sha256"]) == 64
    assert table[["age", "valence", "arousal", "dominance"]].isna().all(axis=None)


def test_what_is_known_is_not_read_again(ravdess, root, monkeypatch):
    first = ravdess.scan(root)
    read = []
    monkeypatch.setattr(scan, "audio_format", lambda file: read.append(file.name) or (1, 1, 1.0))
    assert ravdess.scan(root).equals(first)
    assert read == []
    changed = root / first["path"][0]
    changed.write_bytes(changed.read_bytes() + b"\0\0")
    assert ravdess.scan(root)["sha256"][0] != first["sha256"][0]
    assert read == [changed.name]
    changed.unlink()
    assert len(ravdess.scan(root)) == len(first) - 1
    assert read == [changed.name]


def test_a_spoilt_cache_does_no_harm(ravdess, root, tmp_path):
    first = ravdess.scan(root)
    for file in (tmp_path / "cache").rglob("*.parquet"):
        file.write_bytes(b"spoilt")
    assert ravdess.scan(root).equals(first)


def test_a_cache_that_cannot_be_written_does_no_harm(ravdess, root, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("SER_CACHE_DIR", str(tmp_path / "file"))
    assert len(ravdess.scan(root)) == 12


def test_scan_reports_and_stops_and_goes_on(ravdess, root, monkeypatch):
    reports = []
    with pytest.raises(CancelledError):
        ravdess.scan(root, progress=reports.append, cancel=lambda: True)
    assert reports[0].unit == "clips"
    ravdess.scan(root, progress=reports.append)
    assert reports[-1].total == 11
    assert reports[-1].fraction == 1


def test_a_file_that_is_no_audio_stays_with_an_unknown_format(ravdess, root):
    file = root / "ravdess" / "Actor_01" / "03-01-01-01-01-01-01.wav"
    file.write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    row = ravdess.scan(root).iloc[0]
    assert row[["sampling_rate", "channels", "duration_s"]].isna().all()
    assert len(row["sha256"]) == 64


def test_formats_that_soundfile_does_not_read(tmp_path):
    av = pytest.importorskip("av")
    file = tmp_path / "clip.m4a"
    with av.open(str(file), "w") as container:
        stream = container.add_stream("aac", rate=16_000, layout="mono")
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        frame.planes[0].update(bytes(4096))
        frame.sample_rate = 16_000
        for _ in range(16):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    sampling_rate, channels, duration_s = scan.audio_format(file)
    assert (sampling_rate, channels) == (16_000, 1)
    assert duration_s == pytest.approx(16 * 1024 / 16_000, abs=0.15)


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_any_ending_that_a_decoder_reads_is_a_clip(ravdess, tmp_path, kind):
    make_ravdess(tmp_path, actors=1, clips=1, duration_s=0.4, kind=kind)
    table = ravdess.scan(tmp_path)
    assert len(table) == 1
    assert table[["sampling_rate", "channels"]].iloc[0].tolist() == [48_000 if kind == "webm" else 16_000, 1]
    assert table["duration_s"].iloc[0] == pytest.approx(0.4, abs=0.15)


def test_one_clip_in_two_places_is_listed_once(ravdess, root, clips):
    shutil.copytree(root / "ravdess" / "Actor_01", root / "ravdess" / "audio_speech_actors_01-24" / "Actor_01")
    table = ravdess.scan(root)
    assert len(table) == len(clips)
    assert not table["path"].str.contains("audio_speech").any()


def test_what_is_no_clip_is_left_out(ravdess, root, clips):
    source = root / "ravdess" / next(iter(clips))
    for name in ("03-02-01-01-01-01-03.wav", ".03-01-01-01-01-01-03.wav", "03-01-01-01-01-01-03.txt", "notes.wav"):
        shutil.copy(source, source.with_name(name))
    (root / "ravdess" / ".hidden").mkdir()
    shutil.copy(source, root / "ravdess" / ".hidden" / "03-01-01-01-01-01-03.wav")
    assert len(ravdess.scan(root)) == len(clips)


def test_presence(ravdess, root, tmp_path, clips):
    assert ravdess.is_present(root)
    assert ravdess.found(root) == len(clips)
    assert not ravdess.is_present(tmp_path / "empty")
    assert ravdess.source_of_manifest(root) == "files"
    assert ravdess.source_of_manifest(tmp_path / "empty") == "shipped"
    assert Nowhere().source_of_manifest(tmp_path) == "nothing"


def test_manifest_without_files_is_the_shipped_one(ravdess, tmp_path):
    table = ravdess.manifest(tmp_path)
    assert len(table) == 1440
    assert table.equals(corpora.load_manifest("ravdess"))
    assert {name: str(table[name].dtype) for name in COLUMNS} == COLUMNS
    assert not table["path"].str.startswith("/").any()


def test_manifest_of_a_part_and_completed(ravdess, root, clips):
    here = ravdess.manifest(root)
    assert len(here) == len(clips)
    table = corpora.manifest("ravdess", root=root, complete=True)
    assert len(table) == 1440
    assert table["clip_id"].is_monotonic_increasing
    both = table[table["clip_id"].isin(here["clip_id"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(both, here)
    shipped = ravdess.shipped_manifest()
    assert (table["clip_id"] == shipped["clip_id"]).all()
    assert (table["emotion"] == shipped["emotion"]).all()


def test_no_manifest_at_all(tmp_path):
    with pytest.raises(CorpusNotFoundError, match=r"Nowhere.*download nowhere.*SER_DATA_ROOT"):
        Nowhere().manifest(tmp_path)
    with pytest.raises(CorpusNotFoundError):
        Nowhere().scan(tmp_path)
    with pytest.raises(CorpusNotFoundError):
        Nowhere().shipped_manifest()


def test_clip_path_with_any_ending_and_layout(ravdess, root):
    asked = "ravdess/Actor_01/03-01-01-01-01-01-01.flac"
    file = root / "ravdess" / "Actor_01" / "03-01-01-01-01-01-01.wav"
    assert ravdess.clip_path(asked, root) == file
    upper = file.rename(file.with_suffix(".OPUS"))
    assert ravdess.clip_path(asked, root) == upper
    top = root / "ravdess" / "Audio_Speech_Actors_01-24"
    top.mkdir()
    shutil.move(root / "ravdess" / "Actor_01", top)
    assert ravdess.clip_path(asked, root) == top / "Actor_01" / upper.name
    inside = "ravdess/Audio_Speech_Actors_01-24/Actor_02/03-01-01-01-01-01-02.wav"
    assert ravdess.clip_path(inside, root) == root / "ravdess" / "Actor_02" / "03-01-01-01-01-01-02.wav"


@pytest.mark.parametrize(
    "path",
    [
        "ravdess/Actor_01/03-01-01-01-01-01-24.wav",
        "ravdess/../secret.wav",
        "secret.wav",
        "../data/secret.wav",
        "{tmp}/secret.wav",
        "{tmp}/data/secret.wav",
        "ravdess/Actor_01/link.wav",
        "ravdess/Actor_01",
        "ravdess",
        "",
        ".",
        "ravdess/Actor_01/a\0.wav",
        "ravdess/notes.txt",
        None,
        float("nan"),
    ],
)
def test_clip_path_leads_nowhere_else(ravdess, root, tmp_path, path):
    for place in (tmp_path, root):
        soundfile.write(place / "secret.wav", [0.0] * 10, 16_000)
    (root / "ravdess" / "Actor_01" / "link.wav").symlink_to(tmp_path / "secret.wav")
    (root / "ravdess" / "notes.txt").write_text("notes")
    assert ravdess.clip_path(path.format(tmp=tmp_path) if isinstance(path, str) else path, root) is None


def test_links_that_lead_out_are_not_listed(ravdess, root, tmp_path, clips):
    outside = tmp_path / "outside.wav"
    (root / "ravdess" / next(iter(clips))).rename(outside)
    (root / "ravdess" / next(iter(clips))).symlink_to(outside)
    assert ravdess.found(root) == len(clips) - 1


def test_a_linked_corpus_folder_and_a_root_with_detours(ravdess, root, tmp_path, clips, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "ravdess").symlink_to(root / "ravdess")
    monkeypatch.chdir(tmp_path)
    for place in ("elsewhere", "data/../elsewhere", tmp_path / "elsewhere"):
        table = ravdess.scan(place)
        assert len(table) == len(clips)
        assert all(ravdess.clip_path(path, place) for path in table["path"])


def test_the_data_root_is_read_when_asked(ravdess, root, monkeypatch, clips):
    monkeypatch.setenv("SER_DATA_ROOT", str(root))
    assert ravdess.folder() == root / "ravdess"
    assert len(ravdess.manifest()) == len(clips)


def test_summary(ravdess, root, tmp_path):
    summary = ravdess.summary(root)
    fields = "name title language licence expected found speakers emotions hours path"
    assert " ".join(summary) == fields
    assert summary["emotions"] == {"neutral": 4, "happy": 4, "angry": 4}
    assert (summary["expected"], summary["found"], summary["speakers"]) == (1440, 12, 2)
    assert ravdess.summary(tmp_path / "empty")["found"] == 0


def test_a_clip_twice_in_a_manifest_is_refused():
    with pytest.raises(ConfigError, match="'a/b'"):
        as_manifest(pd.DataFrame({"clip_id": ["a/b", "a/b"]}))


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_write_table(tmp_path, ending):
    table = as_manifest(pd.DataFrame({"clip_id": ["a/b", "a/c"], "text": ["ja, schön", None]}))
    file = write_table(table, tmp_path / "new" / f"table{ending}")
    readers = {".parquet": pd.read_parquet, ".csv": pd.read_csv, ".jsonl": lambda file: pd.read_json(file, lines=True)}
    read = as_manifest(readers[ending](file))
    assert read["text"].to_list()[0] == "ja, schön"
    assert read["text"].isna().to_list() == [False, True]
    assert list(file.parent.iterdir()) == [file]


def test_write_table_refuses_other_endings(tmp_path):
    with pytest.raises(ConfigError, match=r"\.parquet, \.csv, \.jsonl.*'a\.xls'"):
        write_table(pd.DataFrame(), tmp_path / "a.xls")
