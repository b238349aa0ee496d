"""The clip browser: a table to search and sort, and up to four clips to hear and see, or one in all emotions."""

import pandas as pd
import streamlit as st

from ser_core import corpora, describe
from ser_core.figures.style import count, titles
from ui import empty
from ui.explore import page
from ui.explore.panels import SLOTS, Look, choose, grid, panels
from ui.explore.selection import CHOSEN, Selection

_KINDS = {"log-mel": "logmel", "mel": "mel", "linear": "linear", "MFCC": "mfcc"}
_LAYOUTS = ("chosen clips", "all emotions")
_TABLE_HEIGHT = 300
_COLUMN_CONFIG = {
    "feeling": st.column_config.TextColumn("Emotion", help="In the release's own word where the set has none"),
    "intensity": st.column_config.TextColumn("Intensity"),
    "voice": st.column_config.TextColumn("Speaker"),
    "sex": st.column_config.TextColumn("Sex"),
    "age": st.column_config.NumberColumn("Age"),
    "text": st.column_config.TextColumn("Sentence", width="medium"),
    "sound_s": st.column_config.NumberColumn("Sound", format="%.2f s", help="Length without silence around it"),
    "level_db": st.column_config.NumberColumn("Level", format="%.1f dB", help="Of the sound; full scale is 0"),
    "name": st.column_config.TextColumn("Clip"),
    "here": st.column_config.CheckboxColumn("Audio", help="Whether the recording is on this machine"),
}
_CATEGORIES = ("feeling", "intensity", "voice", "sex", "text")


def show(selection: Selection) -> None:
    """The whole view."""
    table = selection.table
    playable = bool(table["here"].any())
    text, slot = _search(slots=playable)
    found = _found(selection.key, text=text, _clips=selection.clips)
    _table(selection, found, text=text, slot=slot if playable else None)
    if not playable:
        _nothing_here(selection)
        return
    chosen = {slot: clip_id for slot in SLOTS if (clip_id := _chosen(slot, table))}
    if "a" not in chosen:
        first = _first(found)
        if first is None:
            st.info("No clip passes the filters and the search. Reset them to see all.", icon=":material/search_off:")
            return
        chosen = {"a": first} | chosen
    layout, look = _look()
    if layout == _LAYOUTS[0]:
        _compare(selection, chosen)
        panels({slot: selection.row(clip_id) for slot, clip_id in chosen.items()}, look=look)
    else:
        _all_emotions(selection, chosen["a"], kind=look.kinds[0] if look.kinds else "logmel")
    _offer_missing(selection)


# choosing


def _search(*, slots: bool) -> tuple[str, str]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        text = st.text_input(
            "Search",
            key="search",
            bind="query-params",
            placeholder="angry female strong",
            help="Words that occur in the clip's name, labels or sentence, in any order",
            icon=":material/search:",
            width=320,
        )
        slot = SLOTS[0]
        if slots:
            slot = st.segmented_control(
                "A row chosen in the table becomes",
                SLOTS,
                format_func=lambda slot: f"Clip {slot.upper()}",
                default=SLOTS[0],
                required=True,
                key="explore-slot",
            )
    return text, slot


# Searching, copying and sorting 12,697 rows takes longer than the rest of a rerun.


@st.cache_resource(max_entries=16, show_spinner=False)
def _found(key: str, *, text: str, _clips: pd.DataFrame) -> pd.DataFrame:
    found = describe.select(_clips, text=text)
    # What can be played comes first.
    return found.sort_values("here", ascending=False, kind="stable") if 0 < found["here"].sum() < len(found) else found


