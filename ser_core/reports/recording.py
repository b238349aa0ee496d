"""The report of a recording: what it sounds like over time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ser_core.figures import timeline_summary
from ser_core.figures.prediction import percent
from ser_core.figures.style import count
from ser_core.figures.timeline import clock, lanes
from ser_core.labels import EMOTIONS
from ser_core.recordings import Segment, Timeline, export
from ser_core.reports.blocks import Badge, Block, Download, Downloads, Facts, Figure, Heading, Report, Table, Text
from ser_core.reports.model import about

if TYPE_CHECKING:
    from ser_core.serving import Card

PART_S = 300.0
"""Segments are drawn one by one in parts of this length, seconds."""

#: Of a longer recording only the whole is drawn, and the table names every segment: figures of each part would make
#: the file slow to open.
MOST_PARTS = 6

_SHARES = (
    "Share of the speech with an answer. Expected shares sum the probabilities of all segments instead of counting the "
    "most probable emotion, so that doubtful answers count in part."
)


def recording_report(timeline: Timeline, card: "Card", *, name: str, about_it: str = "") -> Report:
    """The report of a timeline.

    Parameters
    ----------
    timeline : Timeline
        The whole recording, judged.
    card : Card
        Of the model that judged.
    name : str
        What the recording is called.
    about_it : str
        One line on where it is from.

    Returns
    -------
    Report
        For `ser_core.reports.to_html`.
    """
    summary = timeline.summary()
    blocks: list[Block] = [Text(about_it)] if about_it else []
    blocks.append(Facts(_facts(timeline, summary)))
    if summary["share"]:
        answered_s = summary["speech_s"] * (1 - summary["no_answer_share"])
        note = f"{clock(answered_s)} of speech with an answer, {count(len(timeline.segments), 'segment')}."
        bars = timeline_summary.shares(
            summary["share"], answered_s=answered_s, title="How much of the speech sounds like what", note=note
        )
        blocks += [Figure(bars), Table.of(_shares(summary), _SHARES)]
    blocks += [Heading("Over time"), *_over_time(timeline, card.labels)]
    if timeline.smoothing_s:
        blocks.append(Text(f"Smoothed: an emotion is expected to last {timeline.smoothing_s:g} s."))
    if summary["certain"]:
        blocks += [Heading("The most certain moments"), _moments(summary)]
    if summary["speakers"]:
        blocks += [Heading("Likely speakers"), _speakers(summary)]
    blocks += [Heading("Segment by segment"), _segments(timeline.segments)]
    files = (("csv", "text/csv"), ("json", "application/json"), ("textgrid", "text/plain"))
    blocks.append(
        Downloads([Download(f"timeline.{form}", export(timeline, form=form, name=name), mime) for form, mime in files])
    )
    return Report(f"What {name} sounds like", [*blocks, *about(card)], lead=_lead(timeline, summary))


def _lead(timeline: Timeline, summary: dict) -> str:
    share = summary["share"]
    speech = f"{clock(summary['speech_s'])} of speech in {clock(timeline.duration_s)}"
    if not share:
        return f"No answer for any of the {speech}."
    label = max(share, key=share.get)
    return (
        f"{percent(share[label])} of {speech} sounds {EMOTIONS[label].adjective}, more than anything else; "
        f"{percent(summary['uncertain_share'])} of the speech is uncertain."
    )


def _facts(timeline: Timeline, summary: dict) -> list[tuple[str, str]]:
    return [
        ("Length", clock(timeline.duration_s)),
        ("Speech", clock(summary["speech_s"])),
        ("Segments", f"{len(timeline.segments):,}"),
        ("Changes of the emotion", f"{summary['changes']:,}"),
        ("Uncertain", percent(summary["uncertain_share"])),
        ("Without an answer", percent(summary["no_answer_share"])),
    ]


def _shares(summary: dict) -> pd.DataFrame:
    names = EMOTIONS.ordered({*summary["share"], *summary["expected_share"]})
    return pd.DataFrame(
        {
            "emotion": [EMOTIONS[name].title for name in names],
            "share": [f"{summary['share'].get(name, 0.0):.1%}" for name in names],
            "expected share": [f"{summary['expected_share'].get(name, 0.0):.1%}" for name in names],
        }
    )


def _over_time(timeline: Timeline, labels: Sequence[str]) -> list[Block]:
    """The whole as one figure; a short recording segment by segment as well."""
    length, found = timeline.duration_s, timeline.segments
    parts = max(1, -(-int(length) // int(PART_S)))
    blocks: list[Block] = []
    if parts > 1 and found:
        note = f"{count(len(found), 'segment')}; bars of {clock(length / timeline_summary.BINS, tenths=True)}."
        whole = timeline_summary.overview(
            found, duration_s=length, window_s=None, title=f"Where emotions are heard in {clock(length)}", note=note
        )
        blocks.append(Figure(whole))
    if parts <= MOST_PARTS:
        for i in range(parts):
            window = (i * PART_S, min(length, (i + 1) * PART_S))
            shown = [s for s in found if s.end > window[0] and s.start < window[1]]
            title = f"Emotion, confidence, valence and arousal from {clock(window[0])} to {clock(window[1])}"
            note = f"{count(len(shown), 'segment')}; hatched or open: uncertain."
            blocks.append(Figure(lanes(found, labels=labels, window_s=window, title=title, note=note)))
    return blocks


def _moments(summary: dict) -> Table:
    rows = [
        [
            Badge(EMOTIONS[name].title, EMOTIONS[name].colour),
            clock(segment["start"], tenths=True),
            clock(segment["end"], tenths=True),
            percent(segment["probabilities"][name]),
        ]
        for name, segments in summary["certain"].items()
        for segment in segments
    ]
    return Table(["Emotion", "From", "To", "Probability"], rows, "Up to three for each emotion that occurs.")


def _speakers(summary: dict) -> Table:
    rows = [
        [
            speaker,
            clock(found["speech_s"]),
            ", ".join(f"{EMOTIONS[name].title} {percent(share)}" for name, share in found["share"].items()),
        ]
        for speaker, found in summary["speakers"].items()
    ]
    return Table(["Speaker", "Speech", "Sounds"], rows, "Told apart by their voices, which errs.")


def _segments(segments: Sequence[Segment]) -> Table:
    told = any(segment.speaker for segment in segments)
    columns = ["From", "To", *(["Speaker"] if told else []), "Sounds", "Probability", "Doubt"]
    rows = [
        [
            clock(segment.start, tenths=True),
            clock(segment.end, tenths=True),
            *([segment.speaker] if told else []),
            Badge(EMOTIONS[segment.label].title, EMOTIONS[segment.label].colour) if segment.answer else "No answer",
            None if segment.abstained else percent(segment.confidence),
            segment.reason,
        ]
        for segment in segments
    ]
    return Table(columns, rows, f"All segments (n = {len(segments):,}).")
