"""What was heard of a recording, on disk, so that any second of hours can be played at once.

Seeking in the encoded file would do without, but is slow or inexact in what browsers and telephones record.
"""

import io
import threading
from bisect import bisect_right
from pathlib import Path

import numpy as np
import soundfile

from ser_core.speech import SAMPLING_RATE

_BLOCK = 10 * SAMPLING_RATE
_SCALE = 32768.0


class WorkingCopy:
    """The signal in blocks of FLAC, one file: about 50 MB an hour, in memory at most a block.

    One thread may add while others read.

    Parameters
    ----------
    file : Path
        Where it is written; replaced.
    """

    def __init__(self, file: Path):
        self._file = file
        self._lock = threading.Lock()
        self._starts: list[int] = []
        self._places: list[tuple[int, int]] = []
        self._tail: list[np.ndarray] = []
        self._tail_start = self._length = self._size = 0
        file.write_bytes(b"")

    @property
    def duration_s(self) -> float:
        """Length so far, seconds."""
        return self._length / SAMPLING_RATE

    def add(self, block: np.ndarray) -> None:
        """Append the next part.

        Parameters
        ----------
        block : np.ndarray [shape=(t,)]
            float32 in [-1, 1] at 16 kHz, of any length; kept in 16 bits.
        """
        samples = np.clip(np.round(np.asarray(block) * _SCALE), -_SCALE, _SCALE - 1).astype(np.int16)
        with self._lock:
            self._tail.append(samples)
            self._length += len(samples)
            if self._length - self._tail_start >= _BLOCK:
                self._write()

    def excerpt(self, start_s: float, end_s: float) -> np.ndarray:
        """A part of what was heard.

        Parameters
        ----------
        start_s, end_s : float
            Seconds; what lies outside the recording is left out.

        Returns
        -------
        np.ndarray [shape=(t,)]
            float32 in [-1, 1] at 16 kHz.
        """
        with self._lock:
            tail, tail_start = list(self._tail), self._tail_start
            starts, places, length = list(self._starts), list(self._places), self._length
        start, stop = (min(length, max(0, round(seconds * SAMPLING_RATE))) for seconds in (start_s, end_s))
        if stop <= start:
            return np.empty(0, np.float32)
        first = max(0, bisect_right(starts, start) - 1)
        wanted = [i for i in range(first, len(starts)) if starts[i] < stop]
        parts = self._read([places[i] for i in wanted])
        if stop > tail_start:
            parts += tail
        offset = start - (starts[first] if wanted else tail_start)
        return np.concatenate(parts)[offset : offset + stop - start].astype(np.float32) / np.float32(_SCALE)

    def _write(self) -> None:
        encoded = io.BytesIO()
        soundfile.write(encoded, np.concatenate(self._tail), SAMPLING_RATE, format="FLAC", subtype="PCM_16")
        content = encoded.getvalue()
        with self._file.open("ab") as file:
            file.write(content)
        self._starts.append(self._tail_start)
        self._places.append((self._size, len(content)))
        self._size += len(content)
        self._tail, self._tail_start = [], self._length

    def _read(self, places: list[tuple[int, int]]) -> list[np.ndarray]:
        found = []
        if places:
            with self._file.open("rb") as file:
                for offset, size in places:
                    file.seek(offset)
                    found.append(soundfile.read(io.BytesIO(file.read(size)), dtype="int16")[0])
        return found
