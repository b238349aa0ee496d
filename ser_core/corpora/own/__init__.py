"""A user's own corpora: a folder per emotion, or a table of clips.

Examples
--------
>>> from ser_core.corpora.own import meaning
>>> meaning("Freude").emotion
'happy'
"""

from ser_core.corpora.own.columns import guess_columns, guess_scale
from ser_core.corpora.own.corpus import LANGUAGE_NAMES, OwnCorpus
from ser_core.corpora.own.definition import FIELDS, Definition, is_name
from ser_core.corpora.own.findings import KINDS, Finding, as_table, by_kind
from ser_core.corpora.own.reading import Label, Reading, read
from ser_core.corpora.own.store import Broken, add, all_own, broken, remove
from ser_core.corpora.own.tables import read_table
from ser_core.corpora.own.words import meaning

__all__ = [
    "FIELDS",
    "KINDS",
    "LANGUAGE_NAMES",
    "Broken",
    "Definition",
    "Finding",
    "Label",
    "OwnCorpus",
    "Reading",
    "add",
    "all_own",
    "as_table",
    "broken",
    "by_kind",
    "guess_columns",
    "guess_scale",
    "is_name",
    "meaning",
    "read",
    "read_table",
    "remove",
]
