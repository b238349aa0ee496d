"""A long recording through the page: from the drop to the first result on screen, and to the whole timeline.

A real browser uploads it to an app of its own, as a visitor would. The app and the browser share the cores.
"""

import re
import time
from pathlib import Path

import psutil

from benchmarks.app_users import served_app
from benchmarks.service import Watch, worked
from ser_core import corpora, settings
from ser_core.recordings.stitching import clips_of, stitch
from ser_core.reports.pdf import browser
from ser_core.serving import available_models

HOUR_S = 3600.0
SIZES = {"quick": (("flac", 1.0),), "full": (("flac", 1.0), ("mp3", 10.0))}
"""Size -> ending and hours of the recordings."""

_PAUSE_S = (0.2, 0.5)
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
_FIRST_MS, _WHOLE_MS = 120_000, 3_600_000
_MIB = 2**20
_ANSWER = ".st-key-timeline-answer .sel-answer"
_WHOLE = """() => {
  const box = document.querySelector('.st-key-timeline-answer');
  return box && /segment/.test(box.innerText) && !/so far/.test(box.innerText)
    && !document.querySelector('.st-key-recording-cancel');
}"""
# In a browser, the moment a file is chosen and the moment the answer is drawn lie on the same clock.
_STAMPS = f"""
addEventListener('change', () => {{ window.dropped ??= performance.now(); }}, {{capture: true}});
addEventListener('DOMContentLoaded', () => new MutationObserver(() => {{
  if (window.dropped && document.querySelector('{_ANSWER}')) window.answered ??= performance.now();
}}).observe(document, {{childList: true, subtree: true}}));
"""


def measure(folder: Path, *, size: str = "quick") -> list[dict]:
    """Rows on each recording; the first visitor comes to an app that has just started."""
    program, models = browser(), available_models()
    if program is None or not models:
        lacking = "no model ships yet" if program else "no browser is installed, or SER_BROWSER names none"
        return [{"what": f"upload of a recording: {lacking}", "value": None, "unit": "", "limit": None}]
    rows = []
    for ending, hours in SIZES[size]:
        file = _recording(folder, ending, hours)
        # The second visitor finds a server that has judged before.
        with served_app(folder) as (address, server):
            for visitor in ("first", "second") if hours == 1 else ("first",):
                found = _visit(program, address, server, file)
                rows += _rows(f"{hours:g} h of speech ({file.stat().st_size / 1e6:.0f} MB), {visitor} visitor", found)
        file.unlink()
    return rows


def _recording(folder: Path, ending: str, hours: float) -> Path:
    demo = corpora.get("demo")
    file = folder / f"recording.{ending}"
    clips = clips_of(demo, demo.manifest().sample(frac=1.0, random_state=0))
    stitch(file, clips, lasting_s=hours * HOUR_S, pause_s=_PAUSE_S)
    assert file.stat().st_size <= settings.RECORDING_UPLOAD_BYTES, f"{file.stat().st_size} bytes are too many"
    return file


def _visit(program: str, address: str, server: psutil.Process, file: Path) -> dict[str, float]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        page = started.new_page()
        page.add_init_script(_STAMPS)
        page.goto(f"{address}/Predict?view=recording&recording=upload")
        page.wait_for_selector("[data-testid=stFileUploader] input", state="attached", timeout=_FIRST_MS)
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=_FIRST_MS)
        before = worked(server)
        with Watch(server) as watch:
            start = time.perf_counter()
            page.set_input_files("[data-testid=stFileUploader] input", file)
            page.wait_for_function("window.answered", timeout=_FIRST_MS)
            first_cpu = worked(server) - before
            page.wait_for_function(_WHOLE, timeout=_WHOLE_MS, polling=200)
            whole = time.perf_counter() - start
        first = page.evaluate("(window.answered - window.dropped) / 1000")
        segments = re.search(r"([\d,]+) segments", page.locator(".st-key-timeline-answer").inner_text())
        found = {
            "first": first,
            "first cpu": first_cpu,
            "whole": whole,
            "cpu": worked(server) - before,
            "memory": watch.most / _MIB,
            "segments": int(segments[1].replace(",", "")) if segments else 0,
        }
        started.close()
    return found


def _rows(what: str, found: dict[str, float]) -> list[dict]:
    return [
        {"what": f"upload of {what}: {words}", "value": found[name], "unit": unit, "limit": limit}
        for words, name, unit, limit in (
            ("drop to the first result on screen", "first", "s", "<= 3"),
            ("processor time of the server until then", "first cpu", "s", None),
            ("drop to the whole timeline on screen", "whole", "s", None),
            ("processor time of the server for all", "cpu", "s", None),
            ("memory of the server at most", "memory", "MiB", "<= 1024"),
            ("segments", "segments", "", ">= 1"),
        )
    ]
