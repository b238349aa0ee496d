"""Clips as the page plays and draws them: read once, in words, as WAV."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from ser_core import corpora
from ser_core.audio import Audio, encode_wav
from ser_core.errors import SERError
from ser_core.features.levels import measure_signal
from ser_core.figures.style import INK, titles
from ser_core.labels import EMOTIONS
from ui import cached
from ui.markdown import plain

SAMPLING_RATE = 16_000
"""Clips are drawn as the models hear them, and played at their own rate."""


@dataclass(frozen=True)
class Sound:
    """A clip that was read.

    Attributes
    ----------
    key : str
        Identifies its bytes.
    path : Path
        Where it lies.
    audio : Audio
        Its samples at `SAMPLING_RATE`.
    """

    key: str
    path: Path
    audio: Audio


def load(row: pd.Series) -> Sound | str:
    """The clip of a row of `Selection.table`, or what to tell the reader."""
    path = corpora.get(row["corpus"]).clip_path(row["path"])
    if path is None:
        return (
            "This recording is not on this machine. Choose a clip with a tick in the column Audio, or get the other "
            "recordings below."
        )
    try:
        # A file that could not be read for the manifest has no checksum there: its name and time stand in.
        key = row["sha256"] if pd.notna(row["sha256"]) else f"{path}:{path.stat().st_mtime_ns}"
        return Sound(key, path, cached.audio(key, sr=SAMPLING_RATE, _path=path))
    except (SERError, OSError) as error:
        return f"This recording cannot be played. {error}"


@st.cache_data(max_entries=24, max_size="32mb", show_spinner=False)
def wav(key: str, *, segment: tuple[float, float] | None, _path: Path) -> bytes:
    """The clip, or a part of it (seconds), at its own rate as WAV, which every browser plays."""
    sound = cached.audio(key, sr=None, _path=_path)
    signal = sound.signal
    if segment is not None:
        signal = signal[..., round(segment[0] * sound.sr) : round(segment[1] * sound.sr)]
    return encode_wav(signal, sr=sound.sr)


def title_of(row: pd.Series) -> str:
    """A clip in a few words: emotion, intensity, speaker."""
    feeling = titles([row["feeling"]])[0].capitalize() if pd.notna(row["feeling"]) else "Unknown emotion"
    intensity = f" ({row['intensity']})" if pd.notna(row["intensity"]) else ""
    speaker = f", speaker {row['voice']}" if pd.notna(row["voice"]) else ""
    return f"{feeling}{intensity}{speaker}"


def colour_of(row: pd.Series) -> str:
    """The colour of a clip's emotion."""
    return EMOTIONS[row["emotion"]].colour if row["emotion"] in EMOTIONS else INK


def facts(row: pd.Series, sound: Sound) -> str:
    """What is known of a clip, in one line."""
    measured = _measured(sound.key, _audio=sound.audio)
    parts = [
        f"“{plain(row['text'])}”" if pd.notna(row["text"]) else None,
        row["sex"] if pd.notna(row["sex"]) else None,
        f"aged {row['age']}" if pd.notna(row["age"]) else None,
        f"take {row['repetition']}" if pd.notna(row.get("repetition")) else None,
        f"{sound.audio.duration:.2f} s, {measured['sound_s']:.2f} s of it sound",
        f"level {measured['level_db']:.1f} dB".replace("-", "−") if measured["sound_s"] else "silent",
        f"{row['sampling_rate'] / 1000:g} kHz" if pd.notna(row["sampling_rate"]) else None,
        "synthetic voice" if corpora.get(row["corpus"]).synthetic else None,
        plain(row["clip_id"]),
    ]
    return " · ".join(part for part in parts if part)


@st.cache_data(max_entries=128, show_spinner=False)
def _measured(key: str, *, _audio: Audio) -> dict[str, float]:
    return measure_signal(_audio.signal, sr=_audio.sr)
