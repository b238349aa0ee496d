import csv
import dataclasses
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
WITH_MORE = Timeline(
    (
        dataclasses.replace(SEGMENTS[0], speaker="A"),
        dataclasses.replace(SEGMENTS[1], speaker="B", abstained=True, reason="no speech"),
    ),
    4.0,
    "m",
)


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


def test_where_the_model_gave_no_answer_no_format_names_an_emotion():
    row = list(csv.DictReader(io.StringIO(export(WITH_MORE, form="csv"))))[1]
    assert (row["label"], row["abstained"], row["reason"]) == ("", "True", "no speech")
    for form in ("textgrid", "rttm", "eaf"):
        assert "neutral" not in export(WITH_MORE, form=form)
        assert "neutral" in export(TIMELINE, form=form)
    assert json.loads(export(WITH_MORE, form="json"))["segments"][1]["abstained"] is True
    assert len(export(WITH_MORE, form="rttm").splitlines()[1].split()) == 10


def test_likely_speakers_are_a_tier_of_their_own():
    text = export(WITH_MORE, form="textgrid")
    assert "size = 3" in text and 'name = "speaker"' in text
    assert 'name = "speaker"' not in export(TIMELINE, form="textgrid")
    root = ET.fromstring(export(WITH_MORE, form="eaf").encode())
    tiers = {tier.get("TIER_ID"): [a.text for a in tier.iter("ANNOTATION_VALUE")] for tier in root.iter("TIER")}
    assert tiers == {"emotion": ["sad", "no answer"], "speaker": ["A", "B"]}
    names = [a.get("ANNOTATION_ID") for a in root.iter("ALIGNABLE_ANNOTATION")]
    assert len(set(names)) == len(names) == 4


@pytest.mark.parametrize("name", ["a\0b", "a\x1b[31m", "a\ufffeb", "half \ud800", "line\u2028line"])
def test_a_name_that_no_file_can_hold_keeps_the_formats_valid(name):
    texts = {form: export(TIMELINE, form=form, name=name) for form in FORMATS}
    for text in texts.values():
        text.encode()
    ET.fromstring(texts["eaf"])
    assert len(texts["rttm"].splitlines()) == len(SEGMENTS)
