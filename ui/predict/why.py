"""Why: the sound that the answer rests on, and the measures that pushed it."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from ser_core.audio import resample, sha256
from ser_core.features import FunctionalsSpec, extract
from ser_core.figures.explanation import heard_parts, pushes_figure
from ser_core.figures.prediction import percent
from ser_core.labels import EMOTIONS
from ser_core.serving import Card, Predictor
from ser_core.serving.attribution import Push, pushes
from ser_core.serving.explanation import Explanation, explain
from ui import cached, figure, working
from ui.markdown import plain
from ui.predict import voices
from ui.predict.analysis import Analysis


def show(analysis: Analysis, card: Card) -> None:
    """Both explanations of the answer of one model, computed when first looked at."""
    said, voice = analysis.said(card.id), None
    if said is None or said.abstained:
        st.info("Where there is no answer, there is nothing to explain.", icon=":material/hearing_disabled:")
        return
    predictor, audio = cached.predictor(card.id), analysis.audio
    key = f"{analysis.sha256} {analysis.part} {card.id} {card.onnx_sha256}"
    if card.id in analysis.with_voice:
        # Results are shared by all visitors: the voice names its own.
        voice = voices.known().get(card.id)
        key += f" {sha256(voice.to_bytes())}" if voice is not None else ""
    work = partial(explain, predictor, audio, label=said.label, voice=voice)
    found = working.result(f"explain {key}", work, words="Listening without one part of the sound after the other")
    if found is not None:
        _parts(analysis, card, found, key=key)
    if card.spec.kind == FunctionalsSpec.kind and predictor.reference is not None:
        _measures(analysis, predictor)


def _parts(analysis: Analysis, card: Card, found: Explanation, *, key: str) -> None:
    name = EMOTIONS[found.label].title.lower()
    band, stretch = np.unravel_index(found.support.argmax(), found.support.shape)
    st.markdown(
        f"Most of all the answer rests on **{found.edges_s[stretch]:.2f} to {found.edges_s[stretch + 1]:.2f} s** at "
        f"**{_hz(found.edges_hz[band])} to {_hz(found.edges_hz[band + 1])}**: without it, {name} falls from "
        f"{plain(percent(found.probability))} to {plain(percent(found.without[band, stretch]))}."
        if found.support.max() > 0
        else f"No single part of the sound carries the answer: taking any out leaves {name} as probable."
    )
    note = f"{found.without.size} parts of the sound; bright: the answer rests on it"
    title = f"What {card.title} heard as {name}<br><sup>{note}</sup>"
    figure.show(
        _drawn(key, title, _analysis=analysis, _found=found),
        name="predict-why",
        alt=f"Waveform and log-mel spectrogram of the clip, bright where the probability of {name} falls most when "
        "that part of the sound is taken out",
        data=lambda: parts_table(found),
    )
    st.caption(
        "Each part of the sound in turn was brought down to the background and judged again. Veiled parts do not "
        "matter to the answer, outlined ones most; shaded stretches of the waveform matter over all frequencies.",
        help="Occlusion (Zeiler and Fergus, 2014), in the sound itself: it shows what this model used, not what makes "
        "a voice sound so. Parts that only matter together can be missed.",
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def _drawn(key: str, title: str, *, _analysis: Analysis, _found: Explanation):
    return heard_parts(_analysis.audio, _found, title=title)


def parts_table(found: Explanation) -> pd.DataFrame:
    """One row per part of the sound: where it is, and the probability of the answer without it."""
    stretches = found.without.shape[1]
    i, j = np.divmod(np.arange(found.without.size), stretches)
    return pd.DataFrame(
        {
            "start_s": found.edges_s[j].round(3),
            "end_s": found.edges_s[j + 1].round(3),
            "low_hz": found.edges_hz[i].round(1),
            "high_hz": found.edges_hz[i + 1].round(1),
            "label": found.label,
            "probability": found.probability,
            "probability_without": found.without.ravel(),
        }
    )


def _measures(analysis: Analysis, predictor: Predictor) -> None:
    said = analysis.predictions[predictor.card.id]
    spec = predictor.spec
    signal = resample(analysis.audio.signal, sr=analysis.audio.sr, to=spec.sr)
    found = pushes(predictor, extract(signal, sr=spec.sr, spec=spec), label=said.label)
    name = EMOTIONS[said.label].title.lower()
    count = sum(push.count for push in found)
    figure.show(
        pushes_figure(
            found,
            label=said.label,
            probability=said.confidence,
            title=f"Which measures pushed {name}<br><sup>{count:,} functionals in {len(found)} groups</sup>",
        ),
        name="predict-measures",
        alt=f"Points of probability that {name} loses without each group of measures: "
        + ", ".join(f"{push.title} {100 * (said.confidence - push.without):.0f}" for push in found),
        data=lambda: pushes_table(found, probability=said.confidence),
    )
    # Of timbre only the field has words.
    words = [word for push in found if push.group != "timbre" for word in push.words]
    if words:
        st.markdown(f"Against the training clips this one sounds {plain(', '.join(words))}.")
    st.caption("Each group in turn was set to the mean of the training clips, and the model judged again.")


def pushes_table(found: list[Push], *, probability: float) -> pd.DataFrame:
    """One row per group of measures."""
    return pd.DataFrame(
        {
            "group": [push.title for push in found],
            "functionals": [push.count for push in found],
            "probability": probability,
            "probability_without": [push.without for push in found],
        }
    )


def _hz(hz: float) -> str:
    return f"{hz / 1000:.1f} kHz" if hz >= 1000 else f"{10 * round(hz / 10)} Hz"
