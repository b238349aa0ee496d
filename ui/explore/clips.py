"""The clip browser: a table to search and sort, and one or two clips to hear and see."""

import pandas as pd
import streamlit as st

from ser_core import corpora, describe
from ser_core.figures.style import count, titles
from ui import empty
from ui.explore import page
from ui.explore.panels import choose, panels
from ui.explore.selection import CHOSEN, Selection

SLOTS = ("a", "b")
_KINDS = {"log-mel": "logmel", "linear": "linear", "both": "both"}
_TABLE_HEIGHT = 300
_COLUMN_CONFIG = {
    "emotion": st.column_config.TextColumn("Emotion"),
    "intensity": st.column_config.TextColumn("Intensity"),
    "speaker": st.column_config.TextColumn("Speaker"),
    "sex": st.column_config.TextColumn("Sex"),
    "text": st.column_config.TextColumn("Sentence", width="medium"),
    "sound_s": st.column_config.NumberColumn("Sound", format="%.2f s", help="Length without silence around it"),
    "level_db": st.column_config.NumberColumn("Level", format="%.1f dB", help="Of the sound; full scale is 0"),
    "name": st.column_config.TextColumn("Clip"),
    "here": st.column_config.CheckboxColumn("Audio", help="Whether the recording is on this machine"),
}
_COLUMNS = ("emotion", "intensity", "speaker", "sex", "text", "sound_s", "level_db", "name")


def show(selection: Selection) -> None:
    """The whole view."""
    table, selected = selection.table, selection.clips
    playable = bool(table["here"].any())
    found, slot = _search(selected, slots=playable)
    _table(found, table, slot=slot if playable else None)
    if not playable:
        _nothing_here(selection)
        return
    first = _chosen("a", table) or _first(found)
    if first is None:
        st.info("No clip passes the filters and the search. Reset them to see all.", icon=":material/search_off:")
        return
    second = _chosen("b", table)
    kind = st.segmented_control(
        "Spectrogram",
        tuple(_KINDS),
        default="log-mel",
        required=True,
        key="spectrogram",
        bind="query-params",
        help="Level over time and frequency, in dB of full scale. Log-mel spaces the frequencies as the ear does, and "
        "is what the neural network reads; linear spaces them evenly.",
    )
    _compare(table, first, second)
    panels(table, first, second, kind=_KINDS[kind])
    for corpus in selection.corpora:
        missing = int((~table["here"][table["corpus"] == corpus.name]).sum())
        if missing and corpus.sources:
            with st.expander(
                f"Get the other {count(missing, 'recording')} of {corpus.title}", icon=":material/download:"
            ):
                empty.missing_corpus(corpus.name)


# choosing


def _search(selected: pd.DataFrame, *, slots: bool) -> tuple[pd.DataFrame, str]:
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
        slot = "a"
        if slots:
            slot = st.segmented_control(
                "A row chosen in the table becomes",
                SLOTS,
                format_func=lambda slot: f"Clip {slot.upper()}",
                default="a",
                required=True,
                key="explore-slot",
            )
    return describe.select(selected, text=text), slot


def _table(found: pd.DataFrame, table: pd.DataFrame, *, slot: str | None) -> None:
    """The clips found; a row that is chosen goes into `slot`, unless this is None."""
    partly = 0 < table["here"].sum() < len(table)
    if partly:
        # What can be played comes first.
        found = found.sort_values("here", ascending=False, kind="stable")
    view = found.assign(
        emotion=titles(found["emotion"].fillna(describe.UNKNOWN)),
        name=[clip_id.partition("/")[2] for clip_id in found["clip_id"]],
    )
    st.dataframe(
        view[[*_COLUMNS, *(["here"] if partly else [])]],
        hide_index=True,
        height=_TABLE_HEIGHT,
        lazy=False,
        placeholder="–",
        alt="Clips that pass the filters and the search",
        column_config=_COLUMN_CONFIG,
        **(_selection(found, table, slot=slot) if slot else {}),
    )
    hint = "Choose a row to hear and see it; click" if slot else "Click"
    st.caption(f"{count(len(found), 'clip')}. {hint} a heading to sort.")


def _selection(found: pd.DataFrame, table: pd.DataFrame, *, slot: str) -> dict:
    ids = found["clip_id"].tolist()
    current = _chosen(slot, table) or (_first(found) if slot == "a" else None)
    # The key follows the rows, for a selection is by position.
    key = f"explore-table-{hash(tuple(ids))}"
    rows = [ids.index(current)] if current in ids else []
    if key not in st.session_state or list(st.session_state[key]["selection"]["rows"]) != rows:
        # The clip may have been chosen elsewhere: in the URL, by a pill, for the other slot.
        st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    return {"key": key, "on_select": lambda: _take(slot, ids, key), "selection_mode": "single-row"}


def _take(slot: str, ids: list[str], key: str) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    if rows and rows[0] < len(ids):
        choose(slot, ids[rows[0]])


def _chosen(slot: str, table: pd.DataFrame) -> str | None:
    """The clip in a slot: from the URL, else as the page was last left; None if this corpus has no such clip."""
    name = st.query_params.get(slot)
    clip_id = name or st.session_state.get(CHOSEN, {}).get(slot)
    if clip_id is None or not (table["clip_id"] == clip_id).any():
        return None
    if not name:
        choose(slot, clip_id)
    return clip_id


def _first(found: pd.DataFrame) -> str | None:
    here = found[found["here"]]
    return here["clip_id"].iloc[0] if len(here) else found["clip_id"].iloc[0] if len(found) else None


# comparing


def _compare(table: pd.DataFrame, first: str, second: str | None) -> None:
    """One-click counterparts of clip A: the same voice and sentence in another emotion, and so on."""
    emotions = describe.counterparts(table, first, change="feeling")
    others = {
        f"other {label}": next(iter(found.values()))
        for label, change in (("intensity", "intensity"), ("take", "repetition"), ("speaker", "speaker"))
        if (found := describe.counterparts(table, first, change=change))
    }
    options = {**{titles([emotion])[0]: clip_id for emotion, clip_id in emotions.items()}, **others}
    if not options:
        return
    current = next((label for label, clip_id in options.items() if clip_id == second), None)
    key = f"compare-{first}-{second}"
    st.pills(
        "Compare with the same speaker and sentence, or change one thing",
        tuple(options),
        format_func=lambda label: label if label in others else f"as {label}",
        default=current,
        key=key,
        on_change=lambda: choose("b", options.get(st.session_state[key])),
    )


def _nothing_here(selection: Selection) -> None:
    for corpus in selection.corpora:
        empty.missing_corpus(corpus.name)
    demo = next((name for name in corpora.names() if corpora.get(name).synthetic), None)
    if demo and demo not in selection.names:
        label = "Listen to the demo voices instead"
        st.button(label, icon=":material/graphic_eq:", on_click=page.go_to_corpus, args=(demo,))
