"""What makes the emotions differ? In words, in measures, in mean spectrograms, and in how measures go together."""

import streamlit as st

from ser_core.analysis.effects import KINDS
from ser_core.analysis.separation import Contrast
from ser_core.analysis.speaker_tests import CORRECTIONS
from ser_core.labels import EMOTIONS
from ui import state
from ui.explore import emotions_data as data
from ui.explore import emotions_maps, emotions_measures, emotions_together
from ui.explore import emotions_words as words
from ui.explore.emotions_data import Measured, Settings
from ui.explore.selection import Selection

_PARTS = {
    "measures": "Measures",
    "spectra": "Mean spectrograms",
    "together": "What goes together",
}
_VALUES = {"speaker": "relative to the speaker", "raw": "as they are"}


def show(selection: Selection) -> None:
    """The whole view: the answer, then one of its parts."""
    found = data.measured(selection)
    names = EMOTIONS.ordered(set(found.emotion))
    if len(names) < 2:
        st.info(
            "These clips have no measures, or only one emotion. Reset the filters, or measure them first.",
            icon=":material/compare:",
        )
        return
    place = st.container()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        part = state.choice(
            "Evidence",
            tuple(_PARTS),
            key="emotions-part",
            format_func=_PARTS.get,
            help="Measures of each clip that a person can name; the mean spectrogram of each emotion; and which "
            "measures go together (correlation)",
        )
        settings = _settings(names)
    contrast = data.contrast(found.key, settings, _measured=found)
    with place:
        _answer(found, contrast, settings)
    if part == "measures":
        emotions_measures.show(found, contrast, settings)
    elif part == "spectra":
        emotions_maps.show(selection, found.key)
    else:
        emotions_together.show(selection, found, settings)


def _settings(names: tuple[str, ...]) -> Settings:
    """How emotions are compared; folded away, for the defaults serve most."""
    # Neutral is the natural zero; without it, the first emotion.
    references = ("neutral", *(name for name in names if name != "neutral")) if "neutral" in names else names
    with st.popover("How to compare", icon=":material/tune:"):
        values = state.choice(
            "Values",
            tuple(_VALUES),
            key="emotions-values",
            format_func=_VALUES.get,
            help="Relative to the speaker: in standard deviations from the mean of all the speaker's clips "
            "(z-scores), so that high and low voices compare. Differences in dB, semitones... and all tests are "
            "within speakers either way.",
        )
        reference = state.choice(
            "Compare with",
            references,
            key="emotions-reference",
            format_func=lambda name: EMOTIONS[name].title,
            dropdown=True,
        )
        kind = state.choice(
            "Size of a difference",
            tuple(KINDS),
            key="emotions-effect",
            format_func=KINDS.get,
            help="Hedges' g: difference of the means in standard deviations (0.2 small, 0.5 medium, 0.8 large). "
            "Cliff's delta: how much more often a clip of the one lies above one of the other, −1 to 1 (0.15 small, "
            "0.33 medium, 0.47 large); needs no bell curve.",
        )
        correction = state.choice(
            "Correction for many tests",
            tuple(CORRECTIONS),
            key="emotions-correction",
            format_func=CORRECTIONS.get,
            help="Benjamini-Hochberg: of the differences called real, at most 5% are expected not to be. Holm: at most "
            "5% chance that any is not; stricter.",
        )
    return Settings(reference, kind, values == "speaker", correction)


def _answer(found: Measured, contrast: Contrast, settings: Settings) -> None:
    said = words.answer(found.key, settings, _measured=found, _contrast=contrast)
    st.markdown(said.lead)
    if said.others:
        reference = EMOTIONS[contrast.reference].title.lower()
        with st.expander(f"Each emotion against {reference}, in words", icon=":material/notes:"):
            st.markdown(said.others)
            st.caption(said.note)
