"""The clip browser: a table to search and sort, and one or two clips to hear and see on the same axes."""

from html import escape
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from ser_core import corpora, describe
from ser_core.audio import Audio, encode_wav
from ser_core.errors import SERError
from ser_core.features.spectrogram import envelope, spectrogram
from ser_core.figures import audio as figures
from ser_core.figures.style import INK, count, plain_title, titles
from ser_core.labels import EMOTIONS
from ui import cached, empty, explore, figure

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


def browser(corpus: corpora.Corpus, table: pd.DataFrame, selected: pd.DataFrame) -> None:
    """The whole view.

    Parameters
    ----------
    corpus : Corpus
        Whose clips they are.
    table, selected : pd.DataFrame
        All its clips, as `explore.clips` gives them, and those that pass the filters.
    """
    playable = bool(table["here"].any())
    found, slot = _search(selected, slots=playable)
    _table(found, table, slot=slot if playable else None)
    if not playable:
        _nothing_here(corpus)
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
    _panels(corpus, table, first, second, kind=_KINDS[kind])
    missing = int((~table["here"]).sum())
    if missing and corpus.sources:
        with st.expander(f"Get the other {count(missing, 'recording')}", icon=":material/download:"):
            empty.missing_corpus(corpus.name)


# choosing


def _search(selected: pd.DataFrame, *, slots: bool) -> tuple[pd.DataFrame, str]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        text = st.text_input(
            "Search",
            key="search",
            bind="query-params",
            placeholder="angry dogs 12",
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
    # The key follows the rows, for a selection is by position; the highlight then starts at the chosen clip.
    key = f"explore-table-{slot}-{hash(tuple(ids))}"
    return {
        "key": key,
        "on_select": lambda: _take(slot, ids, key),
        "selection_mode": "single-row",
        "selection_default": {"selection": {"rows": [ids.index(current)] if current in ids else []}},
    }


def _take(slot: str, ids: list[str], key: str) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    if rows and rows[0] < len(ids):
        choose(slot, ids[rows[0]])


def choose(slot: str, clip_id: str | None) -> None:
    """Callback: put a clip into a slot, or empty the slot; the URL says which, and the session remembers."""
    st.session_state.setdefault(explore.CHOSEN, {})[slot] = clip_id
    if clip_id is None:
        st.query_params.pop(slot, None)
    else:
        st.query_params[slot] = clip_id.partition("/")[2]


def _swap(first: str, second: str) -> None:
    choose("a", second)
    choose("b", first)


def _chosen(slot: str, table: pd.DataFrame) -> str | None:
    """The clip in a slot: from the URL, else as the page was last left; None if this corpus has no such clip."""
    name = st.query_params.get(slot)
    kept = st.session_state.get(explore.CHOSEN, {}).get(slot)
    clip_id = f"{table['corpus'].iloc[0]}/{name}" if name else kept
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
    emotions = describe.counterparts(table, first, change="emotion")
    others = {
        f"other {label}": next(iter(found.values()))
        for label, change in (("intensity", "intensity"), ("take", "repetition"), ("speaker", "speaker"))
        if (found := describe.counterparts(table, first, change=change))
    }
    options = {**{EMOTIONS[emotion].title: clip_id for emotion, clip_id in emotions.items()}, **others}
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


def _panels(corpus: corpora.Corpus, table: pd.DataFrame, first: str, second: str | None, *, kind: str) -> None:
    wanted = {"a": first, "b": second}
    rows = {slot: table[table["clip_id"] == clip_id].iloc[0] for slot, clip_id in wanted.items() if clip_id}
    sounds = {slot: _load(corpus, row) for slot, row in rows.items()}
    readable = [sound for sound in sounds.values() if isinstance(sound, Audio) and len(sound.signal)]
    scale = {
        "duration_s": max((sound.duration for sound in readable), default=1.0),
        "amplitude": max((float(np.abs(sound.signal).max()) for sound in readable), default=1.0),
        "top_db": max((figures.loudest_db(sound.signal, sr=sound.sr) for sound in readable), default=0.0),
    }
    for slot, place in zip(rows, st.columns(len(rows)), strict=True):
        with place:
            other = second if slot == "a" else first
            _panel(corpus, rows[slot], sounds[slot], slot=slot, kind=kind, scale=scale, other=other)
    if len(rows) == 2:
        st.caption("Both clips share their axes and their colours, so that they compare by eye.")


def _slot_button(slot: str, clip_id: str, other: str) -> None:
    """Each panel has one, so that the two stand level."""
    if slot == "a":
        st.button("Swap", icon=":material/swap_horiz:", type="tertiary", on_click=_swap, args=(clip_id, other))
    else:
        st.button("Close", icon=":material/close:", type="tertiary", on_click=choose, args=("b", None))


def _panel(
    corpus: corpora.Corpus,
    row: pd.Series,
    sound: "Audio | str",
    *,
    slot: str,
    kind: str,
    scale: dict,
    other: str | None,
) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(f"{slot.upper()}: {explore.title_of(row)}", anchor=False)
        if other is not None:
            _slot_button(slot, row["clip_id"], other)
    st.caption(_facts(corpus, row))
    if isinstance(sound, str):
        st.warning(sound, icon=":material/volume_off:")
        return
    path = corpus.clip_path(row["path"])
    st.audio(_wav(_key(row, path), _path=path), alt=f"Clip {slot.upper()}: {explore.title_of(row)}")
    shown = {"logmel": "log-mel spectrogram", "linear": "linear spectrogram", "both": "spectrograms"}[kind]
    about = f"{explore.title_of(row)}, {sound.duration:.1f} s"
    drawn = figures.clip_figure(
        sound.signal,
        sr=sound.sr,
        kind=kind,
        title=f"Waveform and {shown}<br><sup>{escape(about)}</sup>",
        colour=EMOTIONS[row["emotion"]].colour if row["emotion"] in EMOTIONS else INK,
        **scale,
    )
    figure.show(
        drawn,
        name=f"clip-{slot}-{row['clip_id'].replace('/', '-')}",
        alt=plain_title(drawn),
        data=lambda: _data(sound, kind=kind),
    )


def _data(sound: Audio, *, kind: str) -> pd.DataFrame:
    """What a clip's figure draws: the spectrogram, with the extremes of the waveform within each of its columns."""
    drawn = spectrogram(sound.signal, sr=sound.sr, kind="linear" if kind == "linear" else "logmel")
    wave = envelope(sound.signal, sr=sound.sr).to_frame()
    columns = np.abs(wave["time_s"].to_numpy()[:, None] - drawn.times_s).argmin(axis=1)
    extremes = wave.groupby(columns).agg(low=("low", "min"), high=("high", "max"))
    frame = drawn.to_frame()
    frame.insert(1, "wave_low", extremes["low"].reindex(frame.index))
    frame.insert(2, "wave_high", extremes["high"].reindex(frame.index))
    return frame


def _facts(corpus: corpora.Corpus, row: pd.Series) -> str:
    parts = [
        f"“{row['text']}”" if pd.notna(row["text"]) else None,
        row["sex"] if pd.notna(row["sex"]) else None,
        f"take {row['repetition']}" if pd.notna(row.get("repetition")) else None,
        f"{row['duration_s']:.2f} s, {row['sound_s']:.2f} s of it sound" if pd.notna(row["sound_s"]) else None,
        f"level {row['level_db']:.1f} dB".replace("-", "−") if pd.notna(row["level_db"]) else None,
        f"{row['sampling_rate'] / 1000:g} kHz" if pd.notna(row["sampling_rate"]) else None,
        "synthetic voice" if corpus.synthetic else None,
        row["clip_id"],
    ]
    return " · ".join(part for part in parts if part)


# sound


def _key(row: pd.Series, path: Path) -> str:
    """What identifies the audio: its checksum, or where a file could not be read before, its name and time."""
    return row["sha256"] if pd.notna(row["sha256"]) else f"{path}:{path.stat().st_mtime_ns}"


def _load(corpus: corpora.Corpus, row: pd.Series) -> "Audio | str":
    """The clip as the models hear it, or what to tell the reader."""
    path = corpus.clip_path(row["path"])
    if path is None:
        return (
            "This recording is not on this machine. Choose a clip with a tick in the column Audio, or get the other "
            "recordings below."
        )
    try:
        return cached.audio(_key(row, path), sr=16_000, _path=path)
    except (SERError, OSError) as error:
        return f"This recording cannot be played. {error}"


@st.cache_data(max_entries=16, max_size="32mb", show_spinner=False)
def _wav(key: str, *, _path: Path) -> bytes:
    """The clip at its own rate, as WAV, which every browser plays."""
    sound = cached.audio(key, sr=None, _path=_path)
    return encode_wav(sound.signal, sr=sound.sr)


def _nothing_here(corpus: corpora.Corpus) -> None:
    empty.missing_corpus(corpus.name)
    demo = next((name for name in corpora.names() if corpora.get(name).synthetic), None)
    if demo and demo != corpus.name:
        label = "Listen to the demo voices instead"
        st.button(label, icon=":material/graphic_eq:", on_click=explore.go_to_corpus, args=(demo,))
