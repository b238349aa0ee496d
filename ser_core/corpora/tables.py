"""The form of a manifest, and tables written all or nothing."""

from pathlib import Path

import pandas as pd

from ser_core.errors import ConfigError
from ser_core.files import atomic_path

COLUMNS = {
    "clip_id": "str",
    "path": "str",
    "corpus": "str",
    "speaker": "str",
    "sex": "str",
    "age": "Int64",
    "language": "str",
    "emotion": "str",
    "intensity": "str",
    "text": "str",
    "valence": "float64",
    "arousal": "float64",
    "dominance": "float64",
    "sampling_rate": "Int64",
    "channels": "Int64",
    "duration_s": "float64",
    "sha256": "str",
}
"""Columns of every manifest with their pandas types, in order; a corpus may add its own after them."""

EXTRA_COLUMNS = {
    "label": "str",
    "repetition": "Int64",
    "version": "str",
    "word": "str",
    "session": "Int64",
    "scenario": "str",
    "voice_vote": "str",
    "voice_level": "float64",
    "emobox_test": "boolean",
}
"""Columns that only some corpora have, with their pandas types: ``label`` the emotion in the word of the release;
``repetition`` and ``version`` the take; ``word`` what varies in a carrier sentence; ``session`` and ``scenario``
(``improvised`` or ``scripted``) of a dialogue; ``voice_vote`` the emotion that most raters heard in the voice alone,
several in the order of the label set joined by ``:`` where tied; ``voice_level`` how strong they heard it, 0 to 100;
``emobox_test`` whether the clip is in the test set of the EmoBox benchmark."""


def as_manifest(table: pd.DataFrame) -> pd.DataFrame:
    """Bring a table into the form of every manifest: all columns, in order, typed, sorted by ``clip_id``.

    Raises
    ------
    ConfigError
        If two rows share a ``clip_id``.
    """
    columns = [*COLUMNS, *(column for column in table.columns if column not in COLUMNS)]
    table = table.reindex(columns=columns).astype(COLUMNS)
    table = table.astype({column: kind for column, kind in EXTRA_COLUMNS.items() if column in columns})
    twice = table["clip_id"][table["clip_id"].duplicated()]
    if len(twice):
        raise ConfigError(f"A manifest lists each clip once, but {twice.iloc[0]!r} stands in it again.")
    return table.sort_values("clip_id", ignore_index=True)


_WRITERS = {
    ".parquet": lambda table, target: table.to_parquet(target, index=False, compression="zstd"),
    ".csv": lambda table, target: table.to_csv(target, index=False),
    ".jsonl": lambda table, target: table.to_json(target, orient="records", lines=True, force_ascii=False),
}


def require_ending(file: Path) -> str:
    """The ending of a file that a table can be written to, in lower case.

    Raises
    ------
    ConfigError
        If tables are not written as such files.
    """
    ending = Path(file).suffix.lower()
    if ending not in _WRITERS:
        raise ConfigError(f"Tables are written as {', '.join(_WRITERS)}, got {Path(file).name!r}.")
    return ending


def write_table(table: pd.DataFrame, file: Path) -> Path:
    """Write a table as Parquet, CSV or JSON lines by the ending of `file`, all or nothing.

    Raises
    ------
    ConfigError
        If the ending is another one.
    """
    ending = require_ending(file)
    with atomic_path(file) as temporary:
        _WRITERS[ending](table, temporary)
    return Path(file)
