"""A batch and the history in a real browser: dropped, read, taken along; kept, found again, corrected, deleted."""

import csv
import io
import time
import zipfile

import pytest

from ser_core import corpora
from ser_core.corpora import own
from tests.e2e.conftest import served
from tests.e2e.settling import SETTLED_MS, choose, downloaded, fits, opened_tab, press, settled

# Of a table that is drawn on a canvas: height of its head and of a row, pixels.
HEAD_PX, ROW_PX = 35, 35


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    return {"SER_HISTORY_DIR": folder / "history", "SER_OWN_DIR": folder / "own", "SER_CACHE_DIR": folder / "cache"}


@pytest.fixture(scope="module")
def keeping_app(places, tmp_path_factory):
    folders = {name: str(place) for name, place in places.items()}
    with served(SER_DATA_ROOT=str(tmp_path_factory.mktemp("none")), **folders) as address:
        # Keeping is offered to who opens the app at this machine, which is called so.
        yield address.replace("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def packed() -> bytes:
    """Three synthetic voices and a file that is none."""
    demo = corpora.get("demo")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for i, row in enumerate(demo.manifest().iloc[::45].itertuples()):
            archive.write(demo.clip_path(row.path), f"calls/voice {i}.ogg")
        archive.writestr("calls/text.wav", "Dear Sir")
    return target.getvalue()


def drop(page, app, packed):
    """Drop the batch and wait for its table."""
    page.goto(f"{app}/Predict?view=batch")
    settled(page)
    upload = page.locator("[data-testid=stFileUploader] input[type=file]")
    upload.set_input_files({"name": "Calls.zip", "mimeType": "application/zip", "buffer": packed})
    page.get_by_role("heading", name="File by file").wait_for()
    settled(page)


def choose_row(page, row: int) -> None:
    """Choose a row of the table by the box at its left."""
    settled(page)
    table = page.get_by_test_id("stDataFrame").first
    table.locator("canvas").first.wait_for()
    table.scroll_into_view_if_needed()
    table.click(position={"x": 15, "y": HEAD_PX + ROW_PX * row + ROW_PX // 2})


def button(page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def csv_rows(page) -> list[dict]:
    """What the button of the table hands out."""
    return list(csv.DictReader(io.StringIO(downloaded(button(page, "CSV")).path().read_text(encoding="utf-8"))))


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_a_zip_is_dropped_read_and_taken_along(keeping_app, browser, packed, theme, width, tmp_path):
    with opened_tab(browser, color_scheme=theme, viewport={"width": width, "height": 1000}) as page:
        drop(page, keeping_app, packed)
        page.locator(".sel-batch-answer").get_by_text("of 4 files").wait_for()
        assert fits(page)
        rows = csv_rows(page)
        assert [row["path"] for row in rows] == [
            "Calls/calls/text.wav",
            *(f"Calls/calls/voice {i}.ogg" for i in range(3)),
        ]
        assert "text file" in rows[0]["error"] and all(row["model"] for row in rows[1:])
        choose_row(page, 1)
        page.locator(".st-key-batch-one").get_by_test_id("stAudio").wait_for()
        page.locator(".st-key-batch-one").get_by_text("voice 0.ogg").wait_for()
        if theme == "light":
            report = tmp_path / "report.html"
            downloaded(button(page, "Report (HTML)")).save_as(report)
            _read_report(page.context, report)
        assert page.errors == []


def _read_report(context, report) -> None:
    """The report opens without a network, draws its figure, and hands its table out."""
    page, requested = context.new_page(), []
    page.set_default_timeout(SETTLED_MS)
    page.on("request", lambda request: requested.append(request.url))
    page.goto(report.as_uri())
    page.wait_for_selector("html[data-drawn]")
    page.locator("figure .js-plotly-plot .bars").first.wait_for(state="attached")
    assert [url for url in requested if not url.startswith(("file:", "data:", "blob:"))] == []
    with page.expect_download() as waiting:
        page.get_by_role("link", name="results.csv").click()
    assert b"voice 2.ogg" in waiting.value.path().read_bytes()
    page.set_viewport_size({"width": 390, "height": 800})
    end = time.monotonic() + SETTLED_MS / 1000
    while not _is_narrow(page) and time.monotonic() < end:
        time.sleep(0.1)  # The page forbids the scripts that a wait of the browser would run.
    assert _is_narrow(page)
    page.close()


def _is_narrow(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_predictions_are_kept_found_corrected_and_deleted(keeping_app, browser, packed, places, theme, width):
    folder = places["SER_HISTORY_DIR"]
    with opened_tab(browser, color_scheme=theme, viewport={"width": width, "height": 1400}) as page:
        drop(page, keeping_app, packed)
        page.get_by_role("radio", name="History").click()
        page.get_by_text("3 predictions of this visit").wait_for()
        assert fits(page) and not list(folder.glob("*/audio/*"))
        press(page.get_by_role("button", name="Keep them on this machine"))
        page.get_by_text("3 predictions kept on this machine").wait_for()
        press(page.get_by_text("Keep the audio too"))
        page.get_by_text("3 with audio").wait_for()

        # A new visit of the same browser finds them, another browser does not.
        settled(page)
        page.reload()
        page.get_by_text("3 predictions kept on this machine").wait_for()
        with opened_tab(browser) as stranger:
            stranger.goto(f"{keeping_app}/Predict?view=history")
            stranger.get_by_text("Nothing was predicted yet").wait_for()
            settled(stranger)
            stranger.locator(".st-key-history-keeping").get_by_text("0 predictions of this visit").wait_for()

        settled(page)
        search = page.get_by_placeholder("name, reason or speaker")
        search.fill("voice 1")
        search.press("Enter")
        page.get_by_text("1 of 3 predictions").wait_for()
        choose_row(page, 0)
        entry = page.locator(".st-key-history-entry")
        entry.get_by_test_id("stAudio").wait_for()
        settled(page)
        choose(page, "What do you hear?", "Fear")
        entry.get_by_role("textbox", name="Who speaks?").fill("Anna")
        entry.get_by_role("button", name="Save").click()
        page.get_by_text("voice 1.ogg sounds fearful to a person").wait_for()
        assert [(row["corrected"], row["speaker"]) for row in csv_rows(page)] == [("fear", "Anna")]

        press(page.get_by_role("button", name="Make a corpus of 1 corrected clip"))
        page.get_by_text("Your corrections are the corpus").wait_for()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SER_OWN_DIR", str(places["SER_OWN_DIR"]))
            (clip,) = own.all_own()["corrections"].manifest().to_dict("records")
        assert (clip["emotion"], clip["speaker"]) == ("fear", "Anna")

        press(page.get_by_role("button", name="Delete all"))
        page.get_by_role("button", name="Delete all, for good").click()
        page.get_by_text("Deleted: 3 predictions. The corpus corrections is gone too.").wait_for()
        assert not list(folder.glob("*/audio/*")) and b"voice 1" not in (folder / "history.sqlite").read_bytes()
        assert page.errors == []
