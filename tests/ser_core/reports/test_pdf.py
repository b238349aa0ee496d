import re
import zlib

import pytest

from ser_core.errors import ConfigError, PrintError
from ser_core.figures.prediction import probability_bars
from ser_core.reports import Figure, Report, Text, pdf, to_html


def script(folder, text):
    file = folder / "browser"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return str(file)


def test_a_report_is_printed(monkeypatch):
    if pdf.browser() is None:
        pytest.skip("no browser that prints is installed")
    bars = probability_bars({"angry": 0.75, "sad": 0.25}, title="Mostly angry")
    blocks = [Figure(bars), *(Text(f"Line {i}.") for i in range(100))]
    content = pdf.to_pdf(to_html(Report("t", blocks)))
    assert content.startswith(b"%PDF-")
    pages = re.findall(rb"/Type\s*/Page\b", content)
    assert 3 <= len(pages) <= 10
    # A4 in points.
    assert b"/MediaBox [0 0 594.9" in content or b"/MediaBox [0 0 595" in content
    # The figure's bars are drawn in their colours, as the pictures that patterns become: sad, then angry.
    streams = b"".join(_inflated(each) for each in re.findall(rb"stream\r?\n(.*?)endstream", content, flags=re.S))
    assert bytes.fromhex("0072B2") * 3 in streams and bytes.fromhex("D55E00") * 3 in streams


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""


def test_no_browser_says_what_to_do(monkeypatch):
    monkeypatch.delenv("SER_BROWSER", raising=False)
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    with pytest.raises(PrintError, match="install Chromium"):
        pdf.to_pdf("<p>")


def test_a_browser_that_is_none(monkeypatch, tmp_path):
    monkeypatch.setenv("SER_BROWSER", str(tmp_path / "nothing"))
    with pytest.raises(ConfigError, match="SER_BROWSER must name"):
        pdf.browser()


@pytest.mark.parametrize(
    ("text", "said"),
    [("echo 'no display' >&2; exit 3", "exit status 3: no display"), ("sleep 20", "nothing within 0.2 s")],
)
def test_a_browser_that_fails(monkeypatch, tmp_path, text, said):
    monkeypatch.setenv("SER_BROWSER", script(tmp_path, text.replace("sleep", "exec sleep")))
    with pytest.raises(PrintError, match=said):
        pdf.to_pdf("<p>", patience_s=0.2 if "sleep" in text else 20)


def test_one_at_a_time(monkeypatch, tmp_path):
    monkeypatch.setenv("SER_BROWSER", script(tmp_path, "exec sleep 1"))
    with pdf._TURN, pytest.raises(PrintError, match="Other reports"):
        pdf.to_pdf("<p>", patience_s=0.05)
