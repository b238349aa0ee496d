"""The augmentation lab: what a change of the recording does to what is heard, seen and said by the models."""

import json
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ser_core.audio import Audio, encode_wav
from ser_core.augment import Chain
from ser_core.features import LogMelSpec, extract
from ser_core.figures import audio as audio_figures
from ser_core.figures import lab as figures
from ser_core.figures.style import plain_title
from ui import figure
from ui.explore import lab_chain, lab_clip, lab_models
from ui.explore.lab_clip import Voice
from ui.explore.panels import Look, numbers
from ui.explore.selection import Selection

_SPEC = LogMelSpec()
_LOOK = Look()


def show(selection: Selection) -> None:
    """The whole view."""
    st.subheader("What does a change of the recording do?", anchor=False)
    left, right = st.columns([2, 3], gap="large")
    with left:
        voice = lab_clip.pick(selection)
        chain = lab_chain.chain()
        lab_chain.editor(chain)
        seed = _seed(chain)
    if voice is None:
        return
    changed = _changed(voice.key, chain.waveform.text, seed, _audio=voice.audio, _chain=chain.waveform)
    with right:
        _players(voice, changed, chain)
        lab_models.show(voice, changed, chain, seed=seed)
    _seen(voice, changed, chain, seed=seed)
    _configuration(chain)


def _seed(chain: Chain) -> int:
    if not any(step.of.random for step in chain.steps):
        return 0
    return st.number_input(
        "Seed",
        min_value=0,
        max_value=2**31 - 1,
        value=0,
        key="lab-seed",
        bind="query-params",
        help="Decides what is drawn by chance: the noise, the room, the masks. The same number gives the same again.",
    )


@st.cache_data(max_entries=24, max_size="32mb", show_spinner=False)
def _changed(key: str, text: str, seed: int, *, _audio: Audio, _chain: Chain) -> np.ndarray:
    return _chain.apply(_audio.signal, sr=_audio.sr, seed=seed)


def _players(voice: Voice, changed: np.ndarray, chain: Chain) -> None:
    sr = voice.audio.sr
    data = encode_wav(changed, sr=sr)
    before, after = st.columns(2)
    with before:
        st.markdown("**Before**")
        st.audio(encode_wav(voice.audio.signal, sr=sr), alt=f"Before: {voice.title}")
    with after:
        st.markdown("**After**")
        st.audio(data, alt=f"After: {voice.title}, {chain.waveform.name or 'unchanged'}")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(
            f"As the models hear it: {sr / 1000:g} kHz, {voice.audio.duration:.2f} s, then {len(changed) / sr:.2f} s."
        )
        st.download_button(
            "Changed clip (WAV)",
            data,
            file_name=f"{voice.name}-{chain.waveform.name or 'unchanged'}.wav",
            mime="audio/wav",
            key="lab-wav",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )


# what is seen


def _seen(voice: Voice, changed: np.ndarray, chain: Chain, *, seed: int) -> None:
    sr = voice.audio.sr
    versions = {"before": voice.audio.signal, "after": changed}
    scale = _scale(voice.key, chain.waveform.text, seed, _signals=tuple(versions.values()), sr=sr)
    for place, (name, signal) in zip(st.columns(2), versions.items(), strict=True):
        with place:
            text = chain.waveform.text if name == "after" else ""
            about = chain.waveform.name or "no change of the waveform" if name == "after" else voice.title
            drawn = _draw(
                voice.key,
                text,
                seed,
                about,
                name=name,
                sr=sr,
                colour=voice.colour,
                _scale=scale,
                scale_of=chain.text,
                _signal=signal,
            )
            sound = Audio(signal, sr)
            figure.show(
                drawn, name=f"lab-{name}", alt=plain_title(drawn), data=lambda sound=sound: numbers(sound, look=_LOOK)
            )
    if chain.spectrogram.steps:
        read = extract(changed, sr=sr, spec=_SPEC)
        masked = chain.spectrogram.apply_logmel(read, seed=seed)
        drawn = figures.logmels(
            read,
            masked,
            frame_s=_SPEC.hop_length / _SPEC.sr,
            title="What a network reads: log-mel before and after SpecAugment<br><sup>Masked bands and spans hold the "
            "mean of the spectrogram. 64 mel bands of the sound in the clip, cut or padded to 3 s.</sup>",
        )
        figure.show(drawn, name="lab-logmel", alt=plain_title(drawn), data=lambda: _masked_frame(read, masked))


@st.cache_data(max_entries=64, show_spinner=False)
def _scale(key: str, text: str, seed: int, *, _signals: tuple[np.ndarray, ...], sr: int) -> dict:
    return audio_figures.common([audio_figures.extents(signal, sr=sr) for signal in _signals])


@st.cache_resource(max_entries=24, show_spinner=False)
def _draw(
    key: str, text: str, seed: int, about: str, *, name: str, sr: int, colour: str, scale_of: str, _scale: dict, _signal
) -> go.Figure:
    title = f"{name.capitalize()}: waveform and log-mel spectrogram<br><sup>{escape(about)}</sup>"
    return audio_figures.clip_figure(_signal, sr=sr, title=title, colour=colour, **_scale)


def _masked_frame(read: np.ndarray, masked: np.ndarray) -> pd.DataFrame:
    times = np.arange(read.shape[1]) * _SPEC.hop_length / _SPEC.sr
    parts = [
        pd.DataFrame(np.round(values.T.astype(float), 1)).add_prefix(f"{name} band ")
        for name, values in (("before", read), ("after", masked))
    ]
    return pd.concat([pd.Series(np.round(times, 3), name="time_s"), *parts], axis=1)


# the setting, to take along


def _configuration(chain: Chain) -> None:
    with st.expander("Use this setting in training", icon=":material/content_copy:"):
        if not chain.steps:
            st.markdown("Add a change first.")
            return
        if chain.waveform.steps:
            st.markdown("On the command line, to train on a changed copy of every training clip as well:")
            st.code(f'python -m ser_core train svm --corpus ravdess --augment "{chain.waveform.text}"', language="bash")
        if chain.spectrogram.steps:
            st.markdown("Networks mask spectrograms themselves while they train; copies are changed as sound.")
        st.markdown("As configuration (JSON):")
        st.code(json.dumps({"augmentation": chain.to_list()}, indent=2), language="json")
        st.markdown("In Python, for features of changed copies through the same cache as all others:")
        st.code(_python(chain), language="python")


def _python(chain: Chain) -> str:
    return (
        "from ser_core import corpora\n"
        "from ser_core.augment import Chain\n"
        "from ser_core.features import FunctionalsSpec\n"
        "from ser_core.features.table import matrix\n\n"
        f'chain = Chain.from_text("{chain.text}")\n'
        'x = matrix(corpora.manifest("ravdess"), FunctionalsSpec(), augmentation=chain)'
    )
