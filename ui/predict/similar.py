"""Clips of the corpora that measure most like this one, to listen to."""

import numpy as np
import pandas as pd
import streamlit as st

from ser_core import corpora, settings
from ser_core.analysis import acoustics
from ser_core.analysis.similar import Library
from ser_core.audio import resample
from ser_core.errors import SERError
from ser_core.features import extract
from ser_core.labels import EMOTIONS
from ui import cached
from ui.explore.sounds import wav
from ui.markdown import plain
from ui.predict.analysis import Analysis

SHOWN = 3
"""Clips to listen to."""
LISTED = 10
"""Clips whose emotions are counted."""


def show(analysis: Analysis) -> None:
    """The nearest clips whose recordings are here, and what the nearest of all were meant to sound like."""
    audio = analysis.audio
    signal = resample(audio.signal, sr=audio.sr, to=acoustics.SPEC.sr)
    library = _library(*_state())
    if library.clips.empty:
        st.info("No table of measures is here: restore `data/tables` from the repository.", icon=":material/info:")
        return
    functionals = extract(signal, sr=acoustics.SPEC.sr, spec=acoustics.SPEC)
    others = (library.clips["sha256"] != analysis.sha256).to_numpy()
    nearest = library.nearest(functionals, k=LISTED, among=others)
    st.markdown(_summary(nearest, total=len(library.clips)))
    here = others & _here(*_state(), _library=library)
    playable = library.nearest(functionals, k=SHOWN, among=here)
    if playable.empty:
        st.info("None of the recordings are on this machine; *Explore* says how to get them.", icon=":material/info:")
        return
    for column, (_, row) in zip(st.columns(SHOWN), playable.iterrows(), strict=False):
        with column.container(border=True, height="stretch"):
            _card(row)
    st.caption(
        "Nearest of the clips whose recordings are on this machine.",
        help=f"By {library.deviations.shape[1]} measures of pitch, loudness, tempo, voice, spectrum, formants and "
        "timbre, standardised over all clips. Like voices come before like emotions: see the map under *Explore*.",
    )


def _summary(nearest: pd.DataFrame, *, total: int) -> str:
    meant = [EMOTIONS[name].adjective for name in nearest["emotion"] if name in EMOTIONS]
    counts = pd.Series(meant, dtype=object).value_counts()
    words = ", ".join(
        f"{number} {('was' if number == 1 else 'were') + ' meant to sound ' if i == 0 else ''}{word}"
        for i, (word, number) in enumerate(counts.items())
    )
    first = nearest.iloc[0]
    return (
        f"Of the {len(nearest)} clips that measure most like this one (of {total:,}), "
        f"{words or 'none has an emotion'}. The nearest is from {plain(corpora.get(first['corpus']).title)}, speaker "
        f"{plain(str(first['speaker']))}."
    )


def _card(row: pd.Series) -> None:
    corpus = corpora.get(row["corpus"])
    emotion = row["emotion"] if row["emotion"] in EMOTIONS else None
    meant = f"meant to sound {EMOTIONS[emotion].adjective}" if emotion else "of no emotion in the shared set"
    voice = "synthetic voice" if corpus.synthetic else f"speaker {plain(str(row['speaker']))}"
    st.markdown(f"**{plain(corpus.title)}**, {voice}: {meant}")
    try:
        path = corpus.clip_path(row["path"])
        if path is None:
            raise corpus.not_found()
        st.audio(wav(str(row["sha256"]), segment=None, _path=path), alt=f"{corpus.title}, {voice}, {meant}")
    except SERError as error:
        st.caption(f"This recording cannot be played. {plain(str(error))}")
    text = f"“{plain(row['text'])}”, " if isinstance(row["text"], str) else ""
    st.caption(f"{text}{row['distance']:.2f} standard deviations away")


def _state() -> tuple[str, tuple[str, ...]]:
    """What the library depends on: the data root, and the corpora that are there."""
    names = corpora.builtin_names()
    return str(settings.data_root()), tuple(name for name in names if corpora.get(name).is_present())


@st.cache_resource(max_entries=2, show_spinner="Reading the measures of all clips …")
def _library(root: str, present: tuple[str, ...]) -> Library:
    names = [name for name in corpora.builtin_names() if acoustics.shipped_file(name).is_file()]
    return Library.of([cached.manifest(name) for name in names])


@st.cache_resource(max_entries=2, show_spinner=False)
def _here(root: str, present: tuple[str, ...], *, _library: Library) -> np.ndarray:
    """Whether the recording of each clip is on this machine."""
    found = np.zeros(len(_library.clips), bool)
    rows = zip(_library.clips["corpus"], _library.clips["path"], strict=True)
    for i, (name, path) in enumerate(rows):
        if name in present and isinstance(path, str):
            found[i] = corpora.get(name).clip_path(path) is not None
    return found
