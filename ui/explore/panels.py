"""Clips to hear and see, side by side on the same axes: player, facts, waveform, spectrograms and tracks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ser_core.audio import Audio
from ser_core.features.curves import curves
from ser_core.features.spectrogram import envelope, spectrogram
from ser_core.figures import audio as figures
from ser_core.figures.audio_parts import NAMES
from ser_core.figures.style import plain_title
from ui import figure
from ui.explore import spans
from ui.explore.selection import CHOSEN
from ui.explore.sounds import Sound, colour_of, facts, load, title_of, wav

SLOTS = ("a", "b", "c", "d")
"""Names of the places for clips that are compared, in the address."""
_CARD_HEIGHT = 260
# Dragging chooses a segment; zooming is a tool beside it.
_CONFIG = {"modeBarButtonsToRemove": ["lasso2d", "autoScale2d"]}


@dataclass(frozen=True)
class Look:
    """How clips are drawn.

    Attributes
    ----------
    kinds : tuple of str
        Spectrograms, see `ser_core.features.spectrogram.KINDS`.
    tracks : tuple of str
        See `ser_core.figures.audio.TRACKS`.
    overlay : bool
        Whether the tracks lie on the waveform and the spectrogram.
    """

    kinds: tuple[str, ...] = ("logmel",)
    tracks: tuple[str, ...] = ()
    overlay: bool = False


def panels(rows: Mapping[str, pd.Series], *, look: Look) -> None:
    """One to four clips on the same axes, with what chooses the segment that is heard.

    Parameters
    ----------
    rows : mapping
        Slot -> row of `Selection.table`.
    look : Look
        What is drawn.
    """
    found = {slot: load(row) for slot, row in rows.items()}
    sounds = {slot: sound for slot, sound in found.items() if isinstance(sound, Sound)}
    # The longest, the widest and the loudest of all set the axes of all.
    scale = figures.common([_extents(sound.key, kinds=look.kinds, _audio=sound.audio) for sound in sounds.values()])
    if sounds:
        spans.controls(duration_s=scale["duration_s"])
    for pair in zip(list(rows)[::2], [*list(rows)[1::2], None], strict=False):
        places = st.columns(2) if len(rows) > 1 else [st.container()]
        for slot, place in zip(pair, places, strict=False):
            if slot is None:
                continue
            with place:
                _heading(slot, rows)
                if slot in sounds:
                    _panel(slot, rows[slot], sounds[slot], look=look, scale=scale)
                else:
                    st.warning(found[slot], icon=":material/volume_off:")
    if len(sounds) > 1:
        st.caption("The clips share their axes and their colours, so that they compare by eye.")


def clip_card(row: pd.Series, *, key: str, kind: str = "logmel", height: int | None = None) -> None:
    """One clip for any view: what it is, its player and its spectrogram.

    Parameters
    ----------
    row : pd.Series
        A row of `Selection.table`.
    key : str
        Tells this card from the page's others.
    kind : str
        One of `ser_core.features.spectrogram.KINDS`.
    height : int, optional
        Of the figure, pixels.
    """
    sound = load(row)
    if isinstance(sound, Sound):
        _card(row, sound, key=key, kind=kind, height=height or _CARD_HEIGHT, scale={})
    else:
        st.markdown(f"**{title_of(row)}**")
        st.warning(sound, icon=":material/volume_off:")


def grid(rows: Sequence[pd.Series], *, kind: str = "logmel", columns: int = 4) -> None:
    """Many clips as cards, with one time axis and one colour range for all."""
    found = [load(row) for row in rows]
    sounds = [sound for sound in found if isinstance(sound, Sound)]
    scale = figures.common([_extents(sound.key, kinds=(kind,), _audio=sound.audio) for sound in sounds])
    for first in range(0, len(rows), columns):
        places = st.columns(columns)
        for row, sound, place in zip(rows[first:], found[first:], places, strict=False):
            with place:
                if isinstance(sound, Sound):
                    _card(row, sound, key=f"grid-{row['clip_id']}", kind=kind, height=_CARD_HEIGHT, scale=scale)
                else:
                    st.markdown(f"**{title_of(row)}**")
                    st.caption("Not on this machine.")


def choose(slot: str, clip_id: str | None) -> None:
    """Callback: put a clip into a slot, or empty the slot; the URL says which, and the session remembers."""
    st.session_state.setdefault(CHOSEN, {})[slot] = clip_id
    if clip_id is None:
        st.query_params.pop(slot, None)
    else:
        st.query_params[slot] = clip_id


def _to_front(slot: str, ids: dict[str, str]) -> None:
    choose("a", ids[slot])
    choose(slot, ids["a"])


def _heading(slot: str, rows: Mapping[str, pd.Series]) -> None:
    row = {"horizontal": True, "horizontal_alignment": "distribute", "vertical_alignment": "center"}
    with st.container(**row, key=f"panel-heading-{slot}"):
        st.subheader(f"{slot.upper()}: {title_of(rows[slot])}", anchor=False)
        if slot == "a":
            return
        ids = {slot: row["clip_id"] for slot, row in rows.items()}
        with st.container(horizontal=True, width="content", gap="small"):
            swap = {"on_click": _to_front, "args": (slot, ids), "key": f"swap-{slot}"}
            hint = "Change places with clip A"
            st.button("Swap", icon=":material/swap_horiz:", type="tertiary", help=hint, **swap)
            close = {"on_click": choose, "args": (slot, None), "key": f"close-{slot}"}
            st.button("Close", icon=":material/close:", type="tertiary", **close)


def _panel(slot: str, row: pd.Series, sound: Sound, *, look: Look, scale: dict) -> None:
    title, duration = title_of(row), scale["duration_s"]
    segment = spans.current(spans.SEGMENT, duration_s=duration)
    zoom = spans.current(spans.ZOOM, duration_s=duration)
    heard = None if segment is None else (segment[0], min(segment[1], sound.audio.duration))
    st.caption(facts(row, sound))
    if heard is not None and heard[1] - heard[0] < spans.MIN_S:
        st.caption("This clip ends before the segment.")
    else:
        _player(slot, row, sound, heard)
    name = f"clip-{slot}-{row['clip_id'].replace('/', '-')}"
    drawn = _draw(
        sound.key,
        look=look,
        about=f"{title}, {sound.audio.duration:.1f} s",
        colour=colour_of(row),
        scale=scale,
        zoom=zoom,
        segment=segment,
        _audio=sound.audio,
    )
    chart = figure.key_of(name)
    figure.show(
        drawn,
        name=name,
        alt=plain_title(drawn),
        data=lambda: numbers(sound.audio, look=look),
        config=_CONFIG,
        on_select=spans.box_selection(chart),
        selection_mode="box",
    )
    spans.listen(chart, duration_s=duration)


def _player(slot: str, row: pd.Series, sound: Sound, heard: spans.Span | None) -> None:
    part = "" if heard is None else f", {heard[0]:.2f} to {heard[1]:.2f} s"
    data = wav(sound.key, segment=heard, _path=sound.path)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.audio(data, alt=f"Clip {slot.upper()}: {title_of(row)}{part}")
        stem = row["clip_id"].replace("/", "-") + ("" if heard is None else f"-{heard[0]:.2f}-{heard[1]:.2f}")
        st.download_button(
            "WAV",
            data,
            file_name=f"{stem}.wav",
            mime="audio/wav",
            key=f"wav-{slot}",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
            help="Save what the player plays",
        )


def _card(row: pd.Series, sound: Sound, *, key: str, kind: str, height: int, scale: dict) -> None:
    title = title_of(row)
    st.markdown(f"**{title}**")
    st.audio(wav(sound.key, segment=None, _path=sound.path), alt=title)
    drawn = _draw_card(
        sound.key,
        kind=kind,
        about=f"{title}, {sound.audio.duration:.1f} s",
        height=height,
        duration_s=scale.get("duration_s"),
        top=scale.get("tops", {}).get(kind),
        _audio=sound.audio,
    )
    figure.show(
        drawn,
        name=f"card-{key}",
        heading=False,
        alt=plain_title(drawn),
        data=lambda: spectrogram(sound.audio.signal, sr=sound.audio.sr, kind=kind).to_frame(),
    )


@st.cache_data(max_entries=128, show_spinner=False)
def _extents(key: str, *, kinds: tuple[str, ...], _audio: Audio) -> dict:
    return figures.extents(_audio.signal, sr=_audio.sr, kind=kinds)


# Shared by all visitors, so none is changed.
@st.cache_resource(max_entries=32, show_spinner=False)
def _draw(key: str, *, look: Look, about: str, _audio: Audio, **how) -> go.Figure:
    seen = ["waveform", *(NAMES[kind] for kind in look.kinds), *look.tracks]
    seen = [name if name == "MFCC" else name[:1].lower() + name[1:] for name in seen]
    words = " and ".join([", ".join(seen[:-1]), seen[-1]] if len(seen) > 1 else seen)
    scale = how.pop("scale")
    return figures.clip_figure(
        _audio.signal,
        sr=_audio.sr,
        kind=look.kinds,
        tracks=look.tracks,
        overlay=look.overlay,
        title=f"{words[:1].upper()}{words[1:]}<br><sup>{escape(about)}</sup>",
        **how,
        **scale,
    ).update_layout(dragmode="select", selectdirection="h")


@st.cache_resource(max_entries=64, show_spinner=False)
def _draw_card(key: str, *, kind: str, about: str, _audio: Audio, **how) -> go.Figure:
    title = f"{NAMES[kind]}<br><sup>{escape(about)}</sup>"
    return figures.spectrogram(_audio.signal, sr=_audio.sr, kind=kind, title=title, compact=True, **how)


def numbers(sound: Audio, *, look: Look) -> pd.DataFrame:
    """What a clip's figure draws: the extremes of the waveform, the tracks, and the value of each row of each
    spectrogram, one row per time."""
    drawn = [spectrogram(sound.signal, sr=sound.sr, kind=kind) for kind in look.kinds]
    tracks = curves(sound.signal, sr=sound.sr).to_frame().set_index("time_s")
    times = pd.Index(np.round(drawn[0].times_s, 4) if drawn else tracks.index, name="time_s")
    wave = envelope(sound.signal, sr=sound.sr).to_frame()
    nearest = np.abs(wave["time_s"].to_numpy()[:, None] - times.to_numpy()).argmin(axis=1)
    extremes = wave.groupby(nearest).agg(wave_low=("low", "min"), wave_high=("high", "max"))
    parts = [extremes.reindex(range(len(times))).set_index(times)]
    if look.tracks:
        parts.append(tracks.reindex(times, method="nearest"))
    parts += [each.to_frame().set_index("time_s").add_prefix(f"{each.kind} ") for each in drawn]
    return pd.concat(parts, axis=1).reset_index()
