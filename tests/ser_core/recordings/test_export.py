import csv
import io
import json
import re
import xml.etree.ElementTree as ET

import pytest

from ser_core.errors import ConfigError
from ser_core.recordings import FORMATS, Segment, Timeline, export

SEGMENTS = (
    Segment(0.5, 2.0, 0, "sad", {"neutral": 0.2, "sad": 0.8}, False, None),
    Segment(2.0, 3.25, 0, "neutral", {"neutral": 0.55, "sad": 0.45}, True, 'low "confidence"'),
)
TIMELINE = Timeline(SEGMENTS, 4.0, "m")
EMPTY = Timeline((), 4.0, "m")


def test_csv_has_a_row_per_segment():
    rows = list(csv.DictReader(io.StringIO(export(TIMELINE, form="csv"))))
    assert [row["label"] for row in rows] == ["sad", "neutral"]
    assert float(rows[0]["confidence"]) == 0.8 and rows[0]["p_angry"] == ""
    assert rows[1]["reason"] == 'low "confidence"'


def test_json_holds_everything():
    content = json.loads(export(TIMELINE, form="json", name="a b.wav"))
    assert content["recording"] == "a b.wav"
    assert content["segments"] == [segment.to_dict() for segment in SEGMENTS]
    assert content["summary"]["changes"] == 1


def test_a_textgrid_has_tiers_without_gaps():
    text = export(TIMELINE, form="textgrid")
    intervals = re.findall(r"xmin = ([\d.]+)\s+xmax = ([\d.]+)\s+text = \"(.*)\"", text)
    emotions = intervals[: len(intervals) // 2]
    assert emotions == [
        ("0.000", "0.500", ""),
        ("0.500", "2.000", "sad"),
        ("2.000", "3.250", "neutral"),
        ("3.250", "4.000", ""),
    ]
    assert text.count("intervals: size = 4") == 2
    assert 'text = ""' in export(EMPTY, form="textgrid")


def test_rttm_has_ten_fields_per_line():
    lines = [line.split() for line in export(TIMELINE, form="rttm", name="my talk").splitlines()]
    assert lines[0] == ["SPEAKER", "my_talk", "1", "0.500", "1.500", "<NA>", "<NA>", "sad", "0.800", "<NA>"]
    assert {len(line) for line in lines} == {10}
    assert export(EMPTY, form="rttm") == ""


def test_eaf_is_well_formed_and_refers_to_its_times():
    root = ET.fromstring(export(TIMELINE, form="eaf", name='<"&>.wav').encode())
    times = {slot.get("TIME_SLOT_ID"): int(slot.get("TIME_VALUE")) for slot in root.iter("TIME_SLOT")}
    found = [
        (times[a.get("TIME_SLOT_REF1")], times[a.get("TIME_SLOT_REF2")], a.findtext("ANNOTATION_VALUE"))
        for a in root.iter("ALIGNABLE_ANNOTATION")
    ]
    assert found == [(500, 2000, "sad"), (2000, 3250, "neutral")]
    assert root.findtext("HEADER/PROPERTY") == '<"&>.wav'


def test_an_unknown_format_is_refused():
    with pytest.raises(ConfigError, match="csv"):
        export(TIMELINE, form="docx")
    assert all(isinstance(export(EMPTY, form=form), str) for form in FORMATS)
