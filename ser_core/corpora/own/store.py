"""The user's corpora as this machine knows them: one small file each under `settings.own_dir`."""

import contextlib
import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from ser_core import settings
from ser_core.corpora.own.corpus import OwnCorpus
from ser_core.corpora.own.definition import Definition, check_name, is_name
from ser_core.corpora.own.reading import Reading, read
from ser_core.errors import ConfigError
from ser_core.files import write_json

_LOG = logging.getLogger(__name__)
_LARGEST_BYTES = 1 << 20
_LOCK_S = 10
# File -> (its state, what it says): the files are looked at whenever the names of the corpora are asked for.
_READ: dict[Path, "tuple[tuple[int, int], OwnCorpus | str]"] = {}


@dataclass(frozen=True)
class Broken:
    """A file that describes no corpus, or none that can be used.

    Attributes
    ----------
    name : str
        Its name without ending, by which it can be removed.
    message : str
        What is wrong with it.
    """

    name: str
    message: str


def file_of(name: str) -> Path:
    """Where the definition of a corpus lies, whether or not there is one."""
    return settings.own_dir() / f"{name}.json"


def all_own() -> dict[str, OwnCorpus]:
    """The user's corpora by name."""
    return {corpus.name: corpus for corpus in _all() if isinstance(corpus, OwnCorpus)}


def get(name: str) -> OwnCorpus | None:
    """The user's corpus of that name; None if there is none that can be used."""
    found = _read(file_of(name)) if is_name(name) and file_of(name).is_file() else None
    return found if isinstance(found, OwnCorpus) else None


def broken() -> list[Broken]:
    """Files that were left out, for somebody changed them into something else."""
    return [found for found in _all() if isinstance(found, Broken)]


def add(definition: Definition, *, replace: bool = False) -> tuple[OwnCorpus, Reading]:
    """Add a corpus: read it once and remember where it lies. Its files stay where they are.

    Parameters
    ----------
    definition : Definition
        Where it lies and what its words mean.
    replace : bool
        Replace a corpus of that name that the user added before.

    Returns
    -------
    tuple
        The corpus, and what was read.

    Raises
    ------
    ConfigError
        If the name is taken, or not a single clip can be used.
    """
    check_free(definition.name, replace=replace)
    reading = read(definition)
    require_clips(reading)
    with locked():
        check_free(definition.name, replace=replace)
        return save(definition, reading), reading


def save(definition: Definition, reading: Reading) -> OwnCorpus:
    """Write the definition with the numbers of what was read; the caller holds `locked` and has checked the name."""
    counted = definition.counted(clips=len(reading.clips), speakers=reading.speakers)
    write_json(file_of(counted.name), counted.to_dict())
    return OwnCorpus(counted)


def remove(name: str) -> bool:
    """Forget a corpus. Audio that was uploaded is deleted; audio that lay elsewhere is left alone.

    Returns
    -------
    bool
        Whether audio was deleted.

    Raises
    ------
    ConfigError
        If the user added none of that name.
    """
    check_name(name)
    with locked():
        if not file_of(name).is_file():
            known = ", ".join(all_own()) or "none"
            raise ConfigError(f"There is no corpus of your own named {name!r}; there are: {known}.")
        file_of(name).unlink()
        return clear_upload(name)


def clear_upload(name: str) -> bool:
    """Delete what was uploaded for a corpus; whether there was anything."""
    folder = settings.own_dir() / check_name(name)
    if folder.is_symlink():  # Not made by us: what it leads to is not ours to delete.
        folder.unlink()
        return False
    if not folder.is_dir():
        return False
    shutil.rmtree(folder)
    return True


def check_free(name: str, *, replace: bool = False) -> None:
    """See that a corpus may be given a name.

    Raises
    ------
    ConfigError
        If it is no name, or taken.
    """
    from ser_core import corpora

    if check_name(name) in corpora.builtin_names():
        raise ConfigError(f"The name {name!r} belongs to a corpus that this project knows; choose another.")
    if file_of(name).exists() and not replace:
        raise ConfigError(
            f"There is a corpus of your own named {name!r} already; remove it first or choose another name."
        )


def require_clips(reading: Reading) -> None:
    """See that there is something to add.

    Raises
    ------
    ConfigError
        If there is not a single clip.
    """
    if not reading.clips:
        why = f" The first thing that was found: {reading.findings[0].message}" if reading.findings else ""
        raise ConfigError(f"There is no recording that can be used ({reading.seen} looked at).{why}")


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Keep other processes from adding or removing corpora meanwhile."""
    settings.own_dir().mkdir(parents=True, exist_ok=True)
    with FileLock(settings.own_dir() / ".lock", timeout=_LOCK_S):
        yield


def _all() -> list[OwnCorpus | Broken]:
    try:
        files = sorted(path for path in settings.own_dir().glob("*.json") if not path.name.startswith("."))
    except OSError:
        return []
    found = []
    for file in files:
        says = _read(file)
        found.append(Broken(file.stem, says) if isinstance(says, str) else says)
    return found


def _read(file: Path) -> OwnCorpus | str:
    """The corpus that a file describes, or what is wrong with the file."""
    from ser_core import corpora

    try:
        status = file.stat()
        state = (status.st_mtime_ns, status.st_size)
        if _READ.get(file, (None,))[0] == state:
            return _READ[file][1]
        if status.st_size > _LARGEST_BYTES:
            raise ConfigError(f"It has more than {_LARGEST_BYTES >> 20} MB.")
        definition = Definition.from_dict(json.loads(file.read_bytes()))
        if definition.name != file.stem:
            raise ConfigError(f"It describes a corpus named {definition.name!r}.")
        if definition.name in corpora.builtin_names():
            raise ConfigError("Its name belongs to a corpus that this project knows.")
    except (OSError, ValueError, RecursionError) as error:
        # Changed by hand into nonsense, or gone meanwhile: the other corpora go on.
        message = f"{file} is left out: {error}"
        _LOG.warning(message)
        if not isinstance(error, OSError):
            _READ[file] = (state, message)
        return message
    _READ[file] = (state, OwnCorpus(definition))
    return _READ[file][1]
