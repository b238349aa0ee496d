"""Getting a corpus: the published archive whole, or a sample of clips read out of it, or its single files.

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
from ser_core.corpora.connection import PATIENCE, Patience
from ser_core.corpora.listings import Listing
from ser_core.corpora.parts import fetch_listed
from ser_core.corpora.records import Source
from ser_core.corpora.sample import read_sample
from ser_core.corpora.transfer import fetch
from ser_core.errors import DownloadError, SERError
from ser_core.progress import CancelCallback, Meter, ProgressCallback, check_cancel

MIRROR_VARIABLE = "SER_DOWNLOAD_MIRROR"
"""Environment variable with the address of a folder that holds the published archives under their own names; of a
corpus that is published as single files, these and the publisher's list (see `ser_core.corpora.parts.fetch_listed`)."""


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
        What the network carries.
    is_exact : bool
        Whether that size is published; else it is about that much.
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
    is_exact: bool
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
    clips = len(corpus.sample_keys) if sample else corpus.expected["clips"]
    here = corpus.keys_here(root)
    if sample:
        transfer, unpacked = _share(corpus.sources[0], clips / corpus.expected["clips"])
        left = sum(1 for key in corpus.sample_keys if key not in here) / clips
        remaining, disk = int(transfer * left), int(unpacked * left)
    else:
        transfer = sum(_share(source)[0] for source in corpus.sources)
        left = max(0.0, 1 - len(here) / clips)
        states = [_left(corpus, source, root, left=left) for source in corpus.sources]
        remaining, disk = (sum(state[i] for state in states) for i in (0, 1))
    return Plan(
        corpus=corpus.name,
        title=corpus.title,
        sample=sample,
        clips=clips,
        size_bytes=transfer,
        is_exact=not sample and all(getattr(source, "size_bytes", None) is not None for source in corpus.sources),
        remaining_bytes=remaining,
        disk_bytes=disk,
        free_bytes=_free_bytes(corpus.base(root)),
        host=urlsplit(_mirror(base_url) or corpus.sources[0].url).netloc,
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
            if corpus.is_complete(root) if not sample else corpus.keys_here(root).issuperset(corpus.sample_keys):
                return corpus.folder(root)
            _require_room(plan(corpus, sample=sample, root=root, base_url=base_url), corpus.base(root))
            if sample:
                source = corpus.sources[0]
                address = _address(source, base_url)
                return read_sample(
                    corpus, source, address, root=root, progress=progress, cancel=cancel, patience=patience
                )
            for source in corpus.sources:
                if isinstance(source, Listing):
                    mirror = _mirror(base_url)
                    options = {"progress": progress, "cancel": cancel, "patience": patience}
                    fetch_listed(corpus, source, root=root, mirror=mirror, **options)
                else:
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
    if sample and not (corpus.sample_keys and isinstance(corpus.sources[0], Source)):
        raise DownloadError(f"No sample of {corpus.title} is offered. Download the whole corpus instead.")
    return corpus


def _share(source: Source | Listing, share: float = 1.0) -> tuple[int, int]:
    """Bytes that a share of the clips takes on the way and on the disk, about."""
    if isinstance(source, Listing):
        return int(source.about_bytes * share), int(source.about_bytes * share)
    return int(source.expected_bytes * share), int(source.unpacked_bytes * share)


def _left(corpus: Corpus, source: Source | Listing, root: Path | str | None, *, left: float) -> tuple[int, int]:
    """Bytes that are still to come, and that the disk must still hold, with that share of the clips missing."""
    if not left:
        return 0, 0
    if isinstance(source, Listing):
        return _share(source, left)
    remaining = max(0, source.expected_bytes - _received(corpus, source, root))
    return remaining, remaining + source.unpacked_bytes


def _mirror(base_url: str | None) -> str | None:
    mirror = base_url or os.environ.get(MIRROR_VARIABLE, "").strip()
    if not mirror:
        return None
    try:
        urlsplit(mirror)
    except ValueError as error:
        raise DownloadError(f"The download address {mirror!r} is not valid: {error}.") from error
    return mirror.rstrip("/")


def _address(source: Source, base_url: str | None) -> str:
    mirror = _mirror(base_url)
    return f"{mirror}/{quote(source.file)}" if mirror else source.url


def _work_folder(corpus: Corpus, root: Path | str | None) -> Path:
    return corpus.base(root) / ".downloads" / corpus.name


def _received(corpus: Corpus, source: Source, root: Path | str | None) -> int:
    for name in (source.file, f"{source.file}.partial"):
        file = _work_folder(corpus, root) / name
        if file.exists():
            return file.stat().st_size
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
