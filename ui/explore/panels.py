"""One clip, or two side by side on the same axes: player, facts, waveform and spectrogram."""

from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ser_core import corpora
from ser_core.audio import Audio, encode_wav
from ser_core.errors import SERError
from ser_core.features.levels import measure_signal
from ser_core.features.spectrogram import KINDS, envelope, spectrogram
from ser_core.figures import audio as figures
from ser_core.figures.style import INK, plain_title, titles
from ser_core.labels import EMOTIONS
from ui import cached, figure
from ui.explore.selection import CHOSEN

SAMPLING_RATE = 16_000
"""Clips are drawn as the models hear them, and played at their own rate."""

_SHOWN = {"logmel": "log-mel spectrogram", "linear": "linear spectrogram", "both": "spectrograms"}


@dataclass(frozen=True)
class _Sound:
    """A clip that was read: what identifies it, where it lies, and its samples."""

    key: str
    path: Path
    audio: Audio


def panels(table: pd.DataFrame, first: str, second: str | None, *, kind: str) -> None:
    """Clip A, and clip B beside it if there is one.

    Parameters
    ----------
    table : pd.DataFrame
        The clips that they are among, see `Selection.table`.
    first, second : str or None
        Their clip_id.
    kind : str
        ``"logmel"``, ``"linear"`` or ``"both"``.
    """
    wanted = {"a": first, "b": second}
    rows = {slot: table[table["clip_id"] == clip_id].iloc[0] for slot, clip_id in wanted.items() if clip_id}
    sounds = {slot: _load(row) for slot, row in rows.items()}
    # The longest, the widest and the loudest of both set the axes of both.
    extents = [_extent(sound.key, _audio=sound.audio) for sound in sounds.values() if isinstance(sound, _Sound)]
    scale = {name: max(extent[name] for extent in extents) for name in extents[0]} if extents else {}
    for slot, place in zip(rows, st.columns(len(rows)), strict=True):
        with place:
            _heading(slot, rows[slot], other=wanted["b" if slot == "a" else "a"])
            if isinstance(sounds[slot], _Sound):
                _panel(rows[slot], sounds[slot], slot=slot, kind=kind, scale=scale)
            else:
                st.warning(sounds[slot], icon=":material/volume_off:")
    if len(extents) == 2:
        st.caption("Both clips share their axes and their colours, so that they compare by eye.")


def clip_card(row: pd.Series, *, key: str, kind: str = "logmel") -> None:
    """One clip for any view: what it is, its player, waveform and spectrogram.

    Parameters
    ----------
    row : pd.Series
        A row of `Selection.table`.
    key : str
        Tells this card from the page's others.
    kind : str
        As for `panels`.
    """
    st.markdown(f"**{title_of(row)}**")
    sound = _load(row)
    if isinstance(sound, _Sound):
        _panel(row, sound, slot=key, kind=kind, scale={})
    else:
        st.warning(sound, icon=":material/volume_off:")


def choose(slot: str, clip_id: str | None) -> None:
    """Callback: put a clip into a slot, or empty the slot; the URL says which, and the session remembers."""
    st.session_state.setdefault(CHOSEN, {})[slot] = clip_id
    if clip_id is None:
        st.query_params.pop(slot, None)
    else:
        st.query_params[slot] = clip_id


def _swap(first: str, second: str) -> None:
    choose("a", second)
    choose("b", first)


def _heading(slot: str, row: pd.Series, *, other: str | None) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(f"{slot.upper()}: {title_of(row)}", anchor=False)
        # Each of two panels has a button, so that they stand level.
        if other is None:
            return
        if slot == "a":
            st.button(
                "Swap", icon=":material/swap_horiz:", type="tertiary", on_click=_swap, args=(row["clip_id"], other)
            )
        else:
            st.button("Close", icon=":material/close:", type="tertiary", on_click=choose, args=("b", None))


def _panel(row: pd.Series, sound: _Sound, *, slot: str, kind: str, scale: dict) -> None:
    title = title_of(row)
    st.caption(_facts(row, sound.audio))
    st.audio(_wav(sound.key, _path=sound.path), alt=f"Clip {slot.upper()}: {title}")
    drawn = _draw(
        sound.key,
        kind=kind,
        about=f"{title}, {sound.audio.duration:.1f} s",
        colour=EMOTIONS[row["emotion"]].colour if row["emotion"] in EMOTIONS else INK,
        scale=scale,
        _audio=sound.audio,
    )
    figure.show(
        drawn,
        name=f"clip-{slot}-{row['clip_id'].replace('/', '-')}",
        alt=plain_title(drawn),
        data=lambda: _data(sound.audio, kind=kind),
    )


