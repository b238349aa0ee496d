"""What the view of emotions computes, once for each choice of clips; shared by all visitors, never changed."""

from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from ser_core import corpora, describe
from ser_core.analysis import acoustics, distributions, means, separation
from ser_core.analysis.acoustics import Feature
from ser_core.analysis.effects import standardised
from ser_core.figures.style import count
from ser_core.progress import CancelCallback, ProgressCallback
from ui import working
from ui.explore.selection import Selection


@dataclass(frozen=True)
class Settings:
    """How emotions are compared.

    Attributes
    ----------
    reference : str
        The emotion that the others are compared with.
    kind : str
        Effect size, see `ser_core.analysis.effects.KINDS`.
    by_speaker : bool
        Whether values are relative to their speaker.
    correction : str
        See `ser_core.analysis.speaker_tests.CORRECTIONS`.
    """

    reference: str
    kind: str
    by_speaker: bool
    correction: str


@dataclass(frozen=True)
class Measured:
    """The clips of a selection that have measures and a known emotion.

    Attributes
    ----------
    key : str
        Tells them from all others: the key of what is cached about them.
    clips : pd.DataFrame
        Rows of `Selection.clips`.
    values : pd.DataFrame
        `acoustics.FEATURES`, with the index of `clips`.
    """

    key: str
    clips: pd.DataFrame
    values: pd.DataFrame

    @property
    def emotion(self) -> pd.Series:
        """Of each clip."""
        return self.clips["emotion"]

    @property
    def speaker(self) -> pd.Series:
        """Of each clip, unique over the corpora."""
        return self.clips["voice"]

    def seen(self, settings: Settings) -> pd.DataFrame:
        """The values as they are compared."""
        return _standardised(self.key, _measured=self) if settings.by_speaker else self.values


def measured(selection: Selection) -> Measured:
    """The clips with measures; a panel offers to measure those that lack them and are on this machine."""
    asked = st.session_state.get(_asked(selection), False)
    done = bool(asked and _measure(selection))
    found = _measured(f"{selection.key}-{done}", _clips=selection.clips)
    if not asked:
        _offer(selection, _lacking(found.key, _selection=selection, _measured=found))
    return found


def _asked(selection: Selection) -> str:
    return f"measure-{selection.key}"


@st.cache_data(max_entries=32, show_spinner=False)
def _lacking(key: str, *, _selection: Selection, _measured: Measured) -> int:
    """How many clips on this machine have no measures, or belong to a corpus without mean spectrograms."""
    clips = _selection.clips
    clips = clips[clips["emotion"].notna() & clips["sampling_rate"].notna() & clips["here"]]
    without = ~clips.index.isin(_measured.clips.index)
    return int((without | ~clips["corpus"].isin(mapped(key, _selection=_selection))).sum())


def _offer(selection: Selection, lacking: int) -> None:
    if not lacking:
        return
    with st.container(border=True):
        st.markdown(
            f"**{count(lacking, 'clip')} of the choice {'has' if lacking == 1 else 'have'} not been measured yet.** It "
            "takes about a fiftieth of a second for each; what is measured is kept."
        )
        st.button(
            f"Measure {count(lacking, 'clip')}",
            key="emotions-measure",
            icon=":material/graphic_eq:",
            type="primary",
            on_click=st.session_state.update,
            args=({_asked(selection): True},),
        )


def _measure(selection: Selection) -> bool:
    """Measure what lacks measures, in the background; True once it is done."""
    work = partial(_measure_all, selection)
    return bool(working.result(_asked(selection), work, words="Measuring clips"))


def _measure_all(selection: Selection, *, progress: ProgressCallback, cancel: CancelCallback) -> bool:
    clips = selection.clips[selection.clips["emotion"].notna()]
    acoustics.table(clips, compute=True, progress=progress, cancel=cancel)
    for name, manifest in selection.table.groupby("corpus"):
        if manifest["here"].any() and means.known(name, manifest) is None:
            means.keep(means.measure(manifest, progress=progress, cancel=cancel), manifest)
    return True


@st.cache_resource(max_entries=8, show_spinner="Reading the measures …")
def _measured(key: str, *, _clips: pd.DataFrame) -> Measured:
    known = _clips[_clips["emotion"].notna()]
    values = acoustics.table(known)
    there = values.notna().any(axis=1)
    return Measured(key, known[there], values[there])


