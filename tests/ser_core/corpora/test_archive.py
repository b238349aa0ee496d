import io
import stat
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ser_core.corpora.archive import ArchiveLimits, unpack
from ser_core.errors import CancelledError, DownloadError, UnsafeArchiveError
from ser_core.testing.hostile.archives import Entry, pack


def entry(name: str, *, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def write(path, entries) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, content in entries:
            archive.writestr(info if isinstance(info, zipfile.ZipInfo) else entry(info), content)


@pytest.fixture
def refuse(tmp_path):
    """Assert that an archive of these entries is refused and leaves nothing."""

    def refuse(entries, *, limits=None):
        file = tmp_path / "in" / "test.zip"
        file.parent.mkdir(exist_ok=True)
        if isinstance(entries, bytes):
            file.write_bytes(entries)
        else:
            write(file, entries)
        options = {"limits": limits} if limits else {}
        with pytest.raises(UnsafeArchiveError):
            unpack(file, tmp_path / "out" / "corpus", **options)
        assert not list((tmp_path / "out").iterdir())
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]

    return refuse


def test_unpack(tmp_path):
    files = {"Actor_01/a.wav": b"a" * 1000, "Actor_02/b.wav": b"", "top (1)/c-d_e.WAV": b"c"}
    file = tmp_path / "test.zip"
    write(file, [("Actor_01/", b""), *files.items()])
    reports = []
    folder = unpack(file, tmp_path / "corpus", progress=reports.append)
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert found == files
    assert reports[-1].fraction == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus", "test.zip"]


def test_what_macos_adds_stays_behind(tmp_path):
    file = tmp_path / "test.zip"
    write(file, [("__MACOSX/Actor_01/._a.wav", b"x"), ("Actor_01/.DS_Store", b"x"), ("Actor_01/a.wav", b"a")])
    folder = unpack(file, tmp_path / "corpus")
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["a.wav"]


@pytest.mark.parametrize(
    "name",
    [
        "../evil.wav",
        "a/../../evil.wav",
        "a/./evil.wav",
        "..",
        "/etc/evil.wav",
        "//server/evil.wav",
        "C:/evil.wav",
        "C:evil.wav",
        "..\\evil.wav",
        "a\\evil.wav",
        "evil.wav:stream",
        "evil\n.wav",
        "evil\x07.wav",
        "evil.wav ",
        "evil.wav.",
        " evil.wav",
        "a//evil.wav",
        "nul",
        "a/COM1.wav",
        "еvil.wav",  # Cyrillic e
        "evil\u202evaw.exe",  # right-to-left override
        "evïl.wav",
        "悪.wav",
        "a/" * 9 + "evil.wav",
        "e" * 201,
    ],
)
def test_names_that_lead_astray(refuse, name):
    refuse([("Actor_01/a.wav", b"a"), (name, b"evil")])