def _facts(row: pd.Series, sound: Audio) -> str:
    measured = measure_signal(sound.signal, sr=sound.sr)
    parts = [
        f"“{row['text']}”" if pd.notna(row["text"]) else None,
        row["sex"] if pd.notna(row["sex"]) else None,
        f"take {row['repetition']}" if pd.notna(row.get("repetition")) else None,
        f"{sound.duration:.2f} s, {measured['sound_s']:.2f} s of it sound",
        f"level {measured['level_db']:.1f} dB".replace("-", "−") if measured["sound_s"] else "silent",
        f"{row['sampling_rate'] / 1000:g} kHz" if pd.notna(row["sampling_rate"]) else None,
        "synthetic voice" if corpora.get(row["corpus"]).synthetic else None,
        row["clip_id"],
    ]
    return " · ".join(part for part in parts if part)


@st.cache_data(max_entries=64, show_spinner=False)
def _extent(key: str, *, _audio: Audio) -> dict:
    """What the axes and the colours must hold to show a clip: arguments of `figures.clip_figure`."""
    return {
        "duration_s": _audio.duration,
        "amplitude": float(np.abs(_audio.signal).max(initial=0.0)),
        "top_db": figures.loudest_db(_audio.signal, sr=_audio.sr),
    }


# Shared by all visitors, so none is changed.
@st.cache_resource(max_entries=32, show_spinner=False)
def _draw(key: str, *, kind: str, about: str, colour: str, scale: dict, _audio: Audio) -> go.Figure:
    title = f"Waveform and {_SHOWN[kind]}<br><sup>{escape(about)}</sup>"
    return figures.clip_figure(_audio.signal, sr=_audio.sr, kind=kind, title=title, colour=colour, **scale)


def _data(sound: Audio, *, kind: str) -> pd.DataFrame:
    """What a clip's figure draws: the extremes of the waveform and the level of each band, one row per time."""
    kinds = KINDS if kind == "both" else (kind,)
    drawn = [spectrogram(sound.signal, sr=sound.sr, kind=each) for each in kinds]
    wave = envelope(sound.signal, sr=sound.sr).to_frame()
    columns = np.abs(wave["time_s"].to_numpy()[:, None] - drawn[0].times_s).argmin(axis=1)
    extremes = wave.groupby(columns).agg(wave_low=("low", "min"), wave_high=("high", "max"))
    frames = [each.to_frame().set_index("time_s").add_prefix(f"{each.kind} ") for each in drawn]
    return pd.concat(
        [extremes.reindex(range(len(frames[0]))).set_index(frames[0].index), *frames], axis=1
    ).reset_index()


# sound


def _load(row: pd.Series) -> _Sound | str:
    """The clip as the models hear it, or what to tell the reader."""
    path = corpora.get(row["corpus"]).clip_path(row["path"])
    if path is None:
        return (
            "This recording is not on this machine. Choose a clip with a tick in the column Audio, or get the other "
            "recordings below."
        )
    try:
        # A file that could not be read for the manifest has no checksum there: its name and time stand in.
        key = row["sha256"] if pd.notna(row["sha256"]) else f"{path}:{path.stat().st_mtime_ns}"
        return _Sound(key, path, cached.audio(key, sr=SAMPLING_RATE, _path=path))
    except (SERError, OSError) as error:
        return f"This recording cannot be played. {error}"


@st.cache_data(max_entries=16, max_size="32mb", show_spinner=False)
def _wav(key: str, *, _path: Path) -> bytes:
    """The clip at its own rate, as WAV, which every browser plays."""
    sound = cached.audio(key, sr=None, _path=_path)
    return encode_wav(sound.signal, sr=sound.sr)


def title_of(row: pd.Series) -> str:
    """A clip in a few words: emotion, intensity, speaker."""
    emotion = titles([row["emotion"]])[0] if pd.notna(row["emotion"]) else "Unknown emotion"
    intensity = f" ({row['intensity']})" if pd.notna(row["intensity"]) else ""
    speaker = f", speaker {row['speaker']}" if pd.notna(row["speaker"]) else ""
    return f"{emotion}{intensity}{speaker}"
