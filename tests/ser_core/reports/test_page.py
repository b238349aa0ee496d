import base64
import hashlib
import html
import json
import re
from datetime import UTC, datetime

import pandas as pd
import plotly.graph_objects as go

from ser_core import statement
from ser_core.figures.prediction import probability_bars
from ser_core.reports import (
    Badge,
    Code,
    Download,
    Downloads,
    Facts,
    Figure,
    Heading,
    Report,
    Table,
    Text,
    page,
    to_html,
)

MADE = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
HOSTILE = "</script><img src=x onerror=alert(1)>\"' \ud800 \0"


def bars():
    return probability_bars({"angry": 0.75, "sad": 0.25}, title="Mostly angry<br><sup>n = 4</sup>")


def figures(text):
    return [
        json.loads(found) for found in re.findall(r'<script type="application/json" class="figure">(.*?)</script', text)
    ]


def test_figures_come_with_one_script_and_their_numbers():
    numbers = pd.DataFrame({"emotion": ["angry", "sad"], "probability": [0.75, 0.25]})
    text = to_html(Report("Two figures", [Figure(bars(), numbers=numbers), Figure(bars(), alt="again")], made=MADE))
    assert text.count("plotly.js v") == 1
    first, second = figures(text)
    assert first["data"][0]["x"] == second["data"][0]["x"] == [0.25, 0.75]
    assert "template" not in first["layout"]
    assert "aria-label='Mostly angry; n = 4'" in text and "aria-label='again'" in text
    assert "<td class='number'>0.75</td>" in text
    assert "02 January 2026, 03:04 UTC" in text


def test_foreign_text_is_text_wherever_it_stands():
    title = f"<br><sup>{html.escape(HOSTILE)}</sup>"
    blocks = [
        Heading(HOSTILE),
        Text(HOSTILE),
        Facts([(HOSTILE, HOSTILE)]),
        Code(HOSTILE),
        Table([HOSTILE], [[HOSTILE], [Badge(HOSTILE, HOSTILE)]], HOSTILE),
        Figure(go.Figure(layout={"title": {"text": title}, "xaxis": {"title": {"text": HOSTILE}}}), alt=HOSTILE),
        Downloads([Download(HOSTILE, HOSTILE, HOSTILE)]),
    ]
    text = to_html(Report(HOSTILE, blocks, lead=HOSTILE))
    text.encode("utf-8")
    assert "<img" not in text.replace(page._plotly(), "") and "\0" not in text
    assert figures(text)[0]["layout"]["xaxis"]["title"]["text"] == HOSTILE


def test_only_the_scripts_of_the_page_may_run_and_nothing_is_loaded():
    text = to_html(Report("t", [Figure(bars())]))
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', text).group(1)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    scripts = re.findall(r"<script>(.*?)</script>", text, flags=re.S)
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert len(scripts) == 2
    frame = re.sub(r"<script.*?</script>", "", text, flags=re.S)
    assert not re.search(r"(src|href)=[\"'](?!data:)", frame) and "@import" not in frame and "url(" not in frame


def test_without_figures_there_is_no_script():
    text = to_html(Report("t", [Text("only words")], statement=False))
    assert "<script" not in text and "script-src 'none'" in text and len(text) < 10_000
    assert statement.TITLE not in text


def test_the_statement_stands_at_the_end():
    text = html.unescape(to_html(Report("t", [])))
    assert all(point.text in text for point in statement.POINTS)


def test_downloads_hold_what_was_given():
    text = to_html(
        Report("t", [Downloads([Download("a.csv", "ä,1\n"), Download("b.bin", b"\xff\0", "application/x")])])
    )
    found = re.findall(r'download="(.*?)" href="data:(.*?);base64,(.*?)"', text)
    assert [(name, mime, base64.b64decode(data)) for name, mime, data in found] == [
        ("a.csv", "text/csv", "ä,1\n".encode()),
        ("b.bin", "application/x", b"\xff\0"),
    ]


def test_long_tables_are_cut_and_say_so(monkeypatch):
    monkeypatch.setattr(page, "MAX_ROWS", 3)
    frame = pd.DataFrame({"n": [1, 2, 3, 4], "word": ["a", None, "c", "d"]})
    text = to_html(Report("t", [Table.of(frame, "Words.")]))
    assert "Words. The first 3 of 4 rows; the downloads hold all." in text
    assert text.count("<tr>") == 4 and "<td></td>" in text
