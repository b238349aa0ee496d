"""The Explore page put together: the corpora, the answer in words, the view, the filters."""

import importlib
import importlib.util

import pandas as pd
import streamlit as st

from ser_core import corpora, describe
from ser_core.corpora import Corpus
from ser_core.figures.style import count
from ser_core.hashing import canonical_hash
from ui import empty, theme
from ui.explore.selection import CHOSEN, Selection, clips

VIEWS = {
    "overview": "overview",
    "clips": "clips",
    "listeners": "listeners",
    "emotions": "emotions",
    "map": "map",
    "augmentation": "lab",
    "audit": "audit",
    "get and add": "corpora_view",
}
"""View as it stands in the address -> module of this package that shows it."""
WITHOUT_CLIPS = ("get and add",)
"""Views that have something to show where there is no clip."""
# A bound widget writes its labels into the URL, so these are the plain names; their capitals are a matter of style.
_CSS = """
<style>
.st-key-corpus button p {text-transform: uppercase;}
.st-key-view button p::first-letter, .st-key-bars button p::first-letter, .st-key-length button p::first-letter,
.st-key-loudness button p::first-letter, .st-key-spectrogram button p::first-letter {text-transform: uppercase;}
</style>
"""


def show() -> None:
    """The page below its heading."""
    st.html(_CSS)
    chosen = _pick_corpora()
    table, key = clips([corpus.name for corpus in chosen])
    if len(table):
        _answer(chosen, table)
    view, selection = _toolbar(chosen, table, key)
    if view not in WITHOUT_CLIPS and table.empty:
        for corpus in chosen:
            empty.missing_corpus(corpus.name)
    elif view not in WITHOUT_CLIPS and selection.clips.empty:
        st.info("No clip passes the filters. Reset them to see all.", icon=":material/filter_alt_off:")
    else:
        importlib.import_module(f"ui.explore.{VIEWS[view]}").show(selection)


# the corpora


def _pick_corpora() -> tuple[Corpus, ...]:
    """The corpus picker; its choice is in the URL and lasts when the page is left."""
    names = corpora.names()
    known = tuple(n for n in names if not corpora.get(n).synthetic and corpora.get(n).source_of_manifest() != "nothing")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        wanted = st.pills(
            "Corpora",
            names,
            selection_mode="multi",
            default=known or names[-1:],
            key="corpus",
            bind="query-params",
            label_visibility="collapsed",
            on_change=_forget_clips_and_filters,
        )
        chosen = tuple(corpora.get(name) for name in names if name in wanted) or tuple(map(corpora.get, known))
        _sources(chosen)
    return chosen


def go_to_corpus(name: str) -> None:
    """Callback: choose another corpus."""
    st.session_state["corpus"] = [name]
    _forget_clips_and_filters()


def _forget_clips_and_filters() -> None:
    reset_filters()
    st.session_state.pop(CHOSEN, None)
    for slot in ("a", "b"):
        st.query_params.pop(slot, None)


def _sources(chosen: tuple[Corpus, ...]) -> None:
    with st.popover("Sources and citations", type="tertiary", icon=":material/info:"):
        for corpus in chosen:
            st.markdown(f"**{corpus.title}**")
            st.markdown(corpus.citation)
            if corpus.homepage:
                st.markdown(f"[{corpus.homepage}]({corpus.homepage})")
            if corpus.expected and not corpus.synthetic:
                st.markdown(
                    f"Published as {', '.join(f'{number:,} {what}' for what, number in corpus.expected.items())}."
                )


# the answer


def _answer(chosen: tuple[Corpus, ...], table: pd.DataFrame) -> None:
    """What the corpora hold, in words, before any figure."""
    facts = describe.facts(table)
    synthetic = all(corpus.synthetic for corpus in chosen)
    voices = "machine-made speech" if synthetic else "real speech"
    here = int(table["here"].sum())
    where = (
        "All of them can be played here."
        if here == len(table)
        else "None of the recordings are on this machine; the figures come from tables that ship with the app."
        if not here
        else f"{count(here, 'recording')} of them {'is' if here == 1 else 'are'} on this machine and can be played."
    )
    languages = " and ".join(dict.fromkeys(corpus.language_name for corpus in chosen))
    title = chosen[0].title if len(chosen) == 1 else f"{len(chosen)} corpora"
    st.markdown(
        f"**{title}**: **{count(facts.clips, 'clip')}** of **{voices}** in {languages} by "
        f"**{count(facts.speakers, 'voice' if synthetic else 'speaker')}**, {_length(facts.hours)}, in "
        f"{count(len(facts.emotions), 'emotion')}. {where}"
    )
    if len(chosen) == 1:
        corpus = chosen[0]
        kind = ":orange-badge[SYNTHETIC: a machine speaks]" if corpus.synthetic else ":green-badge[Real recordings]"
        licence = f"[{corpus.licence}]({corpus.licence_url})" if corpus.licence_url else corpus.licence
        st.markdown(f"{kind} Licence: {licence}. {corpus.description}")
    st.html(theme.badges(facts.emotions))


def _length(hours: float) -> str:
    return f"**{hours:.1f} hours**" if hours >= 1 else f"**{max(1, round(60 * hours))} minutes**"


# the view and the filters


def _toolbar(chosen: tuple[Corpus, ...], table: pd.DataFrame, key: str) -> tuple[str, Selection]:
    """View, filters, and what they leave."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="explore-toolbar"):
        view = st.segmented_control(
            "View",
            tuple(view for view, module in VIEWS.items() if importlib.util.find_spec(f"ui.explore.{module}")),
            default="overview",
            required=True,
            key="view",
            bind="query-params",
            label_visibility="collapsed",
        )
        with st.popover("Filter", icon=":material/filter_alt:", help="Choose clips by emotion, speaker and more"):
            filters = {column: _filter(table, column) for column in describe.FILTERS}
        active = {column: values for column, values in filters.items() if values}
        st.button("Reset", on_click=reset_filters, disabled=not active, type="tertiary", key="reset-filters")
        selected = describe.select(table, **active) if active else table
        st.download_button(
            "Clip list (CSV)",
            lambda: selected.drop(columns="here").to_csv(index=False).encode(),
            file_name=f"{'-'.join(corpus.name for corpus in chosen)}-clips.csv",
            mime="text/csv",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
            key="csv-clips",
        )
    shown = " · ".join(", ".join(_shown(column, value) for value in values) for column, values in active.items())
    everything = count(len(table), "clip")
    st.caption(f"Showing {len(selected):,} of {everything}: {shown}." if active else f"Showing all {everything}.")
    return view, Selection(chosen, table, selected, canonical_hash([key, active]))


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
