"""Finding audio files and reading their format and checksum, each file once."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import soundfile

from ser_core import settings
from ser_core.corpora.tables import write_table
from ser_core.errors import AudioError, CancelledError
from ser_core.files import read_parquet
from ser_core.progress import CancelCallback, Meter, ProgressCallback

AUDIO_ENDINGS = (
    *(".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aac", ".webm", ".aif", ".aiff"),
    *(".oga", ".weba", ".aifc", ".au", ".caf", ".w64", ".rf64", ".wma", ".amr"),
)
"""Endings that soundfile or PyAV reads, the most likely first."""

MEASURED = {"sampling_rate": "Int64", "channels": "Int64", "duration_s": "float64", "sha256": "str"}


# Bytes; the specification of Git LFS says that pointers are smaller.
_LARGEST_POINTER = 1024


def audio_files(folder: Path) -> Iterator[Path]:
    """Audio files at any depth: a folder's own files before its subfolders', each by name.

    Hidden files and folders are left out, as are links that lead out of `folder` and linked folders (they can loop).
    """
    yield from _walk(str(folder), Path(folder).resolve())


def _walk(place: str, inside: Path) -> Iterator[Path]:
    # By os.scandir, which knows files from links without asking the disk about each: thousands lie in one folder.
    try:
        with os.scandir(place) as found:
            entries = sorted((entry for entry in found if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except OSError:
        return
    folders = []
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            folders.append(entry.path)
        elif entry.name[entry.name.rfind(".") :].lower() in AUDIO_ENDINGS and _is_inside(entry, inside):
            yield Path(entry.path)
    for folder in folders:
        yield from _walk(folder, inside)


def _is_inside(entry: os.DirEntry, inside: Path) -> bool:
    return not entry.is_symlink() or (entry.is_file() and Path(entry.path).resolve().is_relative_to(inside))


def audio_format(file: Path) -> tuple[int | None, int | None, float | None]:
    """Sampling rate in Hz, channels and duration in seconds from a file's header; None for each if it has none."""
    try:
        info = soundfile.info(_named(file))
        return info.samplerate, info.channels, info.duration
    except (soundfile.SoundFileError, OSError):
        return _format_by_pyav(file)


def _named(file: Path) -> str | bytes:
    """A file's name as libsndfile takes it: as text, or as bytes where it is no text."""
    try:
        str(file).encode()
    except UnicodeEncodeError:
        return os.fsencode(file)
    return str(file)


def _format_by_pyav(file: Path) -> tuple[int | None, int | None, float | None]:
    import av

    try:
        with av.open(str(file)) as container:
            stream = container.streams.audio[0]
            duration = container.duration / av.time_base if container.duration else None
            return stream.rate, stream.channels, duration
    except (av.error.FFmpegError, IndexError, OSError, ValueError):
        return None, None, None


def is_lfs_pointer(file: Path) -> bool:
    """Whether a file is the small text that Git LFS leaves in place of the audio."""
    from ser_core.audio.sniffing import is_lfs_pointer

    try:
        if file.stat().st_size > _LARGEST_POINTER:
            return False
        with file.open("rb") as stream:
            return is_lfs_pointer(stream.read(64))
    except OSError:
        return False


def fault(file: Path) -> str:
    """Why a file without a format cannot be read as audio, with advice."""
    from ser_core.audio import decode

    try:
        decode(file)
    except AudioError as error:
        return str(error)
    return "Its header states no sampling rate. Convert it to WAV or FLAC."


def measure(
    files: list[Path],
    *,
    folder: Path,
    name: str,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> pd.DataFrame:
    """Format and checksum of each file, from the cache where size and time of change are still the same.

    Parameters
    ----------
    files : list of Path
        Files below `folder`.
    folder : Path
        Data root; the cache holds one table per corpus and data root.
    name : str
        Name of the corpus, for the cache and the progress message.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Returns
    -------
    DataFrame
        ``sampling_rate, channels, duration_s, sha256`` in the order of `files`.

    Raises
    ------
    CancelledError
        If the user asked to stop; what was read stays in the cache.
    """
    cache = _cache_file(folder, name)
    known = _read_cache(cache)
    keys = [_key(file, folder) for file in files]
    new = [i for i, key in enumerate(keys) if key not in known]
    meter = Meter(progress, total=len(new), unit="clips", message=f"Reading {name}", cancel=cancel) if new else None
    try:
        for i in new:
            with files[i].open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            known[keys[i]] = (*audio_format(files[i]), digest)
            meter.add()
    except CancelledError:
        _write_cache(cache, known)
        raise
    if new or len(known) > len(keys):
        _write_cache(cache, {key: known[key] for key in keys})
    return pd.DataFrame([known[key] for key in keys], columns=list(MEASURED)).astype(MEASURED)


def _key(file: Path, folder: Path) -> tuple[str, int, int]:
    status = file.stat()
    return file.relative_to(folder).as_posix(), status.st_size, status.st_mtime_ns


def _cache_file(folder: Path, name: str) -> Path:
    place = hashlib.sha256(str(Path(folder).resolve()).encode()).hexdigest()[:16]
    return settings.cache_dir() / "scans" / f"{name}-{place}.parquet"


def _read_cache(file: Path) -> dict[tuple[str, int, int], tuple]:
    # A cache that cannot be read is no loss: everything in it can be read off the files again.
    try:
        table = read_parquet(file)
        keys = zip(table["file"], table["size"], table["changed"], strict=True)
        values = table[list(MEASURED)].astype(object).where(table[list(MEASURED)].notna(), None)
        return dict(zip(keys, values.itertuples(index=False, name=None), strict=True))
    except (OSError, ValueError, KeyError):
        return {}


def _write_cache(file: Path, known: dict[tuple[str, int, int], tuple]) -> None:
    keys = pd.DataFrame(list(known), columns=["file", "size", "changed"])
    values = pd.DataFrame(list(known.values()), columns=list(MEASURED)).astype(MEASURED)
    with contextlib.suppress(OSError):
        write_table(pd.concat([keys, values], axis=1), file)
