"""The state of a training after an epoch, on disk: a training that was stopped goes on from there."""

import contextlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ser_core.files import atomic_path
from ser_core.models._tensorflow import keras


class Checkpoint:
    """Weights, their average, the optimiser's state and the history, in one file that is replaced as a whole.

    Parameters
    ----------
    path : Path or None
        Where to keep it (``.npz``); None keeps nothing.
    key : str
        Names the configuration, seed and data: the state of any other training is not taken up.
    """

    def __init__(self, path: Path | str | None, *, key: str):
        self._path = None if path is None else Path(path)
        self._key = key

    def write(self, variables: list[keras.Variable], best: list[np.ndarray], notes: dict[str, Any]) -> None:
        """Keep the values of `variables`, the `best` weights so far and JSON-ready `notes`."""
        if self._path is None:
            return
        arrays = {f"variable{i}": np.asarray(variable) for i, variable in enumerate(variables)}
        arrays |= {f"best{i}": value for i, value in enumerate(best)}
        with atomic_path(self._path) as temporary, temporary.open("wb") as file:
            np.savez(file, notes=np.array(json.dumps({"key": self._key, **notes})), **arrays)

    def read(self, variables: list[keras.Variable]) -> tuple[list[np.ndarray], dict[str, Any]] | None:
        """Put the kept values into `variables`; gives the best weights and the notes, or None if nothing fits."""
        if self._path is None:
            return None
        # A file cut off by a crash, or of another training, is no state to go on from.
        with contextlib.suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            with np.load(self._path, allow_pickle=False) as stored:
                notes = json.loads(str(stored["notes"]))
                if notes.pop("key") != self._key:
                    return None
                values = [stored[f"variable{i}"] for i in range(len(variables))]
                best = [stored[f"best{i}"] for i in range(sum(name.startswith("best") for name in stored.files))]
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
            return best, notes
        return None

    def remove(self) -> None:
        """The training is over: what it leaves is elsewhere."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
