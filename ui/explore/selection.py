"""The clips that a visitor looks at: of the chosen corpora those that pass the filters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from ser_core import corpora, describe
from ser_core.corpora import Corpus
from ser_core.hashing import canonical_hash
from ui.explore import reading
from ui.jobs import Job

CHOSEN = "explore-chosen"
"""Key of the session's memory of the clips that are looked at: slot -> clip_id."""


@dataclass(frozen=True)
class Selection:
    """What every view of the page shows.

    Attributes
    ----------
    corpora : tuple of Corpus
        The chosen ones, in the order of the registry.
    table : pd.DataFrame
        Every clip known of them: the manifests' columns, `levels.MEASURES`, ``here`` (whether the audio is on this
        machine) and the columns of `describe.prepared`: ``feeling`` (the emotion, else the release's own label) and
        ``voice`` (the speaker, unique over the corpora) among them. Shared by all visitors: never changed.
    clips : pd.DataFrame
        The rows of `table` that pass the filters, with its index. Shared likewise.
    key : str
        Tells these clips, in this state of the disk, from all others: the key of what is cached about them.
    """

    corpora: tuple[Corpus, ...]
    table: pd.DataFrame
    clips: pd.DataFrame
    key: str

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the corpora."""
        return tuple(corpus.name for corpus in self.corpora)

    def row(self, clip_id: str) -> pd.Series | None:
        """The clip of that id; None if the corpora have none."""
        found = self.table.index[self.table["clip_id"] == clip_id]
        return self.table.loc[found[0]] if len(found) else None


@dataclass(frozen=True)
class Known:
    """Every clip that is known of some corpora.

    Attributes
    ----------
    table : pd.DataFrame
        See `Selection.table`.
    key : str
        Changes when the corpora's tables or folders do.
    pending : dict
        Corpus -> the job that still reads its files, see `reading.read`.
    """

    table: pd.DataFrame
    key: str
    pending: dict[str, Job]


def known(names: Sequence[str]) -> Known:
    """Every clip that is known of some corpora; one of which nothing is known adds none."""
    readings, pending = reading.read(names)
    states = [(name, str(read.stamp), read.complete) for name, read in zip(names, readings, strict=True)]
    key = canonical_hash({"states": states})
    return Known(_table(key, _tables=[read.table for read in readings]), key, pending)


def select(chosen: tuple[Corpus, ...], found: Known, filters: Mapping[str, Sequence[str]]) -> Selection:
    """The clips that pass the filters (`describe.FILTERS` -> allowed values)."""
    active = {name: sorted(values) for name, values in filters.items() if values}
    key = canonical_hash({"table": found.key, "filters": active})
    clips = _selected(key, filters=active, _table=found.table) if active else found.table
    return Selection(chosen, found.table, clips, key)


# Shared, not copied for each visitor: nobody changes them.


@st.cache_resource(max_entries=4, show_spinner=False)
def _table(key: str, *, _tables: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in _tables if len(table)] or _tables[:1]
    titles = {name: corpora.get(name).title for name in corpora.names()}
    return describe.prepared(pd.concat(filled, ignore_index=True), corpora=titles)


@st.cache_resource(max_entries=32, show_spinner=False)
def _selected(key: str, *, filters: dict[str, list[str]], _table: pd.DataFrame) -> pd.DataFrame:
    return describe.select(_table, **filters)
