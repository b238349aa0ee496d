"""What makes the emotions differ, in sentences."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from ser_core.analysis import separation
from ser_core.analysis.acoustics import FEATURES
from ser_core.analysis.separation import Contrast
from ser_core.analysis.speaker_tests import MIN_SPEAKERS
from ser_core.figures.marks import score_text
from ser_core.figures.style import count
from ser_core.labels import EMOTIONS
from ui.explore import emotions_data as data
from ui.explore.emotions_data import Measured, Settings

HEADLINE = ("level_mean", "pitch_mean", "pitch_sd", "duration", "centroid_voiced", "hnr", "h1_a3")
"""Measures that the answer in words is made of: one or two of each group, those that a listener notices."""


@dataclass(frozen=True)
class Answer:
    """The answer of the view.

    Attributes
    ----------
    lead : str
        Which emotion differs most and how; how many measures tell emotions apart, and how sure that is.
    others : str
        The other emotions, one line each; empty where there are none.
    note : str
        How the lines are made.
    """

    lead: str
    others: str = ""
    note: str = ""


def in_words(measure: str, difference: float) -> str:
    """A difference as a reader says it.

    Examples
    --------
    >>> in_words("level_mean", 9.46), in_words("pitch_mean", -5.1)
    ('louder by 9 dB', 'lower in pitch by 5 semitones')
    """
    feature = FEATURES[measure]
    size = abs(difference)
    amount = f"{size:.0f}" if size >= 4.5 else f"{size:.1f}" if size >= 0.15 else f"{size:.2g}"
    return f"{feature.higher if difference > 0 else feature.lower} by {amount} {feature.unit}".rstrip()


@st.cache_data(max_entries=32, show_spinner=False)
def answer(key: str, settings: Settings, *, _measured: Measured, _contrast: Contrast) -> Answer:
    """The answer in words for some clips, compared in some way."""
    reference = EMOTIONS[_contrast.reference].title.lower()
    most = separation.most_different(_contrast)
    if most is None:
        return Answer(f"There is nothing to compare with **{reference}** among these clips.")
    said = {name: _said(_contrast, name, settings) for name in _contrast.emotions}
    how = f": **{'**, **'.join(said[most])}**" if said[most] else ""
    lead = f"**{EMOTIONS[most].title}** differs most from {reference}{how}. {_strength(_measured, _contrast, settings)}"
    others = [
        f"- {EMOTIONS[name].title}: {', '.join(found) or 'no clear difference in what a listener notices'}"
        for name, found in said.items()
        if name != most
    ]
    note = (
        "Means over speakers of each one's own difference. Named are the three largest of these measures: "
        + "; ".join(FEATURES[name].title for name in HEADLINE)
        + (". Only what stands after correction for all tests." if _contrast.tested else ".")
    )
    return Answer(lead, "\n".join(others), note)


def _said(contrast: Contrast, emotion: str, settings: Settings) -> list[str]:
    names = separation.strongest(contrast, measures=HEADLINE, emotion=emotion, correction=settings.correction)
    differences = contrast.difference[emotion]
    return [in_words(name, differences[name]) for name in names if pd.notna(differences[name])]


def _strength(found: Measured, contrast: Contrast, settings: Settings) -> str:
    """How many measures tell emotions apart, and how sure that is."""
    ranked = data.overall(found.key, settings.by_speaker, _measured=found)
    title = FEATURES[ranked.index[0]].title
    best = (
        f"Most telling: {title[:1].lower()}{title[1:]}, of whose variation between clips the emotions explain "
        f"{score_text(max(0.0, ranked['omega'].iloc[0]))}."
    )
    speakers = found.speaker.nunique()
    if not contrast.tested:
        these = "this voice" if speakers == 1 else "these voices"
        return (
            f"With {count(speakers, 'speaker')} no test can tell a habit of {these} from one of people "
            f"(it takes {MIN_SPEAKERS}): sizes are shown without tests. {best}"
        )
    stand = contrast.significant(correction=settings.correction)
    tests = int(contrast.p.notna().to_numpy().sum())
    return (
        f"Of {len(FEATURES)} measures, **{int(stand.any(axis=1).sum())}** tell at least one emotion from "
        f"{EMOTIONS[contrast.reference].title.lower()} over {count(speakers, 'speaker')}, after correction for "
        f"{tests:,} tests. {best}"
    )
