"""The Explore page put together: the corpora, the answer in words, the view, the filters."""

import importlib

import pandas as pd
import streamlit as st

from ser_core import corpora, describe
from ser_core.corpora import Corpus
from ser_core.figures.style import count
from ui import empty, state, theme
from ui.explore import reading
from ui.explore.selection import Known, Selection, known, select

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
_TITLES = {
    "emotion": "Emotion",
    "speaker": "Speaker",
    "sex": "Sex",
    "age": "Age",
    "intensity": "Intensity",
    "language": "Language",
}
# A bound widget writes its labels into the URL, so these are the plain names; their capitals are a matter of style.
_CSS = """
<style>
/* The first of several clips has no buttons, and stands level all the same. */
[class*="st-key-panel-heading-"] {min-height: 2.75rem;}
[class*="st-key-panel-heading-"] h3 {font-size: 1.05rem;}
[data-testid="stButtonGroup"] button p::first-letter {text-transform: uppercase;}
.st-key-choice-map-method button p::first-letter {text-transform: none;}
</style>
"""


def show() -> None:
    """The page below its heading."""
    st.html(_CSS)
    chosen = _pick_corpora()
    found = known([corpus.name for corpus in chosen])
    if len(found.table):
        _answer(chosen, found)
    reading.panel(found.pending)
    view = _pick_view()
    if view in WITHOUT_CLIPS:
        _view(view).show(select(chosen, found, {}))
    elif found.table.empty:
        for corpus in chosen:
            if corpus.name not in found.pending:
                empty.missing_corpus(corpus.name)
    else:
        selection = _filtered(chosen, found)
        if selection.clips.empty:
            st.info("No clip passes the filters. Reset them to see all.", icon=":material/filter_alt_off:")
        else:
            _view(view).show(selection)


def _view(view: str):
    return importlib.import_module(f"ui.explore.{VIEWS[view]}")


# the corpora


def _pick_corpora() -> tuple[Corpus, ...]:
    """The corpus picker; its choice is in the URL and lasts when the page is left."""
    names = corpora.names()
    titles = {name: corpora.get(name).title for name in names}
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        wanted = state.choices(
            "Corpora",
            names,
            key="corpus",
            default=reading.known_corpora() or names[-1:],
            format_func=titles.get,
            on_change=_forget_speakers,
        )
        chosen = tuple(map(corpora.get, wanted))
        _sources(chosen)
    return chosen


def go_to_corpus(name: str) -> None:
    """Callback: choose another corpus, all of it."""
    state.choose("corpus", [name])
    reset_filters()


def _forget_speakers() -> None:
    # A speaker's name has the corpus before it only where there are several.
    st.session_state["speaker"] = []


def _sources(chosen: tuple[Corpus, ...]) -> None:
    with st.popover("Sources and citations", type="tertiary", icon=":material/info:"):
        for corpus in chosen:
            st.markdown(f"**{corpus.title}**")
            st.markdown(corpus.citation)
            if corpus.homepage:
                st.markdown(f"[{corpus.homepage}]({corpus.homepage})")
            if corpus.expected and corpus.name in corpora.builtin_names() and not corpus.synthetic:
                st.markdown(
                    f"Published as {', '.join(f'{number:,} {what}' for what, number in corpus.expected.items())}."
                )


# the answer


def _answer(chosen: tuple[Corpus, ...], found: Known) -> None:
    """What the corpora hold, in words, before any figure."""
    facts, here, others = _facts(found.key, _table=found.table)
    synthetic = [corpus.synthetic for corpus in chosen]
    voices = "machine-made speech" if all(synthetic) else "real and machine-made speech" if any(synthetic) else None
    title = chosen[0].title if len(chosen) == 1 else f"{len(chosen)} corpora"
    languages = " and ".join(dict.fromkeys(corpus.language_name for corpus in chosen))
    st.markdown(
        f"**{title}**: **{count(facts.clips, 'clip')}** of **{voices or 'real speech'}** in {languages} by "
        f"**{count(facts.speakers, 'voice' if all(synthetic) else 'speaker')}**, {_length(facts.hours)}, in "
        f"{count(len(facts.emotions), 'emotion')}{_outside(others)}. {_where(here, facts.clips)}"
    )
    if len(chosen) == 1:
        corpus = chosen[0]
        kind = ":orange-badge[SYNTHETIC: a machine speaks]" if corpus.synthetic else ":green-badge[Real recordings]"
        licence = f"[{corpus.licence}]({corpus.licence_url})" if corpus.licence_url else corpus.licence
        st.markdown(f"{kind} Licence: {licence}. {corpus.description}")
    st.html(theme.badges(facts.emotions))


