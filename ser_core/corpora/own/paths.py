"""From what a user wrote to a file that may be opened, and nothing outside the folder."""

import os
import stat
import unicodedata
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from ser_core import settings
from ser_core.corpora.own import values
from ser_core.corpora.own.findings import Finding
from ser_core.corpora.scan import AUDIO_ENDINGS
from ser_core.errors import ConfigError
from ser_core.hashing import canonical_hash

_LONGEST_KEY = 160


def find(folder: Path, text: str, *, row: int | None) -> Path | Finding:
    """The file that a table means.

    Absolute paths, backslashes, other Unicode forms of the same letters and names without an audio ending are
    understood; what leads out of `folder`, be it by a link, is not opened.

    Parameters
    ----------
    folder : Path
        Resolved folder that paths start from.
    text : str
        Path as the table has it.
    row : int or None
        Row of the table, for the finding.
    """
    name = values.shown(text)
    outside = Finding(row, name, "outside", f"'{name}' leads out of the folder {values.shown(folder)}; it is left out.")
    forms = () if text.isascii() else ("NFC", "NFD")
    spellings = dict.fromkeys((text, *(unicodedata.normalize(form, text) for form in forms)))
    if "\\" in text:
        spellings.update(dict.fromkeys([spelling.replace("\\", "/") for spelling in spellings]))
    inside = [relative for spelling in spellings if (relative := _inside(folder, spelling)) is not None]
    if not inside:
        return outside
    for relative in inside:
        for candidate in _with_endings(folder / relative):
            problem = _openable(folder, candidate, row=row)
            if problem is None:
                return candidate
            if problem.kind != "missing-file":
                return problem
    message = f"There is no file '{name}' in {values.shown(folder)}; it is left out."
    return Finding(row, name, "missing-file", message)


def _inside(folder: Path, text: str) -> str | None:
    """A path relative to the folder; None if it leads out, judged by its letters alone."""
    if "\0" in text or not values.is_text(text):
        return None
    within = _prefix(folder)
    normal = os.path.normpath(folder / text)
    return normal[len(within) :] if normal.startswith(within) else None


def _prefix(folder: Path) -> str:
    """What the paths of everything in a folder begin with. Strings, for this is done for every clip of a corpus."""
    return str(folder).rstrip(os.sep) + os.sep


def _with_endings(path: Path) -> list[Path]:
    if path.suffix:
        return [path]
    return [path, *(path.with_name(path.name + ending) for ending in AUDIO_ENDINGS)]


def _openable(folder: Path, file: Path, *, row: int | None) -> Finding | None:
    """What stands against opening a file below the folder; None if nothing does."""
    try:
        plain = stat.S_ISREG(file.stat().st_mode)
        inside = os.path.realpath(file).startswith(_prefix(folder))
        if plain and inside and os.access(file, os.R_OK):
            return None
    except FileNotFoundError:
        plain = inside = False
    except OSError as error:  # A name that is too long, a loop of links.
        name = values.shown(file.relative_to(folder))[:80]
        return Finding(row, name, "missing-file", f"'{name}' cannot be opened ({error.strerror}); it is left out.")
    name = values.shown(file.relative_to(folder))
    if not plain:
        return Finding(row, name, "missing-file", f"There is no file '{name}'; it is left out.")
    if not inside:
        return Finding(row, name, "outside", f"'{name}' is a link that leads out of the folder; it is left out.")
    return Finding(row, name, "unreadable-audio", f"'{name}' may not be read; change its permissions.")


def check_found(folder: Path, file: Path) -> Finding | None:
    """What stands against a file that was found in the folder."""
    relative = file.relative_to(folder)
    if not values.is_text(relative):
        name = values.shown(relative)
        return Finding(None, name, "name", f"The name '{name}' is no valid text (not UTF-8); rename the file.")
    return _openable(folder, file, row=None)


def key(relative: PurePosixPath) -> str:
    """Name of a clip within its corpus: its path without ending, on one line and of bearable length.

    Examples
    --------
    >>> key(PurePosixPath("happy/take 1.wav")), key(PurePosixPath("sad/a\\u202eb.wav"))
    ('happy/take 1', 'sad/a%E2%80%AEb')
    """
    plain = str(relative.with_suffix("")) if relative.suffix.lower() in AUDIO_ENDINGS else str(relative)
    usual = plain.isprintable() and "%" not in plain
    safe = plain if usual else "".join(c if c.isprintable() and c != "%" else quote(c, safe="") for c in plain)
    return safe if len(safe) <= _LONGEST_KEY else f"{safe[: _LONGEST_KEY - 17]}~{canonical_hash({'path': safe})}"


def allowed(text: str) -> Path:
    """A path that a visitor of the app typed, if it may be read from there.

    Returns
    -------
    Path
        Resolved.

    Raises
    ------
    ConfigError
        If it does not lie in one of `settings.own_folders`, is hidden or does not exist. Nothing is said about what
        lies elsewhere.
    """
    folders = settings.own_folders()
    places = ", ".join(map(str, dict.fromkeys(folders)))
    refused = ConfigError(
        f"Only folders below {places} may be added here. Add others on the command line, or start the app with "
        f"SER_OWN_FOLDERS naming them (divided by {os.pathsep!r})."
    )
    if not text.strip() or "\0" in text:
        raise ConfigError(f"Name a folder or a table below {places}.")
    try:
        place = Path(text.strip()).expanduser().resolve()
    except (OSError, RuntimeError):  # A loop of links, an unknown user's home.
        raise refused from None
    home = next((folder for folder in folders if place.is_relative_to(folder)), None)
    if home is None or any(part.startswith(".") for part in place.relative_to(home).parts):
        raise refused
    if not place.exists():
        raise ConfigError(f"There is no folder or file {values.shown(place)}.")
    return place
