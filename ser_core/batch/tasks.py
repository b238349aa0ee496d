"""A file to judge, and its answer as a row."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ser_core.errors import AudioError, ConfigError
from ser_core.hashing import canonical_hash

if TYPE_CHECKING:
    from ser_core.serving import Predictor

# Part of what an earlier run has to agree in: changes when rows do.
_FORMAT = 2


@dataclass(frozen=True)
class Task:
    """A file to judge.

    Attributes
    ----------
    name : str
        As it stands in the table: relative to the folder that was asked for, and printable.
    file : Path
        Where it lies.
    """

    name: str
    file: Path

    @property
    def state(self) -> list[int]:
        """Size in bytes and time of the last change, ns: a file that changed is judged again."""
        try:
            status = self.file.stat()
        except OSError:
            return [-1, -1]
        return [status.st_size, status.st_mtime_ns]


def find(folders: Iterable[Path]) -> list[Task]:
    """All audio files of some folders, at any depth, and the files that are named themselves; each once, by name.

    Raises
    ------
    ConfigError
        If there is nothing to judge.
    """
    from ser_core.corpora.scan import audio_files

    folders = list(folders)
    found: dict[Path, Task] = {}
    for folder in folders:
        if folder.is_dir():
            top = folder if len(folders) == 1 else folder.parent
            found |= {file: Task(_printable(file.relative_to(top).as_posix()), file) for file in audio_files(folder)}
        else:
            found[folder] = Task(_printable(str(folder)), folder)
    if not found:
        raise ConfigError(f"There is no audio file in {', '.join(map(str, folders))}.")
    twice = {name for name, number in Counter(task.name for task in found.values()).items() if number > 1}
    # Folders of the same name in different places: only whole paths tell their files apart.
    tasks = [Task(_printable(str(t.file.absolute())), t.file) if t.name in twice else t for t in found.values()]
    return sorted(tasks, key=lambda task: task.name)


def kept_version(model: Path) -> str:
    """What a kept answer has to agree in to be taken over: the model with its thresholds, and the form of the rows."""
    from ser_core.serving import read_card

    return canonical_hash({"format": _FORMAT, "card": read_card(model).to_dict()})


def judge(predictor: "Predictor", task: Task) -> dict[str, Any]:
    """The answer for one file, or why there is none: a row of `ser_core.batch.as_table`."""
    try:
        prediction = predictor.predict(task.file)
    except AudioError as error:
        return {"path": task.name, "error": str(error)}
    answer = {
        "label": prediction.label,
        "confidence": prediction.confidence,
        "probabilities": prediction.probabilities,
    }
    return {
        "path": task.name,
        **({} if prediction.abstained else answer),
        "uncertain": prediction.uncertain,
        "abstained": prediction.abstained,
        "reason": prediction.reason,
        "duration_s": prediction.duration_s,
        "model": prediction.model,
    }


def _printable(name: str) -> str:
    """A name whose bytes are no valid text, as text; tables hold nothing else."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
