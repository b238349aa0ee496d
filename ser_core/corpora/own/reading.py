"""From a definition to the clips of a corpus: what is read, what it means, and what is wrong with it."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ser_core import settings
from ser_core.corpora.own import folder as folders
from ser_core.corpora.own import paths, values
from ser_core.corpora.own.definition import RATINGS, Definition
from ser_core.corpora.own.findings import Finding
from ser_core.corpora.own.table import Table
from ser_core.corpora.own.tables import read_table
from ser_core.corpora.own.words import Meaning, meaning
from ser_core.corpora.records import Clip
from ser_core.errors import ConfigError
from ser_core.labels import EMOTIONS
from ser_core.progress import CancelCallback, Meter, ProgressCallback
from ser_core.settings import OwnLimits

_SHOWN = 20


@dataclass(frozen=True)
class Label:
    """One of the user's words for an emotion.

    Attributes
    ----------
    word : str
        As the user wrote it.
    clips : int
        How many clips have it.
    meaning : Meaning
        What it means.
    """

    word: str
    clips: int
    meaning: Meaning


@dataclass(frozen=True)
class Reading:
    """What a user's corpus holds.

    Attributes
    ----------
    clips : list of Clip
        The clips whose files are here, each file once.
    rows : list of int or None
        Row of the table of each clip.
    findings : list of Finding
        What is wrong, in the order in which it was met.
    seen : int
        Rows, or audio files, that were looked at.
    """

    clips: list[Clip] = field(default_factory=list)
    rows: list[int | None] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    seen: int = 0
    labels: tuple[Label, ...] = ()

    @property
    def unknown(self) -> tuple[Label, ...]:
        """The words that are not known, the most frequent first."""
        return tuple(sorted((each for each in self.labels if not each.meaning.known), key=lambda each: -each.clips))

    @property
    def emotions(self) -> dict[str, int]:
        """Emotion -> clips, in the order of the label set; clips without one are not counted."""
        counts = Counter(clip.emotion for clip in self.clips)
        return {name: counts[name] for name in EMOTIONS if counts[name]}

    @property
    def speakers(self) -> int:
        """Number of different speakers that are known."""
        return len({clip.speaker for clip in self.clips} - {None})


def read(
    definition: Definition,
    *,
    table: Table | None = None,
    limits: OwnLimits = settings.OWN_LIMITS,
    progress: ProgressCallback | None = None,
    cancel: CancelCallback | None = None,
) -> Reading:
    """Read what a corpus holds, without listening to it.

    Parameters
    ----------
    definition : Definition
        Where it lies and what its words mean.
    table : Table, optional
        Its table, where it has been read already.
    limits : OwnLimits
        How much is read.
    progress, cancel : callable, optional
        See `ser_core.progress`.

    Raises
    ------
    ConfigError
        If the folder or the table cannot be read at all, or the table has no column of files.
    CancelledError
        If the user asked to stop.
    """
    try:
        base = definition.folder.resolve()
    except (OSError, RuntimeError) as error:
        raise ConfigError(f"The folder {values.shown(definition.folder)} cannot be opened: {error}.") from None
    collector = _Collector(definition, base)
    if definition.table is None:
        collector.read_folder(limits=limits, progress=progress, cancel=cancel)
    else:
        collector.read_rows(table or read_table(definition.table, limits=limits), progress=progress, cancel=cancel)
    return collector.result()


class _Collector:
    """Takes clips one by one and leaves out what was there before."""

    def __init__(self, definition: Definition, base: Path):
        self.definition = definition
        self.base = base
        self.clips: list[Clip] = []
        self.rows: list[int | None] = []
        self.findings: list[Finding] = []
        self.seen = 0
        self._keys: dict[str, int] = {}
        self._words: Counter[str] = Counter()

    def result(self) -> Reading:
        mapping = self.definition.labels
        labels = tuple(Label(word, n, meaning(word, labels=mapping)) for word, n in sorted(self._words.items()))
        return Reading(self.clips, self.rows, self.findings, self.seen, labels)

    def read_folder(self, **how) -> None:
        files, self.findings = folders.files_below(self.base, **how)
        self.seen = len(files) + len(self.findings)
        relatives = [PurePosixPath(file.relative_to(self.base).as_posix()) for file in files]
        words = folders.label_words(relatives, labels=self.definition.labels)
        for file, relative, word in zip(files, relatives, words, strict=True):
            self._take(file, relative, row=None, word=word, fields={})

    def read_rows(self, table: Table, *, progress: ProgressCallback | None, cancel: CancelCallback | None) -> None:
        if not self.base.is_dir():
            raise ConfigError(f"There is no folder {values.shown(self.base)}, which the paths of the table start from.")
        columns = self._columns(table)
        self.findings.extend(table.findings)
        self.seen = len(table.rows)
        meter = Meter(progress, total=len(table.rows), unit="rows", message="Looking for recordings", cancel=cancel)
        for row, cells in table.rows:
            meter.add()
            fields = {name: cells[column] for name, column in columns.items() if column in cells}
            if "path" not in fields:
                message = f"Row {row} names no file in the column {columns['path']!r}; it is left out."
                self.findings.append(Finding(row, "", "missing-file", message))
                continue
            file = paths.find(self.base, fields.pop("path"), row=row)
            if isinstance(file, Finding):
                self.findings.append(file)
                continue
            relative = PurePosixPath(file.relative_to(self.base).as_posix())
            self._take(file, relative, row=row, word=fields.pop("emotion", None), fields=fields)

    def _columns(self, table: Table) -> dict[str, str]:
        """The mapping without columns that the table does not have, which are told."""
        there = ", ".join(table.columns[:_SHOWN]) + (", ..." if len(table.columns) > _SHOWN else "")
        wanted = self.definition.columns
        if wanted.get("path") not in table.columns:
            named = f"no column {wanted['path']!r}" if "path" in wanted else "no column that is known to name the files"
            raise ConfigError(f"The table has {named}. Its columns are: {there}. State which one names the files.")
        for name, column in wanted.items():
            if column not in table.columns:
                message = (
                    f"The table has no column {column!r} for {name}, which stays unknown. Its columns are: {there}."
                )
                self.findings.append(Finding(None, "", "missing-column", message))
        return {name: column for name, column in wanted.items() if column in table.columns}

    def _take(self, file: Path, relative: PurePosixPath, *, row: int | None, word: str | None, fields: dict) -> None:
        name = values.shown(relative)
        key = paths.key(relative)
        if key in self._keys:
            self.findings.append(self._twice(name, word, row=row, first=self._keys[key]))
            return
        self._keys[key] = len(self.clips)
        label = values.clean(word) if word else None
        emotion = self._emotion(label, name, row=row)
        known = self._values(fields, name, row=row)
        if known.get("speaker") is None:
            known["speaker"] = folders.speaker(
                relative, folder=self.definition.speaker_folder, pattern=self.definition.speaker_pattern
            )
        self.clips.append(Clip(key=key, file=file, emotion=emotion, label=label, **known))
        self.rows.append(row)

    def _twice(self, name: str, word: str | None, *, row: int | None, first: int) -> Finding:
        before = self.clips[first]
        where = f"in row {self.rows[first]}" if row is not None else f"as '{values.shown(before.file.name)}'"
        label = values.clean(word) if word else None
        other = f", as {before.label!r} there and {label!r} here" if label != before.label else ""
        return Finding(row, name, "duplicate", f"'{name}' is listed already {where}{other}; the first counts.")

    def _emotion(self, label: str | None, name: str, *, row: int | None) -> str | None:
        if label is None:
            what = "This row names no emotion" if row is not None else f"No folder of '{name}' names an emotion"
            self.findings.append(Finding(row, name, "no-label", f"{what}; it stays unknown."))
            return None
        self._words[label] += 1
        found = meaning(label, labels=self.definition.labels)
        if not found.known:
            perhaps = f" Did you mean {found.suggestion}?" if found.suggestion else ""
            message = (
                f"{label!r} is none of the known words for {', '.join(EMOTIONS)}; the emotion stays unknown.{perhaps} "
                "Say which emotion it is, or that it has no counterpart."
            )
            self.findings.append(Finding(row, name, "unknown-label", message))
        return found.emotion

    def _values(self, fields: dict[str, str], name: str, *, row: int | None) -> dict:
        known = {}
        for field_name, raw in fields.items():
            text = values.clean(raw, field=field_name)
            if text is None:
                continue
            value = self._value(field_name, text)
            if isinstance(value, values.Wrong):
                self.findings.append(Finding(row, name, "bad-value", value.message))
            else:
                known[field_name] = value
        return known

    def _value(self, name: str, text: str):
        if name == "sex":
            return values.sex(text)
        if name == "age":
            return values.age(text)
        if name in RATINGS:
            return values.rating(text, scale=self.definition.scale, field=name)
        return text
