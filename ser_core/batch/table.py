"""The table of answers: its columns, made from rows, read again."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ser_core.files import read_parquet
from ser_core.labels import EMOTIONS

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("path", "label", "confidence", "uncertain", "abstained", "reason", "duration_s", "error", "model")
"""Columns of a table of results, before one ``p_<emotion>`` per emotion. ``error`` says why a file could not be judged;
all else is then unknown. Of a file on which the model abstained, label and probabilities are unknown too."""

_TYPES = {
    **dict.fromkeys(("path", "label", "reason", "error", "model"), "str"),
    **dict.fromkeys(("uncertain", "abstained"), "boolean"),
}


def as_table(rows: Sequence[dict[str, Any]]) -> "pd.DataFrame":
    """Answers of `ser_core.batch.tasks.judge` as a table with `COLUMNS` and one ``p_<emotion>`` per emotion."""
    import pandas as pd

    flat = [{**row, **{f"p_{name}": p for name, p in (row.get("probabilities") or {}).items()}} for row in rows]
    table = pd.DataFrame(flat, columns=[*COLUMNS, *(f"p_{name}" for name in EMOTIONS)])
    return table.astype(_TYPES)


def as_read(out: Path) -> "pd.DataFrame":
    """A ``.parquet`` table that `ser_core.batch.predict_all` wrote, as it returned it."""

    return read_parquet(out).astype(_TYPES)
