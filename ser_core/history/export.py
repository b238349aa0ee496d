"""A history to take along: a table, or a zip file with the audio as well."""

import io
import zipfile
from collections.abc import Sequence

import pandas as pd

from ser_core.errors import ConfigError
from ser_core.history.audio import ending_of
from ser_core.history.entry import Entry
from ser_core.history.store import History
from ser_core.labels import EMOTIONS

COLUMNS = (
    *("made", "view", "name", "start_s", "duration_s", "model", "label", "confidence", "uncertain", "abstained"),
    *("reason", "corrected", "speaker", "sha256"),
)
"""Columns of a table of entries, before one ``p_<emotion>`` per emotion; where the model gave no answer, it
and the probabilities are unknown."""

_ANSWER = ("label", "confidence", *(f"p_{name}" for name in EMOTIONS))

TABLE = "history.csv"
"""The table within a zip file; its column ``path`` names the audio, so that the whole is a corpus that can be added."""

#: A zip file is made in memory.
MAX_ZIP_BYTES = 256 * 2**20


def as_table(entries: Sequence[Entry]) -> pd.DataFrame:
    """Entries as a table with `COLUMNS` and the probabilities, in the order given; times in UTC."""
    rows = [
        {
            **{name: getattr(entry, name) for name in COLUMNS},
            **{f"p_{name}": p for name, p in entry.probabilities.items()},
            **(dict.fromkeys(_ANSWER) if entry.abstained else {}),
        }
        for entry in entries
    ]
    table = pd.DataFrame(rows, columns=[*COLUMNS, *(f"p_{name}" for name in EMOTIONS)])
    text = dict.fromkeys(("view", "name", "model", "label", "reason", "corrected", "speaker", "sha256"), "str")
    return table.astype({**text, "start_s": "float64", "made": "datetime64[us, UTC]"})


def as_zip(history: History, entries: Sequence[Entry]) -> bytes:
    """A zip file with the table and the audio that is held, each clip once.

    Raises
    ------
    ConfigError
        If the audio would make it larger than `MAX_ZIP_BYTES`.
    """
    sizes = history.shelf.sizes()
    wanted = {entry.sha256 for entry in entries} & set(sizes)
    total = sum(sizes[digest] for digest in wanted)
    if total > MAX_ZIP_BYTES:
        raise ConfigError(
            f"The audio of these {len(entries):,} predictions takes {total >> 20} MB; at most {MAX_ZIP_BYTES >> 20} MB "
            "go into one zip file. Narrow the search, and take it in parts."
        )
    paths: dict[str, str] = {}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for digest in sorted(wanted):
            content = history.audio(digest)
            if content is not None:  # Deleted meanwhile in another window.
                paths[digest] = f"audio/{digest[:16]}{ending_of(content)}"
                archive.writestr(paths[digest], content, zipfile.ZIP_STORED)
        table = as_table(entries)
        table.insert(0, "path", [paths.get(entry.sha256) for entry in entries])
        archive.writestr(TABLE, table.to_csv(index=False))
    return packed.getvalue()
