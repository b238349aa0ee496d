"""A zip file from anybody: unpacked without trusting it, looked at, kept or dropped."""

import io
import os
import stat
import struct
import time
import zipfile
from dataclasses import replace

import pytest

from ser_core import corpora, settings
from ser_core.corpora import own
from ser_core.corpora.own import Definition, upload
from ser_core.errors import CancelledError, ConfigError, UnsafeArchiveError
from ser_core.settings import OWN_LIMITS
from ser_core.testing import encode
from ser_core.testing.hostile.archives import Entry, pack


@pytest.fixture(scope="module")
def clip():
    from ser_core.testing import speechlike

    return encode(speechlike(0.5, sr=16_000, f0=120.0, seed=1), sr=16_000)


def zipped(files: dict, **options) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content, **options)
    return stream


def below(folder) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def left() -> list:
    return [path for path in settings.own_dir().iterdir() if path.name != ".lock"]


def test_an_upload_becomes_a_corpus_and_is_deleted_with_it(clip):
    staged = upload.stage(zipped({"angry/a.wav": clip, "sad/b.wav": clip, "readme.txt": b"x"}))
    assert below(staged.audio) == ["angry/a.wav", "sad/b.wav"] and staged.findings == ()
    corpus, reading = upload.adopt(staged, Definition("sent", staged.audio))
    assert corpus.folder() == settings.own_dir() / "sent" / "audio" and len(reading.clips) == 2
    assert corpora.manifest("sent")["emotion"].tolist() == ["angry", "sad"]
    assert not staged.place.exists()
    assert own.remove("sent") is True
    assert left() == []


def test_a_table_comes_along(clip):
    content = b"file,label\nrecordings/a.wav,sad\n"
    staged = upload.stage(zipped({"top/recordings/a.wav": clip}), table=("labels.csv", content))
    table = own.read_table(staged.table)
    base = upload.base_of(staged, table, "file")
    assert base == staged.audio / "top"
    definition = Definition("sent", base, table=staged.table, columns={"path": "file", "emotion": "label"})
    corpus, _ = upload.adopt(staged, definition)
    assert corpus.definition.table == settings.own_dir() / "sent" / "table.csv"
    assert corpora.manifest("sent")["clip_id"].tolist() == ["sent/recordings/a"]


def test_unicode_names_and_folders_of_systems(clip):
    names = ["Ärger/größe 😀.wav", "__MACOSX/Ärger/._a.wav", ".hidden/a.wav", "Ärger/.DS_Store", "Freude/a.WAV"]
    staged = upload.stage(zipped(dict.fromkeys(names, clip)))
    assert below(staged.audio) == ["Freude/a.WAV", "Ärger/größe 😀.wav"] and staged.findings == ()
    assert own.read(Definition("sent", staged.audio)).emotions == {"happy": 1, "angry": 1}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../x.wav", "outside"),
        ("angry/../../x.wav", "outside"),
        ("/etc/x.wav", "outside"),
        ("C:/x.wav", "name"),
        ("a\\b.wav", "name"),
        ("angry/x\n.wav", "name"),
        ("angry/x\u202e.wav", "name"),
        ("nul.wav", "name"),
        ("angry /x.wav", "name"),
        ("angry//x.wav", "name"),
        ("./x.wav", "name"),
        ("x" * 250 + ".wav", "name"),
        ("d/" * 20 + "x.wav", "name"),
        ("ANGRY/a.wav", "duplicate"),
        ("angry/a.wav/x.wav", "duplicate"),
    ],
)
def test_a_name_that_leads_elsewhere_is_told_and_the_rest_goes_on(clip, name, kind):
    staged = upload.stage(zipped({"angry/a.wav": clip, name: clip}))
    assert below(staged.audio) == ["angry/a.wav"]
    assert [finding.kind for finding in staged.findings] == [kind]
    assert staged.findings[0].message.isprintable()


def linked(clip) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        entry = zipfile.ZipInfo("angry/link.wav")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return stream


def bomb(clip) -> io.BytesIO:
    return zipped({"angry/a.wav": bytes(50 << 20)})


def encrypted(clip) -> io.BytesIO:
    data = bytearray(zipped({"angry/a.wav": clip}).getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + offset] |= 1
    return io.BytesIO(bytes(data))


