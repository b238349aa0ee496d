"""A timeline as a table that screen readers read, and as files that other programs read."""

from functools import partial
from pathlib import PurePath

import pandas as pd
import streamlit as st

from ser_core.figures.timeline import clock
from ser_core.labels import EMOTIONS
from ser_core.recordings import FORMATS, Timeline, export
from ser_core.reports.recording import recording_report
from ui.format import PROBABILITY
from ui.predict import models, report_buttons, timeline_segment

_TABLE = "timeline-table"
_FORMS = {
    "csv": ("CSV", "text/csv", "for spreadsheets"),
    "json": ("JSON", "application/json", "with everything that is known"),
    "textgrid": ("TextGrid", "text/plain", "for Praat"),
    "rttm": ("RTTM", "text/plain", "for tools of speaker diarisation; the emotion stands as the name"),
    "eaf": ("EAF", "application/xml", "for ELAN"),
}


def frame(timeline: Timeline) -> pd.DataFrame:
    """One row per segment, as numbers."""
    rows = [
        {
            "start_s": round(s.start, 3),
            "end_s": round(s.end, 3),
            "speaker": s.speaker,
            "label": s.answer,
            "confidence": None if s.abstained else s.confidence,
            "valence": None if s.abstained else s.valence,
            "arousal": None if s.abstained else s.arousal,
            "uncertain": s.uncertain,
            "abstained": s.abstained,
            "reason": s.reason,
        }
        for s in timeline.segments
    ]
    return pd.DataFrame(rows)


def table(timeline: Timeline) -> None:
    """All segments in words; a chosen row is heard."""
    with st.expander(f"All {len(timeline.segments):,} segments as a table", icon=":material/table:"):
        shown = pd.DataFrame(
            {
                "From": [clock(s.start, tenths=True) for s in timeline.segments],
                "To": [clock(s.end, tenths=True) for s in timeline.segments],
                "Sounds": [EMOTIONS[s.label].adjective if s.answer else "no answer" for s in timeline.segments],
                "Confidence": [None if s.abstained else 100 * s.confidence for s in timeline.segments],
                "Speaker": [s.speaker or "" for s in timeline.segments],
                "Doubt": [s.reason or "" for s in timeline.segments],
            },
            index=pd.RangeIndex(1, len(timeline.segments) + 1, name="Segment"),
        )
        if not any(s.speaker for s in timeline.segments):
            shown = shown.drop(columns="Speaker")
        st.dataframe(
            shown,
            key=_TABLE,
            on_select=_pick,
            selection_mode="single-row",
            column_config={"Confidence": PROBABILITY, "Doubt": st.column_config.TextColumn(width="large")},
            placeholder="–",
        )


def _pick() -> None:
    rows = st.session_state[_TABLE]["selection"]["rows"]
    if rows:
        timeline_segment.pick(rows[0])


def buttons(timeline: Timeline, *, name: str) -> None:
    """The timeline in every format that `ser_core.recordings.export` writes."""
    st.markdown("**Keep the timeline**")
    with st.container(horizontal=True):
        for form in FORMATS:
            title, mime, purpose = _FORMS[form]
            st.download_button(
                title,
                partial(_written, timeline, form, name),
                f"{PurePath(name).stem or 'recording'}.{form}",
                mime,
                key=f"timeline-{form}",
                icon=":material/download:",
                on_click="ignore",
                help=f"Download the timeline as {title}, {purpose}.",
            )
        card = next((card for card in models.known() if card.id == timeline.model), None)
        if card is not None:
            report_buttons.show(partial(recording_report, timeline, card, name=name), name="recording")


def _written(timeline: Timeline, form: str, name: str) -> bytes:
    return export(timeline, form=form, name=name).encode()
