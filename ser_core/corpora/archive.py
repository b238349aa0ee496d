"""Unpacking a zip file from elsewhere without trusting it.

Every entry is judged before the first byte is written. What is refused: ways out of the folder (``..``, absolute and
drive paths, links), entries that are no plain files, names that file systems disagree on (anything but plain ASCII,
names that differ in case only), encrypted entries, and archives that unpack to more than is allowed, whether by size,
by number, by ratio or by entries that share bytes (D. Fifield, "A better zip bomb", WOOT 2019).
"""

import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ser_core.errors import DownloadError, UnsafeArchiveError
from ser_core.progress import CancelCallback, Meter, ProgressCallback

CHUNK_BYTES = 1 << 18
MACOS_EXTRAS = ("__MACOSX", ".DS_Store")

# No control characters, no backslash or colon (paths and drives on Windows), no wildcard, no look-alike letters; no dot
# at the end, which rules out "." and ".." as well.
_PART = re.compile(r"[A-Za-z0-9._()\[\]+,&'=@#!-][A-Za-z0-9 ._()\[\]+,&'=@#!-]*(?<![ .])")
# Device names on Windows, whatever their ending.
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_ENCRYPTED = 0x1
_LOCAL_HEADER_BYTES = 30


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may unpack to.

    Attributes
    ----------
    max_entries : int
        Files and folders.
    max_bytes : int
        All files together.
    max_file_bytes : int
        One file.
    max_ratio : float
        Unpacked to packed size of one file of more than a megabyte; deflate reaches 1032, recorded speech 2 to 5.
    max_depth : int
        Folders below each other.
    max_name : int
        Characters of a path.
    """

    max_entries: int = 50_000
    max_bytes: int = 8 << 30
    max_file_bytes: int = 256 << 20
    max_ratio: float = 100.0
    max_depth: int = 8
    max_name: int = 200


ARCHIVE_LIMITS = ArchiveLimits()


def safe_entries(archive: zipfile.ZipFile, *, limits: ArchiveLimits = ARCHIVE_LIMITS) -> list[zipfile.ZipInfo]:
    """The files of an archive, after all entries have been found harmless.

    Raises
    ------
    UnsafeArchiveError
        If a single entry is not.
    """
    entries = archive.infolist()
    if len(entries) > limits.max_entries:
        raise UnsafeArchiveError(
            f"The archive holds {len(entries)} entries; at most {limits.max_entries} are unpacked."
        )
    files = []
    for entry in entries:
        _require_safe_name(entry, limits)
        _require_plain(entry, limits)
        if not entry.is_dir() and not set(PurePosixPath(entry.filename).parts) & set(MACOS_EXTRAS):
            files.append(entry)
    _require_distinct(files)
    total = sum(entry.file_size for entry in files)
    if total > limits.max_bytes:
        raise UnsafeArchiveError(f"The archive would unpack to {total} bytes; at most {limits.max_bytes} are allowed.")
    return files


def unpack(
    file: Path,
    folder: Path,
    *,
    limits: ArchiveLimits = ARCHIVE_LIMITS,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Path:
    """Unpack a zip file into a folder, all or nothing.

    The files are written into a hidden folder beside `folder` and checked by their CRC; then that folder takes its
    place in one step. Where `folder` is there already, each file moves into it in one step and nothing else in it is
    touched.

    Parameters
    ----------
    file : Path
        The archive.
    folder : Path
        Where its content goes.
    limits : ArchiveLimits
        What it may unpack to.
    progress, cancel : callable, optional
        See `ser_core.progress`; counts bytes.

    Raises
    ------
    UnsafeArchiveError
        If the archive could do harm; nothing was written.
    DownloadError
        If it is damaged or no zip file; nothing is left behind.
    CancelledError
        If the user asked to stop; nothing is left behind.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = safe_entries(archive, limits=limits)
            temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
            try:
                total = sum(entry.file_size for entry in entries)
                meter = Meter(progress, total=total, unit="bytes", message="Unpacking", cancel=cancel)
                for entry in entries:
                    write_entry(archive, entry, temporary / entry.filename, meter=meter)
                _move_into_place(temporary, folder)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise DownloadError(f"{file.name} is damaged or no zip file ({error}). Start the download again.") from error
    return folder


def write_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, *, meter: Meter) -> None:
    """Write one entry of an archive to a path of the caller's choice; zipfile checks the CRC at its end."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as source, target.open("xb") as stream:
        while chunk := source.read(CHUNK_BYTES):
            stream.write(chunk)
            meter.add(len(chunk))
    if target.stat().st_size != entry.file_size:
        raise zipfile.BadZipFile(f"{entry.filename} is shorter than declared")


def _require_safe_name(entry: zipfile.ZipInfo, limits: ArchiveLimits) -> None:
    # zipfile cuts names at NUL and turns the system's separators: judge what really stands in the archive.
    name = entry.orig_filename
    parts = name.removesuffix("/").split("/")
    short = len(name) <= limits.max_name and len(parts) <= limits.max_depth
    if not (short and all(_PART.fullmatch(part) and not _RESERVED.fullmatch(part) for part in parts)):
        raise UnsafeArchiveError(
            f"The archive holds an entry named {name[: limits.max_name]!r}, which could be written to the wrong place. "
            "Nothing was unpacked."
        )


def _require_plain(entry: zipfile.ZipInfo, limits: ArchiveLimits) -> None:
    mode = entry.external_attr >> 16
    kind = stat.S_IFMT(mode)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise UnsafeArchiveError(f"The archive holds {entry.filename!r}, a link or device. Nothing was unpacked.")
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnsafeArchiveError(
            f"The archive holds {entry.filename!r}, encrypted or packed in an unusual way. Nothing was unpacked."
        )
    ratio = entry.file_size / max(entry.compress_size, 1)
    if entry.file_size > limits.max_file_bytes or (entry.file_size > 1 << 20 and ratio > limits.max_ratio):
        raise UnsafeArchiveError(
            f"The archive holds {entry.filename!r}, which would unpack from {entry.compress_size} to "
            f"{entry.file_size} bytes. Nothing was unpacked."
        )


def _require_distinct(files: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for entry in files:
        key = entry.filename.casefold()
        if key in seen:
            raise UnsafeArchiveError(f"The archive holds {entry.filename!r} twice. Nothing was unpacked.")
        seen.add(key)
    for name in seen:
        if any(parent.as_posix() in seen for parent in PurePosixPath(name).parents):
            raise UnsafeArchiveError(f"The archive holds {name!r} below a file. Nothing was unpacked.")
    end = 0
    for entry in sorted(files, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise UnsafeArchiveError(f"The archive's entry {entry.filename!r} overlaps another. Nothing was unpacked.")
        end = entry.header_offset + _LOCAL_HEADER_BYTES + entry.compress_size


def _move_into_place(temporary: Path, folder: Path) -> None:
    temporary.chmod(0o755)
    if not folder.exists():
        temporary.rename(folder)
        return
    for file in sorted(path for path in temporary.rglob("*") if path.is_file()):
        target = folder / file.relative_to(temporary)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.replace(target)
