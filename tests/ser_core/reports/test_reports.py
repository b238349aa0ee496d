"""Reports of batches and recordings, read as a reader would."""

import base64
import html
import io
import json
import re

import pandas as pd
import pytest

from ser_core import batch
from ser_core.batch import summary as batch_summary
from ser_core.recordings import Segment, Timeline
from ser_core.reports import to_html
from ser_core.reports.batch import batch_report
from ser_core.reports.recording import MOST_PARTS, PART_S, recording_report
from ser_core.serving.testing import make_model


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("models") / "m", uar=0.5)


def row(path, label, p, **changes):
    answer = {"label": label, "confidence": p, "probabilities": {label: p, "neutral": 1 - p}}
    found = {"path": path, **answer, "uncertain": False, "abstained": False, "duration_s": 30.0, "model": "m"}
    return {**found, **changes}


@pytest.fixture(scope="module")
def table():
    return batch.as_table(
        [
            row("a.wav", "angry", 0.9),
            row("b.wav", "angry", 0.8),
            row("c <b>.wav", "sad", 0.4, uncertain=True, reason="low confidence"),
            {
                "path": "d.wav",
                "uncertain": True,
                "abstained": True,
                "reason": "music",
                "duration_s": 30.0,
                "model": "m",
            },
            {"path": "e.wav", "error": "This is a text file."},
        ]
    )


def shown(report):
    """The text of a report, and its figures."""
    text = to_html(report)
    figures = re.findall(r'<script type="application/json" class="figure">(.*?)</script', text)
    body = re.sub(r"<(script|style).*?</\1>", "", text, flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", " ", body)), [json.loads(each) for each in figures], text


def test_a_batch_in_figures(table):
    summary = batch_summary.summarise(table)
    assert summary.states == {"sure": 2, "uncertain": 1, "abstained": 1, "error": 1}
    assert summary.answers["angry"] == {"sure": 2, "uncertain": 0}
    assert summary.answers["sad"] == {"sure": 0, "uncertain": 1}
    # Sum of p, and 1.96 times the root of the sum of p (1 - p).
    angry = summary.expected["angry"]
    assert angry.value == pytest.approx(1.7) and angry.low == pytest.approx(1.7 - 1.96 * 0.5, abs=1e-3)
    assert angry.high == pytest.approx(1.7 + 1.96 * 0.5, abs=1e-3)
    assert summary.expected["neutral"].value == pytest.approx(0.1 + 0.2 + 0.6)
    assert summary.hours == pytest.approx(120 / 3600)
    assert summary.sentence == "3 of 5 files have an answer (1 of them uncertain): 2 sound angry, 1 sounds sad."
    assert json.loads(json.dumps(summary.to_dict()))["files"] == 5


def test_a_batch_without_a_single_answer(card):
    empty = batch.as_table([{"path": "e.wav", "error": "This is a text file."}])
    text, figures, _ = shown(batch_report(empty, card, name="one"))
    assert "None of 1 file has an answer." in text and not figures


def test_the_report_of_a_batch(table, card):
    text, (figure,), raw = shown(batch_report(table, card, name="calls.zip"))
    assert "What calls.zip sounds like" in text and "3 of 5 files have an answer" in text
    assert "67% of the files sound angry" in figure["layout"]["title"]["text"]
    sure, uncertain, expected = (trace for trace in figure["data"] if trace.get("name"))
    assert sum(sure["x"]) == 2 and sum(uncertain["x"]) == 1 and sum(expected["x"]) == pytest.approx(3.0)
    for said in (
        "c <b>.wav",
        "low confidence",
        "music",
        "This is a text file.",
        "Test model m",
        "0.500 [0.470, 0.530]",
    ):
        assert said in text
    kept = base64.b64decode(re.search(r'download="results.csv" href="data:text/csv;base64,(.*?)"', raw).group(1))
    assert list(pd.read_csv(io.BytesIO(kept))["path"]) == list(table["path"])


def timeline(length_s, **changes):
    names = ("angry", "sad", "angry")
    found = [
        Segment(
            start=10.0 * i,
            end=10.0 * i + 5,
            turn=i,
            label=name,
            probabilities={name: 0.75, "neutral": 0.25},
            uncertain=i == 1,
            reason="low confidence" if i == 1 else None,
            speaker="AB"[i % 2],
        )
        for i, name in enumerate(names)
    ]
    found.append(Segment(40.0, 45.0, 3, "sad", {"sad": 1.0}, True, "music", abstained=True))
    return Timeline(tuple(found), length_s, "m", **changes)


def test_the_report_of_a_recording(card):
    text, figures, raw = shown(
        recording_report(timeline(60.0, smoothing_s=5.0), card, name="talk <1>", about_it="Acted.")
    )
    for said in (
        "What talk <1> sounds like",
        "67% of 0:20 of speech in 1:00 sounds angry, more than anything else; 50% of the speech is uncertain.",
        "Acted.",
        "an emotion is expected to last 5 s",
        "No answer",
        "Likely speakers",
        "All segments (n = 4).",
    ):
        assert said in text
    assert len(figures) == 2
    assert "from 0:00 to 1:00" in figures[1]["layout"]["title"]["text"].replace("<br>", " ")
    assert 'download="timeline.textgrid"' in raw


def test_a_long_recording_is_drawn_in_parts_and_a_very_long_one_as_a_whole(card):
    parts = len(shown(recording_report(timeline(2.5 * PART_S), card, name="x"))[1])
    assert parts == 1 + 1 + 3
    whole = len(shown(recording_report(timeline((MOST_PARTS + 1) * PART_S), card, name="x"))[1])
    assert whole == 1 + 1


def test_a_recording_in_which_nobody_speaks(card):
    text, figures, _ = shown(recording_report(Timeline((), 12.0, "m"), card, name="x"))
    assert "No answer for any of the 0:00 of speech in 0:12." in text and len(figures) == 1
