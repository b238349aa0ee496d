"""The segments of one spec: which clip's row lies where, and how many small ones become a larger one."""

import contextlib
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import filelock
import numpy as np

from ser_core.features import segments
from ser_core.features.segments import BrokenSegmentError, Segment

# Small segments are merged when there are so many of them, into ones of about this size.
_MANY = 16
_MERGED_BYTES = 2**26
# From so many bytes on, an array is read by threads, or mapped where it lies in one piece.
_LARGE_BYTES = 2**24
_READERS = 4
# Rows are put in order where one file lacks more than this share of them: a clip more moves no whole corpus.
_OUT_OF_ORDER = 1 / 8
# Held at a time while rows are put in order, bytes; and how long to wait for others who merge, seconds.
_BLOCK_BYTES = 2**23
_PATIENCE_S = 30.0
# Whoever replaces segments by another one holds it.
_LOCK = ".merging.lock"
# How often a reader follows other processes that merge under its hands.
_ATTEMPTS = 20


class SegmentFolder:
    """The segments of one folder, read and extended beside other processes that do the same.

    Parameters
    ----------
    folder : Path
        Where they lie; need not exist.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._segments: dict[str, Segment] = {}
        self._places: dict[str, tuple[str, int]] = {}

    def has(self, keys: Sequence[str]) -> np.ndarray:
        """Which keys are there [shape=(n,)], bool."""
        self._refresh()
        return np.array([key in self._places for key in keys], dtype=bool)

    def read(self, keys: Sequence[str]) -> tuple[np.ndarray | None, np.ndarray]:
        """The rows of some keys; see `ser_core.features.cache.FeatureCache.get_many`."""
        for _ in range(_ATTEMPTS):
            self._refresh()
            # Where another process has just merged or evicted a segment, or a broken one was just removed: look again.
            with contextlib.suppress(FileNotFoundError, BrokenSegmentError):
                return self._read(keys)
        return None, np.zeros(len(keys), dtype=bool)

    def add(self, keys: Sequence[str], rows: np.ndarray) -> int:
        """Write rows into a segment of their own and return its size, bytes."""
        path = self.folder / _name(f"{time.time_ns():020d}")
        return segments.write(path, keys, [rows], shape=rows.shape, dtype=rows.dtype)

    def merge(self, *, small_bytes: int) -> bool:
        """Turn many segments below `small_bytes` into a larger one; False where there is nothing to do.

        Safe beside other processes: only what was read is removed.
        """
        small = [(path, size) for path, size in listed(self.folder) if size < small_bytes]
        if len(small) < _MANY:
            return False
        lock = filelock.FileLock(self.folder / _LOCK)
        with contextlib.suppress(filelock.Timeout), lock.acquire(timeout=0):
            parts, total = [], 0
            for path, size in small:
                with contextlib.suppress(FileNotFoundError):
                    parts += [part for part in [_opened(path)] if part is not None]
                    total += size
                if total >= _MERGED_BYTES:
                    break
            alike = [part for part in parts if _form(part) == _form(parts[-1])]
            # Where a part has gone or is broken, the others stay as they are until the next time.
            with contextlib.suppress(FileNotFoundError, BrokenSegmentError):
                if len(alike) > 1:
                    _write_merged(self.folder, alike)
                    for part in alike:
                        remove(part.path)
        return True

    def arrange(self, keys: Sequence[str], *, at_most: int) -> None:
        """Put the rows of `keys` into one file, in this order, so that they can be mapped rather than copied.

        Memory for an array of hundreds of megabytes has to be found and cleared first, which takes many times as long
        as reading what the system still holds of a file. Files that hold some of the rows are replaced by the new one,
        what else they held comes behind. Nothing is done where a row is missing, for small arrays, where nearly all
        rows are in one file already, and where the file would be larger than `at_most` bytes.
        """
        lock = filelock.FileLock(self.folder / _LOCK)
        with contextlib.suppress(filelock.Timeout), lock.acquire(timeout=_PATIENCE_S):
            self._refresh()
            # Where a part has gone or is broken, the others stay as they are.
            with contextlib.suppress(FileNotFoundError, BrokenSegmentError):
                self._arrange(keys, at_most)

    def _arrange(self, keys: Sequence[str], at_most: int) -> None:
        if any(key not in self._places for key in keys):
            return
        held = Counter(self._places[key][0] for key in keys)
        parts = [segment for name, segment in self._segments.items() if name in held]
        in_one = max(held.values(), default=0)
        if in_one >= (1 - _OUT_OF_ORDER) * len(keys) or len({_form(part) for part in parts}) > 1:
            return
        here = {part.path.name for part in parts}
        wanted = set(keys)
        others = dict.fromkeys(
            key for part in parts for key in part.keys if key not in wanted and self._places[key][0] in here
        )
        order, newest = [*keys, *others], parts[-1]
        if not _LARGE_BYTES <= len(keys) * newest.row_bytes <= len(order) * newest.row_bytes <= at_most:
            return

        def rows() -> Iterator[np.ndarray]:
            step = max(1, _BLOCK_BYTES // newest.row_bytes)
            for i in range(0, len(order), step):
                yield self._copied(order[i : i + step])[0]

        path = self.folder / _name(newest.path.name.partition("-")[0])
        segments.write(path, order, rows(), shape=(len(order), *newest.shape[1:]), dtype=newest.dtype)
        for part in parts:
            remove(part.path)

    def _refresh(self) -> None:
        """Take in new segments, forget those that have gone."""
        for _ in range(_ATTEMPTS):
            names = [path.name for path, _ in listed(self.folder)]
            if names == list(self._segments):
                return
            opened = dict(self._segments)
            try:
                for name in names:
                    if name not in opened and (segment := _opened(self.folder / name)) is not None:
                        opened[name] = segment
            except FileNotFoundError:
                continue  # Merged into another between listing and opening.
            self._segments = {name: opened[name] for name in names if name in opened}
            # The newest last: it replaces what was there.
            self._places = {
                key: (name, row) for name, segment in self._segments.items() for row, key in enumerate(segment.keys)
            }
            return

    def _read(self, keys: Sequence[str]) -> tuple[np.ndarray | None, np.ndarray]:
        rows = self._mapped(keys)
        return (rows, np.ones(len(keys), dtype=bool)) if rows is not None else self._copied(keys)

    def _mapped(self, keys: Sequence[str]) -> np.ndarray | None:
        """The rows where they are large and lie in this order in one file, else None."""
        name, first = self._places.get(keys[0], ("", 0)) if keys else ("", 0)
        segment, stop = self._segments.get(name), first + len(keys)
        if segment is None or len(keys) * segment.row_bytes < _LARGE_BYTES or segment.keys[first:stop] != tuple(keys):
            return None
        if any(self._places[key][0] != name for key in keys):  # Replaced since.
            return None
        with _removed_if_broken(segment):
            return segment.mapped(first, stop)

    def _copied(self, keys: Sequence[str]) -> tuple[np.ndarray | None, np.ndarray]:
        """What is there of the rows, in memory of their own."""
        found = np.zeros(len(keys), dtype=bool)
        wanted: dict[str, tuple[list[int], list[int]]] = {}
        for i, key in enumerate(keys):
            if key in self._places:
                name, row = self._places[key]
                rows, at = wanted.setdefault(name, ([], []))
                rows.append(row)
                at.append(i)
        if not wanted:
            return None, found
        newest = self._segments[max(wanted)]
        out = np.empty((len(keys), *newest.shape[1:]), dtype=newest.dtype)
        alike = [name for name in wanted if _form(self._segments[name]) == _form(newest)]

        def read(name: str) -> None:
            segment = self._segments[name]
            rows, at = wanted[name]
            with _removed_if_broken(segment):
                segment.read_into(out, rows=np.array(rows), at=np.array(at))
            found[at] = True

        # Reading and checking leave the interpreter to others: two threads take half the time of one.
        if out.nbytes < _LARGE_BYTES:
            for name in alike:
                read(name)
        else:
            with ThreadPoolExecutor(_READERS) as readers:
                for _ in readers.map(read, alike):
                    pass
        return out, found


def listed(folder: Path) -> list[tuple[Path, int]]:
    """(file, bytes) of the segments of a folder, the oldest first, without those that are being written."""
    files = []
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for path in folder.iterdir():
            if path.suffix == segments.SUFFIX and not path.name.startswith("."):
                with contextlib.suppress(FileNotFoundError):
                    files.append((path, path.stat().st_size))
    return sorted(files)


def remove(path: Path) -> bool:
    """Remove a file if possible; whether it is gone."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _name(age: str) -> str:
    """A name of its own that sorts by age, nanoseconds in 20 digits."""
    return f"{age}-{secrets.token_hex(4)}{segments.SUFFIX}"


