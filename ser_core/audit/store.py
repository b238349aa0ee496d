"""What was measured, kept in the cache by the SHA-256 of the file: a second audit reads no audio."""

import contextlib
import secrets
import time
from itertools import starmap
from pathlib import Path

import pandas as pd

from ser_core import settings
from ser_core.audit.measure import Measured
from ser_core.corpora.tables import write_table
from ser_core.files import read_parquet

VERSION = 1
"""Raised when a measurement changes its meaning; older ones are then left alone."""

_FIELDS = tuple(Measured.__dataclass_fields__)
# A part is written when this much is new or this old: what a stopped audit loses.
_PART_CLIPS, _PART_S = 1024, 20.0
# More parts than this are put together; more clips than this are not kept (1.3 kB each).
_MAX_PARTS, _MAX_CLIPS = 48, 200_000
_MAX_PAIRS = 100_000


class Store:
    """Measurements on disk, in parts: each is written once, in one step, under a name of its own, so that several
    processes may write at the same time.

    Parameters
    ----------
    folder : Path, optional
        ``audit-v<VERSION>`` in the cache folder of the settings unless given.
    """

    def __init__(self, folder: Path | None = None):
        self.folder = folder if folder is not None else settings.cache_dir() / f"audit-v{VERSION}"
        self._new: dict[str, Measured] = {}
        self._written = time.monotonic()

    def load(self, hashes: set[str]) -> dict[str, Measured]:
        """What is known of some files: SHA-256 -> measurements."""
        found = {}
        for part in self._parts():
            table = _read(part)
            table = table[table.index.isin(hashes)]
            found.update(zip(table.index, starmap(Measured, table.itertuples(index=False, name=None)), strict=True))
        return found

    def add(self, sha256: str, measured: Measured) -> None:
        """Keep a measurement; it reaches the disk with others."""
        self._new[sha256] = measured
        if len(self._new) >= _PART_CLIPS or time.monotonic() - self._written > _PART_S:
            self.flush()

    def flush(self) -> None:
        """Write what is new. A disk that is full or read-only costs the cache, not the audit."""
        new, self._new = self._new, {}
        self._written = time.monotonic()
        if not new:
            return
        table = pd.DataFrame([each.to_dict() for each in new.values()], index=pd.Index(new, name="sha256"))
        with contextlib.suppress(OSError):
            self._write(table)
            parts = self._parts()
            if len(parts) > _MAX_PARTS:
                self._merge(parts)

    def _write(self, table: pd.DataFrame) -> None:
        write_table(table.reset_index(), self.folder / f"part-{time.time_ns():020}-{secrets.token_hex(4)}.parquet")

    def _parts(self) -> list[Path]:
        """The parts, oldest first."""
        return sorted(self.folder.glob("part-*.parquet"))

    def _merge(self, parts: list[Path]) -> None:
        whole = pd.concat([_read(part) for part in parts])
        whole = whole[~whole.index.duplicated(keep="last")].tail(_MAX_CLIPS)
        for start in range(0, len(whole), 16 * _PART_CLIPS):
            self._write(whole.iloc[start : start + 16 * _PART_CLIPS])
        for part in parts:
            part.unlink(missing_ok=True)


def _read(part: Path) -> pd.DataFrame:
    """One part; empty where it is broken or another process has just put it together with others."""
    try:
        return read_parquet(part).set_index("sha256")[list(_FIELDS)]
    except (OSError, ValueError, KeyError):
        return pd.DataFrame(columns=list(_FIELDS), index=pd.Index([], name="sha256"))


class Pairs:
    """How alike two files are, kept by their SHA-256 in one small table."""

    def __init__(self, file: Path | None = None):
        self.file = file if file is not None else settings.cache_dir() / f"audit-v{VERSION}" / "pairs.parquet"
        self._known: dict[tuple[str, str], float] = {}
        self._new = False
        with contextlib.suppress(OSError, ValueError, KeyError):
            table = read_parquet(self.file)
            self._known = dict(zip(zip(table["first"], table["second"], strict=True), table["alike"], strict=True))

    def get(self, pair: tuple[str, str]) -> float | None:
        """The similarity of a pair, None where it was not compared yet."""
        return self._known.get(pair)

    def add(self, pair: tuple[str, str], alike: float) -> float:
        """Keep the similarity of a pair, and give it back."""
        self._known[pair] = alike
        self._new = True
        return alike

    def flush(self) -> None:
        """Write what is known, the latest `_MAX_PAIRS`; a disk that is full or read-only costs the cache only."""
        if not self._new:
            return
        rows = [(*pair, alike) for pair, alike in list(self._known.items())[-_MAX_PAIRS:]]
        with contextlib.suppress(OSError):
            write_table(pd.DataFrame(rows, columns=["first", "second", "alike"]), self.file)
        self._new = False
