"""Files that hold the features of many clips under one spec: keys, checksums and rows, never changed once written.

A segment is three NPY arrays after one another in one file: checksums, keys, rows. It is written beside its place and
moved there in one step. What a crash or a full disk leaves broken shows in its size or its checksums: of each row, and
last that of the bytes between the checksums and the rows.
"""

import io
import math
import mmap
import os
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy

from ser_core.files import atomic_path

SUFFIX = ".seg"
# Read at a time: small enough that the checksum finds it in the processor's cache.
_BLOCK_BYTES = 2**19
# From so many neighbours on, rows that are asked for in the order of the file are read straight to their places.
_MIN_RUN = 4


class BrokenSegmentError(ValueError):
    """A file that is no whole segment."""


@dataclass(frozen=True)
class Segment:
    """A segment whose keys have been read.

    Attributes
    ----------
    path : Path
        The file.
    keys : tuple of str
        Key of each row.
    checksums : np.ndarray [shape=(n,)]
        uint32, of each row.
    dtype : np.dtype
        Of the rows.
    shape : tuple of int
        Of all rows, the first axis being their number.
    offset : int
        Where the rows begin, bytes.
    """

    path: Path
    keys: tuple[str, ...]
    checksums: np.ndarray
    dtype: np.dtype
    shape: tuple[int, ...]
    offset: int

    @property
    def size(self) -> int:
        """Of the whole file, bytes."""
        return self.offset + self.shape[0] * self.row_bytes

    @property
    def row_bytes(self) -> int:
        """Of one row, bytes."""
        return self.dtype.itemsize * math.prod(self.shape[1:])

    def mapped(self, first: int, stop: int) -> np.ndarray:
        """Neighbouring rows where the system already has them, without a copy and without memory of their own.

        Parameters
        ----------
        first, stop : int
            The rows.

        Returns
        -------
        np.ndarray [shape=(stop - first, ...)]
            Read and compared with the checksums. What is written into it stays in this process; the file may go
            meanwhile.

        Raises
        ------
        BrokenSegmentError, FileNotFoundError
            As `read_into`.
        """
        with self.path.open("rb", buffering=0) as file:
            rows = self._map(file, mmap.ACCESS_COPY)[first:stop]
        step = max(1, _BLOCK_BYTES // max(1, self.row_bytes))
        for i in range(0, len(rows), step):
            self._verify(rows[i : i + step], slice(first + i, min(first + i + step, stop)))
        return rows

    def read_into(self, out: np.ndarray, *, rows: np.ndarray, at: np.ndarray) -> None:
        """Copy some rows to some places of `out`.

        Parameters
        ----------
        out : np.ndarray [shape=(m, ...)]
            Of the type and row shape of this segment, in one piece in memory.
        rows, at : np.ndarray of int [shape=(k,)]
            Which rows of this segment, and where they go.

        Raises
        ------
        BrokenSegmentError
            If a row does not match its checksum.
        FileNotFoundError
            If the file has gone since.
        """
        step = max(1, _BLOCK_BYTES // max(1, self.row_bytes))
        with self.path.open("rb", buffering=0) as file:
            self._check_size(file)
            breaks = np.flatnonzero((np.diff(rows) != 1) | (np.diff(at) != 1)) + 1
            if len(rows) >= _MIN_RUN * (len(breaks) + 1):
                for first, stop in zip([0, *breaks], [*breaks, len(rows)], strict=True):
                    for i in range(first, stop, step):
                        n = min(step, stop - i)
                        self._read_run(file, rows[i], out[at[i] : at[i] + n])
                return
            # Mapped only while it is read: pages of a standing map would count as memory of this process.
            stored = self._map(file, mmap.ACCESS_READ)
        for i in range(0, len(rows), step):
            block = stored[rows[i : i + step]]
            self._verify(block, rows[i : i + step])
            out[at[i : i + step]] = block

    def _check_size(self, file: BinaryIO) -> None:
        if os.fstat(file.fileno()).st_size != self.size:
            raise BrokenSegmentError(f"{self.path.name} has changed its size.")

    def _map(self, file: BinaryIO, access: int) -> np.ndarray:
        """All rows as they lie in the file."""
        self._check_size(file)
        return np.ndarray(self.shape, self.dtype, buffer=mmap.mmap(file.fileno(), 0, access=access), offset=self.offset)

    def _read_run(self, file: BinaryIO, row: int, out: np.ndarray) -> None:
        """Read neighbouring rows from `row` on into the whole of `out`, without a copy between."""
        left = memoryview(out.reshape(-1).view(np.uint8))
        file.seek(self.offset + int(row) * self.row_bytes)
        while left:
            done = file.readinto(left)
            if not done:
                raise BrokenSegmentError(f"{self.path.name} has changed its size.")
            left = left[done:]
        self._verify(out, slice(row, row + len(out)))

    def _verify(self, block: np.ndarray, rows: np.ndarray | slice) -> None:
        if not np.array_equal(checksums(block), self.checksums[rows]):
            raise BrokenSegmentError(f"{self.path.name} has changed on disk.")

    def read(self) -> np.ndarray:
        """All rows.

        Raises
        ------
        BrokenSegmentError, FileNotFoundError
            As `read_into`.
        """
        out = np.empty(self.shape, self.dtype)
        everything = np.arange(len(out))
        self.read_into(out, rows=everything, at=everything)
        return out


def checksums(rows: np.ndarray) -> np.ndarray:
    """Exclusive or over the 32-bit words of each row [shape=(n,)]: fast, and enough to see what a disk lost.

    Examples
    --------
    >>> checksums(np.array([[1.0, 1.0], [1.0, 0.0]], dtype=np.float32)).tolist()
    [0, 1065353216]
    """
    flat = np.ascontiguousarray(rows).reshape(len(rows), math.prod(rows.shape[1:])).view(np.uint8)
    words = flat.view(np.uint32) if flat.shape[1] % 4 == 0 else flat
    return np.bitwise_xor.reduce(words, axis=1).astype(np.uint32)


def write(path: Path, keys: Sequence[str], parts: Iterable[np.ndarray], *, shape: tuple[int, ...], dtype) -> int:
    """Write a segment in one step.

    Parameters
    ----------
    path : Path
        Where to.
    keys : sequence of str
        Key of each row, ASCII.
    parts : iterable of np.ndarray
        The rows in pieces, so that a long segment need not be in memory.
    shape, dtype
        Of all the rows together.

    Returns
    -------
    int
        Size, bytes.

    Raises
    ------
    ValueError
        If the rows are objects: nothing is pickled.
    """
    dtype = np.dtype(dtype)
    if dtype.hasobject:
        raise ValueError("Object arrays cannot be stored: that would need allow_pickle.")
    sums = np.zeros(len(keys) + 1, dtype=np.uint32)
    head = io.BytesIO()
    npy.write_array(head, np.array(keys, dtype=np.bytes_), allow_pickle=False)
    fields = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": tuple(shape)}
    npy.write_array_header_1_0(head, fields)
    sums[-1] = zlib.crc32(head.getbuffer())
    with atomic_path(path) as temporary:
        with temporary.open("wb") as file:
            npy.write_array(file, sums, allow_pickle=False)
            file.write(head.getbuffer())
            done = 0
            for part in parts:
                part = np.ascontiguousarray(part, dtype=dtype)
                file.write(part.reshape(-1).view(np.uint8))
                sums[done : done + len(part)] = checksums(part)
                done += len(part)
            # Known only now; as long as before.
            file.seek(0)
            npy.write_array(file, sums, allow_pickle=False)
        return temporary.stat().st_size


def open_segment(path: Path) -> Segment:
    """Read the keys of a segment.

    Raises
    ------
    BrokenSegmentError
        If it is no whole segment.
    FileNotFoundError
        If there is no such file.
    """
    with path.open("rb") as file:
        try:
            sums = npy.read_array(file, allow_pickle=False)
            start = file.tell()
            keys = npy.read_array(file, allow_pickle=False)
            if npy.read_magic(file) != (1, 0):
                raise ValueError("rows of another format")
            shape, _, dtype = npy.read_array_header_1_0(file)
            offset = file.tell()
            file.seek(start)
            intact = zlib.crc32(file.read(offset - start)) == sums[-1] and sums.dtype == np.uint32
            names = tuple(key.decode("ascii") for key in keys.tolist())
            segment = Segment(path, names, sums[:-1], dtype, tuple(shape), offset)
            if not intact or len(sums) != len(keys) + 1 or segment.size != os.fstat(file.fileno()).st_size:
                raise ValueError("parts that do not fit together")
        except OSError:
            raise
        except Exception as error:  # The parser of NPY headers raises what it likes.
            raise BrokenSegmentError(f"{path.name} is no whole segment: {error}") from None
    return segment