@st.cache_resource(max_entries=16, show_spinner=False)
def _view(key: str, *, text: str, partly: bool, _found: pd.DataFrame) -> pd.DataFrame:
    unknown = _found["feeling"].fillna(describe.UNKNOWN)
    several = _found["corpus"].nunique() > 1
    view = _found.assign(
        feeling=[title.capitalize() for title in titles(unknown)],
        name=_found["clip_id"] if several else [clip_id.partition("/")[2] for clip_id in _found["clip_id"]],
        sound_s=_found["sound_s"].round(2).astype("float32"),
        level_db=_found["level_db"].round(1).astype("float32"),
        # Each word crosses the wire once.
        **{column: _found[column].astype("category") for column in _CATEGORIES if column != "feeling"},
    ).astype({"feeling": "category"})
    return view[[column for column in _COLUMN_CONFIG if column != "here" or partly]].dropna(axis="columns", how="all")


def _table(selection: Selection, found: pd.DataFrame, *, text: str, slot: str | None) -> None:
    """The clips found; a row that is chosen goes into `slot`, unless this is None."""
    partly = 0 < selection.table["here"].sum() < len(selection.table)
    view = _view(selection.key, text=text, partly=partly, _found=found)
    st.dataframe(
        view,
        hide_index=True,
        height=_TABLE_HEIGHT,
        lazy=False,
        placeholder="–",
        alt="Clips that pass the filters and the search",
        column_config=_COLUMN_CONFIG,
        **(_selecting(selection, found, text=text, slot=slot) if slot else {}),
    )
    hint = "Choose a row to hear and see it; click" if slot else "Click"
    st.caption(f"{count(len(found), 'clip')}. {hint} a heading to sort.")


def _selecting(selection: Selection, found: pd.DataFrame, *, text: str, slot: str) -> dict:
    current = _chosen(slot, selection.table) or (_first(found) if slot == SLOTS[0] else None)
    # The key follows the rows, for a selection is by position.
    key = f"explore-table-{selection.key}-{text}"
    at = (found["clip_id"] == current).to_numpy().nonzero()[0]
    rows = [int(place) for place in at]
    if key not in st.session_state or list(st.session_state[key]["selection"]["rows"]) != rows:
        # The clip may have been chosen elsewhere: in the URL, by a pill, for another slot.
        st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    return {"key": key, "on_select": lambda: _take(slot, found, key), "selection_mode": "single-row"}


def _take(slot: str, found: pd.DataFrame, key: str) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    if rows and rows[0] < len(found):
        choose(slot, found["clip_id"].iloc[rows[0]])


def _chosen(slot: str, table: pd.DataFrame) -> str | None:
    """The clip in a slot: from the URL, else as the page was last left; None if these corpora have no such clip."""
    name = st.query_params.get(slot)
    clip_id = name or st.session_state.get(CHOSEN, {}).get(slot)
    if clip_id is None or not (table["clip_id"] == clip_id).any():
        return None
    if not name:
        choose(slot, clip_id)
    return clip_id


def _first(found: pd.DataFrame) -> str | None:
    return found["clip_id"].iloc[0] if len(found) else None


# comparing


