"""The figures of entries on disk, so that a server that starts again need not score every run anew.

One JSON file in the cache folder. What stands in it counts only for the very predictions and trainings, configuration
and scoring it was computed of; whatever is damaged counts as missing.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ser_core.errors import SERError
from ser_core.evaluation import Interval, Summary
from ser_core.evaluation.costs import Cost, size_of
from ser_core.experiments.entries import Entry, Row, model_file
from ser_core.files import write_bytes
from ser_core.hashing import canonical_hash, sha256_of
from ser_core.settings import PROJECT_ROOT, cache_dir

MOST = 4000
"""Entries that are kept; those computed longest ago go first."""

_LOG = logging.getLogger(__name__)
_INTERVALS = ("uar", "accuracy", "macro_f1", "top3")
#: What figures are computed of and by: a change of any of it makes all that is kept void.
_TABLES = ("predictions.parquet", "trainings.parquet")
_CODE = ("labels.py", "evaluation/*.py", "experiments/entries.py", "experiments/store.py", "experiments/row_cache.py")


class RowCache:
    """Figures by entry, in one file.

    Parameters
    ----------
    file : Path or str, optional
        Where they lie; ``scores.json`` in the cache folder of the settings unless given.
    most : int
        Entries that are kept.
    """

    def __init__(self, file: Path | str | None = None, *, most: int = MOST):
        self.file = Path(file) if file is not None else cache_dir() / "scores.json"
        self.most = most

    def get(self, found: Sequence[Entry], *, model_files: Mapping[str, Path] | None = None) -> dict[str, Row]:
        """Key of an entry -> its figures, of those that are known.

        Parameters
        ----------
        found : sequence of Entry
            Whose figures are asked for.
        model_files : mapping, optional
            As for `ser_core.experiments.entries.row`; a model's size is looked at anew.
        """
        stored = self._read()
        rows = {}
        for entry in found:
            try:
                kept = _row(stored[_digest(entry)])
            except (SERError, OSError, KeyError, TypeError, ValueError, AttributeError):
                continue
            size = size_of(model_file(entry, model_files))
            rows[entry.key] = replace(kept, cost=replace(kept.cost, model_bytes=size))
        return rows

    def put(self, rows: Iterable[tuple[Entry, Row]]) -> None:
        """Keep figures beside those that are kept already; where the folder cannot be written to, nothing is."""
        new = {}
        for entry, figures in rows:
            try:
                new[_digest(entry)] = _stored(figures)
            except (SERError, OSError):
                continue  # A run that was taken away meanwhile.
        if not new:
            return
        stored = self._read()
        kept = {key: value for key, value in stored.items() if key not in new} | new
        kept = dict(list(kept.items())[-self.most :])
        try:
            write_bytes(self.file, json.dumps(kept).encode())
        except OSError as error:
            _LOG.warning("The scores of runs cannot be kept in %s (%s); they will be computed again.", self.file, error)

    def _read(self) -> dict[str, Any]:
        try:
            stored = json.loads(self.file.read_bytes())
        except (OSError, ValueError):
            return {}
        return stored if isinstance(stored, dict) else {}


def _digest(entry: Entry) -> str:
    """Name of an entry by its content."""
    return canonical_hash(
        {
            "config": entry.run.config.hash,
            "corpus": entry.corpus,
            "tables": {name: _content(entry.run.folder / name) for name in _TABLES},
            "scoring": scoring_version(),
        }
    )


def _content(file: Path) -> str:
    """SHA-256 of a table, read once as long as it stays: an entry is asked for before it is scored and kept after."""
    stat = file.stat()
    return _read_content(file, (stat.st_mtime_ns, stat.st_size, stat.st_ino))


@lru_cache(maxsize=len(_TABLES) * MOST)
def _read_content(file: Path, stamp: tuple[int, int, int]) -> str:
    return sha256_of(file)


@cache
def scoring_version() -> str:
    """Changes with the code that computes the figures, and with NumPy, whose random numbers the intervals rest on."""
    folder = PROJECT_ROOT / "ser_core"
    files = sorted({file for pattern in _CODE for file in folder.glob(pattern)})
    return canonical_hash(
        {"numpy": np.__version__, **{str(file.relative_to(folder)): sha256_of(file) for file in files}}
    )


def _stored(figures: Row) -> dict[str, Any]:
    fields = asdict(figures)
    return {**fields, "check": canonical_hash(fields)}


def _row(fields: dict[str, Any]) -> Row:
    """Figures as they were kept.

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError
        If they are damaged.
    """
    fields = dict(fields)
    check = fields.pop("check")
    summary = dict(fields["summary"])
    summary["uar_by_seed"] = {int(seed): float(value) for seed, value in summary["uar_by_seed"].items()}
    summary |= {name: Interval(**summary[name]) for name in _INTERVALS}
    found = Row(**{**fields, "summary": Summary(**summary), "cost": Cost(**fields["cost"])})
    if _stored(found)["check"] != check:
        raise ValueError("The stored figures are not those that were kept.")
    return found
