"""A history of predictions: in memory, or in a folder where every visitor has entries of their own."""

import hashlib
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from ser_core import settings
from ser_core.errors import ConfigError
from ser_core.history._database import Database, Run
from ser_core.history.audio import FolderShelf, MemoryShelf, Shelf, shrink, shrink_all
from ser_core.history.entry import VIEWS, Entry, check_emotion
from ser_core.history.query import EMOTION, Query
from ser_core.labels import EMOTIONS
from ser_core.settings import HistoryLimits

_SECRET = re.compile(r"[0-9a-f]{64}")
# The oldest first, what a person has corrected last.
_OLDEST = "(corrected IS NOT NULL), made, key"
# Of an entry that is there already these stay.
_STAYS = ("owner", "key", "corrected", "speaker")


@dataclass(frozen=True)
class Stats:
    """How much a history holds.

    Attributes
    ----------
    entries, corrected : int
        Predictions, and those that a person corrected or confirmed.
    clips, audio_bytes : int
        Clips whose audio can be heard, and the bytes they take.
    """

    entries: int
    corrected: int
    clips: int
    audio_bytes: int


@dataclass(frozen=True)
class Facets:
    """What the entries of a history differ in.

    Attributes
    ----------
    emotions, models, views : tuple of str
        Those that occur.
    days : tuple of date or None
        The first and the last, in UTC; None where there is no entry.
    """

    emotions: tuple[str, ...]
    models: tuple[str, ...]
    views: tuple[str, ...]
    days: tuple[date, date] | None


