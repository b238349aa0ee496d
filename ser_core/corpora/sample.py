"""Reading a few clips out of a published zip file without downloading the rest.

`zipfile` reads through a file object whose bytes come by HTTP ranges: one request for the archive's table of contents
and one per clip. (remotezip does the same over requests, but has neither retries nor a way to cancel.)
"""

import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from ser_core.corpora.archive import safe_entries, write_entry
from ser_core.corpora.base import Corpus
from ser_core.corpora.connection import PATIENCE, Patience, connect
from ser_core.corpora.records import Source
from ser_core.corpora.transfer import fetch_range
from ser_core.errors import DownloadError
from ser_core.files import atomic_path
from ser_core.progress import CancelCallback, Meter, ProgressCallback

# The table of contents of 1440 clips takes about 150 kB: one request reads it whole.
TAIL_BYTES = 256 << 10
MAX_REQUEST_BYTES = 32 << 20
_HEADER_BYTES = 30
_EXTRA_BYTES = 256


class RangeFile(io.RawIOBase):
    """A file whose bytes are fetched when they are read; holds the last stretch that was fetched.

    Parameters
    ----------
    fetch : callable
        Called with start and stop; returns these bytes.
    size_bytes : int
        Size of the file.
    """

    def __init__(self, fetch: Callable[[int, int], bytes], *, size_bytes: int):
        super().__init__()
        self._fetch = fetch
        self._size = size_bytes
        self._position = 0
        self._start = 0
        self._held = b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if position < 0:
            raise OSError(f"Cannot seek to byte {position}.")
        self._position = position
        return position

    def readinto(self, buffer) -> int:
        stop = min(self._position + len(buffer), self._size)
        count = max(0, stop - self._position)
        if count:
            self.hold(self._position, stop)
            first = self._position - self._start
            buffer[:count] = self._held[first : first + count]
            self._position = stop
        return count

    def hold(self, start: int, stop: int) -> None:
        """Fetch a stretch in one request, unless it is held already.

        Raises
        ------
        DownloadError
            If it is longer than any honest archive needs.
        """
        stop = min(stop, self._size)
        if self._start <= start and stop <= self._start + len(self._held):
            return
        if stop - start > MAX_REQUEST_BYTES:
            raise DownloadError(f"The archive asks for {stop - start} bytes at once, so it is damaged; stopped there.")
        self._held = self._fetch(start, stop)
        self._start = start


def read_sample(
    corpus: Corpus,
    source: Source,
    url: str,
    *,
    root: Path | str | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
    patience: Patience = PATIENCE,
) -> Path:
    """Read the clips of `Corpus.sample_keys` that are not here yet; each appears complete and checked by its CRC.

    Parameters
    ----------
    corpus : Corpus
        Whose sample.
    source : Source
        The published archive.
    url : str
        Where it is.
    root : Path or str, optional
        Data root.
    progress, cancel : callable, optional
        See `ser_core.progress`; counts bytes as unpacked.
    patience : Patience
        How long to go on with a server that fails.

    Raises
    ------
    DownloadError
        If the server does not offer parts of files, fails, or the archive is not the published one.
    CancelledError
        If the user asked to stop; the clips read so far stay.
    """
    folder = corpus.folder(root)
    here = corpus.keys_here(root)
    wanted = [key for key in corpus.sample_keys if key not in here]
    meter = Meter(progress, unit="bytes", message="Reading the table of contents", cancel=cancel)
    with connect(patience) as client:

        def fetch(start: int, stop: int) -> bytes:
            return fetch_range(client, url, start, stop, size_bytes=source.size_bytes, meter=meter, patience=patience)

        remote = RangeFile(fetch, size_bytes=source.size_bytes)
        remote.hold(max(0, source.size_bytes - TAIL_BYTES), source.size_bytes)
        try:
            with zipfile.ZipFile(remote) as archive:
                entries = _entries(corpus, archive, wanted)
                total = sum(entry.file_size for entry in entries)
                meter = Meter(progress, total=total, unit="bytes", message="Reading clips", cancel=cancel)
                for i, entry in enumerate(entries):
                    meter.message = f"Reading clip {i + 1} of {len(entries)}"
                    start = entry.header_offset
                    name_bytes = len(entry.orig_filename)
                    remote.hold(start, start + _HEADER_BYTES + name_bytes + _EXTRA_BYTES + entry.compress_size)
                    with atomic_path(folder / entry.filename) as temporary:
                        write_entry(archive, entry, temporary, meter=meter)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise DownloadError(
                f"The archive at {client.build_request('GET', url).url.host} is damaged ({error}). The clips read "
                "before are kept; try again later."
            ) from error
    return folder


def _entries(corpus: Corpus, archive: zipfile.ZipFile, keys: list[str]) -> list[zipfile.ZipInfo]:
    """Entries of the wanted clips, in the order in which they lie in the archive."""
    wanted, found = set(keys), {}
    for entry in safe_entries(archive):
        fields = corpus.parse(PurePosixPath(entry.filename))
        if fields is not None and fields["key"] in wanted:
            found.setdefault(fields["key"], entry)
    if missing := sorted(wanted - set(found)):
        raise DownloadError(
            f"The archive lacks {len(missing)} clips of the sample, {missing[0]} first. Try again later."
        )
    return sorted(found.values(), key=lambda entry: entry.header_offset)
