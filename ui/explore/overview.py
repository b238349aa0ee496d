"""How many clips of what, how long and how loud: all chosen corpora side by side."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ser_core import corpora, describe
from ser_core.figures import corpus as figures
from ser_core.figures.style import plain_title
from ui import figure
from ui.explore.selection import Selection

_MEASURES = {"sound": "sound_s", "clip": "duration_s", "level": "level_db", "peak": "peak_db"}
_MODES = {"stacked": "stack", "side by side": "group", "shares": "share"}
_BY = {"by emotion": "feeling", "by corpus": "corpus", "by sex": "sex"}
# Speakers that one countplot can hold; more stand in one facet per corpus.
_ONE_PLOT = 40
_TABLE_CONFIG = {
    "corpus": st.column_config.TextColumn("Corpus", pinned=True),
    "clips": st.column_config.NumberColumn("Clips", format="localized"),
    "speakers": st.column_config.NumberColumn("Speakers"),
    "sexes": st.column_config.TextColumn("Women / men"),
    "hours": st.column_config.NumberColumn("Hours", format="%.2f"),
    "language": st.column_config.TextColumn("Language"),
    "sampling_rate": st.column_config.NumberColumn(
        "Sampling rate", format="%.1f kHz", help="Of most files: those on this machine, else those the table is of"
    ),
    "here": st.column_config.TextColumn("Here", help="Recordings on this machine, of those published"),
    "emotions": st.column_config.NumberColumn("Emotions", help="How many; the figures below show which"),
    "licence": st.column_config.TextColumn("Licence"),
}


def show(selection: Selection) -> None:
    """The corpora side by side, then countplots and distributions of the chosen clips."""
    _corpora(selection)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("How many clips of what?", anchor=False)
        with st.container(horizontal=True, width="content"):
            unit = _control("unit", ("clips", "hours"), help="Whether clips or their total length are counted")
            bars = _control(
                "bars",
                tuple(_MODES),
                help="Whether the emotions within a bar stand on top of each other, side by side, or share 100%",
            )
    how = {"unit": unit, "mode": _MODES[bars]}
    halves = [lambda: _countplot(selection, "feeling", **how)]
    if len(selection.corpora) > 1:
        halves.append(lambda: _countplot(selection, "corpus", split="feeling", **how))
    halves += [
        lambda by=by: _countplot(selection, by, split="feeling", **how)
        for by in ("sex", "intensity", "decade")
        if by != "decade" or selection.clips["decade"].notna().any()
    ]
    speakers = selection.clips["voice"].nunique()
    if speakers <= _ONE_PLOT:
        halves.append(lambda: _countplot(selection, "voice", split="feeling", **how))
    _in_pairs(halves)
    if speakers > _ONE_PLOT:
        _speakers(selection, **how)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("How long and how loud?", anchor=False)
        by = _control("spread", tuple(_BY), help="What the clips are grouped by")
    _in_pairs(
        [
            lambda: _distribution(selection, ("sound", "clip"), key="length", by=_BY[by]),
            lambda: _distribution(selection, ("level", "peak"), key="loudness", by=_BY[by]),
        ]
    )


def _in_pairs(parts: list) -> None:
    """Two side by side; an odd last one takes the whole width."""
    for pair in (parts[i : i + 2] for i in range(0, len(parts), 2)):
        for place, part in zip(st.columns(len(pair)), pair, strict=True):
            with place:
                part()


def _control(key: str, options: tuple[str, ...], *, help: str) -> str:
    return st.segmented_control(
        key.capitalize(),
        options,
        default=options[0],
        required=True,
        key=key,
        bind="query-params",
        label_visibility="collapsed",
        help=help,
    )


def _corpora(selection: Selection) -> None:
    table = _corpora_table(selection.key, _clips=selection.clips)
    st.dataframe(
        table,
        hide_index=True,
        column_config=_TABLE_CONFIG,
        height="content",
        alt="The corpora side by side",
        key="corpora-table",
    )


# Counted once per choice of clips; drawing costs more than counting, and most reruns change one figure of many. The
# figures are shared: none is changed.


@st.cache_data(max_entries=64, show_spinner=False)
def _corpora_table(key: str, *, _clips: pd.DataFrame) -> pd.DataFrame:
    table = describe.corpora_table(_clips)
    known = [corpora.get(name) for name in table.index]
    return table.assign(
        corpus=[corpus.title for corpus in known],
        sexes=[f"{female} / {male}" for female, male in zip(table["female"], table["male"], strict=True)],
        language=[corpus.language_name for corpus in known],
        sampling_rate=table["sampling_rate"] / 1000,
        emotions=[len(row.split(", ")) for row in table["emotions"]],
        here=[
            f"{here:,} of {corpus.expected.get('clips', clips):,}"
            for here, clips, corpus in zip(table["here"], table["clips"], known, strict=True)
        ],
        licence=[corpus.licence for corpus in known],
    ).reset_index(drop=True)[list(_TABLE_CONFIG)]


@st.cache_data(max_entries=256, show_spinner=False)
def _counts(key: str, *, by: str, split: str | None, unit: str, _clips: pd.DataFrame) -> pd.DataFrame:
    return describe.counts(_clips, by=by, split=split, unit=unit)


@st.cache_data(max_entries=128, show_spinner=False)
def _spread(key: str, *, column: str, by: str, _clips: pd.DataFrame) -> pd.DataFrame:
    return describe.spread(_clips, column, by=by)


@st.cache_resource(max_entries=128, show_spinner=False)
def _draw_counts(key: str, *, by: str, split: str | None, unit: str, mode: str, _clips: pd.DataFrame) -> go.Figure:
    counted = _counts(key, by=by, split=split, unit=unit, _clips=_clips)
    return figures.countplot(counted, mode=mode, names=_names(by))


@st.cache_resource(max_entries=32, show_spinner=False)
def _draw_speakers(key: str, *, unit: str, mode: str, _clips: pd.DataFrame) -> go.Figure:
    counted = {
        corpora.get(name).title: describe.counts(clips, by="speaker", split="feeling", unit=unit)
        for name, clips in _clips.groupby("corpus", sort=False)
    }
    return figures.facets(counted, mode=mode)


@st.cache_resource(max_entries=128, show_spinner=False)
def _draw_spread(key: str, *, column: str, by: str, _clips: pd.DataFrame) -> go.Figure | None:
    spread = _spread(key, column=column, by=by, _clips=_clips)
    return None if spread.empty else figures.distribution(spread, column=column, names=_names(by))


def _names(by: str) -> dict[str, str] | None:
    return {name: corpora.get(name).title for name in corpora.names()} if by == "corpus" else None


# figures


def _countplot(selection: Selection, by: str, *, unit: str, mode: str, split: str | None = None) -> None:
    what = {"by": by, "split": split, "unit": unit, "_clips": selection.clips}
    drawn = _draw_counts(selection.key, mode=mode, **what)
    noun = figures.NOUNS.get(by, by)
    figure.show(drawn, name=f"{unit}-by-{noun}", alt=plain_title(drawn), data=lambda: _counts(selection.key, **what))


def _speakers(selection: Selection, *, unit: str, mode: str) -> None:
    drawn = _draw_speakers(selection.key, unit=unit, mode=mode, _clips=selection.clips)
    what = {"by": "voice", "split": "feeling", "unit": unit, "_clips": selection.clips}
    figure.show(drawn, name=f"{unit}-by-speaker", alt=plain_title(drawn), data=lambda: _counts(selection.key, **what))


def _distribution(selection: Selection, names: tuple[str, ...], *, key: str, by: str) -> None:
    name = _control(
        key,
        names,
        help="The sound is the clip without the silence before and after it (40 dB below its loudest 32 ms). "
        "0 dB of full scale is the loudest that a recording can hold.",
    )
    what = {"column": _MEASURES[name], "by": by, "_clips": selection.clips}
    drawn = _draw_spread(selection.key, **what)
    if drawn is None:
        st.info(f"{figures.MEASURES[_MEASURES[name]][0]} is not known for these clips.", icon=":material/info:")
        return
    noun = figures.NOUNS.get(by, by)
    figure.show(
        drawn,
        name=f"{_MEASURES[name]}-by-{noun}",
        alt=plain_title(drawn),
        data=lambda: _spread(selection.key, **what),
    )
