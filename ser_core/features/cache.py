"""The feature cache: arrays on disk under (audio SHA-256, spec hash), safe under several processes, bounded."""

import contextlib
import re
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ser_core.errors import ConfigError
from ser_core.features import segments
from ser_core.features.segment_folder import SegmentFolder, listed, remove
from ser_core.settings import cache_dir

_KEY = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{3,127}")
_KEEP_FRACTION = 0.9
# Segments below this size are merged; of a small bound it is a share, or one merged segment would be most of it.
_SMALL_BYTES = 2**25
_SMALL_SHARE = 64
# What is arranged is evicted as a whole, too: no file may be most of the cache.
_ARRANGED_SHARE = 4
# Left behind by a process that was killed while it wrote; a living one is done long before.
_STALE_S = 3600.0


class FeatureCache:
    """Features packed into a few files per spec, see `ser_core.features.segments`.

    Whoever adds rows writes a new file; small ones are merged from time to time, so that a corpus opens from a few.
    `arrange` makes it one, in order.
    A file that is broken counts as missing and is removed.

    Parameters
    ----------
    folder : Path or str, optional
        Where the files lie; ``features`` in the cache folder of the settings unless given.
    max_bytes : int
        The oldest files go when the folder holds more than this.
    """

    def __init__(self, folder: Path | str | None = None, *, max_bytes: int = 4 * 2**30):
        if max_bytes <= 0:
            raise ConfigError(f"max_bytes must be above 0, got {max_bytes}.")
        self.folder = Path(folder) if folder is not None else cache_dir() / "features"
        self.max_bytes = max_bytes
        self._folders: dict[str, SegmentFolder] = {}
        self._lock = threading.RLock()
        self._bytes: int | None = None

    def get(self, sha256: str, spec_hash: str) -> np.ndarray | None:
        """The stored array, or None."""
        rows, found = self.get_many([sha256], spec_hash)
        return rows[0] if found[0] else None

    def put(self, sha256: str, spec_hash: str, array: np.ndarray) -> None:
        """Store an array; what was there is replaced."""
        self.put_many([sha256], spec_hash, np.asarray(array)[None])

    def has_many(self, hashes: Sequence[str], spec_hash: str) -> np.ndarray:
        """Which of the clips are stored, without reading their features [shape=(n,)], bool."""
        keys = [_checked(sha256) for sha256 in hashes]
        with self._lock:
            return self._folder(spec_hash).has(keys)

    def get_many(self, hashes: Sequence[str], spec_hash: str) -> tuple[np.ndarray | None, np.ndarray]:
        """The stored arrays of many clips.

        Parameters
        ----------
        hashes : sequence of str
            SHA-256 of each clip's audio.
        spec_hash : str
            Second half of the key.

        Returns
        -------
        rows : np.ndarray [shape=(n, ...)] or None
            In the order of `hashes`; undefined where nothing was found, None where that is everywhere. The caller's to
            change: the cache does not see it.
        found : np.ndarray [shape=(n,)], bool
            Which were found. Rows of another shape than the newest one's count as missing.

        Raises
        ------
        ConfigError
            If a key holds anything but letters, digits and hyphens.
        """
        keys = [_checked(sha256) for sha256 in hashes]
        with self._lock:
            return self._folder(spec_hash).read(keys)

    def put_many(self, hashes: Sequence[str], spec_hash: str, rows: np.ndarray) -> None:
        """Store the arrays of many clips in one step; what was there is replaced.

        Parameters
        ----------
        hashes : sequence of str
            SHA-256 of each clip's audio.
        spec_hash : str
            Second half of the key.
        rows : np.ndarray [shape=(n, ...)]
            One per clip.

        Raises
        ------
        ConfigError
            If a key holds anything but letters, digits and hyphens, or there are not as many keys as rows.
        """
        rows = np.asarray(rows)
        if len(hashes) != len(rows):
            raise ConfigError(f"Each row is stored under one key, got {len(rows)} rows and {len(hashes)} keys.")
        if not len(rows):
            return
        keys = [_checked(sha256) for sha256 in hashes]
        with self._lock:
            folder = self._folder(spec_hash)
            size = folder.add(keys, rows)
            if folder.merge(small_bytes=min(_SMALL_BYTES, self.max_bytes // _SMALL_SHARE)):
                self._bytes = None  # Counted anew now and then: other processes write here, too.
            if self._bytes is None:
                self._bytes = sum(size for _, size in self._files())
            else:
                self._bytes += size
            if self._bytes > self.max_bytes:
                self._evict()

    def arrange(self, hashes: Sequence[str], spec_hash: str) -> None:
        """Let the arrays of many clips, all of them stored, lie in the order in which they will be asked for.

        `get_many` of these clips, or of some that follow each other, then opens the file where it would copy it. Safe
        beside other processes; nothing happens where it would not help, or where the file would take more than a
        quarter of what the cache may hold.
        """
        keys = [_checked(sha256) for sha256 in hashes]
        with self._lock:
            self._folder(spec_hash).arrange(keys, at_most=self.max_bytes // _ARRANGED_SHARE)
            self._bytes = None

    def _folder(self, spec_hash: str) -> SegmentFolder:
        if spec_hash not in self._folders:
            self._folders[spec_hash] = SegmentFolder(self.folder / _checked(spec_hash))
        return self._folders[spec_hash]

    def _files(self) -> list[tuple[Path, int]]:
        """(file, bytes) of every segment, the oldest first; removes what killed processes left half-written."""
        files = []
        if self.folder.is_dir():
            for folder in self.folder.iterdir():
                files += listed(folder)
                for path in folder.glob(f".*{segments.SUFFIX}"):
                    with contextlib.suppress(FileNotFoundError):
                        if time.time() - path.stat().st_mtime > _STALE_S:
                            remove(path)
        return sorted(files, key=lambda file: file[0].name)

    def _evict(self) -> None:
        """Remove the oldest files until `_KEEP_FRACTION` of the bound is left, so that not every `put` has to."""
        files = self._files()
        total = sum(size for _, size in files)
        for path, size in files:
            if total <= self.max_bytes * _KEEP_FRACTION:
                break
            if remove(path):
                total -= size
        self._bytes = total


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ConfigError(f"A cache key is 4 to 128 letters, digits or hyphens, got {key!r}.")
    return key