@pytest.mark.parametrize("make", [linked, bomb, encrypted])
def test_an_archive_made_to_do_harm_is_refused_whole(clip, make):
    with pytest.raises(UnsafeArchiveError, match="angry/"):
        upload.stage(make(clip))
    assert left() == []


def test_too_many_files_are_refused_before_they_are_listed(clip):
    archive = zipped({f"angry/{i}.wav": b"" for i in range(20)})
    with pytest.raises(UnsafeArchiveError, match="more than 10 files"):
        upload.stage(archive, limits=replace(OWN_LIMITS, max_unpacked_files=10))
    data = bytearray(archive.getvalue())
    data[-22 + 10 : -22 + 12] = struct.pack("<H", 1)
    with pytest.raises(UnsafeArchiveError, match="more than 1 files"):
        upload.stage(io.BytesIO(bytes(data)), limits=replace(OWN_LIMITS, max_unpacked_files=1))
    assert left() == []


def test_too_much_to_unpack(clip):
    with pytest.raises(UnsafeArchiveError, match="would unpack to"):
        upload.stage(zipped({"angry/a.wav": clip}), limits=replace(OWN_LIMITS, max_unpacked_bytes=100))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no zip file"),
        (b"not a zip file", "no zip file"),
        (zipped({"readme.txt": b"x"}).getvalue(), "holds no recording"),
        (zipped({"../a.wav": b"x"}).getvalue(), "leads out"),
    ],
)
def test_nothing_to_unpack(content, says):
    with pytest.raises(ConfigError, match=says):
        upload.stage(io.BytesIO(content))
    assert left() == []


def test_a_damaged_archive(clip):
    data = bytearray(zipped({"angry/a.wav": clip}).getvalue())
    data[60:120] = bytes(60)
    with pytest.raises(ConfigError, match="damaged"):
        upload.stage(io.BytesIO(bytes(data)))
    assert left() == []


def test_a_name_in_no_encoding_that_claims_to_be_utf8(clip):
    with pytest.raises(ConfigError, match="damaged"):
        upload.stage(io.BytesIO(pack([Entry(b"\x86\xff.wav", b"RIFF")])))


def test_a_table_of_another_kind(clip):
    with pytest.raises(ConfigError, match="Tables are read from"):
        upload.stage(zipped({"angry/a.wav": clip}), table=("labels.xlsx", b""))


def test_progress_and_cancel(clip):
    reports = []
    upload.stage(zipped({"angry/a.wav": clip}), progress=reports.append)
    assert (reports[-1].done, reports[-1].unit) == (len(clip), "bytes")
    before = len(left())
    with pytest.raises(CancelledError):
        upload.stage(zipped({"angry/a.wav": clip}), cancel=lambda: True)
    assert len(left()) == before


def test_uploads_that_nobody_keeps_go_away(clip):
    staged = upload.stage(zipped({"angry/a.wav": clip}))
    upload.discard(staged)
    assert left() == []
    old, new = upload.stage(zipped({"angry/a.wav": clip})), upload.stage(zipped({"angry/a.wav": clip}))
    os.utime(old.place, (time.time() - 2 * 24 * 3600,) * 2)
    upload.drop_stale()
    assert left() == [new.place]
    with pytest.raises(ConfigError, match="no longer here"):
        upload.adopt(old, Definition("sent", old.audio))


def test_nothing_but_uploads_is_discarded(tmp_path):
    (tmp_path / "precious").mkdir()
    upload.discard(upload.Staged(tmp_path / "precious", None, ()))
    assert (tmp_path / "precious").is_dir()


def test_a_name_that_is_taken_keeps_the_upload(clip, place):
    own.add(Definition("sent", place("sad/a.wav")))
    staged = upload.stage(zipped({"angry/a.wav": clip}))
    with pytest.raises(ConfigError, match="already"):
        upload.adopt(staged, Definition("sent", staged.audio))
    assert staged.audio.is_dir()
    corpus, _ = upload.adopt(staged, Definition("sent", staged.audio), replace_old=True)
    assert corpora.get("sent").folder() == corpus.folder()


def test_a_link_in_the_place_of_an_upload_is_not_followed(tmp_path, place):
    (tmp_path / "precious").mkdir()
    own.add(Definition("sent", place("sad/a.wav")))
    (settings.own_dir() / "sent").symlink_to(tmp_path / "precious")
    assert own.remove("sent") is False
    assert (tmp_path / "precious").is_dir() and left() == []
