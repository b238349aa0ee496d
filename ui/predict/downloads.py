"""All probabilities of a clip as a table, as CSV and as JSON."""

import csv
import io
import json
from collections.abc import Sequence

import streamlit as st

from ser_core.labels import EMOTIONS
from ser_core.serving import Card
from ui.markdown import plain
from ui.predict.analysis import Analysis
from ui.recording import VoiceClip


def table_and_downloads(clip: VoiceClip, analysis: Analysis, cards: Sequence[Card]) -> None:
    """All probabilities as a table that screen readers read, as CSV and as JSON."""
    judged = [card for card in cards if card.id in analysis.predictions]
    head = "| Emotion | " + " | ".join(plain(card.title) for card in judged) + " |"
    lines = [head, "|:--" + "|--:" * len(judged) + "|"]
    for name in EMOTIONS.ordered(name for card in judged for name in card.labels):
        cells = (analysis.said(card.id).probabilities.get(name) for card in judged)
        lines.append(f"| {EMOTIONS[name].title} | " + " | ".join("" if p is None else f"{p:.1%}" for p in cells) + " |")
    st.markdown("\n".join(lines))
    stem = f"prediction-{analysis.sha256[:8]}"
    with st.container(horizontal=True):
        st.download_button(
            "Download CSV", as_csv(analysis), f"{stem}.csv", "text/csv", icon=":material/download:", on_click="ignore"
        )
        st.download_button(
            "Download JSON",
            as_json(clip, analysis),
            f"{stem}.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )


def as_csv(analysis: Analysis) -> str:
    """One line per model and emotion."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["clip_sha256", "model", "emotion", "probability", "label", "uncertain", "abstained", "reason"])
    for model in analysis.predictions:
        said = analysis.said(model)
        for name, p in said.probabilities.items():
            flags = [str(flag).lower() for flag in (said.uncertain, said.abstained)]
            row = [analysis.sha256, model, name, f"{p:.6f}", said.label, *flags, said.reason or ""]
            writer.writerow(row)
    return text.getvalue()


def as_json(clip: VoiceClip, analysis: Analysis) -> str:
    """Name and digest of the clip, the part that was judged (seconds; null for all), and what each model says."""
    about = {"clip": clip.name, "sha256": analysis.sha256, "part_s": analysis.part}
    predictions = [
        {**analysis.said(model).to_dict(), "knowing_voice": model in analysis.with_voice}
        for model in analysis.predictions
    ]
    return json.dumps({**about, "predictions": predictions}, indent=2)