def test_a_name_with_a_hidden_end(refuse, tmp_path):
    file = tmp_path / "plain.zip"
    write(file, [("evil.wavXevil", b"evil")])
    content = file.read_bytes().replace(b"evil.wavXevil", b"evil.wav\0evil")
    file.unlink()
    refuse(content)


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1, max_size=30))
def test_any_name_stays_inside(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("names")
    write(folder / "test.zip", [(name, b"x")])
    try:
        unpack(folder / "test.zip", folder / "out" / "corpus")
    except (UnsafeArchiveError, DownloadError):
        assert not any((folder / "out").rglob("*"))
    else:
        inside = [path for path in (folder / "out" / "corpus").rglob("*") if path.is_file()]
        assert len(inside) == (0 if name.endswith("/") else 1)
    assert {path.name for path in folder.iterdir()} <= {"test.zip", "out"}


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_links_and_devices(refuse, kind):
    refuse([("Actor_01/a.wav", b"a"), (entry("Actor_01/b.wav", mode=kind | 0o777), b"/etc/passwd")])


def test_the_same_name_twice(refuse):
    with pytest.warns(UserWarning, match="Duplicate"):
        refuse([("a/b.wav", b"a"), ("a/b.wav", b"b")])


def test_names_that_differ_in_case_only(refuse):
    refuse([("a/b.wav", b"a"), ("A/B.wav", b"b")])


def test_a_file_as_a_folder(refuse):
    refuse([("a", b"a"), ("a/b.wav", b"b")])


def test_a_bomb_by_ratio(refuse):
    refuse([("a.wav", bytes(4 << 20))])


def test_a_small_file_may_be_all_silence(tmp_path):
    file = tmp_path / "test.zip"
    write(file, [("a.wav", bytes(1 << 20))])
    assert (unpack(file, tmp_path / "corpus") / "a.wav").stat().st_size == 1 << 20


@pytest.mark.parametrize(
    "limits", [ArchiveLimits(max_bytes=2999), ArchiveLimits(max_file_bytes=999), ArchiveLimits(max_entries=2)]
)
def test_more_than_allowed(refuse, limits):
    refuse([(f"{name}.wav", bytes(range(250)) * 4) for name in "abc"], limits=limits)


def _central(content: bytes, field: int, form: str, value: int) -> bytes:
    """Change a field of the first entry in the table of contents (APPNOTE.TXT 4.3.12)."""
    start = content.index(b"PK\x01\x02") + field
    return content[:start] + struct.pack(form, value) + content[start + struct.calcsize(form) :]


@pytest.fixture
def two_files() -> bytes:
    stream = io.BytesIO()
    write(stream, [("a.wav", b"a" * 100), ("b.wav", b"b" * 100)])
    return stream.getvalue()


def test_a_bomb_by_entries_that_share_bytes(refuse, two_files):
    refuse(_central(two_files, 20, "<L", 90))


def test_encrypted(refuse, two_files):
    refuse(_central(two_files, 8, "<H", 1))


def test_packed_in_an_unusual_way(refuse, two_files):
    refuse(_central(two_files, 10, "<H", zipfile.ZIP_LZMA))


@pytest.mark.parametrize("size", [50, 5000])
def test_another_size_than_declared(two_files, tmp_path, size):
    (tmp_path / "test.zip").write_bytes(_central(two_files, 24, "<L", size))
    with pytest.raises(DownloadError, match="damaged"):
        unpack(tmp_path / "test.zip", tmp_path / "corpus")
    assert [path.name for path in tmp_path.iterdir()] == ["test.zip"]


@pytest.mark.parametrize("damage", ["crc", "cut", "text", "empty", "body"])
def test_damaged(two_files, tmp_path, damage):
    content = {
        "crc": _central(two_files, 16, "<L", 1),
        "cut": two_files[:-30],
        "text": b"<html>Not found</html>",
        "empty": b"",
        "body": two_files[:36] + b"\xff\xff\xff" + two_files[39:],
    }[damage]
    (tmp_path / "test.zip").write_bytes(content)
    with pytest.raises(DownloadError, match=r"damaged or no zip.*download again"):
        unpack(tmp_path / "test.zip", tmp_path / "corpus")
    assert [path.name for path in tmp_path.iterdir()] == ["test.zip"]


def test_a_name_in_no_encoding_that_claims_to_be_utf8(tmp_path):
    file = tmp_path / "test.zip"
    file.write_bytes(pack([Entry(b"\x86\xff.wav", b"RIFF")]))
    with pytest.raises(DownloadError, match="damaged"):
        unpack(file, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["test.zip"]


def test_cancel_leaves_nothing(two_files, tmp_path):
    (tmp_path / "test.zip").write_bytes(two_files)
    with pytest.raises(CancelledError):
        unpack(tmp_path / "test.zip", tmp_path / "corpus", cancel=lambda: True)
    assert [path.name for path in tmp_path.iterdir()] == ["test.zip"]


def test_into_a_folder_that_is_there(two_files, tmp_path):
    (tmp_path / "test.zip").write_bytes(two_files)
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "mine.txt").write_text("mine")
    (tmp_path / "corpus" / "a.wav").write_bytes(b"half")
    folder = unpack(tmp_path / "test.zip", tmp_path / "corpus")
    assert {path.name: path.stat().st_size for path in folder.iterdir()} == {"mine.txt": 4, "a.wav": 100, "b.wav": 100}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus", "test.zip"]