class History:
    """Predictions of one visitor; may be used by several threads.

    Parameters
    ----------
    folder : Path, optional
        Holds the database of all visitors and their audio; in memory unless given.
    secret : str, optional
        64 hexadecimal digits that only this visitor's browser knows; needed with `folder`. Only a digest of it is
        stored.
    limits : HistoryLimits, optional
        What it may hold.

    Raises
    ------
    ConfigError
        If the secret has another form.
    HistoryError
        If the database cannot be opened.
    """

    def __init__(self, folder: Path | None = None, *, secret: str = "", limits: HistoryLimits | None = None):
        self.folder, self.owner = folder, "session"
        self.limits = limits or (settings.SESSION_LIMITS if folder is None else settings.HISTORY_LIMITS)
        if folder is not None:
            if not _SECRET.fullmatch(secret):
                raise ConfigError("A kept history is known by a secret of 64 hexadecimal digits.")
            self.owner = hashlib.sha256(bytes.fromhex(secret)).hexdigest()[:32]
        self._database = Database(folder)
        self._memory = MemoryShelf()

    @property
    def place(self) -> Path | None:
        """Folder of this visitor alone; None in memory."""
        return None if self.folder is None else self.folder / self.owner

    @property
    def keeps_audio(self) -> bool:
        """Whether audio is written to disk."""
        wanted = "SELECT ifnull(max(keep_audio), 0) FROM owners WHERE owner = ?"
        return self.folder is not None and bool(self._database.value(wanted, self.owner))

    @property
    def shelf(self) -> Shelf:
        """Where audio lies."""
        return self._on_disk(self.owner) if self.keeps_audio else self._memory

    def keep_audio(self, wanted: bool) -> None:
        """Write audio to disk from now on, that which is in memory included; or delete it from disk.

        Raises
        ------
        ConfigError
            If the history is in memory.
        """
        if self.folder is None:
            raise ConfigError("A history in memory keeps no audio on disk.")
        disk = self._on_disk(self.owner)
        with self._database.change() as run:
            run("INSERT OR REPLACE INTO owners VALUES (?, ?)", self.owner, int(wanted))
            for digest in self._memory.sizes() if wanted else ():
                disk.put(digest, self._memory.get(digest))
            (self._memory if wanted else disk).clear()

    def add(self, entries: Iterable[Entry], *, audio: Mapping[str, bytes] | None = None) -> None:
        """Add predictions; one that is there already takes the new answer and keeps what a person said about it.

        Parameters
        ----------
        entries : iterable of Entry
            What was predicted.
        audio : mapping, optional
            Digest of the encoded audio -> audio.
        """
        shelf = self.shelf
        with self._database.change() as run:
            for entry in entries:
                row = {"owner": self.owner, **entry.to_row()}
                new = ", ".join(f"{name} = excluded.{name}" for name in row if name not in _STAYS)
                run(
                    f"INSERT INTO entries ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) "
                    f"ON CONFLICT (owner, key) DO UPDATE SET {new}, corrected = ifnull(excluded.corrected, corrected), "
                    "speaker = CASE excluded.speaker WHEN '' THEN speaker ELSE excluded.speaker END",
                    *row.values(),
                )
                content = (audio or {}).get(entry.sha256)
                if content is not None:
                    shelf.put(entry.sha256, content)
            self._shrink(run)

    def find(self, query: Query | None = None, *, limit: int | None = None) -> list[Entry]:
        """Entries that fit, the latest first; those of a recording in reverse too."""
        condition, values = (query or Query()).to_sql()
        words = f"SELECT * FROM entries WHERE owner = ? AND {condition} ORDER BY made DESC, start_s DESC, key LIMIT ?"
        rows = self._database.rows(words, self.owner, *values, -1 if limit is None else limit)
        return [Entry.from_row(row) for row in rows]

    def digests(self, query: Query | None = None) -> list[str]:
        """Digests of the audio of the entries that fit, one for each entry."""
        condition, values = (query or Query()).to_sql()
        rows = self._database.rows(f"SELECT sha256 FROM entries WHERE owner = ? AND {condition}", self.owner, *values)
        return [row["sha256"] for row in rows]

    def facets(self) -> Facets:
        """What there is to look for."""
        kinds = f"SELECT DISTINCT {EMOTION} AS emotion, model, view FROM entries WHERE owner = ?"
        rows = self._database.rows(kinds, self.owner)
        (span,) = self._database.rows("SELECT min(made) AS a, max(made) AS b FROM entries WHERE owner = ?", self.owner)
        return Facets(
            emotions=EMOTIONS.ordered({row["emotion"] for row in rows} - {""}),
            models=tuple(sorted({row["model"] for row in rows})),
            views=tuple(view for view in VIEWS if any(row["view"] == view for row in rows)),
            days=None if span["a"] is None else tuple(datetime.fromisoformat(span[name]).date() for name in "ab"),
        )

    def get(self, key: str) -> Entry | None:
        """The entry of that key."""
        rows = self._database.rows("SELECT * FROM entries WHERE owner = ? AND key = ?", self.owner, key)
        return Entry.from_row(rows[0]) if rows else None

    def correct(self, key: str, emotion: str | None, *, speaker: str = "") -> None:
        """Say what a person hears in an entry, and who speaks; None takes it back.

        Raises
        ------
        ConfigError
            If there is no such emotion or entry.
        """
        check_emotion(emotion)
        entry = self.get(key)
        if entry is None:
            raise ConfigError("This prediction is no longer in the history.")
        entry = entry.corrected_to(emotion, speaker=speaker)
        with self._database.change() as run:
            words = "UPDATE entries SET corrected = ?, speaker = ? WHERE owner = ? AND key = ?"
            run(words, entry.corrected, entry.speaker, self.owner, key)

    def delete(self, keys: Iterable[str]) -> int:
        """Delete entries, and audio that no other needs; how many entries there were."""
        with self._database.change() as run:
            words = "DELETE FROM entries WHERE owner = ? AND key = ?"
            found = sum(run(words, self.owner, key).rowcount for key in keys)
            self._drop_orphans(run)
        return found

    def clear(self) -> int:
        """Delete all of this visitor, audio and settings included; how many entries there were."""
        with self._database.change() as run:
            found = run("DELETE FROM entries WHERE owner = ?", self.owner).rowcount
            run("DELETE FROM owners WHERE owner = ?", self.owner)
            self._memory.clear()
            if self.place is not None:
                shutil.rmtree(self.place, ignore_errors=True)
        return found

    def audio(self, sha256: str) -> bytes | None:
        """Encoded audio of an entry; None where it is not held."""
        return self.shelf.get(sha256)

    def heard(self) -> set[str]:
        """Digests whose audio is held."""
        return set(self.shelf.sizes())

    def stats(self) -> Stats:
        """How much it holds."""
        counted, sizes = "SELECT count(*) FROM entries WHERE owner = ?", self.shelf.sizes()
        return Stats(
            self._database.value(counted, self.owner),
            self._database.value(f"{counted} AND corrected IS NOT NULL", self.owner),
            len(sizes),
            sum(sizes.values()),
        )

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def _on_disk(self, owner: str) -> FolderShelf:
        return FolderShelf(self.folder / owner / "audio")

    def _shrink(self, run: Run) -> None:
        """Keep to the limits, this visitor's first and then those of all together."""
        limits = self.limits
        for where, values, most in (
            ("owner = ?", [self.owner], limits.max_entries),
            ("1", [], limits.max_all_entries),
        ):
            over = run(f"SELECT count(*) FROM entries WHERE {where}", *values).fetchone()[0] - most
            if over > 0:
                oldest = f"SELECT owner, key FROM entries WHERE {where} ORDER BY {_OLDEST} LIMIT ?"
                run(f"DELETE FROM entries WHERE (owner, key) IN ({oldest})", *values, over)
                self._drop_orphans(run)
        corrected = run("SELECT sha256 FROM entries WHERE owner = ? AND corrected IS NOT NULL", self.owner)
        shelf = self.shelf
        shrink(shelf, max_bytes=limits.max_audio_bytes, spared={digest for (digest,) in corrected})
        if shelf is not self._memory:
            shrink_all(self.folder.glob("*/audio"), max_bytes=limits.max_all_audio_bytes)

    def _drop_orphans(self, run: Run) -> None:
        known = {digest for (digest,) in run("SELECT sha256 FROM entries WHERE owner = ?", self.owner)}
        shelf = self.shelf
        for digest in set(shelf.sizes()) - known:
            shelf.drop(digest)