@st.cache_resource(max_entries=4, show_spinner=False)
def _standardised(key: str, *, _measured: Measured) -> pd.DataFrame:
    return standardised(_measured.values, _measured.speaker)


@st.cache_resource(max_entries=32, show_spinner="Comparing the emotions …")
def contrast(key: str, settings: Settings, *, _measured: Measured) -> separation.Contrast:
    """Every emotion against the reference."""
    return separation.contrast(
        _measured.values,
        emotion=_measured.emotion,
        speaker=_measured.speaker,
        reference=settings.reference,
        kind=settings.kind,
        by_speaker=settings.by_speaker,
    )


@st.cache_resource(max_entries=16, show_spinner="Comparing the emotions …")
def overall(key: str, by_speaker: bool, *, _measured: Measured) -> pd.DataFrame:
    """What the emotions explain of each measure, most first."""
    return separation.overall(
        _measured.values, emotion=_measured.emotion, speaker=_measured.speaker, by_speaker=by_speaker
    )


@st.cache_data(max_entries=64, show_spinner=False)
def pairwise(key: str, measure: str, settings: Settings, *, _measured: Measured) -> pd.DataFrame:
    """Every emotion against every other in one measure."""
    return separation.pairwise(
        _measured.values[measure],
        emotion=_measured.emotion,
        speaker=_measured.speaker,
        kind=settings.kind,
        by_speaker=settings.by_speaker,
    )


@st.cache_data(max_entries=64, show_spinner=False)
def spread(key: str, measure: str, settings: Settings, *, _measured: Measured) -> pd.DataFrame:
    """Quantiles of one measure by emotion."""
    table = _measured.clips[["emotion"]].assign(value=_measured.seen(settings)[measure].astype("float64"))
    return describe.spread(table, "value", by="emotion")


@st.cache_data(max_entries=64, show_spinner=False)
def densities(key: str, measure: str, settings: Settings, *, _measured: Measured) -> pd.DataFrame:
    """Smooth curves of one measure by emotion."""
    return distributions.densities(_measured.seen(settings)[measure], emotion=_measured.emotion)


@st.cache_data(max_entries=64, show_spinner=False)
def quantiles(key: str, measure: str, settings: Settings, *, _measured: Measured) -> pd.DataFrame:
    """Shares of the clips below each value of one measure, by emotion."""
    return distributions.quantiles(_measured.seen(settings)[measure], emotion=_measured.emotion)


@st.cache_resource(max_entries=8, show_spinner="Comparing the measures …")
def correlations(key: str, by_speaker: bool, *, _measured: Measured) -> pd.DataFrame:
    """Rank correlation of every two measures."""
    return distributions.correlations(_standardised(key, _measured=_measured) if by_speaker else _measured.values)


@st.cache_resource(max_entries=16, show_spinner=False)
def _maps(key: str, *, _selection: Selection) -> dict[str, means.Maps]:
    table = _selection.table
    found = {name: means.known(name, table[table["corpus"] == name]) for name in _selection.names}
    return {name: each for name, each in found.items() if each is not None}


def mapped(key: str, *, _selection: Selection) -> tuple[str, ...]:
    """The chosen corpora that have mean spectrograms."""
    return tuple(_maps(key, _selection=_selection))


@st.cache_resource(max_entries=16, show_spinner=False)
def maps(key: str, sex: str | None, *, _selection: Selection) -> dict[str, means.Map]:
    """Mean spectrograms of the chosen corpora; of all their clips, for these are averaged beforehand."""
    combined = means.combine(_maps(key, _selection=_selection).values(), sexes=[sex] if sex else ())
    chosen = set(_selection.clips["emotion"].dropna()) | {means.REFERENCE}
    return {name: each for name, each in combined.items() if name in chosen}


def axis(feature: Feature, settings: Settings) -> str:
    """Heading of an axis that shows a measure as it is compared."""
    return f"{feature.title} (speaker's standard deviations)" if settings.by_speaker else feature.label


def titles_of(names: tuple[str, ...]) -> str:
    """Titles of corpora, as a sentence lists them."""
    return ", ".join(corpora.get(name).title for name in names)
