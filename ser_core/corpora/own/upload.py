"""A corpus that comes as a zip file: unpacked without trusting it, looked at, then kept or dropped."""

import contextlib
import copy
import re
import shutil
import struct
import tempfile
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ser_core import settings
from ser_core.corpora.archive import MACOS_EXTRAS, ArchiveLimits, safe_entries, write_entry
from ser_core.corpora.own import paths, store, values
from ser_core.corpora.own.corpus import OwnCorpus
from ser_core.corpora.own.definition import Definition
from ser_core.corpora.own.findings import Finding
from ser_core.corpora.own.reading import Reading, read
from ser_core.corpora.own.table import Table
from ser_core.corpora.own.tables import ENDINGS
from ser_core.corpora.scan import AUDIO_ENDINGS
from ser_core.errors import ConfigError, SERError, UnsafeArchiveError
from ser_core.progress import CancelCallback, Meter, ProgressCallback
from ser_core.settings import OwnLimits

AUDIO = "audio"
"""Folder of the recordings within what was uploaded."""

_PREFIX = ".upload-"
_STALE_S = 24 * 3600
_SPARE_BYTES = 256 << 20
_PROBED_ROWS = 50
# What Windows or a Unix system reads as something else than a letter.
_UNSAFE = re.compile(r'[\\/:*?"<>|]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_LONGEST_PART_BYTES = 200
_LONGEST_PATH = 400
_DEEPEST = 10
# End of central directory (APPNOTE.TXT 4.3.16) and the locator of its 64-bit form (4.3.15).
_END, _END_BYTES, _LOCATOR = b"PK\x05\x06", 22, b"PK\x06\x07"
_DIRECTORY_BYTES_PER_FILE = 600


@dataclass(frozen=True)
class Staged:
    """What was uploaded and is not yet a corpus.

    Attributes
    ----------
    place : Path
        Folder that holds it.
    table : Path or None
        The table, if one came along.
    findings : tuple of Finding
        What of the archive was left out.
    """

    place: Path
    table: Path | None
    findings: tuple[Finding, ...]

    @property
    def audio(self) -> Path:
        """Folder of the recordings."""
        return self.place / AUDIO


def stage(
    archive: BinaryIO,
    *,
    table: tuple[str, bytes] | None = None,
    limits: OwnLimits = settings.OWN_LIMITS,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Staged:
    """Unpack the recordings of a zip file into a folder of their own, to be looked at.

    Only audio files are unpacked. Entries with names that lead elsewhere or that systems disagree on are left out and
    told; an archive that is made to do harm in any other way is refused whole.

    Parameters
    ----------
    archive : binary file
        The zip file.
    table : tuple, optional
        Name and content of a table that came along.
    limits : OwnLimits
        What it may unpack to.
    progress, cancel : callable, optional
        See `ser_core.progress`; counts bytes.

    Raises
    ------
    ConfigError
        If it is no zip file, is damaged, or holds no recording.
    UnsafeArchiveError
        If it could do harm.
    CancelledError
        If the user asked to stop; nothing is left behind.
    """
    settings.own_dir().mkdir(parents=True, exist_ok=True)
    drop_stale()
    if table is not None and Path(table[0]).suffix.lower() not in ENDINGS:
        raise ConfigError(f"Tables are read from {', '.join(ENDINGS)}, got {table[0]!r}.")
    place = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=settings.own_dir()))
    try:
        findings = unpack_recordings(archive, place / AUDIO, limits=limits, progress=progress, cancel=cancel)
        with _plain_errors():
            kept = None
            if table is not None:
                kept = place / f"table{Path(table[0]).suffix.lower()}"
                kept.write_bytes(table[1])
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return Staged(place, kept, tuple(findings))


@contextlib.contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except SERError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, struct.error) as error:
        raise ConfigError(f"The file is no zip file or it is damaged ({error}). Pack it anew.") from None
    except OSError as error:
        raise ConfigError(f"The file cannot be unpacked: {error.strerror}.") from None


def discard(staged: Staged) -> None:
    """Delete what was uploaded."""
    if staged.place.parent == settings.own_dir() and staged.place.name.startswith(_PREFIX):
        shutil.rmtree(staged.place, ignore_errors=True)


def adopt(staged: Staged, definition: Definition, *, replace_old: bool = False) -> tuple[OwnCorpus, Reading]:
    """Make a corpus of what was uploaded.

    Parameters
    ----------
    staged : Staged
        The upload; it is moved.
    definition : Definition
        Its folder is the upload's or one below.
    replace_old : bool
        Replace a corpus of that name that the user added before.

    Raises
    ------
    ConfigError
        If the name is taken, not a single clip can be used, or the upload is gone.
    """
    if not staged.audio.is_dir():
        raise ConfigError("The upload is no longer here; choose the file again.")
    reading = read(definition)
    store.require_clips(reading)
    home = settings.own_dir() / definition.name
    moved = replace(
        definition,
        folder=home / definition.folder.relative_to(staged.place),
        table=home / definition.table.relative_to(staged.place) if definition.table else None,
        uploaded=True,
    )
    with store.locked():
        store.check_free(definition.name, replace=replace_old)
        # Left by a removal that was interrupted, or to be replaced.
        store.clear_upload(definition.name)
        staged.place.chmod(0o755)
        staged.place.rename(home)
        return store.save(moved, reading), reading


