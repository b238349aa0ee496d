"""Where the clips of a selection lie: on the map that ships, or on one of their own, computed in the background."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from ser_core.analysis import acoustics, embedding, maps
from ser_core.analysis.neighbours import Purity
from ser_core.progress import CancelCallback, ProgressCallback
from ui.explore.selection import Selection
from ui.jobs import Job, jobs

WHOLE, THESE = "whole", "these"
"""The map that ships, of which the chosen clips are shown; a map of the chosen clips alone."""


@dataclass(frozen=True)
class Places:
    """Coordinates of the clips of a selection.

    Attributes
    ----------
    xy : dict
        Normalisation -> np.ndarray [shape=(n_clips, 2)]; NaN where a clip has no place.
    explained : dict
        Normalisation -> shares of the variance on both axes; empty but for PCA.
    frame : tuple of float
        Left, right, lower and upper bound of both maps.
    """

    xy: dict[str, np.ndarray]
    explained: dict[str, tuple[float, ...]]
    frame: tuple[float, float, float, float]


class _Shelf:
    """The latest few of something that took long to make, shared by all visitors."""

    def __init__(self, most: int):
        self._most, self._kept = most, OrderedDict()

    def get(self, key: Hashable):
        """What is kept under the key, or None."""
        return self._kept.get(key)

    def keep(self, key: Hashable, value) -> None:
        """Keep it; the oldest goes."""
        self._kept[key] = value
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


@st.cache_resource(max_entries=1, show_spinner=False)
def _shelves() -> tuple[_Shelf, _Shelf]:
    """Maps of selections, and measures that were taken for them."""
    return _Shelf(24), _Shelf(6)


# the map that ships


def whole() -> maps.Maps | None:
    """The map that ships."""
    file = maps.shipped_file()
    return _whole(str(file), file.stat().st_mtime_ns) if file.is_file() else None


@st.cache_resource(max_entries=2, show_spinner=False)
def _whole(file: str, stamp: int) -> maps.Maps | None:
    return maps.shipped()


def on_whole(selection: Selection) -> int:
    """How many of the chosen clips the map that ships knows."""
    return 0 if whole() is None else _count_on_whole(selection.key, _clips=selection.clips)


@st.cache_data(max_entries=64, show_spinner=False)
def _count_on_whole(key: str, *, _clips: pd.DataFrame) -> int:
    return int(_clips["clip_id"].isin(whole().xy.index).sum())


def is_whole(selection: Selection) -> bool:
    """Whether the selection is all that the map that ships holds."""
    return 0 < on_whole(selection) == len(selection.clips) == len(whole().xy)


@st.cache_resource(max_entries=16, show_spinner=False)
def _of_whole(key: str, method: str, *, _clips: pd.DataFrame) -> Places:
    known = whole()
    names = {each: list(maps.columns(method, each)) for each in embedding.NORMALISATIONS}
    xy = {each: known.xy[columns].reindex(_clips["clip_id"]).to_numpy() for each, columns in names.items()}
    explained = {each: known.explained.get(f"{method}-{each}", ()) for each in names}
    return Places(xy, explained, _frame([known.xy[columns].to_numpy() for columns in names.values()]))


def _frame(found: list[np.ndarray]) -> tuple[float, float, float, float]:
    every = np.concatenate(found)
    low, high = np.nanmin(every, axis=0), np.nanmax(every, axis=0)
    margin = 0.04 * np.maximum(high - low, 0.1)
    (left, lower), (right, upper) = (low - margin).tolist(), (high + margin).tolist()
    return left, right, lower, upper


# a map of a selection


def measures(selection: Selection) -> pd.DataFrame:
    """The measures of the chosen clips as far as they are known; a clip without any is NaN throughout."""
    taken = _shelves()[1].get(selection.key)
    return taken if taken is not None else _listed(selection.key, _clips=selection.clips)


@st.cache_resource(max_entries=6, show_spinner=False)
def _listed(key: str, *, _clips: pd.DataFrame) -> pd.DataFrame:
    return acoustics.table(_clips)


def to_measure(selection: Selection) -> int:
    """How many of the chosen clips could be measured here and have not been."""
    if _shelves()[1].get(selection.key) is not None:
        return 0
    unknown = ~maps.known(measures(selection))
    return int((unknown & (selection.clips["here"] & selection.clips["sha256"].notna()).to_numpy(bool)).sum())


def places(selection: Selection, *, method: str, scope: str) -> Places | None:
    """Where the chosen clips lie; None where that must be computed first, which `start` does."""
    if scope == WHOLE:
        return _of_whole(selection.key, method, _clips=selection.clips)
    kept = _shelves()[0].get((selection.key, method))
    if kept is None and not to_measure(selection):
        known = maps.known(measures(selection))
        clips, numbers = selection.clips[known], measures(selection)[known]
        if len(clips) >= embedding.MIN_CLIPS and maps.is_drawn(clips, numbers, method=method):
            _draw(selection, method, progress=None, cancel=None)
            kept = _shelves()[0].get((selection.key, method))
    return kept


def job_key(selection: Selection, method: str) -> str:
    """Key of the job that draws a map of a selection."""
    return f"map {selection.key} {method}"


def start(selection: Selection, method: str) -> Job:
    """Measure what must be measured and draw the map of the chosen clips, in the background."""
    return jobs().start(job_key(selection, method), partial(_draw, selection, method))


def _draw(
    selection: Selection, method: str, *, progress: ProgressCallback | None, cancel: CancelCallback | None
) -> None:
    numbers = measures(selection)
    if to_measure(selection):
        numbers = acoustics.table(selection.clips, compute=True, progress=progress, cancel=cancel)
        _shelves()[1].keep(selection.key, numbers)
    known = maps.known(numbers)
    drawn = maps.draw(selection.clips[known], numbers[known], method=method, progress=progress, cancel=cancel)
    xy = {each: np.full((len(known), 2), np.nan, dtype=np.float32) for each in drawn}
    for each, projection in drawn.items():
        xy[each][known] = projection.xy
    explained = {each: projection.explained for each, projection in drawn.items()}
    _shelves()[0].keep((selection.key, method), Places(xy, explained, _frame(list(xy.values()))))


# neighbours


def neighbours(selection: Selection) -> list[Purity]:
    """What the nearest neighbours share among the chosen clips; empty where too few have measures."""
    if is_whole(selection):
        return whole().neighbours
    numbers = measures(selection)
    known = maps.known(numbers)
    if known.sum() < embedding.MIN_CLIPS:
        return []
    return _neighbours(selection.key, int(known.sum()), _clips=selection.clips[known], _measures=numbers[known])


@st.cache_data(max_entries=32, show_spinner="Looking up every clip's nearest neighbours …")
def _neighbours(key: str, known: int, *, _clips: pd.DataFrame, _measures: pd.DataFrame) -> list[Purity]:
    return maps.neighbours(_clips, _measures)
