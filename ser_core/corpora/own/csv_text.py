"""CSV as it is found: any common encoding and separator, rows that do not fit told one by one."""

import codecs
import csv
import io
from pathlib import Path

from ser_core.corpora.own.findings import Finding
from ser_core.corpora.own.table import Table, check_size
from ser_core.errors import ConfigError
from ser_core.settings import OwnLimits

SEPARATORS = (",", ";", "\t", "|")
"""What may stand between cells; the first wins a tie."""

# Bytes that Windows-1252 leaves undefined are read as Latin-1 has them.
_FALLBACK = "cp1252"
_SAMPLE = 1 << 16
_SAMPLE_ROWS = 20
_LONGEST_CELL = 1 << 20
_ZEROS = 20


def read(file: Path, *, limits: OwnLimits) -> Table:
    """Read a CSV file, see `ser_core.corpora.own.tables.read_table`."""
    text, findings = _decode(file.read_bytes())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
    columns: list[str] = []
    rows: list[tuple[int, dict[str, str]]] = []
    # The module's limit is one for the process; setting it to the same value again is harmless.
    csv.field_size_limit(_LONGEST_CELL)
    number = 0
    while True:
        number += 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            break
        except csv.Error as error:
            findings.append(
                Finding(number, "", "ragged-row", f"Row {number} cannot be read ({error}); it is left out.")
            )
            continue
        if not any(cells):
            continue
        if not columns:
            columns = _heading(cells, findings)
            check_size(columns=len(columns), limits=limits)
            continue
        if row := _row(number, cells, columns, findings):
            rows.append((number, row))
        check_size(rows=len(rows), limits=limits)
    return Table(tuple(dict.fromkeys(columns)), rows, tuple(findings))


def _decode(data: bytes) -> tuple[str, list[Finding]]:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, "replace"), []
    # A few may stand in single cells; UTF-16 without its mark, and anything that is no text, is full of them.
    if data.count(0) * _ZEROS > len(data):
        raise ConfigError("it holds zero bytes, so it is no text; save it as CSV in UTF-8")
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        message = (
            f"The table is not in UTF-8 (line {row} is the first that shows it); it is read as Windows-1252 (Latin-1). "
            "Check that accents and umlauts are right, or save it in UTF-8."
        )
        text = "".join(_or_latin1(data[start : start + _SAMPLE]) for start in range(0, len(data), _SAMPLE))
        return text, [Finding(None, "", "encoding", message)]


def _or_latin1(data: bytes) -> str:
    try:
        return data.decode(_FALLBACK)
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _separator(text: str) -> str:
    """The separator that divides the first rows into the most columns, as evenly as can be."""

    def fit(separator: str) -> tuple[float, int]:
        widths = []
        try:
            for cells in csv.reader(io.StringIO(text[:_SAMPLE], newline=""), delimiter=separator):
                if any(cell.strip() for cell in cells):
                    widths.append(len(cells))
                if len(widths) == _SAMPLE_ROWS:
                    break
        except csv.Error:
            pass
        if not widths or widths[0] < 2:
            return 0.0, 0
        return sum(width == widths[0] for width in widths) / len(widths), widths[0]

    return max(SEPARATORS, key=fit)


def _heading(cells: list[str], findings: list[Finding]) -> list[str]:
    """Names of the columns; one without a name gets one, one named twice is read the first time only."""
    names = [name or f"column {i}" for i, name in enumerate(cells, 1)]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        message = f"The heading names the column {name!r} {names.count(name)} times; the first is read."
        findings.append(Finding(None, "", "missing-column", message))
    return names


def _row(number: int, cells: list[str], columns: list[str], findings: list[Finding]) -> dict[str, str] | None:
    extra = [cell for cell in cells[len(columns) :] if cell]
    if extra:
        hint = " A quotation mark may not be closed." if any("\n" in cell for cell in cells) else ""
        message = (
            f"Row {number} has {len(cells)} cells where the heading has {len(columns)}; it is left out, for it is not "
            f"clear which belongs where.{hint} Put text that holds the separator in quotation marks."
        )
        findings.append(Finding(number, "", "ragged-row", message))
        return None
    if len(cells) < len(columns):
        missing = ", ".join(columns[len(cells) :][:5])
        message = f"Row {number} has {len(cells)} cells where the heading has {len(columns)}; unknown: {missing}."
        findings.append(Finding(number, "", "ragged-row", message))
    row: dict[str, str] = {}
    for name, cell in zip(columns, cells, strict=False):
        if cell:
            row.setdefault(name, cell)
    return row