def base_of(staged: Staged, table: Table, column: str) -> Path:
    """The folder that a table's paths start from: that of the upload, or the one folder that everything lies in."""
    candidates = [staged.audio]
    inner = [path for path in staged.audio.iterdir() if path.is_dir()]
    if len(inner) == 1:
        candidates.append(inner[0])
    texts = [cells[column] for _, cells in table.rows[:_PROBED_ROWS] if column in cells]

    def fit(folder: Path) -> int:
        base = folder.resolve()
        return sum(isinstance(paths.find(base, text, row=None), Path) for text in texts)

    return max(candidates, key=fit)


def drop_stale() -> None:
    """Delete uploads of a day ago that nobody made a corpus of."""
    for place in settings.own_dir().glob(f"{_PREFIX}*"):
        if place.is_dir() and not place.is_symlink() and time.time() - place.stat().st_mtime > _STALE_S:
            shutil.rmtree(place, ignore_errors=True)


def unpack_recordings(
    source: BinaryIO,
    folder: Path,
    *,
    limits: OwnLimits = settings.OWN_LIMITS,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> list[Finding]:
    """Unpack the recordings of a zip file into a folder whose parent is there; what was left out is told.

    See `stage` for the parameters, what is refused and how that is told. If anything is refused or cancelled, the
    caller removes the folder.
    """
    with _plain_errors():
        return _unpack(source, folder, limits=limits, progress=progress, cancel=cancel)


def _unpack(source: BinaryIO, folder: Path, *, limits: OwnLimits, progress, cancel) -> list[Finding]:
    _check_directory(source, limits)
    findings: list[Finding] = []
    with zipfile.ZipFile(source) as archive:
        targets = _targets(archive, findings)
        if not targets:
            said = f" {findings[0].message}" if findings else ""
            raise ConfigError(f"The archive holds no recording ({', '.join(AUDIO_ENDINGS)}).{said}")
        _require_harmless(archive, [entry for entry, _ in targets], limits)
        total = sum(entry.file_size for entry, _ in targets)
        free = shutil.disk_usage(folder.parent).free
        if total + _SPARE_BYTES > free:
            raise ConfigError(
                f"The archive would take {total >> 20} MB, and only {free >> 20} MB of the disk are free."
            )
        meter = Meter(progress, total=total, unit="bytes", message="Unpacking", cancel=cancel)
        for entry, target in targets:
            write_entry(archive, entry, folder / target, meter=meter)
    return findings


def _check_directory(source: BinaryIO, limits: OwnLimits) -> None:
    """Refuse a table of contents that is too large to be read at all: zipfile reads it whole."""
    size = source.seek(0, 2)
    source.seek(max(0, size - _END_BYTES - (1 << 16)))
    tail = source.read()
    source.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_BYTES:
        raise zipfile.BadZipFile("it has no table of contents")
    entries, directory_bytes = struct.unpack("<HI", tail[at + 10 : at + 16])
    most = limits.max_unpacked_files
    if entries > most or directory_bytes > most * _DIRECTORY_BYTES_PER_FILE or _LOCATOR in tail[max(0, at - 20) : at]:
        raise UnsafeArchiveError(f"The archive holds more than {most:,} files. Divide it.")


def _targets(archive: zipfile.ZipFile, findings: list[Finding]) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """The entries to unpack and where to; recordings that are left out are told."""
    targets: dict[str, tuple[zipfile.ZipInfo, PurePosixPath]] = {}
    folders: set[str] = set()
    for entry in archive.infolist():
        name = entry.orig_filename
        parts = name.split("/")
        if set(parts) & set(MACOS_EXTRAS) or any(part.startswith(".") and part.strip(".") for part in parts):
            continue  # What systems add by themselves, and what is hidden.
        if not name.lower().endswith(AUDIO_ENDINGS):
            continue
        normal = [unicodedata.normalize("NFC", part) for part in parts]
        folded = unicodedata.normalize("NFKC", "/".join(normal)).casefold()
        above = {parent.as_posix() for parent in PurePosixPath(folded).parents}
        if ".." in parts or name.startswith("/"):
            kind, why = "outside", "leads out of the archive's folder"
        elif not (all(map(_is_safe, normal)) and len(normal) <= _DEEPEST and len(name) <= _LONGEST_PATH):
            kind, why = "name", "has a name that not every system can hold"
        elif folded in targets or folded in folders or not above.isdisjoint(targets):
            kind, why = "duplicate", "is in the archive twice, perhaps in other letters"
        else:
            targets[folded] = (entry, PurePosixPath(*normal))
            folders |= above
            continue
        shown = values.shown(name[:_LONGEST_PATH])
        findings.append(Finding(None, shown, kind, f"'{shown}' {why}; it is left out."))
    return list(targets.values())


def _is_safe(part: str) -> bool:
    return bool(
        part.isprintable()
        and not _UNSAFE.search(part)
        and not _RESERVED.fullmatch(part)
        and part.strip(" .") == part
        and 0 < len(part.encode()) <= _LONGEST_PART_BYTES
    )


def _require_harmless(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], limits: OwnLimits) -> None:
    """Judge all but the names, which were judged: links, encryption, overlaps, sizes and ratios."""

    class Renamed:
        def infolist(self):
            return copies

    copies = []
    for i, entry in enumerate(entries):
        stand_in = copy.copy(entry)
        stand_in.filename = stand_in.orig_filename = f"entry{i}.wav"
        copies.append(stand_in)
    judged = ArchiveLimits(max_entries=limits.max_unpacked_files, max_bytes=limits.max_unpacked_bytes)
    try:
        safe_entries(Renamed(), limits=judged)
    except UnsafeArchiveError as error:
        message = str(error)
        for stand_in, entry in zip(copies, entries, strict=True):
            message = message.replace(repr(stand_in.filename), repr(values.shown(entry.filename)))
        raise UnsafeArchiveError(message) from None
