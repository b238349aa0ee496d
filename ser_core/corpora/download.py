"""Getting a corpus: the published archive whole, or a sample of clips read out of it.

Work in progress lies in ``<data root>/.downloads``; a corpus' own folder only ever holds complete clips. One process
at a time downloads a corpus, others wait for it and find the work done.
"""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from filelock import FileLock, Timeout

from ser_core import corpora
from ser_core.corpora.archive import unpack
from ser_core.corpora.base import Corpus
from ser_core.corpora.records import Source
from ser_core.corpora.sample import read_sample
from ser_core.corpora.transfer import PATIENCE, Patience, fetch
from ser_core.errors import DownloadError, SERError
from ser_core.progress import CancelCallback, Meter, ProgressCallback, check_cancel

MIRROR_VARIABLE = "SER_DOWNLOAD_MIRROR"
"""Environment variable with the address of a folder that holds the published archives under their own names."""


@dataclass(frozen=True)
class Plan:
    """What a download will ask for, to be shown before it starts.

    Attributes
    ----------
    corpus, title : str
        Name and title of the corpus.
    sample : bool
        Whether only the sample is read.
    clips : int
        Clips it brings.
    size_bytes : int
        What the network carries; of a sample about.
    remaining_bytes : int
        What is left of it after earlier attempts.
    disk_bytes : int
        What the disk must still hold while unpacking, about.
    free_bytes : int
        What the disk can hold.
    host : str
        Server that is asked.
    licence, licence_url, citation, homepage : str
        Of the corpus.
    """

    corpus: str
    title: str
    sample: bool
    clips: int
    size_bytes: int
    remaining_bytes: int
    disk_bytes: int
    free_bytes: int
    host: str
    licence: str
    licence_url: str
    citation: str
    homepage: str

    @property
    def fits(self) -> bool:
        """Whether the disk has room for it."""
        return self.disk_bytes <= self.free_bytes


def plan(
    corpus: Corpus | str, *, sample: bool = False, root: Path | str | None = None, base_url: str | None = None
) -> Plan:
    """What downloading a corpus, or its sample, will ask for. Asks no server.

    Raises
    ------
    DownloadError
        If the corpus is not offered for download; the message says how to get it.
    """
    corpus = _downloadable(corpus, sample=sample)
    size = sum(source.size_bytes for source in corpus.sources)
    unpacked = sum(source.unpacked_bytes for source in corpus.sources)
    clips = corpus.expected["clips"]
    if sample:
        here = {clip.key for clip in corpus.clips(root)}
        left = sum(1 for key in corpus.sample_keys if key not in here)
        wanted = len(corpus.sample_keys)
        transfer, remaining, disk = size * wanted // clips, size * left // clips, unpacked * left // clips
        clips = wanted
    else:
        remaining = sum(source.size_bytes - _received(corpus, source, root) for source in corpus.sources)
        transfer, disk = size, remaining + unpacked
        if corpus.found(root) >= clips:
            remaining = disk = 0
    return Plan(
        corpus=corpus.name,
        title=corpus.title,
        sample=sample,
        clips=clips,
        size_bytes=transfer,
        remaining_bytes=remaining,
        disk_bytes=disk,
        free_bytes=_free_bytes(corpus.base(root)),
        host=urlsplit(_address(corpus.sources[0], base_url)).netloc,
        licence=corpus.licence,
        licence_url=corpus.licence_url,
        citation=corpus.citation,
        homepage=corpus.homepage,
    )


def download(
    corpus: Corpus | str,
    *,
    root: Path | str | None = None,
    sample: bool = False,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
    base_url: str | None = None,
    patience: Patience = PATIENCE,
) -> Path:
    """Download a corpus, or its sample, into its folder under the data root; clips that are there stay.

    Parameters
    ----------
    corpus : Corpus or str
        Which.
    root : Path or str, optional
        Data root.
    sample : bool
        Read only `Corpus.sample_keys` out of the published archive.
    progress, cancel : callable, optional
        See `ser_core.progress`; counts bytes, first of the download, then of checking and unpacking.
    base_url : str, optional
        Address of a folder that holds the archives under their own names, in place of the published address; by
        default the environment variable ``SER_DOWNLOAD_MIRROR``.
    patience : Patience
        How long to go on with a server that fails.

    Returns
    -------
    Path
        Folder of the corpus.

    Raises
    ------
    DownloadError
        If it cannot be downloaded or there is no room; what was received stays, to go on from, unless its checksum is
        wrong.
    UnsafeArchiveError
        If the archive could do harm; nothing of it stays.
    CancelledError
        If the user asked to stop; what was received stays.
    """
    corpus = _downloadable(corpus, sample=sample)
    try:
        with _alone(corpus, root, progress=progress, cancel=cancel):
            check_cancel(cancel)
            if _is_complete(corpus, root, sample=sample):
                return corpus.folder(root)
            _require_room(plan(corpus, sample=sample, root=root, base_url=base_url), corpus.base(root))
            if sample:
                source = corpus.sources[0]
                address = _address(source, base_url)
                return read_sample(
                    corpus, source, address, root=root, progress=progress, cancel=cancel, patience=patience
                )
            for source in corpus.sources:
                _get(corpus, source, root, base_url=base_url, progress=progress, cancel=cancel, patience=patience)
            return corpus.folder(root)
    except SERError:
        raise
    except OSError as error:
        raise _disk_error(error, corpus.base(root)) from error


