"""What a run that was killed may leave in its folder; whoever goes on with the run removes it."""

import contextlib
import glob
import json
import shutil
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from ser_core.errors import RunError
from ser_core.experiments import store
from ser_core.files import REMOVED

_KEY = ["seed", "fold", "fraction", "n_speakers"]


def sweep(place: Path) -> None:
    """Remove files of a run that were half-written and folders that were half-removed.

    Parameters
    ----------
    place : Path
        The run folder, there or not. The lock of the run is held: nobody else writes its tables.
    """
    for folder in (place.parent.glob(f".{glob.escape(place.name)}{REMOVED}*"), place.glob(f".*{REMOVED}*")):
        for left in folder:
            shutil.rmtree(left, ignore_errors=True)
    for name in store.WRITTEN:
        for left in place.glob(f".{name}-*"):
            with contextlib.suppress(OSError):
                left.unlink()


def are_joined(parts: Path) -> bool:
    """Whether the parts of a finished run are all in its tables already, and no process is at work on more."""
    notes = [json.loads(file.read_text(encoding="utf-8"))["training"] for file in parts.glob("*.json")]
    finished = set(keys(store.Run(parts.parent).trainings))
    if not notes or not finished.issuperset(keys(pd.DataFrame(notes))):
        return False
    with contextlib.suppress(RunError):
        require_free(parts)
        return True
    return False


def require_free(parts: Path) -> None:
    """That no process is at one of the trainings in `parts`.

    Raises
    ------
    RunError
        If one is.
    """
    for file in parts.glob("*.lock"):
        try:
            with FileLock(file, timeout=0):
                pass
        except Timeout:
            raise RunError(f"Another process is at work on {parts.parent.name}; wait for it or stop it.") from None


def keys(table: pd.DataFrame) -> list[tuple[int, int, float, int]]:
    """Seed, fold, fraction and number of speakers of each row; tables without trainings on some speakers have no column
    for their number."""
    columns = table.reindex(columns=_KEY).fillna({"n_speakers": 0}).astype({"n_speakers": int})
    return list(columns.itertuples(index=False, name=None))