def _form(segment: Segment) -> tuple:
    """What rows have to share to stand in one array."""
    return segment.dtype, segment.shape[1:]


def _opened(path: Path) -> Segment | None:
    """The segment; None where it is broken, and then it is removed."""
    try:
        return segments.open_segment(path)
    except BrokenSegmentError:
        remove(path)
        return None


@contextlib.contextmanager
def _removed_if_broken(segment: Segment) -> Iterator[None]:
    try:
        yield
    except BrokenSegmentError:
        remove(segment.path)
        raise


def _write_merged(folder: Path, parts: list[Segment]) -> None:
    """Write the rows of several segments, the oldest first, into one of the age of the newest."""
    last = {key: (part.path, row) for part in parts for row, key in enumerate(part.keys)}
    keeps = [[row for row, key in enumerate(part.keys) if last[key] == (part.path, row)] for part in parts]

    def rows() -> Iterator[np.ndarray]:
        for part, keep in zip(parts, keeps, strict=True):
            with _removed_if_broken(part):
                stored = part.read()
            yield stored[keep]

    keys = [part.keys[row] for part, keep in zip(parts, keeps, strict=True) for row in keep]
    newest = parts[-1]
    path = folder / _name(newest.path.name.partition("-")[0])
    segments.write(path, keys, rows(), shape=(len(keys), *newest.shape[1:]), dtype=newest.dtype)
