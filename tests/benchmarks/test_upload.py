"""A recording of half a minute, measured as an hour is."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks import upload
from ser_core.reports.pdf import browser


@pytest.mark.browser
@pytest.mark.skipif(browser() is None, reason="no browser is installed")
def test_every_step_is_timed(tmp_path, monkeypatch):
    monkeypatch.setattr(upload, "SIZES", {"quick": (("mp3", 0.01),)})
    with ThreadPoolExecutor(1) as apart:
        measured = apart.submit(upload.measure, tmp_path).result()
    rows = {row["what"].partition(": ")[2]: row["value"] for row in measured}
    assert 0 < rows["drop to the first result on screen"] <= rows["drop to the whole timeline on screen"]
    assert 0 < rows["processor time of the server until then"] <= rows["processor time of the server for all"]
    assert rows["memory of the server at most"] > 50
    # About a sentence every three seconds.
    assert 5 <= rows["segments"] <= 20


def test_without_a_browser_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(upload, "browser", lambda: None)
    (row,) = upload.measure(tmp_path)
    assert row["value"] is None and "no browser" in row["what"]
