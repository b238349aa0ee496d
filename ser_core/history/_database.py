"""The SQLite database behind a history: how it is opened, changed, kept within its limits, and what can go wrong."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from ser_core.errors import HistoryError

FILE = "history.sqlite"
_VERSION = 1
_BUSY_S = 15.0
_SCHEMA = """
CREATE TABLE entries (
    owner TEXT NOT NULL, key TEXT NOT NULL, made TEXT NOT NULL, view TEXT NOT NULL, name TEXT NOT NULL,
    model TEXT NOT NULL, label TEXT NOT NULL, reason TEXT, duration_s REAL NOT NULL, start_s REAL,
    sha256 TEXT NOT NULL, corrected TEXT, speaker TEXT NOT NULL, probabilities TEXT NOT NULL,
    uncertain INTEGER NOT NULL, abstained INTEGER NOT NULL, PRIMARY KEY (owner, key)
) WITHOUT ROWID;
CREATE INDEX by_time ON entries (owner, made);
CREATE TABLE owners (owner TEXT PRIMARY KEY, keep_audio INTEGER NOT NULL) WITHOUT ROWID;
"""

Run = Callable[..., sqlite3.Cursor]
"""Runs one statement with its values."""


class Database:
    """One connection, used by one thread at a time.

    Parameters
    ----------
    folder : Path or None
        Where its file lies; in memory if None.

    Raises
    ------
    HistoryError
        If it cannot be opened.
    """

    def __init__(self, folder: Path | None):
        self._folder = folder
        self._lock = threading.RLock()
        with self._errors():
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            place = ":memory:" if folder is None else folder / FILE
            self._connection = sqlite3.connect(place, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            # What is deleted is overwritten: the words must not stay in the file.
            self._connection.execute("PRAGMA secure_delete = ON")
            self._connection.create_function("folded", 1, str.casefold, deterministic=True)
        with self.change() as run:
            version = run("PRAGMA user_version").fetchone()[0]
            if version not in (0, _VERSION):
                raise HistoryError(
                    f"The history in {folder} was written by another version of this app ({version}). Update the app, "
                    "or move the folder away."
                )
            if version == 0:
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    run(statement)
                run(f"PRAGMA user_version = {_VERSION}")
                if folder is not None:
                    (folder / FILE).chmod(0o600)

    @contextlib.contextmanager
    def change(self) -> Iterator[Run]:
        """A transaction: all of it or nothing."""
        with self._errors(), self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._run
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise

    def rows(self, words: str, *values) -> list[dict]:
        """All rows of a question, by the names of their columns."""
        with self._errors(), self._lock:
            found = self._run(words, *values)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found]

    def value(self, words: str, *values):
        """The one value that answers a question."""
        with self._errors(), self._lock:
            return self._run(words, *values).fetchone()[0]

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _run(self, words: str, *values) -> sqlite3.Cursor:
        return self._connection.execute(words, values)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        place = self._folder or "memory"
        try:
            yield
        except sqlite3.OperationalError as error:
            raise HistoryError(
                f"The history in {place} cannot be used now ({error}). Try again; if it stays, see whether the disk is "
                "full and the folder may be written to."
            ) from None
        except sqlite3.Error as error:
            raise HistoryError(f"The history in {place} is damaged ({error}). Move the folder away.") from None
        except OSError as error:
            raise HistoryError(f"The history in {place} cannot be used: {error.strerror or error}.") from None
