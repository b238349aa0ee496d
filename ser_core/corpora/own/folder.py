"""A folder of audio whose subfolders say the emotion, and perhaps the speaker."""

import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ser_core import settings
from ser_core.corpora.own import paths, values
from ser_core.corpora.own.findings import Finding
from ser_core.corpora.own.words import meaning
from ser_core.corpora.scan import AUDIO_ENDINGS
from ser_core.errors import ConfigError
from ser_core.progress import CancelCallback, Meter, ProgressCallback
from ser_core.settings import OwnLimits

# Characters of a file name that a pattern is searched in: the worst that `check_pattern` allows takes 0.2 s on these.
_SEARCHED = 100


def files_below(
    folder: Path,
    *,
    limits: OwnLimits = settings.OWN_LIMITS,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> tuple[list[Path], list[Finding]]:
    """Audio files at any depth, by path, and those that cannot be opened.

    Hidden files and folders are left out; links to folders are not followed (they can loop).

    Raises
    ------
    ConfigError
        If there is no such folder, or it holds more than the limits allow.
    CancelledError
        If the user asked to stop.
    """
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {values.shown(folder)}.")
    meter = Meter(progress, unit="files", message="Looking for recordings", cancel=cancel)
    found: list[Path] = []
    findings = []
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        meter.add(len(folders) + len(files))
        for name in sorted(files):
            file = Path(parent, name)
            if name.startswith(".") or file.suffix.lower() not in AUDIO_ENDINGS:
                continue
            finding = paths.check_found(folder, file)
            if finding is None:
                found.append(file)
            else:
                findings.append(finding)
        if len(found) > limits.max_clips or meter.done > limits.max_files:
            raise ConfigError(
                f"The folder {values.shown(folder)} holds more than {limits.max_clips:,} recordings or "
                f"{limits.max_files:,} files, which are the most that are read. Choose a folder further down."
            )
    return found, findings


@dataclass(frozen=True)
class Level:
    """One level of subfolders.

    Attributes
    ----------
    number : int
        1 is the outermost.
    names : tuple of str
        Folders that occur at this level, in order.
    """

    number: int
    names: tuple[str, ...]


def levels(relatives: list[PurePosixPath]) -> list[Level]:
    """The levels of folders that the files lie in."""
    depth = max((len(path.parts) - 1 for path in relatives), default=0)
    return [
        Level(i + 1, tuple(sorted({path.parts[i] for path in relatives if len(path.parts) > i + 1})))
        for i in range(depth)
    ]


def label_words(relatives: list[PurePosixPath], *, labels: Mapping[str, str | None]) -> list[str | None]:
    """The folder that says the emotion of each file.

    It is the innermost whose name is known; where none is, the folder at the level at which most other files have
    theirs, so that a folder of an unknown word among those of known ones is seen as such.

    Returns
    -------
    list of str or None
        Names of folders; None for files that lie in no folder that could say it.
    """
    places = [_known_level(path, labels) for path in relatives]
    counts = Counter(place for place in places if place is not None)
    usual = max(counts, key=lambda place: (counts[place], place)) if counts else None
    words = []
    for path, place in zip(relatives, places, strict=True):
        folders = path.parts[:-1]
        if place is None:
            # Without any known folder, the one that a file lies in is the likeliest.
            place = usual if usual is not None and usual < len(folders) else len(folders) - 1 if usual is None else None
        words.append(folders[place] if place is not None and place >= 0 else None)
    return words


def _known_level(path: PurePosixPath, labels: Mapping[str, str | None]) -> int | None:
    folders = path.parts[:-1]
    return next((i for i in reversed(range(len(folders))) if meaning(folders[i], labels=labels).known), None)


def speaker(relative: PurePosixPath, *, folder: int | None, pattern: str) -> str | None:
    """Who speaks, by a folder of the path or by the file's name; None where neither says.

    Parameters
    ----------
    relative : PurePosixPath
        Path of the file within the corpus.
    folder : int or None
        As `Definition.speaker_folder`.
    pattern : str
        As `Definition.speaker_pattern`; goes first.

    Examples
    --------
    >>> path = PurePosixPath("anna/happy/03_take1.wav")
    >>> speaker(path, folder=1, pattern=""), speaker(path, folder=None, pattern=r"^(\\d+)_")
    ('anna', '03')
    """
    if pattern and (match := re.search(pattern, relative.stem[:_SEARCHED])) and match.group(1):
        return values.clean(match.group(1))
    folders = relative.parts[:-1]
    if folder is None or not (-len(folders) <= folder < 0 or 1 <= folder <= len(folders)):
        return None
    return values.clean(folders[folder - 1 if folder > 0 else folder])
