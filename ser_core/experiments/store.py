"""Run folders: what an experiment leaves behind, and reading it again.

A finished run folder holds ``config.json`` (with its hash), ``environment.json``, ``splits.parquet`` (who was in
training, validation and test), ``predictions.parquet`` (one row per test clip, seed and training size),
``trainings.parquet`` (sizes, seconds, findings) and ``history.parquet`` (epochs; empty for models without). Runs made
since stacking asks for it hold ``validation.parquet`` (predictions of validation clips) as well, those of families with
side tasks ``side.parquet`` (what they tell of the test clips besides emotions).
"""

import json
import os
import platform
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

from ser_core import __version__, settings
from ser_core.errors import ConfigError, RunError
from ser_core.experiments.config import ExperimentConfig
from ser_core.files import read_parquet, write_json

CONFIG = "config.json"
ENVIRONMENT = "environment.json"
TABLES = ("splits", "predictions", "trainings", "history")
#: Stems of all files that training writes into a run folder.
WRITTEN = ("config", "environment", "validation", "side", *TABLES)
#: Of probabilities in tables that are derived from those of other runs, which halves the files.
DIGITS = 4
#: Columns of few different texts.
CATEGORIES = ("clip_id", "speaker", "emotion", "corpus", "task")
HISTORY_COLUMNS = ("seed", "fold", "fraction", "epoch", "loss", "accuracy", "val_loss", "val_accuracy")
_PACKAGES = ("numpy", "scikit-learn", "tensorflow", "keras", "onnxruntime", "soundfile", "soxr")


class Run:
    """A finished run, read from its folder as it is asked for.

    Parameters
    ----------
    folder : Path
        The run folder.

    Raises
    ------
    RunError
        If the folder is not a finished run.
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        missing = [name for name in _files() if not (self.folder / name).is_file()]
        if missing:
            raise RunError(
                f"{self.folder.name} is not a finished run: {', '.join(missing)} missing. "
                "Start the same training again; it goes on where it stopped."
            )

    @property
    def id(self) -> str:
        """Name of the run."""
        return self.folder.name

    @cached_property
    def config(self) -> ExperimentConfig:
        """What was run."""
        stored = read_config(self.folder)
        if stored is None:
            raise RunError(f"{self.id}/{CONFIG} does not say what was run; make the run again.")
        return stored

    @cached_property
    def environment(self) -> dict[str, Any]:
        """Where and with what it was run."""
        return json.loads((self.folder / ENVIRONMENT).read_text(encoding="utf-8"))

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """``seed, fold, fraction, clip_id, speaker, emotion, p_<name>...``, one row per test clip.

        Runs of several corpora have the column ``corpus`` as well.
        """
        return self._table("predictions")

    @cached_property
    def validation(self) -> pd.DataFrame:
        """As `predictions`, of the validation clips of the trainings on all clips.

        Raises
        ------
        RunError
            If the run was made before these were kept.
        """
        return self._table("validation")

    @cached_property
    def side(self) -> pd.DataFrame | None:
        """``seed, fold, fraction, clip_id, speaker, task, truth, value``, one row per test clip and side task.

        Truth and value are as in `ser_core.side_tasks.targets` and `ser_core.models.Fitted.predict_side`; None where
        the model learnt emotions only.
        """
        return self._table("side") if (self.folder / "side.parquet").is_file() else None

    @cached_property
    def trainings(self) -> pd.DataFrame:
        """``seed, fold, fraction, n_train, n_validation, n_test, seconds, train_uar, validation_uar, info``."""
        return self._table("trainings")

    @cached_property
    def history(self) -> pd.DataFrame:
        """``seed, fold, fraction, epoch, loss, accuracy, val_loss, val_accuracy...``, one row per epoch."""
        return self._table("history")

    @cached_property
    def splits(self) -> pd.DataFrame:
        """``seed, fold, clip_id, role``: who was in training, validation and test."""
        return self._table("splits")

    def _table(self, name: str) -> pd.DataFrame:
        try:
            table = read_parquet(self.folder / f"{name}.parquet")
        except (OSError, ValueError) as error:
            raise RunError(f"{self.id}/{name}.parquet cannot be read ({error}); make the run again.") from None
        if name == "history" and table.columns.empty:
            # Runs without epochs once left such a table behind.
            return pd.DataFrame(columns=list(HISTORY_COLUMNS))
        # While a run is extended some tables hold more already; its configuration is written last.
        asked = self.config.asks_for(table)
        return table if asked.all() else table[asked].reset_index(drop=True)


def _files() -> list[str]:
    return [CONFIG, ENVIRONMENT, *(f"{name}.parquet" for name in TABLES)]


def is_finished(folder: Path) -> bool:
    """Whether `folder` holds a whole run."""
    return all((Path(folder) / name).is_file() for name in _files())


def list_runs(folder: Path | str | None = None) -> list[Run]:
    """The finished runs in `folder` (that of the settings unless given), by name; none that is being removed."""
    folder = Path(folder) if folder is not None else settings.runs_dir()
    if not folder.is_dir():
        return []
    found = sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.is_dir())
    return [Run(path) for path in found if is_finished(path)]


def open_run(name: str, *, folder: Path | str | None = None) -> Run:
    """The run called `name`.

    Raises
    ------
    RunError
        If there is none of that name.
    """
    runs = list_runs(folder)
    for run in runs:
        if run.id == name:
            return run
    raise RunError(f"No run {name!r}; there are {', '.join(run.id for run in runs) or 'none yet'}.")


def read_config(folder: Path) -> ExperimentConfig | None:
    """The configuration stored in a run folder; None where there is none that can be read."""
    try:
        stored = json.loads((Path(folder) / CONFIG).read_text(encoding="utf-8"))
        stored.pop("hash", None)
        return ExperimentConfig.from_dict(stored)
    except (OSError, ValueError, ConfigError):
        return None


def write_config(folder: Path, config: ExperimentConfig) -> None:
    """Say in the run folder what is run there."""
    write_json(Path(folder) / CONFIG, {**config.to_dict(), "hash": config.hash})


def write_environment(folder: Path) -> None:
    """Say what the run was made with: versions and machine, no names or paths."""
    write_json(
        Path(folder) / ENVIRONMENT,
        {
            "ser_core": __version__,
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "packages": {name: found for name in _PACKAGES if (found := _version(name))},
            "system": platform.system(),
            "architecture": platform.machine(),
            "cores": os.cpu_count(),
        },
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        # A machine that trains the classical models needs no TensorFlow.
        return None
