"""Explore in a real browser: share a view, drag a segment and zoom into it, save a figure as a picture."""

import re
from functools import partial

import pytest

from ser_core.testing import make_ravdess
from tests.e2e.conftest import served
from tests.e2e.settling import choose, downloaded, fits, insist, opened_tab, press, settled

CLIP = "ravdess/03-01-05-01-01-01-01"
CHART = "[data-testid=stPlotlyChart] .js-plotly-plot"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """A server with a miniature of RAVDESS."""
    folder = tmp_path_factory.mktemp("explore")
    make_ravdess(folder / "corpora", actors=1)
    with served(SER_DATA_ROOT=str(folder / "corpora"), SER_CACHE_DIR=str(folder / "cache")) as address:
        yield address


def opened(page, address: str):
    page.goto(address)
    page.get_by_role("heading", name="What is in the corpora?").wait_for()
    settled(page)
    page.locator(CHART).first.wait_for()
    return page


def drag(page, *, start: float, end: float, row: int = 0) -> None:
    """Drag across the first chart from one share of its width to another, in one of its rows."""
    plot = page.locator(f"{CHART} .draglayer .nsewdrag").nth(row)
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], y, steps=8)
    page.mouse.up()


def drag_into(page, address: re.Pattern, **where) -> None:
    """Drag until the address says so."""
    insist(page, partial(drag, page, **where), lambda ms: page.wait_for_url(address, timeout=ms))


def query(page, name: str) -> str | None:
    found = re.search(rf"[?&]{name}=([^&]*)", page.url)
    return found and found.group(1)


def player(page) -> str:
    return page.locator("audio").first.get_attribute("src")


def test_a_filtered_view_is_shared_by_its_address(app, page, browser):
    opened(page, f"{app}/Explore?corpus=ravdess")
    press(page.get_by_role("button", name="Filter"))
    choose(page, "Emotion", "angry")
    page.get_by_text("of 1,440 clips: angry.").wait_for()
    page.wait_for_url(re.compile("emotion=angry"))
    with opened_tab(browser) as second:
        opened(second, page.url)
        second.get_by_text("Showing 192 of 1,440 clips: angry.").wait_for()


def test_the_segment_that_is_dragged_is_heard(app, page):
    opened(page, f"{app}/Explore?corpus=ravdess&view=clips&a={CLIP}")
    page.locator("audio").first.wait_for(state="attached")
    settled(page)
    whole = player(page)
    drag_into(page, re.compile(r"[?&]t=\d"), start=0.2, end=0.6)
    page.wait_for_function(
        "old => document.querySelector('audio') && document.querySelector('audio').getAttribute('src') !== old",
        arg=whole,
    )
    start, end = map(float, query(page, "t").split("-"))
    assert 0 < start < end
    press(page.get_by_role("button", name="Whole clip"))
    page.wait_for_url(lambda url: "t=" not in url.split("?")[1].replace("layout=", ""))


def test_a_spectrogram_is_zoomed_and_drawn_finer(app, page):
    opened(page, f"{app}/Explore?corpus=ravdess&view=clips&a={CLIP}")
    columns = f"document.querySelectorAll('{CHART}')[0]?.data?.filter(trace => trace.type === 'heatmap').length"
    page.wait_for_function(f"{columns} === 1")
    settled(page)
    page.locator(CHART).first.hover()
    page.locator(f"{CHART} .modebar-btn[data-title=Zoom]").first.click()
    drag_into(page, re.compile(r"[?&]zoom=\d"), start=0.3, end=0.6, row=1)
    page.wait_for_function(f"{columns} === 2")
    settled(page)
    start, end = map(float, query(page, "zoom").split("-"))
    shown = page.evaluate(f"document.querySelectorAll('{CHART}')[0]._fullLayout.xaxis.range")
    assert shown == pytest.approx([start, end], abs=0.02)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["overview", "clips", "clips&layout=all+emotions"])
def test_a_view_fits_a_phone(view, scheme, app, page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    opened(page, f"{app}/Explore?corpus=ravdess&a={CLIP}&tracks=pitch&view={view}")
    assert fits(page)
    assert page.errors == []


@pytest.mark.parametrize(("button", "ending"), [("Picture (PNG)", "png"), ("Drawing (SVG)", "svg")])
def test_a_figure_is_saved_with_its_title(button, ending, app, page, tmp_path):
    opened(page, f"{app}/Explore?corpus=ravdess")
    press(page.get_by_role("button", name="Data and source").first)
    saved = downloaded(page.get_by_role("button", name=button))
    file = tmp_path / saved.suggested_filename
    saved.save_as(file)
    assert file.name == f"clips-by-emotion.{ending}"
    content = file.read_bytes()
    if ending == "png":
        assert content.startswith(b"\x89PNG")
    else:
        assert b"192 of each other" in content and b"Speech Emotion Lab" in content
