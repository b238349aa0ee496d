"""What is known of a user's corpus before its files are read: where it lies and what its words mean."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ser_core import settings
from ser_core.corpora.own import values
from ser_core.corpora.own.words import check_labels
from ser_core.errors import ConfigError
from ser_core.hashing import canonical_hash

FIELDS = (
    "path",
    "emotion",
    "speaker",
    "sex",
    "age",
    "intensity",
    "text",
    "language",
    "valence",
    "arousal",
    "dominance",
)
"""What a table may say about a clip; ``path`` it must."""

RATINGS = ("valence", "arousal", "dominance")
_VERSION = 1
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
# Names that Windows keeps for devices: a definition is a file of that name.
_RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
_LANGUAGE = re.compile(r"([a-z]{2,3}(-[A-Za-z0-9]{2,8})*)?")
_LONGEST_PATTERN = 200
_MOST_REPEATS = 3
_MOST_CHOICES = 6
_TEXTS = ("title", "description", "language", "licence", "licence_url", "citation", "speaker_pattern")
_WORDS_AT_MOST = 1_000


@dataclass(frozen=True)
class Definition:
    """A user's corpus: a folder whose subfolders are named after emotions, or a table that lists files.

    Attributes
    ----------
    name : str
        Identifier: small letters, digits and hyphens, a letter first, 32 characters at most.
    folder : Path
        Folder of the audio, absolute; the paths of a table start from it.
    table : Path or None
        The table (.csv, .tsv, .jsonl, .parquet), absolute; None where folders say the emotion.
    columns : dict
        Field (`FIELDS`) -> column of the table.
    labels : dict
        The user's word -> name in `EMOTIONS`, or None for "no counterpart"; goes before the common words.
    scale : tuple of float
        Ends of the scale of valence, arousal and dominance in the table.
    speaker_folder : int or None
        Which folder of a clip's path names the speaker: 1 is the outermost, -1 the one the file lies in.
    speaker_pattern : str
        Regular expression, searched in the first 100 characters of the file name without its ending; its first group
        is the speaker. See `check_pattern` for what is allowed.
    title, description, language, licence, licence_url, citation : str
        As for every corpus; language as ISO 639, empty where unknown.
    uploaded : bool
        Whether folder and table were uploaded and lie under `settings.own_dir`.
    clips, speakers : int
        Numbers when it was added.

    Raises
    ------
    ConfigError
        If a value is not allowed.
    """

    name: str
    folder: Path
    table: Path | None = None
    columns: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str | None] = field(default_factory=dict)
    scale: tuple[float, float] = values.SCALE
    speaker_folder: int | None = None
    speaker_pattern: str = ""
    title: str = ""
    description: str = ""
    language: str = ""
    licence: str = ""
    licence_url: str = ""
    citation: str = ""
    uploaded: bool = False
    clips: int = 0
    speakers: int = 0

    def __post_init__(self):
        check_name(self.name)
        check_pattern(self.speaker_pattern)
        object.__setattr__(self, "folder", _place(self.folder, "folder"))
        if self.table is not None:
            object.__setattr__(self, "table", _place(self.table, "table"))
        object.__setattr__(self, "labels", check_labels(self.labels))
        object.__setattr__(self, "scale", _scale(self.scale))
        for column in set(self.columns) - set(FIELDS):
            raise ConfigError(f"A table's columns are mapped to {', '.join(FIELDS)}, got {column!r}.")
        if not _LANGUAGE.fullmatch(self.language):
            raise ConfigError(f"A language is given by its ISO 639 code, such as en or de, got {self.language!r}.")
        if self.licence_url and not re.match(r"https?://[^\s<>()\[\]]+$", self.licence_url):
            raise ConfigError(f"The licence's address must begin with https://, got {self.licence_url!r}.")
        if self.speaker_folder == 0:
            raise ConfigError("Folders are counted from 1 at the outermost, or from -1 at the innermost; got 0.")

    @property
    def hash(self) -> str:
        """16 hexadecimal digits that change when anything changes that decides what is read."""
        return canonical_hash(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """All fields, JSON-ready; places under `settings.own_dir` relative to it, so that it may be moved."""
        fields = {"version": _VERSION, **asdict(self), "scale": list(self.scale)}
        for name in ("folder", "table"):
            place = getattr(self, name)
            if place is not None:
                fields[name] = str(place.relative_to(settings.own_dir()) if self.uploaded else place)
        return fields

    @classmethod
    def from_dict(cls, fields: Any) -> "Definition":
        """The definition that `to_dict` described, judged anew: a person may have changed the file.

        Raises
        ------
        ConfigError
            If it is none.
        """
        if not isinstance(fields, Mapping) or fields.get("version") != _VERSION:
            raise ConfigError(f"Not the description of a corpus (version {_VERSION}).")
        fields = {name: value for name, value in fields.items() if name != "version"}
        _check_types(fields)
        uploaded = fields.get("uploaded", False)
        for name in ("folder", "table"):
            if fields.get(name) is not None:
                place = Path(fields[name])
                if uploaded:
                    home = settings.own_dir() / str(fields.get("name", ""))
                    place = (settings.own_dir() / place).resolve()
                    if not place.is_relative_to(home.resolve()):
                        raise ConfigError(f"The uploaded {name} {fields[name]!r} does not lie in {home}.")
                elif not place.is_absolute():
                    raise ConfigError(f"The {name} must be an absolute path, got {fields[name]!r}.")
                fields[name] = place
        try:
            return cls(**fields)
        except TypeError as error:
            raise ConfigError(f"Not the description of a corpus: {error}.") from None

    def counted(self, *, clips: int, speakers: int) -> "Definition":
        """The same with the numbers of what was read."""
        return replace(self, clips=clips, speakers=speakers)


def is_name(name: object) -> bool:
    """Whether a corpus may have this name."""
    return isinstance(name, str) and bool(_NAME.fullmatch(name)) and not _RESERVED.fullmatch(name)


def check_name(name: str) -> str:
    """A name that a corpus may have.

    Raises
    ------
    ConfigError
        If it is none.
    """
    if not is_name(name):
        raise ConfigError(
            f"A corpus is named by small letters, digits and hyphens, a letter first, at most 32; got {name!r}."
        )
    return name


def check_pattern(pattern: str) -> str:
    """A regular expression that finds the speaker in a file name, and cannot keep the machine busy.

    Allowed are at most 3 of ``* +`` and ``{}``, none of them after a group, 6 of ``?`` and ``|`` together, no
    references back, 200 characters: enough for names, and such patterns take milliseconds on any of them.

    Raises
    ------
    ConfigError
        If it is no regular expression, has no group or is not allowed.
    """
    if not pattern:
        return ""
    advice = "Write one with the speaker in parentheses, such as ^([^_]+)_ for what stands before the first underscore."
    # Escaped characters and character classes hold no operators.
    bare = re.sub(r"\[\^?\]?(?:\\.|[^\]\\])*\]", "x", re.sub(r"\\[^1-9]", "x", pattern))
    repeats = len(re.findall(r"[*+{]", bare))
    choices = len(re.findall(r"(?<!\()\?|\|", bare))
    too_many = len(pattern) > _LONGEST_PATTERN or repeats > _MOST_REPEATS or choices > _MOST_CHOICES
    if too_many or re.search(r"\)\s*[*+{]|\\[1-9]|\(\?P=", bare):
        raise ConfigError(
            f"The pattern {pattern!r} is too complicated: at most {_MOST_REPEATS} repetitions (* + {{}}), none of a "
            f"group, {_MOST_CHOICES} choices (? |), no references back, {_LONGEST_PATTERN} characters. {advice}"
        )
    try:
        groups = re.compile(pattern).groups
    except (re.error, OverflowError, RecursionError) as error:
        raise ConfigError(f"The pattern {pattern!r} is no regular expression ({error}). {advice}") from None
    if not groups:
        raise ConfigError(f"The pattern {pattern!r} does not say where the speaker stands. {advice}")
    return pattern


def _place(place: Path | str, what: str) -> Path:
    absolute = Path(place).expanduser().absolute()
    if "\0" in str(absolute) or not values.is_text(absolute):
        raise ConfigError(f"The {what}'s path {values.shown(absolute)!r} is no valid text; rename it.")
    return absolute


def _scale(scale: Any) -> tuple[float, float]:
    try:
        low, high = (float(end) for end in scale)
    except (TypeError, ValueError):
        raise ConfigError(f"A scale is given by its lowest and highest value, such as 1,5; got {scale!r}.") from None
    if not (-1e6 <= low < high <= 1e6):
        raise ConfigError(f"The lowest value of a scale must lie below its highest, got {low:g} and {high:g}.")
    return low, high


def _check_types(fields: dict[str, Any]) -> None:
    """Types as JSON gives them; a wrong one would show up as a crash far from here."""
    wanted = {
        **dict.fromkeys(("name", "folder", *_TEXTS), str),
        **dict.fromkeys(("columns", "labels"), dict),
        **dict.fromkeys(("clips", "speakers"), int),
        "table": str | None,
        "speaker_folder": int | None,
        "scale": list,
        "uploaded": bool,
    }
    for name, value in fields.items():
        if name not in wanted:
            raise ConfigError(f"Not the description of a corpus: it has an unknown field {name!r}.")
        if not isinstance(value, wanted[name]) or (isinstance(value, bool) and wanted[name] is not bool):
            raise ConfigError(f"Not the description of a corpus: {name} is {value!r}.")
    for name in {"name", "folder"} - set(fields):
        raise ConfigError(f"Not the description of a corpus: {name} is missing.")
    for name in ("columns", "labels"):
        for word, meant in fields.get(name, {}).items():
            if len(fields[name]) > _WORDS_AT_MOST or not isinstance(meant, str if name == "columns" else str | None):
                raise ConfigError(f"Not the description of a corpus: {name} maps {word!r} to {meant!r}.")
