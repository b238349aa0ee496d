"""A recording and live speech in a real browser: brought, watched, clicked, heard, stopped, kept."""

import contextlib
import csv
import io
import re

import numpy as np
import pytest
import soundfile

from ser_core import corpora, settings
from ser_core.audio import SAMPLING_RATE, decode
from ser_core.testing import write_wav
from tests.e2e.conftest import FLAGS
from tests.e2e.settling import FITS, TRY_MS, downloaded, fits, insist, opened_tab, press, settled

NUMBER = "document.querySelector('.st-key-timeline-segment input[type=number]')"
ANSWER = ".st-key-timeline-answer .sel-answer"


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    """A few demo voices with pauses, and the times at which they begin."""
    demo = corpora.get("demo")
    parts = []
    for row in demo.manifest().iloc[::24].itertuples():
        parts += [np.zeros(SAMPLING_RATE, np.float32), decode(demo.clip_path(row.path)).signal]
    file = tmp_path_factory.mktemp("talk") / "talk.wav"
    return write_wav(file, np.concatenate([*parts, np.zeros(SAMPLING_RATE, np.float32)]))


@pytest.fixture(scope="module")
def long_talk(talk, tmp_path_factory):
    """An hour and a quarter, so that there is time to cancel even where the browser is slow and the server fast."""
    signal, file = decode(talk).signal, tmp_path_factory.mktemp("talk") / "long.wav"
    with soundfile.SoundFile(file, "w", SAMPLING_RATE, 1) as out:
        while out.tell() < 75 * 60 * SAMPLING_RATE:
            out.write(signal)
    return file


def open_view(page, app, query):
    page.goto(f"{app}/Predict?{query}")
    settled(page)


def click_bar(page, position: int) -> int:
    """Click the bar of a segment until the page has chosen it; how many bars there are."""
    chart = page.locator(".st-key-figure-timeline .js-plotly-plot")
    bars = chart.locator(".barlayer .point path")
    places = []

    def click():
        chart.scroll_into_view_if_needed()
        bars.nth(position).wait_for(state="attached", timeout=TRY_MS)
        # In time, wherever their lanes are: plotly draws all of them as paths of one layer.
        places[:] = bars.evaluate_all(
            "bars => bars.map(bar => bar.getBoundingClientRect())"
            ".map(box => [box.left + box.width / 2, box.top + box.height / 2])"
        )
        x, y = sorted(places)[position]
        # Plotly takes a click for what the pointer hovers over.
        page.mouse.move(x - 3, y)
        page.mouse.move(x, y, steps=3)
        chart.locator(".hoverlayer .hovertext").first.wait_for(state="attached", timeout=TRY_MS)
        page.mouse.click(x, y)

    insist(page, click, lambda ms: page.wait_for_function(f"{NUMBER}.value === '{position + 1}'", timeout=ms))
    return len(places)


def complete(page):
    """Wait until the whole timeline stands, and nothing of what stood there before."""
    page.get_by_text("Keep the timeline").first.wait_for()
    settled(page)
    page.wait_for_function("document.querySelectorAll('.st-key-figure-timeline .js-plotly-plot').length === 1")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_upload_click_a_segment_and_hear_it(app, browser, talk, theme, width):
    with opened_tab(browser, color_scheme=theme, viewport={"width": width, "height": 1000}) as page:
        open_view(page, app, "view=recording&recording=upload")
        page.set_input_files("[data-testid=stFileUploader] input", talk)
        complete(page)
        count = click_bar(page, 2)
        page.wait_for_function(f"{NUMBER}.value === '3'")
        number = page.locator(".st-key-timeline-segment input[type=number]")
        page.wait_for_function(
            "(() => { const a = document.querySelector('.st-key-timeline-segment audio');"
            " return a && a.duration > 0.5 && (a.ended || a.currentTime > 0); })()"
        )
        settled(page)
        number.press("ArrowUp")
        page.wait_for_function(f"{NUMBER}.value === '4'")
        saved = downloaded(page.get_by_role("button", name="CSV", exact=True)).path()
        rows = list(csv.DictReader(io.StringIO(saved.read_text(encoding="utf-8"))))
        assert len(rows) == count and rows[0]["label"]
        assert fits(page) and not page.errors
        assert page.get_by_test_id("stException").count() == 0


