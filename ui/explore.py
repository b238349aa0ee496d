"""What the Explore page is made of: the corpus and its clips, the answer in words, the filters, the overview."""

from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ser_core import corpora, describe
from ser_core.features import levels
from ser_core.figures import corpus as figures
from ser_core.figures.style import count, plain_title, titles
from ui import figure, theme

VIEWS = ("overview", "clips")
CHOSEN = "explore-chosen"
"""Key of the session's memory of the clips that are looked at: slot -> clip_id."""
_MEASURES = {"sound": "sound_s", "clip": "duration_s", "level": "level_db", "peak": "peak_db"}
# A bound widget writes its labels into the URL, so these are the plain names; their capitals are a matter of style.
_CSS = """
<style>
.st-key-corpus button p {text-transform: uppercase;}
.st-key-view button p::first-letter, .st-key-bars button p::first-letter, .st-key-length button p::first-letter,
.st-key-loudness button p::first-letter, .st-key-spectrogram button p::first-letter {text-transform: uppercase;}
</style>
"""
# Clips whose length and level are measured while the page waits, about 10 ms each.
_MEASURED_AT_ONCE = 200
_LANGUAGES = {"en": "English", "de": "German"}


# the clips


def clips(name: str) -> pd.DataFrame:
    """Every clip that is known of a corpus.

    Returns
    -------
    pd.DataFrame
        The manifest, complete where one ships, with the columns of `levels.MEASURES` and ``here``: whether the audio is
        on this machine. Read again when a table or folder changes.

    Raises
    ------
    CorpusNotFoundError
        If there are neither files nor a manifest.
    """
    folder = corpora.get(name).folder()
    tables = [corpora.get(name).manifest_file(), levels.shipped_file(name)]
    stamps = tuple(_stamp(path) for path in (*tables, folder, *_subfolders(folder)))
    return _clips(name, str(folder), hash(stamps))


@st.cache_data(max_entries=6, max_size="60mb", show_spinner="Reading the list of clips …")
def _clips(name: str, folder: str, stamps: int) -> pd.DataFrame:
    corpus = corpora.get(name)
    table = corpus.manifest(complete=True)
    here = {f"{name}/{clip.key}" for clip in corpus.clips()}
    table = table.assign(here=table["clip_id"].isin(here))
    known = levels.known(table)
    unmeasured = table[table["here"] & known["peak_db"].isna()]
    if 0 < len(unmeasured) <= _MEASURED_AT_ONCE:
        known.update(levels.measure(unmeasured))
    return table.join(known)


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


# the answer


def pick_corpus() -> str:
    """The corpus picker; its choice is in the URL and lasts when the page is left."""
    st.html(_CSS)
    names = list(corpora.names())
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        name = st.segmented_control(
            "Corpus",
            names,
            default=names[0],
            required=True,
            key="corpus",
            bind="query-params",
            label_visibility="collapsed",
            on_change=_forget_clips_and_filters,
        )
        _source(corpora.get(name))
    return name


def go_to_corpus(name: str) -> None:
    """Callback: choose another corpus."""
    st.session_state["corpus"] = name
    _forget_clips_and_filters()


def _forget_clips_and_filters() -> None:
    reset_filters()
    st.session_state.pop(CHOSEN, None)
    for slot in ("a", "b"):
        st.query_params.pop(slot, None)


def answer(corpus: corpora.Corpus, table: pd.DataFrame) -> None:
    """What the corpus holds, in words, before any figure."""
    facts = describe.facts(table)
    voices = "machine-made speech" if corpus.synthetic else "real speech"
    here = int(table["here"].sum())
    where = (
        "All of them can be played here."
        if here == len(table)
        else "None of the recordings are on this machine; the figures come from tables that ship with the app."
        if not here
        else f"{count(here, 'recording')} of them {'is' if here == 1 else 'are'} on this machine and can be played."
    )
    language = _LANGUAGES.get(corpus.language, corpus.language)
    st.markdown(
        f"**{corpus.title}**: **{count(facts.clips, 'clip')}** of **{voices}** in {language} by "
        f"**{count(facts.speakers, 'voice' if corpus.synthetic else 'speaker')}**, {_length(facts.hours)}, in "
        f"{count(len(facts.emotions), 'emotion')}. {where}"
    )
    kind = ":orange-badge[SYNTHETIC: a machine speaks]" if corpus.synthetic else ":green-badge[Real recordings]"
    licence = f"[{corpus.licence}]({corpus.licence_url})" if corpus.licence_url else corpus.licence
    st.markdown(f"{kind} Licence: {licence}. {corpus.description}")
    st.html(theme.badges(facts.emotions))


def _source(corpus: corpora.Corpus) -> None:
    with st.popover("Source and citation", type="tertiary", icon=":material/info:"):
        st.markdown(corpus.citation)
        if corpus.homepage:
            st.markdown(f"[{corpus.homepage}]({corpus.homepage})")
        if corpus.expected and not corpus.synthetic:
            st.markdown(f"Published as {', '.join(f'{number:,} {what}' for what, number in corpus.expected.items())}.")


