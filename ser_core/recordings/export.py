"""A timeline as other programs read it."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from xml.sax.saxutils import quoteattr

from ser_core.errors import ConfigError
from ser_core.labels import EMOTIONS
from ser_core.recordings.segment import Segment, Timeline

NO_ANSWER = "no answer"
"""What stands for an emotion where the model gave none."""


def export(timeline: Timeline, *, form: str, name: str = "recording") -> str:
    """The timeline as the text of a file.

    Parameters
    ----------
    timeline : Timeline
        What to write.
    form : str
        Key of `FORMATS`.
    name : str
        Name of the recording, for the formats that hold one; characters that no text can show are replaced.

    Raises
    ------
    ConfigError
        If the format is another one.
    """
    if form not in FORMATS:
        raise ConfigError(f"A timeline is written as {', '.join(FORMATS)}, got {form!r}.")
    # A name is whatever a stranger sent: XML holds no control characters, and no text holds half a character.
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)
    return FORMATS[form](timeline, shown)


def _csv(timeline: Timeline, name: str) -> str:
    text = io.StringIO()
    columns = ["start", "end", "turn", "speaker", "label", "confidence", "valence", "arousal"]
    columns += ["uncertain", "abstained", "reason"]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*columns, *(f"p_{emotion}" for emotion in EMOTIONS)])
    for segment in timeline.segments:
        values = segment.to_dict() | {"label": segment.answer}
        row = [values.get(column, segment.confidence) for column in columns]
        writer.writerow([*row, *(segment.probabilities.get(emotion, "") for emotion in EMOTIONS)])
    return text.getvalue()


def _json(timeline: Timeline, name: str) -> str:
    content = {
        "recording": name,
        "model": timeline.model,
        "smoothing_s": timeline.smoothing_s,
        "summary": timeline.summary(),
        "segments": [segment.to_dict() for segment in timeline.segments],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _textgrid(timeline: Timeline, name: str) -> str:
    """Praat's long text format (Praat manual, "TextGrid file formats"): interval tiers without gaps."""
    end = timeline.duration_s
    tiers = {
        "emotion": [(s.start, s.end, s.answer or NO_ANSWER) for s in timeline.segments],
        "confidence": [(s.start, s.end, _doubt(s)) for s in timeline.segments],
    }
    if any(s.speaker for s in timeline.segments):
        tiers["speaker"] = [(s.start, s.end, s.speaker or "") for s in timeline.segments]
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {end:.3f}"]
    lines += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    for number, (tier, marks) in enumerate(tiers.items(), 1):
        intervals = _without_gaps(marks, end=end)
        lines += [f"    item [{number}]:", '        class = "IntervalTier"', f'        name = "{tier}"']
        lines += ["        xmin = 0", f"        xmax = {end:.3f}", f"        intervals: size = {len(intervals)}"]
        for i, (start, stop, text) in enumerate(intervals, 1):
            quoted = text.replace('"', '""')
            lines += [f"        intervals [{i}]:", f"            xmin = {start:.3f}", f"            xmax = {stop:.3f}"]
            lines += [f'            text = "{quoted}"']
    return "\n".join(lines) + "\n"


def _doubt(segment: Segment) -> str:
    return "" if segment.abstained else f"{segment.confidence:.2f}{' ?' if segment.uncertain else ''}"


def _without_gaps(marks: Sequence[tuple[float, float, str]], *, end: float) -> list[tuple[float, float, str]]:
    filled, at = [], 0.0
    for start, stop, text in marks:
        if start - at >= 0.0005:  # Less vanishes in the three decimals that are written.
            filled.append((at, start, ""))
        filled.append((max(at, start), stop, text))
        at = stop
    if end - at >= 0.0005 or not filled:
        filled.append((at, end, ""))
    return filled


def _rttm(timeline: Timeline, name: str) -> str:
    """Rich Transcription Time Marked (NIST RT-09 evaluation plan, appendix A); the emotion stands as the name."""
    file = "_".join(name.split()) or "recording"
    return "".join(
        f"SPEAKER {file} 1 {s.start:.3f} {s.duration_s:.3f} <NA> <NA> {s.answer or '<NA>'} "
        f"{'<NA>' if s.abstained else f'{s.confidence:.3f}'} <NA>\n"
        for s in timeline.segments
    )


def _elan(timeline: Timeline, name: str) -> str:
    """ELAN annotation format (EAF 3.0, https://www.mpi.nl/tools/elan/EAFv3.0.xsd): tiers of aligned labels."""
    tiers = {"emotion": [segment.answer or NO_ANSWER for segment in timeline.segments]}
    if any(segment.speaker for segment in timeline.segments):
        tiers["speaker"] = [segment.speaker or "" for segment in timeline.segments]
    times = [time for segment in timeline.segments for time in (segment.start, segment.end)]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<ANNOTATION_DOCUMENT AUTHOR="Speech Emotion Lab" DATE="1970-01-01T00:00:00+00:00" FORMAT="3.0" '
            'VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            'xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">',
            '    <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">',
            f'        <PROPERTY NAME="recording">{quoteattr(name)[1:-1]}</PROPERTY>',
            "    </HEADER>",
            "    <TIME_ORDER>",
            *(f'        <TIME_SLOT TIME_SLOT_ID="ts{i}" TIME_VALUE="{round(1000 * s)}"/>' for i, s in enumerate(times)),
            "    </TIME_ORDER>",
            *(line for tier, labels in tiers.items() for line in _tier(tier, labels)),
            '    <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/>',
            "</ANNOTATION_DOCUMENT>",
            "",
        ]
    )


def _tier(name: str, labels: Sequence[str]) -> list[str]:
    def annotation(i: int, label: str) -> str:
        reference = f'ANNOTATION_ID="{name}{i}" TIME_SLOT_REF1="ts{2 * i}" TIME_SLOT_REF2="ts{2 * i + 1}"'
        value = f"<ANNOTATION_VALUE>{label}</ANNOTATION_VALUE>"
        aligned = f"<ALIGNABLE_ANNOTATION {reference}>{value}</ALIGNABLE_ANNOTATION>"
        return f"        <ANNOTATION>{aligned}</ANNOTATION>"

    head = f'    <TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="{name}">'
    return [head, *(annotation(i, label) for i, label in enumerate(labels)), "    </TIER>"]


FORMATS: dict[str, Callable[[Timeline, str], str]] = {
    "csv": _csv,
    "json": _json,
    "textgrid": _textgrid,
    "rttm": _rttm,
    "eaf": _elan,
}
"""Format -> writer. The keys are the endings of the files."""
