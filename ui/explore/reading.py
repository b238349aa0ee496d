"""The clips of each corpus, read in the background where that takes more than a moment."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from ser_core import corpora
from ser_core.corpora import Corpus
from ser_core.features import levels
from ser_core.progress import CancelCallback, ProgressCallback, check_cancel
from ui import working
from ui.jobs import Job, jobs

PATIENCE_S = 0.8
"""How long a page waits for corpora to be read before it shows what it has."""
_POLL_S = 1.0


@dataclass(frozen=True)
class Read:
    """What is known of a corpus.

    Attributes
    ----------
    stamp : int
        Changes when the corpus' table or folder does.
    table : pd.DataFrame
        Manifest columns, `levels.MEASURES` and ``here``; never changed.
    complete : bool
        Whether the files on this machine were read; else the table is the one that ships.
    """

    stamp: int
    table: pd.DataFrame
    complete: bool


@st.cache_resource(max_entries=1, show_spinner=False)
def _shelf() -> dict[str, Read]:
    """The latest reading of each corpus, shared by all visitors."""
    return {}


def read(names: Sequence[str]) -> tuple[list[Read], dict[str, Job]]:
    """What is known of some corpora now; files that were not read yet are read in the background.

    Returns
    -------
    list of Read
        One for each name.
    dict
        Name -> the job of a corpus that is still being read, or whose reading was stopped or failed.
    """
    until = time.monotonic() + PATIENCE_S
    stamps = {name: _stamps(corpora.get(name)) for name in names}
    pending = {}
    for name, stamp in stamps.items():
        kept = _shelf().get(name)
        if kept is not None and kept.stamp == stamp and kept.complete:
            continue
        corpus = corpora.get(name)
        if not _is_present(name, stamp):
            _shelf()[name] = Read(stamp, _without_files(corpus), complete=True)
        else:
            job = jobs().get(_key(name, stamp))
            pending[name] = job or jobs().start(_key(name, stamp), partial(_read_files, name, stamp))
    for name, job in list(pending.items()):
        while job.state == "running" and time.monotonic() < until:
            time.sleep(0.02)
        if job.state == "done":
            jobs().forget(_key(name, stamps[name]))
            del pending[name]
        elif (kept := _shelf().get(name)) is None or kept.stamp != stamps[name]:
            _shelf()[name] = Read(stamps[name], _listed(corpora.get(name)), complete=False)
    return [_shelf()[name] for name in names], pending


def known_corpora() -> tuple[str, ...]:
    """Names of the real corpora of which clips are known."""
    real = [corpus for corpus in map(corpora.get, corpora.names()) if not corpus.synthetic]
    return tuple(c.name for c in real if c.manifest_file().is_file() or _is_present(c.name, _stamps(c)))


def panel(pending: dict[str, Job]) -> None:
    """How far the reading is, how long it may take, a way to stop it and a way to go on."""
    if pending:
        running = any(job.state == "running" for job in pending.values())
        st.fragment(_watch, run_every=_POLL_S if running else None)(pending)


def _watch(pending: dict[str, Job]) -> None:
    states = {job.state for job in pending.values()}
    # Once for all corpora: the page is drawn anew with what was read.
    if "done" in states and "running" not in states:
        st.rerun(scope="app")
    for name, job in pending.items():
        title = corpora.get(name).title
        if job.state == "running":
            words = f"Reading the recordings of {title} for the first time"
            working.progress(job, key=f"stop-reading-{name}", words=words)
        elif job.state != "done":
            show = st.info if job.state == "cancelled" else st.error
            known = "Until then the page shows what is known without them."
            message = "The recordings were not all read." if job.state == "cancelled" else job.message
            show(f"{title}: {message} {known}", icon=":material/info:")
            if st.button(f"Go on reading {title}", key=f"read-on-{name}", icon=":material/play_arrow:"):
                jobs().forget(_key(name, _stamps(corpora.get(name))))
                st.rerun(scope="app")


def _key(name: str, stamp: int) -> str:
    return f"read {name} {stamp}"


# tables


@st.cache_data(max_entries=64, show_spinner=False)
def _is_present(name: str, stamp: int) -> bool:
    return corpora.get(name).is_present()


def _read_files(name: str, stamp: int, *, progress: ProgressCallback, cancel: CancelCallback) -> None:
    corpus = corpora.get(name)
    table = corpus.manifest(complete=True, progress=progress, cancel=cancel)
    table = _with_presence(corpus, table)
    known = levels.known(table)
    unmeasured = table[table["here"] & known["peak_db"].isna()]
    if len(unmeasured):
        known.update(levels.measure(unmeasured, progress=progress, cancel=cancel))
    check_cancel(cancel)
    _shelf()[name] = Read(stamp, table.join(known), complete=True)


def _listed(corpus: Corpus) -> pd.DataFrame:
    """What the table that ships knows, and which of its clips are here."""
    table = _with_presence(corpus, _shipped(corpus))
    return table.join(levels.known(table)) if len(table) else _empty()


def _without_files(corpus: Corpus) -> pd.DataFrame:
    table = _shipped(corpus).assign(here=False)
    return table.join(levels.known(table)) if len(table) else _empty()


def _shipped(corpus: Corpus) -> pd.DataFrame:
    return corpus.shipped_manifest() if corpus.manifest_file().is_file() else corpora.as_manifest(pd.DataFrame())


def _with_presence(corpus: Corpus, table: pd.DataFrame) -> pd.DataFrame:
    here = {f"{corpus.name}/{clip.key}" for clip in corpus.clips()}
    return table.assign(here=table["clip_id"].isin(here))


def _empty() -> pd.DataFrame:
    table = corpora.as_manifest(pd.DataFrame())
    return table.assign(here=np.zeros(0, dtype=bool), **dict.fromkeys(levels.MEASURES, np.zeros(0)))


# stamps


def _stamps(corpus: Corpus) -> int:
    """A number that changes when the corpus' definition, tables, one of its folders or a folder in these does."""
    folders = corpus.folders()
    tables = (corpus.manifest_file(), levels.shipped_file(corpus.name))
    inner = [path for folder in folders for path in _subfolders(folder)]
    return hash((corpus.version, tuple(map(str, folders)), *map(_stamp, (*tables, *folders, *inner))))


def _stamp(path: Path | str) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0


def _subfolders(folder: Path) -> list[str]:
    # The names alone: a folder of clips holds thousands of entries, and this runs with every rerun.
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.path for entry in entries if entry.is_dir())
    except OSError:
        return []