def _length(hours: float) -> str:
    return f"**{hours:.1f} hours**" if hours >= 1 else f"**{max(1, round(60 * hours))} minutes**"


# the filters


def toolbar(table: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """View, filters, and what they leave.

    Returns
    -------
    tuple
        The view, one of `VIEWS`, and the clips that pass.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="explore-toolbar"):
        view = st.segmented_control(
            "View",
            VIEWS,
            default=VIEWS[0],
            required=True,
            key="view",
            bind="query-params",
            label_visibility="collapsed",
        )
        with st.popover("Filter", icon=":material/filter_alt:", help="Choose clips by emotion, speaker and more"):
            chosen = {column: _filter(table, column) for column in describe.FILTERS}
        active = {column: values for column, values in chosen.items() if values}
        st.button("Reset", on_click=reset_filters, disabled=not active, type="tertiary", key="reset-filters")
        selected = describe.select(table, **active)
        st.download_button(
            "Clip list (CSV)",
            lambda: selected.drop(columns="here").to_csv(index=False).encode(),
            file_name=f"{table['corpus'].iloc[0]}-clips.csv" if len(table) else "clips.csv",
            mime="text/csv",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
            key="csv-clips",
        )
    shown = " · ".join(", ".join(_shown(column, value) for value in values) for column, values in active.items())
    everything = count(len(table), "clip")
    st.caption(f"Showing {len(selected):,} of {everything}: {shown}." if active else f"Showing all {everything}.")
    return view, selected


def reset_filters() -> None:
    """Callback: show all clips again."""
    for column in describe.FILTERS:
        st.session_state[column] = []
    st.session_state["search"] = ""


def _filter(table: pd.DataFrame, column: str) -> list[str]:
    return st.multiselect(
        column.capitalize(),
        describe.categories(table, column),
        key=column,
        bind="query-params",
        placeholder="All",
    )


def _shown(column: str, value: str) -> str:
    if column == "speaker":
        return f"speaker {value}"
    return f"{value} intensity" if column == "intensity" else value


# the overview


def overview(selected: pd.DataFrame) -> None:
    """Countplots and distributions of the chosen clips."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader("How many clips of what?", anchor=False)
        bars = st.segmented_control(
            "Emotions within a bar",
            ("stacked", "side by side"),
            default="stacked",
            required=True,
            key="bars",
            bind="query-params",
            label_visibility="collapsed",
            help="Whether the emotions within a bar stand on top of each other or side by side",
        )
    mode = "stack" if bars == "stacked" else "group"
    left, right = st.columns(2)
    with left:
        _countplot(selected, "emotion")
    with right:
        _countplot(selected, "sex", split="emotion", mode=mode)
    left, right = st.columns(2)
    with left:
        _countplot(selected, "intensity", split="emotion", mode=mode)
    with right:
        _countplot(selected, "speaker", split="emotion", mode=mode)
    st.subheader("How long and how loud?", anchor=False)
    left, right = st.columns(2)
    with left:
        _distribution(selected, ("sound", "clip"), label="Length of", key="length")
    with right:
        _distribution(selected, ("level", "peak"), label="Loudness by", key="loudness")


def _countplot(selected: pd.DataFrame, by: str, *, split: str | None = None, mode: str = "stack") -> None:
    counted = describe.counts(selected, by=by, split=split)
    drawn = _draw_counts(counted, mode=mode)
    figure.show(drawn, name=f"clips-by-{by}", alt=plain_title(drawn), data=lambda: counted)


def _distribution(selected: pd.DataFrame, names: tuple[str, ...], *, label: str, key: str) -> None:
    name = st.segmented_control(
        label,
        names,
        default=names[0],
        required=True,
        key=key,
        bind="query-params",
        label_visibility="collapsed",
        help="The sound is the clip without the silence before and after it (40 dB below its loudest 32 ms). "
        "0 dB of full scale is the loudest that a recording can hold.",
    )
    column = _MEASURES[name]
    spread = describe.spread(selected, column)
    if spread.empty:
        st.info(f"{figures.MEASURES[column][0]} is not known for these clips.", icon=":material/info:")
        return
    drawn = _draw_spread(spread, column=column)
    figure.show(drawn, name=f"{column}-by-emotion", alt=plain_title(drawn), data=lambda: spread)


# Drawing costs more than counting, and most reruns change one figure of six. The figures are shared: none is changed.


@st.cache_resource(max_entries=64, show_spinner=False)
def _draw_counts(counted: pd.DataFrame, *, mode: str) -> go.Figure:
    return figures.countplot(counted, mode=mode)


@st.cache_resource(max_entries=64, show_spinner=False)
def _draw_spread(spread: pd.DataFrame, *, column: str) -> go.Figure:
    return figures.distribution(spread, column=column)


def title_of(row: pd.Series) -> str:
    """A clip in a few words: emotion, intensity, speaker."""
    emotion = titles([row["emotion"]])[0] if pd.notna(row["emotion"]) else "Unknown emotion"
    intensity = f" ({row['intensity']})" if pd.notna(row["intensity"]) else ""
    speaker = f", speaker {row['speaker']}" if pd.notna(row["speaker"]) else ""
    return f"{emotion}{intensity}{speaker}"