def test_the_first_segments_stand_while_the_rest_is_heard_and_cancelling_keeps_them(app, page, long_talk):
    open_view(page, app, "view=recording&recording=upload")
    page.set_input_files("[data-testid=stFileUploader] input", long_talk)
    page.locator(ANSWER).wait_for()
    cancel = page.get_by_role("button", name="Cancel")
    assert "so far" in page.locator(".st-key-timeline-answer").inner_text()
    # At once, though the run that follows the upload may still go on; a busy browser takes longer to see that a button
    # stands still than the server takes to hear all.
    cancel.evaluate("button => button.click()")
    page.get_by_text("what was heard by then is shown").wait_for()
    page.locator(".st-key-timeline-answer").get_by_text(re.compile(r"\d+ segments")).first.wait_for()
    page.wait_for_function("document.querySelectorAll('.st-key-figure-timeline-overview .js-plotly-plot').length <= 1")
    # It is still there after another page.
    press(page.get_by_role("link", name="Compare").first)
    page.get_by_role("heading", name="Which model should I trust?").wait_for()
    press(page.get_by_role("link", name="Predict").first)
    press(page.get_by_text("Recording", exact=True).first)
    page.locator(ANSWER).wait_for()
    assert page.errors == []


def test_a_file_that_is_too_large_is_refused_with_the_way_for_it(app, page, tmp_path):
    file = tmp_path / "days.wav"
    with file.open("wb") as hole:
        hole.truncate(settings.RECORDING_UPLOAD_BYTES + 1)
    open_view(page, app, "view=recording&recording=upload")
    uploader = page.get_by_test_id("stFileUploader")
    page.set_input_files("[data-testid=stFileUploader] input", file)
    uploader.get_by_text(f"must be {settings.RECORDING_UPLOAD_BYTES >> 20}").wait_for()
    page.get_by_text("python -m ser_core timeline").wait_for()
    # What fits is taken as before.
    settled(page)
    page.set_input_files("[data-testid=stFileUploader] input", write_wav(tmp_path / "short.wav", np.zeros(16_000)))
    page.get_by_text("Nobody speaks in this recording").wait_for()
    assert page.errors == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_live_speech_is_answered_while_it_goes_on(app, browser, theme, width):
    look = {"color_scheme": theme, "viewport": {"width": width, "height": 1000}}
    with opened_tab(browser, permissions=["microphone"], **look) as page:
        open_view(page, app, "view=live")
        page.get_by_role("button", name="Start listening").click()
        # The browser itself measures how long after the words the answer came.
        page.get_by_text(re.compile(r"Last answer \d+\.\d s after the words")).wait_for()
        page.locator("[data-testid=stTable] td", has_text=re.compile(r"^\d+\.\d s$")).first.wait_for()
        page.locator(ANSWER).wait_for()
        page.wait_for_function(FITS)  # The page is not at rest while it listens.
        page.locator(".st-key-live-microphone").get_by_role("button", name="Stop").click()
        complete(page)
        page.get_by_text(re.compile(r"Delay from the end.*median \d+\.\d s")).wait_for()
        page.locator(".st-key-timeline-segment audio").wait_for()
        press(page.get_by_role("button", name="Clear"))
        page.get_by_text("the answers will stand here while you do").wait_for()
        assert all(url.startswith((app, "blob:", "data:")) for url in page.requested)
        assert page.errors == []


def test_without_a_microphone_the_page_says_what_to_do(app, playwright, chromium):
    launched = playwright.chromium.launch(args=[*FLAGS, "--deny-permission-prompts"], **chromium)
    with contextlib.closing(launched) as started, opened_tab(started) as page:
        open_view(page, app, "view=live")
        page.get_by_role("button", name="Start listening").click()
        page.get_by_text(re.compile("not allowed to use the microphone|There is no microphone")).wait_for()
        assert page.get_by_role("button", name="Start listening").is_enabled()
