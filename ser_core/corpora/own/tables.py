"""A user's table, read by its ending: CSV, JSON lines or Parquet."""

import json
import math
from pathlib import Path
from typing import Any

from ser_core import settings
from ser_core.corpora.own import csv_text
from ser_core.corpora.own.findings import Finding
from ser_core.corpora.own.table import Table, check_size
from ser_core.errors import ConfigError
from ser_core.settings import OwnLimits

_BATCH = 10_000
# Parquet packs repeated values to next to nothing: what it unpacks to is bounded as well.
_UNPACKED = 10


def read_table(file: Path | str, *, limits: OwnLimits = settings.OWN_LIMITS) -> Table:
    """Read a table by its ending.

    CSV is read with comma, semicolon, tab or bar between the cells, in UTF-8, in UTF-16 with a mark, or, which is
    reported, in Windows-1252. Rows that do not fit the heading are reported one by one, and the rest goes on.

    Parameters
    ----------
    file : Path or str
        One of `ENDINGS`.
    limits : OwnLimits
        Bytes, rows and columns that are read.

    Raises
    ------
    ConfigError
        If the file is missing, empty, too large or of another kind, or if it has no row that can be used.
    """
    file = Path(file)
    reader = ENDINGS.get(file.suffix.lower())
    if reader is None:
        raise ConfigError(f"Tables are read from {', '.join(ENDINGS)}, got {file.name!r}.")
    try:
        size = file.stat().st_size
        if size > limits.max_table_bytes:
            raise ConfigError(
                f"it has {size / 2**20:.0f} MB, at most {limits.max_table_bytes / 2**20:.0f} MB are read; leave out "
                "columns that are not needed, or divide it"
            )
        if not size:
            raise ConfigError("it is empty (0 bytes)")
        table = reader(file, limits=limits)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0].rstrip(".")
        raise ConfigError(f"The table {file.name!r} cannot be read: {reason}.") from None
    if not table.rows:
        said = f" {table.findings[0].message}" if table.findings else ""
        raise ConfigError(
            f"The table {file.name!r} has no row that can be used below its heading "
            f"({', '.join(table.columns) or 'which it lacks'}).{said}"
        )
    return table


def _json_lines(file: Path, *, limits: OwnLimits) -> Table:
    columns: dict[str, None] = {}
    rows, findings = [], []
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                fields = json.loads(line)
                if not isinstance(fields, dict):
                    raise ValueError("it is no object in braces")
            except (ValueError, RecursionError) as error:
                message = f"Line {number} is no JSON object ({error}); it is left out."
                findings.append(Finding(number, "", "ragged-row", message))
                continue
            columns.update(dict.fromkeys(fields))
            row = {name: text for name, value in fields.items() if (text := _text(value))}
            if row:
                rows.append((number, row))
            check_size(rows=len(rows), columns=len(columns), limits=limits)
    return Table(tuple(columns), rows, tuple(findings))


def _parquet(file: Path, *, limits: OwnLimits) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as opened:
            about = opened.metadata
            check_size(rows=about.num_rows, columns=about.num_columns, limits=limits)
            unpacked = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
            if unpacked > _UNPACKED * limits.max_table_bytes:
                raise ConfigError(
                    f"it would unpack to {unpacked / 2**20:.0f} MB; leave out columns that are not needed"
                )
            # Lists and bytes (embeddings, audio) say nothing that a manifest holds.
            nested = (pa.types.is_nested, pa.types.is_binary, pa.types.is_large_binary)
            names = [each.name for each in opened.schema_arrow if not any(is_so(each.type) for is_so in nested)]
            rows = []
            for batch in opened.iter_batches(_BATCH, columns=names):
                for fields in batch.to_pylist():
                    rows.append(
                        (len(rows) + 1, {name: text for name, value in fields.items() if (text := _text(value))})
                    )
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise ConfigError(f"it is no Parquet table or it is broken ({str(error).splitlines()[0]})") from None
    return Table(tuple(names), [(number, row) for number, row in rows if row])


def _text(value: Any) -> str:
    """A cell as text; empty for what is missing and for what is no single value."""
    if value is None or isinstance(value, dict | list | bytes):
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.12g}"
    return str(value).strip()


ENDINGS = {
    ".csv": csv_text.read,
    ".tsv": csv_text.read,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}
"""Ending of a table -> its reader."""
