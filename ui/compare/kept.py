"""What the views compute and draw of runs, kept until a run is made again."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ser_core.evaluation import ConfusionMatrix, full, raters
from ser_core.evaluation import clips as clip_scores
from ser_core.evaluation import groups as group_scores
from ser_core.evaluation.significance import compare_all
from ser_core.experiments.enrolment import TABLE as ENROLMENT
from ser_core.experiments.enrolment import enrolment_curve, read_enrolment
from ser_core.experiments.robustness import scored_robustness
from ser_core.labels import EMOTIONS
from ui import cached
from ui.compare.scores import Scored


def score(kind: str, each: Scored) -> Any:
    """A score of an entry: name of a function of `ser_core.evaluation` that takes a run."""
    return cached.score(kind, each.run, corpus=each.entry.corpus)


def stamps(chosen: Mapping[str, Scored]) -> tuple[str, ...]:
    """Identifies some entries in the state they are in."""
    return tuple(each.stamp for each in chosen.values())


# Figures are shared by all visitors: none is changed.


def drawn(kind: str, chosen: Mapping[str, Scored], make: Callable[[], go.Figure], **options) -> go.Figure:
    """The figure that `make` draws of some entries, drawn once.

    Parameters
    ----------
    kind : str
        Tells it from other figures of the same entries.
    chosen : mapping
        Label -> entry.
    make : callable
        Draws it.
    **options
        Whatever else decides what is drawn.
    """
    return _drawn(kind, tuple(chosen), stamps(chosen), tuple(sorted(options.items())), make)


@st.cache_resource(max_entries=192, show_spinner=False)
def _drawn(kind: str, labels: tuple, stamps: tuple, options: tuple, _make) -> go.Figure:
    return _make()


# scores of several entries


def pairs(chosen: Mapping[str, Scored]) -> pd.DataFrame:
    """Every pair of entries, see `ser_core.evaluation.significance.compare_all`."""
    return _pairs(tuple(chosen), stamps(chosen), dict(chosen))


@st.cache_data(max_entries=64, show_spinner=False)
def _pairs(labels: tuple, stamps: tuple, _chosen) -> pd.DataFrame:
    return compare_all({name: full(each.entry.part) for name, each in _chosen.items()})


def outcomes(first: Scored, second: Scored) -> pd.DataFrame:
    """What came of each clip that both judged."""
    return _outcomes(first.stamp, second.stamp, first, second)


@st.cache_data(max_entries=32, show_spinner=False)
def _outcomes(one: str, two: str, _first, _second) -> pd.DataFrame:
    return clip_scores.outcomes(full(_first.entry.part), full(_second.entry.part))


def taken_for(each: Scored, *, emotion: str, answer: str) -> pd.DataFrame:
    """The clips of one cell of a confusion matrix."""
    return _taken_for(each.stamp, emotion, answer, each)


@st.cache_data(max_entries=64, show_spinner=False)
def _taken_for(stamp: str, emotion: str, answer: str, _each) -> pd.DataFrame:
    return clip_scores.taken_for(full(_each.entry.part), emotion=emotion, answer=answer)


def groups(each: Scored, by: str) -> tuple[pd.DataFrame, group_scores.Gap | None]:
    """Scores of groups of speakers and the gap between them; nothing where the manifest does not know them."""
    return _groups(each.stamp, by, each)


@st.cache_data(max_entries=128, show_spinner=False)
def _groups(stamp: str, by: str, _each) -> tuple[pd.DataFrame, group_scores.Gap | None]:
    manifest = pd.concat([known_clips(name) for name in _each.entry.tested_on], ignore_index=True)
    table = group_scores.with_groups(full(_each.entry.part), manifest)
    return group_scores.by_group(table, by), group_scores.gap(table, by)


def known_clips(corpus: str) -> pd.DataFrame:
    """The clips of a corpus: of the table that ships, else of the files here; empty where neither is."""
    from ser_core import corpora
    from ser_core.errors import SERError

    try:
        found = corpora.get(corpus)
        return found.shipped_manifest() if found.manifest_file().is_file() else cached.manifest(corpus)
    except SERError:
        return corpora.as_manifest(pd.DataFrame())


def robustness(each: Scored) -> dict[str, pd.DataFrame]:
    """What degraded clips cost, see `scored_robustness`."""
    stamps = tuple(file.stat().st_mtime_ns for file in sorted(each.run.folder.glob("robustness*.parquet")))
    return _robustness(each.entry.key, stamps, each)


@st.cache_data(max_entries=64, show_spinner=False)
def _robustness(key: str, stamps: tuple, _each) -> dict[str, pd.DataFrame]:
    return scored_robustness(_each.run.folder, corpus=_each.entry.corpus)


def enrolment(each: Scored) -> pd.DataFrame | None:
    """UAR by corpus and number of enrolled clips; None where it was not measured."""
    file = each.run.folder / ENROLMENT
    return _enrolment(each.entry.key, file.stat().st_mtime_ns, each) if file.is_file() else None


@st.cache_data(max_entries=16, show_spinner="Scoring what enrolment gains…")
def _enrolment(key: str, stamp: int, _each) -> pd.DataFrame | None:
    table = read_enrolment(_each.run)
    if _each.entry.corpus is not None:
        table = table[table["corpus"].astype(str) == _each.entry.corpus]
    return None if table.empty else enrolment_curve(table)


# people as one more recogniser


def people(tested_on: tuple[str, ...]) -> raters.Raters | None:
    """What raters heard, where one corpus was tested and brings their votes."""
    return _people(tested_on[0]) if len(tested_on) == 1 else None


@st.cache_resource(max_entries=8, show_spinner=False)
def _people(corpus: str) -> raters.Raters | None:
    from ser_core.analysis import listeners

    clips = known_clips(corpus)
    if not listeners.has_votes(clips):
        return None
    found = listeners.votes(clips)
    shares = pd.DataFrame(found.shares, columns=list(found.labels)).reindex(columns=list(EMOTIONS), fill_value=0.0)
    return raters.Raters(found.clips[["clip_id", "speaker", "emotion"]].reset_index(drop=True), shares.to_numpy())


@st.cache_data(max_entries=8, show_spinner=False)
def people_summary(corpus: str):
    """Headline scores of the raters of a corpus."""
    return raters.summarise(_people(corpus))


@st.cache_data(max_entries=8, show_spinner=False)
def people_confusion(corpus: str) -> ConfusionMatrix:
    """Confusion matrix of the raters of a corpus."""
    return raters.confusion(_people(corpus))


def agreement(each: Scored) -> raters.Agreement:
    """How far an entry agrees with the raters of its corpus."""
    return _agreement(each.stamp, each)


@st.cache_data(max_entries=64, show_spinner=False)
def _agreement(stamp: str, _each) -> raters.Agreement:
    return raters.agreement(_people(_each.entry.tested_on[0]), full(_each.entry.part))