def _get(
    corpus: Corpus,
    source: Source,
    root: Path | str | None,
    *,
    base_url: str | None,
    progress: ProgressCallback | None,
    cancel: CancelCallback | None,
    patience: Patience,
) -> None:
    file = _work_folder(corpus, root) / source.file
    if not file.exists():
        fetch(
            _address(source, base_url),
            file,
            size_bytes=source.size_bytes,
            md5=source.md5,
            message=f"Downloading {corpus.title}",
            progress=progress,
            cancel=cancel,
            patience=patience,
        )
    try:
        unpack(file, corpus.folder(root), progress=progress, cancel=cancel)
    except DownloadError:
        # Damaged or hostile: to keep it would only repeat the failure.
        file.unlink()
        raise
    file.unlink()
    with contextlib.suppress(OSError):
        file.parent.rmdir()


def _downloadable(corpus: Corpus | str, *, sample: bool) -> Corpus:
    corpus = corpora.get(corpus) if isinstance(corpus, str) else corpus
    how = corpus.how_to_get or f"See {corpus.homepage}."
    if not corpus.sources:
        raise DownloadError(f"{corpus.title} is not offered for download. {how}")
    if sample and not corpus.sample_keys:
        raise DownloadError(f"No sample of {corpus.title} is offered. Download the whole corpus instead.")
    return corpus


def _is_complete(corpus: Corpus, root: Path | str | None, *, sample: bool) -> bool:
    here = {clip.key for clip in corpus.clips(root)}
    return here.issuperset(corpus.sample_keys) if sample else len(here) >= corpus.expected["clips"]


def _address(source: Source, base_url: str | None) -> str:
    mirror = base_url or os.environ.get(MIRROR_VARIABLE, "").strip()
    address = f"{mirror.rstrip('/')}/{quote(source.file)}" if mirror else source.url
    try:
        urlsplit(address)
    except ValueError as error:
        raise DownloadError(f"The download address {address!r} is not valid: {error}.") from error
    return address


def _work_folder(corpus: Corpus, root: Path | str | None) -> Path:
    return corpus.base(root) / ".downloads" / corpus.name


def _received(corpus: Corpus, source: Source, root: Path | str | None) -> int:
    for name in (source.file, f"{source.file}.partial"):
        file = _work_folder(corpus, root) / name
        if file.exists():
            return min(file.stat().st_size, source.size_bytes)
    return 0


def _free_bytes(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _require_room(wanted: Plan, folder: Path) -> None:
    if not wanted.fits:
        raise DownloadError(
            f"{wanted.title} needs {wanted.disk_bytes / 1e6:.0f} MB in {folder}; {wanted.free_bytes / 1e6:.0f} MB are "
            "free. Make room, or set SER_DATA_ROOT to a folder on a larger disk."
        )


def _disk_error(error: OSError, folder: Path) -> DownloadError:
    reasons = {
        errno.ENOSPC: "the disk is full. Make room and start again: the download goes on from there",
        errno.EDQUOT: "your quota is used up. Make room and start again: the download goes on from there",
        errno.EACCES: "it may not be written to. Set SER_DATA_ROOT to a folder of your own",
        errno.EPERM: "it may not be written to. Set SER_DATA_ROOT to a folder of your own",
        errno.EROFS: "it is on a read-only disk. Set SER_DATA_ROOT to another folder",
    }
    return DownloadError(f"Could not write to {folder}: {reasons.get(error.errno, error)}.")


@contextlib.contextmanager
def _alone(
    corpus: Corpus,
    root: Path | str | None,
    *,
    progress: ProgressCallback | None,
    cancel: CancelCallback | None,
) -> Iterator[None]:
    file = corpus.base(root) / ".downloads" / f"{corpus.name}.lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    lock, meter = FileLock(file), None
    while not lock.is_locked:
        try:
            lock.acquire(timeout=0.25)
        except Timeout:
            message = f"Waiting for another download of {corpus.title}"
            meter = meter or Meter(progress, unit="bytes", message=message, cancel=cancel)
            meter.add(0)
    try:
        yield
    finally:
        lock.release()
