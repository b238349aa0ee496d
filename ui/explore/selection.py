"""The clips that a visitor looks at: of the chosen corpora those that pass the filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from ser_core import corpora
from ser_core.corpora import Corpus
from ser_core.features import levels
from ser_core.hashing import canonical_hash

CHOSEN = "explore-chosen"
"""Key of the session's memory of the clips that are looked at: slot -> clip_id."""
# Clips whose length and level are measured while the page waits, about 10 ms each.
_MEASURED_AT_ONCE = 200


@dataclass(frozen=True)
class Selection:
    """What every view of the page shows.

    Attributes
    ----------
    corpora : tuple of Corpus
        The chosen ones, in the order of the registry.
    table : pd.DataFrame
        Every clip known of them: the manifests' columns, `levels.MEASURES`, and ``here``, whether the audio is on this
        machine. Shared by all visitors: never changed.
    clips : pd.DataFrame
        The rows of `table` that pass the filters, with its index.
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


def clips(names: Sequence[str]) -> tuple[pd.DataFrame, str]:
    """Every clip that is known of some corpora, and a key that changes when their tables or folders do.

    A corpus of which nothing is known adds no clip.

    Returns
    -------
    tuple
        ``Selection.table`` and the key.
    """
    stamps = tuple(_stamps(name) for name in names)
    return _table(tuple(names), stamps), canonical_hash([list(names), [str(stamp) for stamp in stamps]])


# Shared, not copied for each visitor: nobody changes it.
@st.cache_resource(max_entries=8, show_spinner=False)
def _table(names: tuple[str, ...], stamps: tuple[int, ...]) -> pd.DataFrame:
    found = [_clips(name, stamp) for name, stamp in zip(names, stamps, strict=True)]
    return pd.concat([table for table in found if len(table)] or found, ignore_index=True)


@st.cache_resource(max_entries=16, show_spinner="Reading the list of clips …")
def _clips(name: str, stamp: int) -> pd.DataFrame:
    corpus = corpora.get(name)
    if corpus.source_of_manifest() == "nothing":
        return corpora.as_manifest(pd.DataFrame()).assign(here=False, **dict.fromkeys(levels.MEASURES, float("nan")))
    table = corpus.manifest(complete=True)
    here = {f"{name}/{clip.key}" for clip in corpus.clips()}
    table = table.assign(here=table["clip_id"].isin(here))
    known = levels.known(table)
    unmeasured = table[table["here"] & known["peak_db"].isna()]
    if 0 < len(unmeasured) <= _MEASURED_AT_ONCE:
        known.update(levels.measure(unmeasured))
    return table.join(known)


def _stamps(name: str) -> int:
    corpus = corpora.get(name)
    folder = corpus.folder()
    places = (corpus.manifest_file(), levels.shipped_file(name), folder, *_subfolders(folder))
    return hash((str(folder), *map(_stamp, places)))


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _subfolders(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return []