@st.cache_data(max_entries=16, show_spinner=False)
def _facts(key: str, *, _table: pd.DataFrame) -> tuple[describe.Facts, int, dict[str, int]]:
    """Size, how many recordings are here, and the labels without a counterpart: label -> clips."""
    others = _table["feeling"][_table["emotion"].isna()].value_counts().to_dict()
    return describe.facts(_table), int(_table["here"].sum()), others


def _outside(others: dict[str, int]) -> str:
    if not others:
        return ""
    words = ", ".join(f"{clips:,} of {label}" for label, clips in others.items())
    return f" (and {words}, which the set of emotions shared by all corpora does not hold)"


def _where(here: int, clips: int) -> str:
    if here == clips:
        return "All of them can be played here."
    if not here:
        return "None of the recordings are on this machine; the figures come from tables that ship with the app."
    return f"{count(here, 'recording')} of them {'is' if here == 1 else 'are'} on this machine and can be played."


def _length(hours: float) -> str:
    return f"**{hours:.1f} hours**" if hours >= 1 else f"**{max(1, round(60 * hours))} minutes**"


# the view and the filters


def _pick_view() -> str:
    return st.segmented_control(
        "View",
        tuple(VIEWS),
        default="overview",
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
        wrap=True,
    )


def _filtered(chosen: tuple[Corpus, ...], found: Known) -> Selection:
    """The filters, and what they leave."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="explore-toolbar"):
        options = _options(found.key, _table=found.table)
        with st.popover("Filter", icon=":material/filter_alt:", help="Choose clips by emotion, speaker and more"):
            filters = {name: _filter(name, values) for name, values in options.items()}
        active = {name: values for name, values in filters.items() if values}
        selection = select(chosen, found, active)
        st.button("Reset", on_click=reset_filters, disabled=not active, type="tertiary", key="reset-filters")
        st.download_button(
            "Clip list (CSV)",
            lambda: listed(selection.clips).to_csv(index=False).encode(),
            file_name=f"{'-'.join(corpus.name for corpus in chosen)}-clips.csv",
            mime="text/csv",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
            key="csv-clips",
        )
        shown = " · ".join(", ".join(_shown(name, value) for value in values) for name, values in active.items())
        everything = count(len(found.table), "clip")
        words = (
            f"Showing {len(selection.clips):,} of {everything}: {shown}." if active else f"Showing all {everything}."
        )
        st.caption(words, width="content")
    return selection


def listed(clips: pd.DataFrame) -> pd.DataFrame:
    """Some clips as a list to keep: what is known of them, without what only this page needs."""
    table = clips.drop(columns=["here", *describe.PREPARED])
    return table.dropna(axis="columns", how="all") if len(table) else table


@st.cache_data(max_entries=16, show_spinner=False)
def _options(key: str, *, _table: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """What clips can be chosen by: filter -> its values, where there are several."""
    found = {name: describe.categories(_table, column) for name, column in describe.FILTERS.items()}
    return {name: values for name, values in found.items() if len(values) > 1}


def reset_filters() -> None:
    """Callback: show all clips again."""
    for name in describe.FILTERS:
        st.session_state[name] = []
    st.session_state["search"] = ""


def _filter(name: str, values: tuple[str, ...]) -> list[str]:
    return st.multiselect(_TITLES[name], values, key=name, bind="query-params", placeholder="All")


def _shown(name: str, value: str) -> str:
    forms = {"speaker": "speaker {}", "intensity": "{} intensity", "age": "aged {}"}
    return forms.get(name, "{}").format(value)
