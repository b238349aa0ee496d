"""What a model is worth on voices it never heard, alone and once it knows the voice: as its card says, and its run."""

from typing import Any

import pandas as pd
import streamlit as st

from ser_core.experiments import Run
from ser_core.experiments.enrolment import TABLE, enrolment_curve, read_enrolment
from ser_core.serving import Card

MOST_CLIPS = 12
"""Clips of a voice that a visitor can show to a model in the app."""


def measured(card: Card) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The figures of a card for each clip alone, and for voices known by as many clips as can be shown here; None where
    the model knows no voices or that was not measured."""
    alone = card.metric()
    knowing = [
        entry
        for entry in card.metrics
        if entry["protocol"] == "speaker-independent"
        and entry.get("speaker_calibration")
        and entry.get("enrolled_clips", 0) <= MOST_CLIPS
        and alone
        and entry.get("corpus") == alone.get("corpus")
    ]
    return (alone, max(knowing, key=lambda entry: entry.get("enrolled_clips", 0))) if knowing else None


def enrolled(run: Run, corpus: str, n_clips: int) -> pd.DataFrame | None:
    """Two rows of `ser_core.experiments.enrolment.enrolment_curve`, without any clip of the voice and with `n_clips` of
    them, computed of what the run stored; None where it did not."""
    file = run.folder / TABLE
    return _enrolled(str(file), file.stat().st_mtime_ns, corpus, n_clips, run) if file.is_file() else None


@st.cache_data(max_entries=4, show_spinner=False)
def _enrolled(file: str, stamp: int, corpus: str, n_clips: int, _run: Run) -> pd.DataFrame | None:
    table = read_enrolment(_run)
    found = enrolment_curve(table[(table["corpus"].astype(str) == corpus) & table["n_clips"].isin((0, n_clips))])
    return found if len(found) == 2 else None
