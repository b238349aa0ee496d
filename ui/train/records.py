"""The runs that were started on this page: a record of each beside the run folders.

The record tells them from the runs that ship and from those of the command line, which this page neither continues nor
deletes.
"""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ser_core import settings
from ser_core.errors import ConfigError, RunError
from ser_core.experiments import ExperimentConfig, Run, entries, store
from ser_core.files import remove_folder, write_json
from ser_core.hashing import canonical_hash

State = Literal["running", "stopped", "failed", "finished"]


@dataclass(frozen=True)
class Record:
    """A run that was started here.

    Attributes
    ----------
    name : str
        Of the run folder.
    config : ExperimentConfig
        What was asked for last.
    command : str
        The command line that runs it.
    started : str
        When, ISO 8601, UTC.
    error : str
        Why it failed; empty if it did not.
    """

    name: str
    config: ExperimentConfig
    command: str
    started: str
    error: str = ""

    @property
    def folder(self) -> Path:
        """The run folder."""
        return settings.runs_dir() / self.name

    @property
    def log(self) -> Path:
        """File for what the process says."""
        return _folder() / f"{self.name}.log"

    @property
    def file(self) -> Path:
        """Where this stands."""
        return _folder() / f"{self.name}.json"

    @property
    def run(self) -> Run | None:
        """The finished run, if it is finished as asked for."""
        stored = store.read_config(self.folder)
        whole = store.is_finished(self.folder) and stored is not None and stored.extends(self.config)
        return Run(self.folder) if whole else None

    def state(self, running: str | None) -> State:
        """How it stands, where `running` is the name of the run at work."""
        if self.name == running:
            return "running"
        if self.run is not None:
            return "finished"
        return "failed" if self.error else "stopped"

    def write(self, *, error: str = "") -> None:
        """Keep it, with what went wrong."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fields = {"command": self.command, "started": self.started, "error": error}
        write_json(self.file, {"config": self.config.to_dict(), **fields})


def new(config: ExperimentConfig, *, own: Mapping[str, Any]) -> Record:
    """The record of a run that is about to start; `own` are the family's hyperparameters.

    A run of the same configuration, or one of fewer seeds and sizes, that was started here goes on in its folder. Other
    hyperparameters than the family's own, or a folder that another run has, make the name end in digits of a hash.
    """
    plain, *marked = _names(config)
    names = [plain, *marked] if config.hyperparameters == dict(own) else marked
    name = next((name for name in names if _free(name, config)), names[-1])
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Record(name, config, entries.command(config, name=name), now)


def existing(config: ExperimentConfig) -> Run | None:
    """The finished run of exactly this configuration, whoever made it."""
    for name in _names(config):
        folder = settings.runs_dir() / name
        stored = store.read_config(folder)
        if store.is_finished(folder) and stored is not None and stored.hash == config.hash:
            return Run(folder)
    return None


def listed() -> list[Record]:
    """All records, the latest first."""
    found = [record for file in _folder().glob("*.json") if (record := read(file.stem)) is not None]
    return sorted(found, key=lambda record: (record.started, record.name), reverse=True)


def read(name: str) -> Record | None:
    """The record of a run; None where there is none that can be read."""
    try:
        fields = json.loads((_folder() / f"{name}.json").read_text(encoding="utf-8"))
        return Record(name, ExperimentConfig.from_dict(fields.pop("config")), **fields)
    except (OSError, ValueError, KeyError, TypeError, ConfigError):
        return None


def delete(record: Record) -> None:
    """Remove a run that was started here, folder and all.

    Raises
    ------
    RunError
        If it cannot be removed.
    """
    try:
        if record.folder.is_dir():
            remove_folder(record.folder)
    except OSError as error:
        raise RunError(f"{record.name} cannot be deleted: {error.strerror}.") from None
    for file in (record.log, record.folder.with_name(f"{record.name}.lock"), record.file):
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)


def again(record: Record) -> Record:
    """The same, started now."""
    return replace(record, started=datetime.now(UTC).isoformat(timespec="seconds"), error="")


def _names(config: ExperimentConfig) -> tuple[str, str, str]:
    """Names for its run folder: the plain one, one for its hyperparameters, and one for it alone."""
    settings_hash = canonical_hash(config.hyperparameters)
    return config.id, f"{config.id}-{settings_hash[:6]}", f"{config.id}-{config.hash[:6]}"


def _free(name: str, config: ExperimentConfig) -> bool:
    folder = settings.runs_dir() / name
    stored = store.read_config(folder)
    return not folder.exists() or (read(name) is not None and stored is not None and config.extends(stored))


def _folder() -> Path:
    return settings.runs_dir() / ".made-here"