def _look() -> tuple[str, Look]:
    """Whether chosen clips or all emotions are shown, and what is drawn of each clip."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        layout = st.segmented_control(
            "Show",
            _LAYOUTS,
            default=_LAYOUTS[0],
            required=True,
            key="layout",
            bind="query-params",
            help="All emotions: the sentence of clip A by the same speaker in every emotion there is of it",
        )
        kinds = st.pills(
            "Spectrograms",
            tuple(_KINDS),
            selection_mode="multi",
            default=["log-mel"],
            key="spectrogram",
            bind="query-params",
            help="Sound over time and frequency. Log-mel spaces the frequencies as the ear does, in dB, and is what "
            "the neural networks read; mel is the same without the logarithm, linear spaces them evenly. MFCC: the "
            "shape of each log-mel column in 19 numbers, what many classical recognisers read.",
        )
        tracks, overlay = [], False
        if layout == _LAYOUTS[0]:
            tracks = st.pills(
                "Tracks",
                ("pitch", "energy", "formants"),
                selection_mode="multi",
                key="tracks",
                bind="query-params",
                help="Pitch (F0): how high the voice is. Energy: its level (RMS). Formants F1 to F3: the resonances "
                "that make the vowels.",
            )
            overlay = st.toggle(
                "Drawn on top",
                key="overlay",
                bind="query-params",
                help="Tracks on the waveform and the first spectrogram",
            )
    return layout, Look(tuple(_KINDS[kind] for kind in _KINDS if kind in kinds), tuple(tracks), overlay)


@st.cache_data(max_entries=64, show_spinner=False)
def _counterparts(key: str, clip_id: str, *, _table: pd.DataFrame) -> tuple[dict[str, str], dict[str, str]]:
    """Clips like this one in other emotions, and those that differ in something else."""
    others = {
        f"other {label}": next(iter(found.values()))
        for label, change in (("intensity", "intensity"), ("take", "repetition"), ("speaker", "speaker"))
        if (found := describe.counterparts(_table, clip_id, change=change))
    }
    return describe.counterparts(_table, clip_id, change="feeling"), others


def _compare(selection: Selection, chosen: dict[str, str]) -> None:
    """One-click counterparts of clip A: the same voice and sentence in another emotion, and so on."""
    first = chosen["a"]
    feelings, others = _counterparts(selection.key, first, _table=selection.table)
    options = {**{f"as {titles([name])[0]}": clip_id for name, clip_id in feelings.items()}, **others}
    if not options:
        return
    rest = [clip_id for slot, clip_id in chosen.items() if slot != "a"]
    shown = [label for label, clip_id in options.items() if clip_id in rest]
    key = f"compare-{first}-{'-'.join(rest)}"
    st.pills(
        "Compare with the same speaker and sentence, or change one thing (up to four clips)",
        tuple(options),
        selection_mode="multi",
        default=shown,
        key=key,
        on_change=lambda: _take_compared(options, chosen, wanted=st.session_state[key], shown=shown),
    )


def _take_compared(options: dict[str, str], chosen: dict[str, str], *, wanted: list[str], shown: list[str]) -> None:
    for slot, clip_id in chosen.items():
        if slot != "a" and any(options[label] == clip_id for label in set(shown) - set(wanted)):
            choose(slot, None)
    for label in wanted:
        if label not in shown:
            free = [slot for slot in SLOTS if slot not in chosen]
            choose(free[0] if free else SLOTS[-1], options[label])


def _all_emotions(selection: Selection, first: str, *, kind: str) -> None:
    row = selection.row(first)
    feelings, _ = _counterparts(selection.key, first, _table=selection.table)
    if not feelings:
        st.info(
            "There is no clip of the same sentence by the same speaker in another emotion. Choose another clip.",
            icon=":material/info:",
        )
        return
    ids = {row["feeling"]: first, **feelings}
    ordered = [ids[name] for name in describe.in_order(ids, "feeling")]
    sentence = f" “{row['text']}”" if pd.notna(row["text"]) else ""
    st.markdown(f"Speaker {row['voice']} says{sentence} in {count(len(ordered), 'emotion')}, as close as they come:")
    grid([selection.row(clip_id) for clip_id in ordered], kind=kind)


# what is missing


def _nothing_here(selection: Selection) -> None:
    # Before the panels, which are long: what ships can be heard at once.
    demo = next((name for name in corpora.names() if corpora.get(name).synthetic), None)
    if demo and demo not in selection.names:
        label = "Listen to the demo voices, which are here"
        st.button(label, icon=":material/graphic_eq:", on_click=page.go_to_corpus, args=(demo,), key="clips-demo")
    for corpus in selection.corpora:
        empty.missing_corpus(corpus.name)


def _offer_missing(selection: Selection) -> None:
    missing = selection.table["corpus"][~selection.table["here"]].value_counts()
    for corpus in selection.corpora:
        if missing.get(corpus.name) and corpus.sources:
            label = f"Get the other {count(int(missing[corpus.name]), 'recording')} of {corpus.title}"
            with st.expander(label, icon=":material/download:"):
                empty.missing_corpus(corpus.name)
