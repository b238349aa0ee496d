"""Writing files so that a reader sees the whole file or none, and reading tables likewise."""

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

#: In the names of folders that are being removed.
REMOVED = ".removed-"


@contextlib.contextmanager
def atomic_path(path: Path | str) -> Iterator[Path]:
    """A temporary path beside `path`, moved there when the block ends well and removed when it does not.

    Folders that are missing are made. Any ending is kept, so writers that look at it behave.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "new" / "table.csv"
    >>> with atomic_path(target) as temporary:
    ...     _ = temporary.write_text("a,b")
    >>> target.read_text(), len(list(target.parent.iterdir()))
    ('a,b', 1)
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}-{os.getpid()}-{secrets.token_hex(4)}{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path | str, value: Any) -> None:
    """Write `value` as JSON, readable by people, in one step."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_bytes(path: Path | str, content: bytes) -> None:
    """Write bytes in one step."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def read_parquet(path: Path | str) -> "pd.DataFrame":
    """A Parquet table as it is at one moment.

    pandas opens a path twice, for what the table is like and for its rows: where another process puts a new table in
    its place meanwhile, the two do not fit.

    Raises
    ------
    OSError, ValueError
        If there is none, or it is damaged.
    """
    import pandas as pd

    with Path(path).open("rb") as stream:
        return pd.read_parquet(stream)


def remove_folder(folder: Path | str) -> None:
    """Remove a folder: a reader sees all of it or nothing, also when the removal is stopped half-way.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "run"
    >>> folder.mkdir()
    >>> remove_folder(folder)
    >>> list(folder.parent.iterdir())
    []
    """
    folder = Path(folder)
    hidden = folder.with_name(f".{folder.name}{REMOVED}{secrets.token_hex(4)}")
    folder.replace(hidden)
    shutil.rmtree(hidden)
